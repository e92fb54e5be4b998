"""What every test gets: a `micropython` module, a steady hypothesis, the soak switch, and a `no_cover` that works.

Firmware files run on a board and in CPython alike, but CPython has no `micropython` module. Unit tests
that import such a file directly find the stub below; the engines bring their own.
"""

import sys
import types
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
import pytest

from tests.soak import SOAK, count

pytest_plugins = ["pytester"]  # for tests/plugin


def _identity(value: Any) -> Any:
    return value


def _schedule(function: Callable[[Any], object], argument: Any) -> None:
    """Run at once what a board would run between two byte codes."""
    function(argument)


def _install_micropython_stub() -> None:
    stub = types.ModuleType("micropython")
    for name in ("const", "native", "viper"):
        setattr(stub, name, _identity)
    stub.__dict__["schedule"] = _schedule
    sys.modules.setdefault("micropython", stub)


_install_micropython_stub()

# The same examples in every run, on every machine: a red test can be repeated. Soaking looks further.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("soak", deadline=None, print_blob=True)
hypothesis.settings.load_profile("soak" if SOAK else "steady")


@pytest.fixture(name="count")
def count_fixture() -> Callable[[int, int], int]:
    """Give a test `count(small, whole)`; where it is needed at import, import it, and mark the test `counts`."""
    return count


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for `count`, so that `make soak` finds it without a second list.

    Raises:
        UsageError: A module imports `count`, and none of its tests is marked, so that `make soak` would leave it out.
    """
    for item in items:
        if "count" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.counts)
    for module in {item.module for item in items if isinstance(item, pytest.Function) and item.module}:
        if vars(module).get("count") is count and not _has_counts(module):
            raise pytest.UsageError(f"{module.__name__} imports `count`, and marks no test `counts`")


def _has_counts(module: types.ModuleType) -> bool:
    """Whether any test of a module is marked, be it among those that were asked for or not."""
    tests = [value for name, value in vars(module).items() if name.startswith("test_")]
    return any(mark.name == "counts" for test in tests for mark in getattr(test, "pytestmark", ()))


# In a worker of xdist, pytest-cov 7.1 starts coverage twice and pauses it once: `no_cover` alone would change nothing.


@contextmanager
def _traced_if_wanted(node: pytest.Item | pytest.Collector) -> Iterator[None]:
    tracer = sys.gettrace()
    if node.get_closest_marker("no_cover"):
        sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Measure no lines of a test that is marked `no_cover`."""
    with _traced_if_wanted(pyfuncitem):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, Any, Any]:
    """Nor of its fixtures."""
    with _traced_if_wanted(request.node):
        return (yield)
