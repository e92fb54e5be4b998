"""MicroPython's WebAssembly build as a value: start one, call into it, read its memory, count its work.

The build expects JavaScript around it. Three things stand in for that here:

* Emscripten's `invoke_*` imports catch C's longjmp. Done in Python each would cost a thousand times too much,
  so a helper module, generated from the list of imports, wraps them in WebAssembly's own `try_table`.
* The `js` module of the build is the way out: it finds one function, `host`, whose six integers reach Python.
* Everything else (files, processes, promises) is answered by the helper too, with "no such thing".

A fresh interpreter takes some milliseconds to prepare; its memory is therefore kept once as an image, and each
further interpreter starts from that image.

Source: the import and export lists of the pinned micropython.wasm; wasmtime's C API for fuel and memory.
"""

from __future__ import annotations

import ctypes
import functools
import struct
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, cast

import wasmtime

from segl_sim.engines.wasm_calls import Calls
from segl_sim.engines.wasm_links import copier_text, helper_text

HostCall = Callable[[int, int, int, int, memoryview], int]

_PYSTACK_WORDS = 2048
_MEMORY_LIMIT = 48 << 20
_PAGE = 65536
_BLANK_PAGE = bytes(_PAGE)
_OWN = {  # the imports that Python answers, and the modules that they are asked of
    "calln": "env",
    "lookup_attr": "env",
    "emscripten_resize_heap": "env",
    "fd_write": "wasi_snapshot_preview1",
}

# Kinds of value in the 12-byte slots that the build's proxy layer exchanges (proxy_c.c of the port).
_KIND_EXCEPTION, _KIND_INT, _KIND_STR = -1, 3, 5
_KIND_JS_INT, _KIND_JS_OBJECT = 3, 7
_KIND_JS_STRING = 5
_HOST_REF = 2
_SLOT = 12
_HOST_ARGUMENTS = struct.Struct("<" + "4xi4x" * 6)  # op, a, b, c, address, length


class PythonError(Exception):
    """MicroPython raised an exception; the message is its own traceback."""


class OutOfFuel(Exception):
    """The call used more work than it was given and was stopped."""


class OutOfMemory(Exception):
    """The interpreter asked for more memory than any board has."""


def wasm_path() -> Path:
    """Return where the MicroPython build lies.

    Raises:
        FileNotFoundError: The build was not fetched; the message names the remedy.
    """
    path = Path(str(resources.files("segl_sim"))) / "_data" / "micropython.wasm"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: it is fetched at installation, so run 'pip install .' or 'make demo' again"
        )
    return path


class _Program:
    """The compiled build and its helpers, shared by all interpreters of a process."""

    def __init__(self) -> None:
        config = wasmtime.Config()
        config.cache = True
        config.wasm_exceptions = True
        config.consume_fuel = True
        self.engine = wasmtime.Engine(config)
        self.module = wasmtime.Module(self.engine, wasm_path().read_bytes())
        kinds = {item.name or "": _func_type(item) for item in self.module.imports}
        self.own = {name: kinds.pop(name) for name in _OWN}
        self.helper = wasmtime.Module(self.engine, helper_text(kinds))
        exports = {item.name: item.type for item in self.module.exports}
        self.counts = {
            n: len(kind.params) for n, kind in exports.items() if isinstance(kind, wasmtime.FuncType)
        }
        table = exports["__indirect_function_table"]
        assert isinstance(table, wasmtime.TableType)
        self.copier = wasmtime.Module(self.engine, copier_text(table.limits.min))


@functools.cache
def _program() -> _Program:
    return _Program()


def _func_type(item: wasmtime.ImportType) -> wasmtime.FuncType:
    kind = item.type
    assert isinstance(kind, wasmtime.FuncType)
    return kind


