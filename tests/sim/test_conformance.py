"""`make conformance` as far as it goes without the tests that it is for: a suite of our own takes their place."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from segl_sim.conformance.suite import find

_OPTIONS = """
def pytest_addoption(parser):
    parser.addoption("--controller")
    parser.addoption("--pico-port")
"""
_FIXTURES = """
import time
import urllib.request

import pytest
from fido2.ctap2 import Ctap2
from fido2.hid import CtapHidDevice, list_descriptors, open_connection, open_device


class Key:
    def __init__(self, config):
        self._base = f"{config.getoption('controller')}/usb{config.getoption('pico_port')}"
        (descriptor,) = list_descriptors()
        self.path = descriptor.path
        self.ctap = Ctap2(CtapHidDevice(descriptor, open_connection(descriptor)))

    def ask(self, what):
        urllib.request.urlopen(f"{self._base}/{what}", timeout=5).read()

    def plug_again(self):
        self.ask("power/off")
        time.sleep(1)
        assert list_descriptors() == []
        self.ask("power/on")
        time.sleep(1)
        self.ctap = Ctap2(open_device(self.path))

    def touch(self, status):
        if status == 2:
            self.ask("touch/on")


@pytest.fixture(scope="session")
def key(pytestconfig):
    return Key(pytestconfig)
"""
_TESTS = """
import time

import pytest
from fido2.ctap import CtapError


def test_it_is_touched(key):
    key.ctap.selection(on_keepalive=key.touch)


def test_it_waits_for_nobody(key):
    with pytest.raises(CtapError, match="USER_ACTION_TIMEOUT"):
        key.ctap.selection()


def test_it_is_reset_by_a_hold_that_its_light_asks_for(key):
    key.plug_again()
    key.ctap.reset()


def test_it_has_been_plugged_in_for_too_long(key):
    time.sleep(10)  # of the chip's time, which is free
    with pytest.raises(CtapError, match="NOT_ALLOWED"):
        key.ctap.reset()


@pytest.mark.parametrize("number", (1, 2))
def test_something_else(number):
    pytest.skip("no such thing")
"""
_BAD = """
def test_it_fails():
    assert 0


def test_it_passes():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    device = tmp_path / "release" / "tests" / "device"
    device.mkdir(parents=True)
    # What a release has set up for its own runs is not for this one.
    (tmp_path / "release" / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = "--nonsense"\n'
    )
    for package in (device.parent, device):
        (package / "__init__.py").touch()
    (device.parent / "conftest.py").write_text(_OPTIONS)
    (device / "conftest.py").write_text(_FIXTURES)
    (device / "test_key.py").write_text(_TESTS)
    return tmp_path / "release"


def _run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "segl_sim.conformance", "--engine", "cpython", *options, str(path))
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_chip_is_found_touched_plugged_again_and_reset_and_skips_are_explained(suite: Path):
    before = sorted(suite.rglob("*"))
    done = _run(suite)
    *_, first, second, last = done.stdout.splitlines()
    assert (done.returncode, first, second) == (
        0,
        "skipped 2: no such thing",
        "    2 of tests/device/test_key.py::test_something_else",
    )
    assert last == "4 passed, 0 failed, 2 skipped"
    assert sorted(suite.rglob("*")) == before  # nothing was written there


def test_one_failure_fails_the_run_and_is_named(suite: Path):
    (suite / "tests" / "device" / "test_bad.py").write_text(_BAD)
    done = _run(suite / "tests", "--json", "-k", "test_bad")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "passed": ["tests/device/test_bad.py::test_it_passes"],
        "failed": ["tests/device/test_bad.py::test_it_fails"],
        "skipped": {},
    }


def test_a_file_of_tests_that_cannot_be_read_fails_the_run(suite: Path):
    (suite / "tests" / "device" / "test_bad.py").write_text("import nothing_of_that_name")
    done = _run(suite / "tests" / "device")
    assert done.returncode == 1
    assert "failed: tests/device/test_bad.py" in done.stdout


def test_nothing_tested_is_no_success(suite: Path):
    assert _run(suite, "-k", "test_no_such_test").returncode == 1
    assert _run(suite, "-k", "test_something_else").returncode == 1


def test_the_suite_is_found_in_a_release_in_its_tests_and_by_itself(suite: Path, tmp_path: Path):
    device = suite / "tests" / "device"
    assert find(suite) == find(suite / "tests") == find(device) == device
    assert find(tmp_path) is None


def test_a_folder_without_the_suite_is_a_wrong_use(tmp_path: Path):
    done = _run(tmp_path)
    assert done.returncode == 2
    assert "tests/device" in done.stderr
