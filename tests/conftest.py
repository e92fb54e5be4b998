"""What every test gets: a `micropython` module, a steady hypothesis, and the soak switch.

Firmware files run on a board and in CPython alike, but CPython has no `micropython` module. Unit tests
that import such a file directly find the stub below; the engines bring their own.
"""

import sys
import types
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest

from tests.soak import SOAK, count


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
    """Give a test `count(small, whole)`; where it is needed at import, `from tests.soak import count`."""
    return count


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for `count`, so that `make soak` finds it without a second list."""
    for item in items:
        if "count" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.counts)
