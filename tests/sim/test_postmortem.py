"""Where was a runaway? Each scene loops for ever in its own way, as source text and as byte code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest

from segl_sim.engines.postmortem import locate
from segl_sim.engines.wasm import Interpreter, OutOfFuel
from segl_sim.firmware.compiler import compile_source

_FUEL = 12_000_000
_CALLER = "; <stdin>, line 1, in <module>)"

_FILES = """
import io, sys, vfs

class Files:
    def mount(self, readonly, mkfs):
        pass

    def stat(self, path):
        path = path.strip("/")
        if path not in files and path != "common":
            raise OSError(2)
        return (0x4000 if path == "common" else 0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    def open(self, path, mode):
        return io.BytesIO(files[path.strip("/")])

vfs.umount("/")
vfs.mount(Files(), "/")
sys.path[:] = [""]
"""

# Name of the scene: its text, then what is said of it up to the call of the module itself.
SCENES = {
    "a loop that does nothing": (
        "def spin():\n    turns = 1\n    while True:\n        pass\n\nspin()\n",
        "common/scene.py, line 4, in spin (called from common/scene.py, line 6, in <module>",
    ),
    "a loop that counts": (
        "def spin(turns):\n    while True:\n        turns += 1\n\nspin(0)\n",
        "common/scene.py, line 3, in spin (called from common/scene.py, line 5, in <module>",
    ),
    "calls within calls, one in three handlers": (
        "def inner(a, *, b=1):\n    while True:\n        a += b\n\n"
        "def outer(a):\n    try:\n        try:\n            try:\n                inner(a, b=2)\n"
        "            finally:\n                pass\n        finally:\n            pass\n"
        "    finally:\n        pass\n\n"
        "for k in range(3):\n    outer(k)\n",
        "common/scene.py, line 3, in inner (called from common/scene.py, line 9, in outer; "
        "common/scene.py, line 18, in <module>",
    ),
    "a generator within generators": (
        "def leaf():\n    yield 1\n    while True:\n        pass\n\n"
        "def branch():\n    yield from leaf()\n\n"
        "def drive(task):\n    for _ in task:\n        pass\n\n"
        "drive(branch())\n",
        "common/scene.py, line 4, in leaf (called from common/scene.py, line 7, in branch; "
        "common/scene.py, line 10, in drive; common/scene.py, line 13, in <module>",
    ),
    "a generator called through C code": (
        "def leaf():\n    yield 1\n    while True:\n        pass\n\nlist(zip(leaf(), leaf()))\n",
        "common/scene.py, line 4, in leaf (called from common/scene.py, line 6, in <module>",
    ),
    "a method, called by the one that it overrides": (
        "class Base:\n    def put(self, *values, **more):\n        while True:\n            pass\n\n"
        "class Store(Base):\n    def put(self, value):\n        super().put(value, end=1)\n\n"
        "Store().put(1)\n",
        "common/scene.py, line 4, in put (called from common/scene.py, line 8, in put; "
        "common/scene.py, line 10, in <module>",
    ),
    "a function in a function": (
        "def make():\n    count = 0\n    def step(_):\n        nonlocal count\n        while True:\n"
        "            count += 1\n    return step\n\n[2, 1].sort(key=make())\n",
        "common/scene.py, line 6, in step (called from common/scene.py, line 9, in <module>",
    ),
    "the module itself": (
        "turns = 0\nwhile True:\n    turns += 1\n",
        "common/scene.py, line 3, in <module> (called from <stdin>, line 1, in <module>)",
    ),
    "many lines, names and variables": (
        "\n" * 300
        + "def wide("
        + ", ".join(f"long_name_{k}" for k in range(40))
        + "):\n"
        + "".join(f"    local_{k} = {k}\n" for k in range(40))
        + "    while True:\n        pass\n\nwide(*range(40))\n",
        "common/scene.py, line 343, in wide (called from common/scene.py, line 345, in <module>",
    ),
}


class Medley(NamedTuple):
    """A scene to be stopped anywhere: its text, and the callers of each function that may be the place."""

    source: str
    callers: dict[str, set[str]]


# A frame is off MicroPython's chain while it handles an exception; yet its caller is never the place.
RETRY = Medley(
    """\
def retry():
    while True:
        try:
            raise ValueError
        except ValueError:
            pass

retry()
""",
    {"retry": {"8 <module>"}},
)
MEDLEY = Medley(
    """\
def check(n):
    if n & 1:
        raise ValueError(n)
    return n

def count(n):
    for k in range(n):
        try:
            check(k)
        except ValueError:
            pass
        yield k

def chain(n):
    yield from count(n)
    yield from map(check, [0, 2])

class Guard:
    def __enter__(self):
        return self
    def __exit__(self, *_):
        next(count(1))
    def __str__(self):
        return "%d" % check(2)

def work():
    sorted(chain(3), key=lambda k: check(k & 2))
    [check(0) for _ in count(2)]
    dict(zip(count(2), chain(2)))
    with Guard() as guard:
        str(guard)

while True:
    work()
""",
    {
        "check": {"9 count", "16 chain", "24 __str__", "27 <lambda>", "28 <listcomp>"},
        "count": {"15 chain", "22 __exit__", "28 <listcomp>", "29 work"},
        "chain": {"27 work", "29 work"},
        "<lambda>": {"27 work"},
        "<listcomp>": {"28 work"},
        "__enter__": {"30 work"},
        "__exit__": {"31 work"},
        "__str__": {"31 work"},
        "work": {"34 <module>"},
        "<module>": set(),
    },
)


@pytest.fixture(name="interpreter")
def _interpreter() -> Iterator[Interpreter]:
    interpreter = Interpreter(lambda *_: 0, lambda _: None)
    yield interpreter
    interpreter.close()


def _stop(interpreter: Interpreter, source: str, as_bytecode: bool = False, fuel: int = _FUEL) -> str:
    name, content = "common/scene.py", source.encode()
    if as_bytecode:
        name, content = "common/scene.mpy", compile_source(name, source).code
    interpreter.execute(f"files = {{{name!r}: {content!r}}}\n{_FILES}")
    with pytest.raises(OutOfFuel):
        interpreter.execute("import common.scene", fuel)
    return locate(interpreter)


@pytest.mark.parametrize("as_bytecode", [False, True], ids=["source", "byte code"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_place_of_a_runaway_is_named(interpreter: Interpreter, scene: str, as_bytecode: bool) -> None:
    source, place = SCENES[scene]
    whole = place if place.endswith(")") else place + _CALLER
    assert _stop(interpreter, source, as_bytecode) == whole


@pytest.mark.parametrize("scene", [RETRY, MEDLEY], ids=["retry", "medley"])
def test_wherever_the_work_ends_each_caller_is_one(scene: Medley, count: Callable[[int, int], int]) -> None:
    # Between two instructions MicroPython takes frames apart and leaves remains of old ones: try many places.
    first = Interpreter(lambda *_: 0, lambda _: None)
    first.execute("pass")
    image = first.snapshot()
    first.close()
    for index in range(count(40, 1000)):
        interpreter = Interpreter(lambda *_: 0, lambda _: None, image)
        place = _stop(interpreter, scene.source, as_bytecode=True, fuel=1_500_000 + 9973 * index)
        interpreter.close()
        frames = re.findall(r"line (\d+), in ([\w<>]+)", place)
        assert frames[0][1] in scene.callers, place
        assert frames.pop() == ("1", "<module>")
        for (_, callee), (line, caller) in pairwise(frames):
            assert f"{line} {caller}" in scene.callers[callee], place


def test_a_deep_recursion_is_cut_short(interpreter: Interpreter) -> None:
    source = "def fall(depth):\n    while depth == 20:\n        pass\n    fall(depth + 1)\n\nfall(0)\n"
    place = _stop(interpreter, source)
    assert place.startswith("common/scene.py, line ")
    assert place.count("line 4, in fall") == 8
    assert place.endswith("; and 14 more)")


def test_an_interpreter_that_starts_from_an_image_is_read_alike(interpreter: Interpreter) -> None:
    interpreter.execute("turns = 0")
    other = Interpreter(lambda *_: 0, lambda _: None, interpreter.snapshot())
    source, place = SCENES["a generator within generators"]
    assert _stop(other, source) == place + _CALLER
    other.close()


def test_reading_leaves_everything_as_it_was(interpreter: Interpreter) -> None:
    place = _stop(interpreter, SCENES["a loop that counts"][0])
    before = bytes(interpreter.memory())
    assert locate(interpreter) == place
    assert bytes(interpreter.memory()) == before


def test_no_place_is_named_where_no_function_was_running(interpreter: Interpreter) -> None:
    with pytest.raises(OutOfFuel):
        interpreter.execute("x = 1\n" * 1000, 50_000)  # stopped while it was still compiling
    assert locate(interpreter) == "place unknown"


def test_no_place_is_named_before_anything_ran(interpreter: Interpreter) -> None:
    assert locate(interpreter) == "place unknown"
