"""Chips for conformance tests: two that a module's tests share, without and with a PIN, and one of a test's own."""

from collections.abc import Iterator

import pytest

from tests.chip.support import OK, PIN_TEXT, Platform, platform


@pytest.fixture(name="open_chip", scope="module")
def open_chip_fixture() -> Iterator[Platform]:
    """Keep one chip without a PIN for all tests of a module."""
    with platform() as found:
        yield found


@pytest.fixture(name="locked_chip", scope="module")
def locked_chip_fixture() -> Iterator[Platform]:
    """Keep one chip with a PIN for all tests of a module."""
    with platform(seed=2) as found:
        assert found.set_pin(PIN_TEXT) == OK
        yield found


@pytest.fixture
def key(open_chip: Platform) -> Platform:
    """Give the module's chip without a PIN; no test depends on what others have left on it."""
    open_chip.touches = 0.1
    return open_chip


@pytest.fixture
def locked(locked_chip: Platform) -> Platform:
    """Give the module's chip with a PIN, PIN_TEXT, in the same way."""
    locked_chip.touches = 0.1
    return locked_chip


@pytest.fixture
def fresh() -> Iterator[Platform]:
    """Give a chip that nobody else has used or will use."""
    with platform() as found:
        yield found
