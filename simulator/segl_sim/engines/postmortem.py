"""Where a stopped interpreter was: reads MicroPython's own frames out of its memory.

Nothing is recorded while firmware runs, and nothing is asked of the interpreter afterwards: it was stopped in
the midst of anything. All that is needed still lies in its linear memory:

* every running `mp_execute_bytecode` has an `nlr_buf_t` on the C stack, chained from `mp_state_ctx.thread`;
* right behind that lies its local `exc_sp` (in memory, since it is volatile), which points into the frame's
  `mp_code_state_t`: on the pystack, or inside a generator on the heap;
* that names function and instruction, and what precedes the byte code turns them into file and line.

Whatever does not fit these structures is no frame; a build of another layout ends in "place unknown".

Source: MicroPython 1.29, py/: mpstate.h, nlr.h, vm.c (mp_execute_bytecode), bc.h, obj.h, objfun.h,
objgenerator.c, qstr.h, and ports/webassembly/main.c; Emscripten's bits/setjmp.h. A word has 32 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from segl_sim.engines.wasm import Interpreter

_SHOWN = 8  # of a runaway recursion more frames would only repeat

# mp_state_thread_t from stack_limit on (then the pystack's three pointers), and mp_state_vm_t behind it.
_CSTACK_SIZE = (32 * 1024).to_bytes(4, "little")
_START, _END, _NOW, _NLR_TOP, _LAST_POOL = 4, 8, 12, 28, 44
# nlr_buf_t is prev, ret_val, jmp_buf (156 bytes), pystack; then comes the local of mp_execute_bytecode.
_EXC_SP = 168
# mp_code_state_t: fun_bc, ip, sp, n_state and exc_sp_idx (16 bits each), old_globals, state, exception stack.
_IP, _N_STATE, _STATE = 4, 12, 20
_HANDLER = 12  # bytes of one entry of the exception stack
_WIDEST = 4 * 2048  # no frame is wider than the whole pystack
# mp_obj_gen_instance_t: type, pend_exc (null while it runs), code state.
_GEN_TYPE, _GEN_PEND_EXC = -8, -4
# mp_obj_fun_bc_t, and mp_module_context_t: module object (type, globals), qstr_table, obj_table.
_CONTEXT, _BYTECODE, _QSTR_TABLE = 4, 12, 8
_TYPE_NAME = 6  # in mp_obj_type_t: behind base and flags (16 bits)
_LONGEST = 1 << 16  # bytes of one function's byte code


class _Prelude(NamedTuple):
    """What precedes a function's instructions."""

    n_state: int  # entries of the value stack
    n_exc: int  # entries of the exception stack
    n_args: int
    info: int  # addresses from here on
    cells: int
    code: int


def locate(interpreter: Interpreter) -> str:
    """Say where an interpreter was that has just been stopped.

    Args:
        interpreter: Stopped for the first time (frames of an earlier stop would show as callers). Only read.

    Returns:
        "common/store.py, line 42, in put (called from app.py, line 10, in press; ...)", innermost
        function first; "place unknown" if no Python function was running.
    """
    frames = list(_Memory(bytes(interpreter.memory()), interpreter.stack()).frames())
    if not frames:
        return "place unknown"
    # "Or after": a build may note only instructions that can raise (SELECTIVE_EXC_IP in vm.c), as calls can.
    (file, line, name), *callers = frames
    text = f"{file}, line {line}, in {name}"
    places = [f"{file}, line {line}, in {name}" for file, line, name in callers[:_SHOWN]]
    if len(callers) > _SHOWN:
        places.append(f"and {len(callers) - _SHOWN} more")
    return f"{text} (called from {'; '.join(places)})" if places else text


