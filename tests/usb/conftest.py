"""What the tests of the controller share."""

import pytest

from tests.usb.bench import Bench, Recorder


@pytest.fixture(name="bench")
def bench_fixture() -> Bench:
    return Bench()


@pytest.fixture(name="firmware")
def firmware_fixture(bench: Bench) -> Recorder:
    return Recorder(bench)
