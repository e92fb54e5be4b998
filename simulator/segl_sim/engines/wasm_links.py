"""What MicroPython's WebAssembly build is linked with in the place of JavaScript (see engines/wasm.py)."""

from __future__ import annotations

import wasmtime

_TABLE = 4096  # the helper's own table: the build's functions first, then the three that it needs itself
_STACK_GET, _STACK_SET, _SET_THREW = _TABLE, _TABLE + 1, _TABLE + 2
_ENOENT = -44


def helper_text(kinds: dict[str, wasmtime.FuncType]) -> str:
    """Return the text of the module that answers imports by itself.

    It implements longjmp (a tag, and a wrapper for each `invoke_*`) and says "no such thing" to the rest.

    Args:
        kinds: The types of the imports by their names.
    """
    lines = [
        "(module (tag $jump)",
        f'(table $t (export "t") {_TABLE + 8} funcref)',
        "(type $get (func (result i32))) (type $set (func (param i32))) (type $threw (func (param i32 i32)))",
    ]
    for name, kind in kinds.items():
        params = " ".join(str(p) for p in kind.params)
        results = [str(r) for r in kind.results]
        result = "".join(f" (result {r})" for r in results)
        lines.append(f'(func (export "{name}") (param {params}){result}')
        if name == "_emscripten_throw_longjmp":
            lines.append("(throw $jump))")
        elif name.startswith("invoke_"):
            lines += _invoke(params.split(), result)
        else:
            lines.append("".join(f"({r}.const {_ENOENT if r == 'i32' else 0})" for r in results) + ")")
    return "\n".join([*lines, ")"])


def _invoke(params: list[str], result: str) -> list[str]:
    """Return the body of a function that calls another and ends where that one, or what it calls, throws."""
    arguments = " ".join(f"(local.get {k})" for k in range(1, len(params)))
    return [
        "(local $sp i32)",
        f"(local.set $sp (call_indirect (type $get) (i32.const {_STACK_GET})))",
        f"(block $caught (try_table{result} (catch $jump $caught) {arguments}",
        f"(call_indirect $t (param {' '.join(params[1:])}){result} (local.get 0))) (return))",
        f"(call_indirect (type $set) (local.get $sp) (i32.const {_STACK_SET}))",
        f"(call_indirect (type $threw) (i32.const 1) (i32.const 0) (i32.const {_SET_THREW}))",
        "(i32.const 0))" if result else ")",
    ]


def copier_text(size: int) -> str:
    """Return the text of the module that copies the build's function table into the helper's as it starts.

    Args:
        size: How many functions the build's table holds.
    """
    return f"""(module
      (import "build" "__indirect_function_table" (table $s {size} funcref))
      (import "env" "t" (table $d 1 funcref))
      (import "build" "emscripten_stack_get_current" (func $get (result i32)))
      (import "build" "_emscripten_stack_restore" (func $set (param i32)))
      (import "build" "setThrew" (func $threw (param i32 i32)))
      (elem (table $d) (i32.const {_STACK_GET}) func $get $set $threw)
      (func $go (table.copy $d $s (i32.const 0) (i32.const 0) (i32.const {size}))) (start $go))"""
