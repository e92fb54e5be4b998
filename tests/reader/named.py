"""The phrases that the reader's firmware names where it says, shows or keeps something, read off its syntax trees."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from audio_reader.actions import KEYS

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
_SAY = {
    "say": 0,
    "tell": 0,
    "tell_later": 0,
    "say_last": 0,
    "show": 0,
    "_question": 0,
    "sentence": 1,
}  # which argument it is
_RETURN = {"obstacle", "explain"}  # what they return is said, or the first item of it
_TABLES = {"_HELD"}  # what stands in them is said
# What is only put together when it is said.
_JOINED = {"help_": KEYS, "item_": ("single_on", "single_off"), "ask_": ("code", "speak")}
# Ways in for what a computer asks, and for the way back in: other phrases are said then.
_ASKED = {"code", "speak", "wipe", "recover"}


def sources() -> dict[str, str]:
    """Read the files that may name a phrase, by path; the table itself is left out."""
    files = [path for folder in ("audio_reader", "common") for path in (FIRMWARE / folder).glob("*.py")]
    return {
        path.relative_to(FIRMWARE).as_posix(): path.read_text(encoding="utf-8")
        for path in files
        if path.name != "phrases.py"
    }


def named(texts: Iterable[str]) -> set[str]:
    """Return the phrases that these files name."""
    return {name for text in texts for name in _named(ast.parse(text))}


def _named(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(_is(target, _TABLES) for target in node.targets):
            yield from _strings(node.value)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                yield from _said(node, function)
            elif isinstance(node, ast.Return) and function.name in _RETURN and node.value:
                first = node.value.elts[0] if isinstance(node.value, ast.Tuple) else node.value
                yield from _values(first, function)


def _said(call: ast.Call, function: ast.FunctionDef) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in _SAY and len(call.args) > _SAY[name]:
        yield from _values(call.args[_SAY[name]], function)
    elif name == "append" and isinstance(call.func, ast.Attribute) and _is(call.func.value, {"news"}):
        yield from _first(call.args[0], function)
    elif name == "post" and _strings(call.args[0]) == ["ask"]:
        yield from (one for one in _first(call.args[1], function) if one not in _ASKED)


def _values(node: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    """Give the strings that an expression may be, as far as they stand in its function."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _values(node.body, function)
            yield from _values(node.orelse, function)
        case ast.BoolOp():
            for value in node.values:
                yield from _values(value, function)
        case ast.BinOp(left=ast.Constant(value=str(start)), op=ast.Add()):
            yield from (start + end for end in _JOINED[start])
        case ast.Name():
            for one in ast.walk(function):
                if isinstance(one, ast.Assign) and any(_is(target, {node.id}) for target in one.targets):
                    yield from _values(one.value, function)
        case _:
            pass


def _first(node: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    if isinstance(node, ast.Tuple):
        yield from _values(node.elts[0], function)


def _strings(node: ast.AST) -> list[str]:
    return [
        one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def _is(node: ast.expr, names: set[str]) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in names
        case _:
            return False
