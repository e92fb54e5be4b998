"""Check firmware/ against what a stock MicroPython board understands, and against our own house rules.

The interpreter that the tests use is more generous than a board, so a test alone would not notice. Each rule
has a code; a line that must break one says so with its reason: `x / y  # FW012: both are floats already`.
Source of the board's limits: MicroPython 1.29 for rp2, read and measured.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MAX_LINES = 400
BOARD_MODULES = {"machine", "rp2", "cryptolib"}
# fmt: off
STOCK_MODULES = {
    "_thread", "array", "binascii", "builtins", "cmath", "collections", "deflate", "errno", "framebuf", "gc",
    "hashlib", "heapq", "io", "json", "math", "micropython", "os", "random", "re", "select", "struct", "sys",
    "time", "uctypes", "vfs",
}
# fmt: on
# `platform` exists on a board, but would be a flag for where the code runs; asyncio has its own rule.
OWN_PACKAGES = {"segl_wire", "common", "code_display", "audio_reader", "chip", "boards"}
ABSENT_METHODS = {
    "bit_length": "shift and count, or bound the number first",
    "bit_count": "shift and count",
    "zfill": "use '%0*d' % (width, number)",
    "rjust": "use '%*s' % (width, text)",
    "ljust": "add the blanks: text + ' ' * (width - len(text))",
    "removeprefix": "test startswith(), then slice",
    "removesuffix": "test endswith(), then slice",
    "hexdigest": "use binascii.hexlify(hash.digest())",
    "cast": "use struct or uctypes",
    "isalnum": "test isalpha() or isdigit()",
    "isascii": "compare each ord() with 128",
    "isdecimal": "use isdigit()",
    "isnumeric": "use isdigit()",
    "capitalize": "use upper() on the first letter",
    "casefold": "use lower()",
    "swapcase": "use upper() or lower()",
    "expandtabs": "use replace()",
}
BOARD_HASHES = {"md5", "sha1", "sha256"}
WHERE_FLAGS = {("sys", "platform"), ("sys", "implementation"), ("sys", "version"), ("os", "uname")}
_ALLOWED = re.compile(r"#.*\b(FW\d{3}): *\S")


class Finding(NamedTuple):
    """One broken rule; `line` counts from 1."""

    path: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"firmware/{self.path}:{self.line}: {self.code} {self.message}"


_Raw = tuple[int, str, str]


def check(source: str, path: str) -> list[Finding]:
    """Return what is wrong with one file, in the order of its lines.

    Args:
        source: The file's text.
        path: Where it lies, relative to firmware/, with slashes.
    """
    lines = source.splitlines()
    raw = list(_check_text(lines))
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raw.append((error.lineno or 1, "FW000", f"is no Python: {error.msg}"))
    else:
        raw.extend(_check_header(tree, lines))
        in_boards = path.startswith("boards/")
        for node in ast.walk(tree):
            raw.extend(_check_node(node, in_boards))
    return [
        Finding(path, line, code, message)
        for line, code, message in sorted(raw)
        if code not in _ALLOWED.findall(lines[line - 1] if line <= len(lines) else "")
    ]


def _check_text(lines: list[str]) -> Iterator[_Raw]:
    for number, line in enumerate(lines, 1):
        if "simulat" in line.lower():
            yield number, "FW001", "firmware does not know where it runs: say it without that word"
    if len(lines) > MAX_LINES:
        yield MAX_LINES + 1, "FW014", f"over {MAX_LINES} lines: split the file by purpose"


def _check_header(tree: ast.Module, lines: list[str]) -> Iterator[_Raw]:
    if ast.get_docstring(tree) is None and not (lines and lines[0].startswith("# ")):
        yield 1, "FW015", "begin with a docstring or comment: what the file is, and its source"


def _check_node(node: ast.AST, in_boards: bool) -> Iterator[_Raw]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _check_import(node, in_boards)
    elif isinstance(node, ast.Try):
        yield from _check_try(node)
    elif isinstance(node, ast.Attribute):
        yield from _check_attribute(node, in_boards)
    elif isinstance(node, ast.Call):
        yield from _check_call(node)
    else:
        yield from _check_syntax(node)


def _check_import(node: ast.Import | ast.ImportFrom, in_boards: bool) -> Iterator[_Raw]:
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return
        modules = [node.module or ""]
        yield from _check_imported_names(node, in_boards)
    else:
        modules = [alias.name for alias in node.names]
    for module in modules:
        top = module.partition(".")[0]
        if top in BOARD_MODULES:
            if not in_boards:
                yield node.lineno, "FW002", f"only boards/ imports {top}: let boards/ hand in what is needed"
        elif top == "asyncio":
            yield node.lineno, "FW011", "no asyncio: waiting is a generator task of common/loop.py"
        elif top not in STOCK_MODULES | OWN_PACKAGES:
            yield node.lineno, "FW003", f"a stock board has no module {top}: do without it"


def _check_imported_names(node: ast.ImportFrom, in_boards: bool) -> Iterator[_Raw]:
    """Treat `from time import sleep` as `time.sleep`."""
    for alias in node.names:
        name = ast.Attribute(value=ast.Name(id=node.module or ""), attr=alias.name, lineno=node.lineno)
        yield from _check_attribute(name, in_boards)


def _check_try(node: ast.Try) -> Iterator[_Raw]:
    for statement in node.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield (
                statement.lineno,
                "FW018",
                "an import inside try probes where the code runs: every board has the same modules",
            )


def _check_attribute(node: ast.Attribute, in_boards: bool) -> Iterator[_Raw]:
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    if (owner, node.attr) in WHERE_FLAGS:
        yield node.lineno, "FW001", f"no {owner}.{node.attr}: firmware does not ask where it runs"
    elif owner == "time" and node.attr in ("time", "sleep"):
        remedy = "use ticks_ms() or the clock chip" if node.attr == "time" else "yield to common/loop.py"
        yield node.lineno, "FW013", f"no time.{node.attr}(): {remedy}"
    elif owner == "time" and node.attr in ("sleep_ms", "sleep_us") and not in_boards:
        yield node.lineno, "FW013", f"no time.{node.attr}() outside boards/: yield to common/loop.py"
    elif owner == "asyncio" and node.attr == "run":
        yield node.lineno, "FW011", "no asyncio.run: waiting is a generator task of common/loop.py"
    elif owner == "hashlib" and node.attr not in BOARD_HASHES:
        yield node.lineno, "FW017", f"a board's hashlib has no {node.attr}: SHA-512 is in common/sha512.py"


def _check_call(node: ast.Call) -> Iterator[_Raw]:
    function = node.func
    if isinstance(function, ast.Attribute):
        if function.attr in ABSENT_METHODS:
            yield (
                function.lineno,
                "FW008",
                f"a board has no .{function.attr}(): {ABSENT_METHODS[function.attr]}",
            )
        if function.attr == "hex" and node.args:
            yield node.lineno, "FW008", "a board ignores the separator of .hex(): join the pieces yourself"
    if isinstance(function, ast.Name) and function.id == "pow" and len(node.args) == 3:
        exponent = node.args[1]
        if isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub):
            yield (
                node.lineno,
                "FW007",
                "pow() with a negative exponent returns 0 on a board: compute the inverse",
            )
    for keyword in node.keywords:
        if keyword.arg == "signed":
            yield node.lineno, "FW009", "no signed= on a board: use struct, or add 1 << bits first"


def _check_syntax(node: ast.AST) -> Iterator[_Raw]:
    if isinstance(node, ast.Match):
        yield node.lineno, "FW004", "no match statement on a board: use if and elif"
    elif isinstance(node, ast.Dict) and None in node.keys:
        yield node.lineno, "FW005", "no {**x} on a board: copy with dict(x), then update()"
    elif isinstance(node, ast.List | ast.Set | ast.Tuple):
        assigned_to = isinstance(getattr(node, "ctx", None), ast.Store)  # `a, *b = x` is fine
        if not assigned_to and any(isinstance(element, ast.Starred) for element in node.elts):
            yield node.lineno, "FW005", "no [*x] on a board: use list(x) and +"
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        if node.args.posonlyargs:
            yield node.lineno, "FW006", "no positional-only parameters on a board: leave out the /"
    elif isinstance(node, ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice):
                yield node.lineno, "FW010", "no del x[:n] on a board: assign the rest, x = x[n:]"
    elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
        yield node.lineno, "FW012", "use // : board floats have 32 bits"
    elif isinstance(node, ast.Slice) and node.step is not None:
        yield node.lineno, "FW016", "only lists have slices with a step on a board: use a loop or reversed()"


def main(firmware: Path) -> int:
    """Print what is wrong below `firmware`; return 1 if anything is, else 0."""
    paths = sorted(firmware.rglob("*.py"))
    findings: list[Finding] = []
    for path in paths:
        findings += check(path.read_text(encoding="utf-8"), path.relative_to(firmware).as_posix())
    for finding in findings:
        print(finding)
    print(f"firmware rules: {len(paths)} files, {len(findings)} findings")
    return 1 if findings or not paths else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent / "firmware"))
