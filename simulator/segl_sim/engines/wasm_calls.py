"""Calls into WebAssembly and out of it, for functions of 32-bit integers.

wasmtime-py looks up every type anew in every call, which takes longer than most calls themselves; the unchecked
calls of wasmtime's C API do without.

Source: wasmtime's func.h: wasmtime_func_new_unchecked, wasmtime_func_call_unchecked; _func.py of wasmtime-py.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, cast

import wasmtime
from wasmtime import _ffi  # pyright: ignore[reportPrivateUsage]  # wasmtime-py has no public way to the C API

# What pyright knows nothing of: the C API, and how wasmtime-py wraps its handles.
_c = cast("Any", _ffi)
_func, _trap, _error = cast("tuple[Any, Any, Any]", (wasmtime.Func, wasmtime.Trap, wasmtime.WasmtimeError))
_TrapPointer = cast("Any", ctypes.POINTER)(_c.wasm_trap_t)
_NO_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()


class Calls:
    """The calls of one store.

    Args:
        store: Whose functions these are; this object must live as long.
    """

    def __init__(self, store: wasmtime.Store) -> None:
        self._store = cast("Any", store)
        self._callbacks: list[object] = []  # wasmtime does not keep them alive
        self._raised: BaseException | None = None

    def imported(self, kind: wasmtime.FuncType, function: Callable[[Any], int]) -> wasmtime.Func:
        """Make a function that WebAssembly can call.

        Args:
            kind: Its type: integers to an integer.
            function: Called with the array of arguments (`values[0].i32` is the first); gives the result. What
                it raises comes out of the call into WebAssembly that led to it.
        """

        def call(_env: object, _caller: object, values: Any, _count: int) -> int:
            try:
                values[0].i32 = function(values)
            except BaseException as raised:
                self._raised = raised
                trap = _c.wasmtime_trap_new(ctypes.create_string_buffer(b"raised"), 6)
                return ctypes.addressof(trap.contents)
            return 0

        callback = _c.wasmtime_func_unchecked_callback_t(call)
        self._callbacks.append(callback)
        made = _c.wasmtime_func_t()
        _c.wasmtime_func_new_unchecked(
            self._store._context(), kind.ptr(), callback, None, _NO_FINALIZER, ctypes.byref(made)
        )
        return _func._from_raw(made)

    def exported(self, function: wasmtime.Func, count: int) -> Callable[..., int]:
        """Make a function of WebAssembly one that Python can call, though not again while it runs.

        Args:
            function: It takes and returns integers only.
            count: How many it takes; how many it is called with is checked, and its result is only good if it
                has one.
        """
        handle = ctypes.byref(cast("Any", function)._func)
        size = max(1, count)
        values = (_c.wasmtime_val_raw_t * size)()
        slots = [values[index] for index in range(count)]
        store, result = self._store, values[0]

        def call(*arguments: int) -> int:
            for slot, argument in zip(slots, arguments, strict=True):
                slot.i32 = argument
            trap = _TrapPointer()
            error = _c.wasmtime_func_call_unchecked(
                store._context(), handle, values, size, ctypes.byref(trap)
            )
            if error or trap:
                # What an import raised comes as an error, what wasmtime itself stops as a trap.
                ended = _error._from_ptr(error) if error else _trap._from_ptr(trap)
                raised, self._raised = self._raised, None
                raise ended if raised is None else raised
            return result.i32

        return call