class Interpreter:
    """One MicroPython interpreter.

    Args:
        host: Called for `host(op, a, b, c, address, length)` in the interpreter, with the bytes in place.
        write: Receives what the interpreter prints.
        image: Memory to start from (`snapshot()` of another interpreter); None starts MicroPython afresh.
        heap: Size of the first piece of garbage-collected heap, in bytes. Only used without an image.
    """

    def __init__(
        self,
        host: HostCall,
        write: Callable[[bytes], None],
        image: bytes | None = None,
        heap: int = 192 * 1024,
    ) -> None:
        program = _program()
        self._host = host
        self._write = write
        self._store = store = wasmtime.Store(program.engine)
        store.set_limits(memory_size=_MEMORY_LIMIT)
        store.set_fuel(1 << 60)
        self._linker = linker = wasmtime.Linker(program.engine)
        helper = linker.instantiate(store, program.helper)
        for module in ("env", "wasi_snapshot_preview1"):
            linker.define_instance(store, module, helper)
        self._calls = Calls(store)
        own = {
            "calln": self._on_call,
            "lookup_attr": self._on_lookup,
            "emscripten_resize_heap": self._on_resize,
            "fd_write": self._on_write,
        }
        for name, function in own.items():
            linker.define(store, _OWN[name], name, self._calls.imported(program.own[name], function))
        linker.define_instance(store, "build", linker.instantiate(store, program.module))
        linker.instantiate(store, program.copier)
        self._memory = cast("wasmtime.Memory", linker.get(store, "build", "memory"))
        self._view = self._whole_memory()
        self._functions: dict[str, Callable[..., int]] = {}
        self._budget = self._last = 0
        self._running = False
        self._call("emscripten_stack_init")
        if image is None:
            self._call("__wasm_call_ctors")
            self._call("mp_js_init", _PYSTACK_WORDS, heap)
            self._call("proxy_c_init")
            self._slots: int = self._call("malloc", 5 * _SLOT)
        else:
            self._restore(image)

    def close(self) -> None:
        """Free the interpreter at once, not when Python looks for cycles."""
        self._view = memoryview(b"")
        self._store.close()

    # Running

    def execute(self, source: str, fuel: int = 1 << 60) -> None:
        """Run source text as `__main__`.

        Args:
            source: MicroPython source.
            fuel: Work it may do, in wasmtime's units.

        Raises:
            PythonError: It raised; the message is the traceback.
            OutOfFuel: It was stopped.
        """
        text = source.encode()
        address = self._copy_in(text + b"\0")
        self._guarded(fuel, "mp_js_do_exec", address, len(text), self._slots)
        self._call("free", address)
        self._result()

    def function(self, module: str, name: str) -> int:
        """Return a reference to a function of an imported module, for `call`."""
        text = self._copy_in(module.encode() + b"\0" + name.encode() + b"\0")
        self._call("mp_js_do_import", text, self._slots)
        _, reference = self._slot(0)
        self._call("proxy_c_to_js_lookup_attr", reference, text + len(module) + 1, self._slots)
        kind, reference = self._slot(0)
        self._call("free", text)
        if kind == _KIND_EXCEPTION:
            self._result()
        return reference

    def call(self, function: int, *arguments: int, fuel: int = 1 << 60) -> int:
        """Call a function with up to four integers and return its integer (0 for anything else).

        Raises:
            PythonError: It raised; the message is the traceback.
            OutOfFuel: It used up `fuel` and was stopped.
        """
        for index, value in enumerate(arguments, 1):
            struct.pack_into("<iii", self._view, self._slots + _SLOT * index, _KIND_JS_INT, value, 0)
        self._guarded(fuel, "proxy_c_to_js_call", function, len(arguments), self._slots + _SLOT, self._slots)
        return self._result()

    @property
    def spent(self) -> int:
        """Work done so far in the call under way, or in the last one, in wasmtime's fuel units."""
        return self._budget - self._store.get_fuel() if self._running else self._last

    # Memory

    def snapshot(self) -> bytes:
        """Return the memory as it is between two calls, for `image` of another interpreter."""
        end = len(self._view)
        while bytes(self._view[end - _PAGE : end]) == _BLANK_PAGE:  # all but the first half megabyte
            end -= _PAGE
        return struct.pack("<I", self._slots) + bytes(self._view[:end]).rstrip(b"\0")

    def _restore(self, image: bytes) -> None:
        (self._slots,) = struct.unpack_from("<I", image)
        self._grow(len(image) - 4)
        self._view[: len(image) - 4] = memoryview(image)[4:]

    def memory(self) -> memoryview:
        """Return all linear memory, writable, valid until the interpreter runs again."""
        return self._view

    def _whole_memory(self) -> memoryview:
        pointer = self._memory.data_ptr(self._store)
        size = self._memory.data_len(self._store)
        return memoryview((ctypes.c_ubyte * size).from_address(ctypes.addressof(pointer.contents))).cast("B")

    def _grow(self, size: int) -> None:
        """Make the memory at least so large. The build has no `memory.grow` of its own: nobody else does."""
        missing = size - len(self._view)
        if missing > 0:
            self._memory.grow(self._store, -(-missing // _PAGE))
            self._view = self._whole_memory()

    def stack(self) -> int:
        """Return the address of the top of the C stack; after OutOfFuel, of the frames that were stopped."""
        return self._call("emscripten_stack_get_current")

    # Plumbing

    def _call(self, name: str, *arguments: int) -> int:
        if name not in self._functions:
            found = cast("wasmtime.Func", self._linker.get(self._store, "build", name))
            self._functions[name] = self._calls.exported(found, _program().counts[name])
        return self._functions[name](*arguments)

    def _guarded(self, fuel: int, name: str, *arguments: int) -> None:
        self._store.set_fuel(fuel)
        self._budget = fuel
        self._running = True
        try:
            self._call(name, *arguments)
        except wasmtime.Trap as trap:
            if trap.trap_code == wasmtime.TrapCode.OUT_OF_FUEL:
                raise OutOfFuel(f"more than {fuel} units of work in one call") from None
            raise
        finally:
            self._last = self.spent
            self._running = False
            self._store.set_fuel(1 << 60)

    def _copy_in(self, data: bytes) -> int:
        address = self._call("malloc", len(data))
        self._view[address : address + len(data)] = data
        return address

    def _slot(self, index: int) -> tuple[int, int]:
        kind, value = struct.unpack_from("<ii", self._view, self._slots + _SLOT * index)
        return kind, value

    def _result(self) -> int:
        kind, value, pointer = struct.unpack_from("<iiI", self._view, self._slots)
        if kind == _KIND_INT:
            return value
        if kind == _KIND_EXCEPTION:
            text = bytes(self._view[pointer : pointer + value]).decode("utf-8", "replace")
            self._call("free", pointer)
            raise PythonError(text.split("\x04")[-1].rstrip())
        return 0

    # What the build imports from Python

    # What the build calls

    def _on_call(self, values: Any) -> int:
        view = self._view
        op, a, b, c, address, length = _HOST_ARGUMENTS.unpack_from(view, values[3].i32)
        result = self._host(op, a, b, c, view[address : address + length])
        struct.pack_into("<iii", view, values[4].i32, _KIND_JS_INT, result, 0)
        return 0

    def _on_lookup(self, values: Any) -> int:
        struct.pack_into("<iii", self._view, values[2].i32, _KIND_JS_OBJECT, _HOST_REF, 0)
        return 1

    def _on_write(self, values: Any) -> int:
        _, vectors, count, written = (values[index].i32 for index in range(4))
        total = 0
        for index in range(count):
            address, length = struct.unpack_from("<II", self._view, vectors + 8 * index)
            self._write(bytes(self._view[address : address + length]))
            total += length
        struct.pack_into("<I", self._view, written, total)
        return 0

    def _on_resize(self, values: Any) -> int:
        try:
            self._grow(values[0].i32)
        except wasmtime.WasmtimeError:
            return 0
        return 1