class _Memory:
    """Linear memory as MicroPython's structures; outside of it are zeros, which fit none of them."""

    def __init__(self, image: bytes, stack: int) -> None:
        self._image = image
        self._stack = stack
        self._state = self._find_state()

    def frames(self) -> Iterator[tuple[str, int, str]]:
        """Yield file, line and name of the running functions, innermost first."""
        seen: set[int] = set()
        for buffer in self._buffers():
            code_state = self._code_state(self._word(buffer + _EXC_SP))
            # Other C functions have such buffers too, and behind theirs may lie anything.
            if code_state and code_state not in seen:
                seen.add(code_state)
                yield self._frame(code_state)

    def _word(self, address: int, size: int = 4) -> int:
        return int.from_bytes(self._image[address : address + size], "little")

    def _thread(self, field: int) -> int:
        return self._word(self._state + field) if self._state else 0

    def _find_state(self) -> int:
        """Return where mp_state_ctx.thread.stack_limit lies, or 0; the build has no symbol for it."""
        at = -1
        while (at := self._image.find(_CSTACK_SIZE, at + 1)) >= 0:
            start, end, now, top = map(self._word, (at + _START, at + _END, at + _NOW, at + _NLR_TOP))
            # The pystack was allocated, so it lies above static data; the C stack lies below them.
            if at % 4 == 0 and self._stack <= top < at < start <= now <= end:
                return at
        return 0

    def _buffers(self) -> Iterator[int]:
        """Yield addresses of nlr_buf_t, innermost first."""
        top = self._thread(_NLR_TOP)
        # A frame that handles an exception right now has left the chain, yet its buffer still points there.
        yield from (at for at in range(self._stack, top, 4) if self._word(at) == top)
        while top:
            yield top
            top = self._word(top) if self._word(top) > top else 0  # callers lie higher, else it is no chain

    def _code_state(self, exc_sp: int) -> int:
        """Return the address of the running code state that an exception stack pointer belongs to, or 0."""
        # With no handler in use the pointer stands one entry before the exception stack.
        nearest = exc_sp + _HANDLER - _STATE
        for address in range(nearest, max(nearest - _WIDEST, -_GEN_TYPE), -4):
            used = nearest - address - 4 * self._word(address + _N_STATE, 2)
            if used >= 0 and used % _HANDLER == 0 and self._is_running(address, used // _HANDLER):
                return address
        return 0

    def _is_running(self, address: int, handlers: int) -> bool:
        """Tell whether an address is a running function's code state, with so many handlers in use."""
        function = self._word(address)
        if self._type_name(function) not in ("function", "generator"):
            return False
        prelude = self._prelude(function)
        inside = 0 <= self._word(address + _IP) - prelude.code < _LONGEST
        if not inside or self._word(address + _N_STATE, 2) != prelude.n_state or handlers > prelude.n_exc:
            return False
        if self._type_name(address + _GEN_TYPE) == "generator":
            return not self._word(address + _GEN_PEND_EXC)
        return self._thread(_START) <= address < self._thread(_NOW)

    def _frame(self, code_state: int) -> tuple[str, int, str]:
        function = self._word(code_state)
        qstrs = self._word(self._word(function + _CONTEXT) + _QSTR_TABLE)
        prelude = self._prelude(function)
        octets, at = self._run(prelude.info)
        name = sum((octet & 127) << 7 * k for k, octet in enumerate(reversed(octets)))
        for _ in range(prelude.n_args):
            _, at = self._run(at)
        line = self._line(at, prelude.cells, self._word(code_state + _IP) - prelude.code)
        return self._qstr(self._word(qstrs, 2)), line, self._qstr(self._word(qstrs + 2 * name, 2))

    def _prelude(self, function: int) -> _Prelude:
        """Decode the two runs of octets into which bc.h interleaves: xSSSSEAA xFSSKAED..., and xIIIIIIC..."""
        (head, *rest), at = self._run(self._word(function + _BYTECODE))
        n_state, n_exc, n_args = (head >> 3 & 15) + 1, head >> 2 & 1, head & 3
        for k, octet in enumerate(rest):
            n_state += (octet >> 4 & 3) << 4 + 2 * k
            n_exc += (octet >> 1 & 1) << 1 + k
            n_args += ((octet >> 2 & 1) << 2 + k) + ((octet >> 3 & 1) << k)
        sizes, at = self._run(at)
        n_info = sum((octet >> 1 & 63) << 6 * k for k, octet in enumerate(sizes))
        n_cells = sum((octet & 1) << k for k, octet in enumerate(sizes))
        return _Prelude(n_state, n_exc, n_args, at, at + n_info, at + n_info + n_cells)

    def _run(self, at: int) -> tuple[bytes, int]:
        """Return a run of octets of which all but the last have the high bit, and the address behind it."""
        end = at
        while self._word(end, 1) & 128:
            end += 1
        return self._image[at : end + 1] or b"\0", end + 1

    def _line(self, at: int, end: int, offset: int) -> int:
        """Return the line of an instruction, from pairs of steps: octets of code, lines of source."""
        line = 1
        while at < end:
            head = self._word(at, 1)
            size, code, lines = 1, head & 31, head >> 5
            if head & 128:
                size, code, lines = 2, head & 15, (head >> 4 & 7) << 8 | self._word(at + 1, 1)
            if offset < code:
                break
            at, offset, line = at + size, offset - code, line + lines
        return line

    def _type_name(self, item: int) -> str:
        return self._qstr(self._word(self._word(item) + _TYPE_NAME, 2))

    def _qstr(self, number: int) -> str:
        """Return an interned string; each pool knows how many strings the older ones behind it hold."""
        pool = self._thread(_LAST_POOL)
        while pool:
            # qstr_pool_t: prev, total_prev_len (31 bits), alloc, len, hashes, lengths, then the strings.
            index = number - (self._word(pool + 4) & 0x7FFFFFFF)
            if 0 <= index < self._word(pool + 12):
                text, size = self._word(pool + 24 + 4 * index), self._word(self._word(pool + 20) + index, 1)
                return self._image[text : text + size].decode(errors="replace")
            pool = self._word(pool)
        return ""
