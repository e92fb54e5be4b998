"""The curves' own files, loaded so that every value they compute passes a probe first.

A probe sees the result of each operator, call and subscript, in the order in which they are computed, and may put
another value in its place. The firmware has no part in it: its sources are rewritten as they are loaded.
"""

import ast
import builtins
import functools
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.unit.common.curves import COMMON

# In the order in which they import one another.
FILES = (
    "faults",
    "modular",
    "otp",
    "sha512",
    "comb",
    "p256_field",
    "p256_points",
    "p256",
    "ed25519_field",
    "ed25519",
)
Seen = Callable[[Any], Any]


class _Wrapped(ast.NodeTransformer):
    """Hands results to the probe; what a module computes while it loads is left alone."""

    def __init__(self) -> None:
        self._inside = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outer, self._inside = self._inside, True
        node.body = [self.visit(statement) for statement in node.body]
        self._inside = outer
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return self._wrap(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return self._wrap(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return self._wrap(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._wrap(node) if isinstance(node.ctx, ast.Load) else self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if not self._inside or not isinstance(node.target, ast.Name):
            return self.generic_visit(node)
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        return ast.copy_location(ast.Assign([node.target], self.visit_BinOp(value)), node)

    def _wrap(self, node: ast.expr) -> ast.expr:
        self.generic_visit(node)
        return ast.Call(ast.Name("__seen__", ast.Load()), [node], []) if self._inside else node


@functools.cache
def _code(name: str, source: str, wrapped: bool) -> types.CodeType:
    tree = ast.parse(source)
    if wrapped:
        tree = ast.fix_missing_locations(_Wrapped().visit(tree))
    return compile(tree, f"{name} (probed)", "exec")


class Probed:
    """Modules of their own, beside those that everybody else imports.

    Args:
        seen: The probe.
        files: Which files' values it sees.
        changes: Text in a file to text that replaces it, by the file's name.
    """

    def __init__(
        self,
        seen: Seen,
        files: Iterable[str] = FILES,
        changes: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.modules: dict[str, Any] = {}
        space = dict(vars(builtins), __import__=self._import, __seen__=seen)
        for name in FILES:
            source = Path(COMMON / f"{name}.py").read_text(encoding="utf-8")
            old, new = (changes or {}).get(name, ("", ""))
            assert old in source
            module = types.ModuleType(f"common.{name}")
            module.__dict__["__builtins__"] = space
            self.modules[name] = module
            exec(_code(name, source.replace(old, new, 1), name in files), module.__dict__)
        p256, ed25519, comb = (self.modules[name] for name in ("p256", "ed25519", "comb"))
        self.combs = [
            comb.Comb(str(COMMON / "p256.comb"), p256.ENTRY),
            comb.Comb(str(COMMON / "ed25519.comb"), ed25519.ENTRY),
        ]
        self.p256 = p256.P256(self.combs[0])
        self.ed25519 = ed25519.Ed25519(self.combs[1])

    def _import(self, name: str, *arguments: Any) -> Any:
        package, _, last = name.partition(".")
        if package == "common":
            return self.modules[last]
        return sys.modules[name] if name in sys.modules else __import__(name, *arguments)

    def close(self) -> None:
        for comb in self.combs:
            comb.close()
