"""Whatever is plugged in, the session that goes with its model is found without the user saying which."""

import pytest

import segl
from segl import devices
from tests.host.fake_device import FakeDevice, FakeReader


@pytest.mark.parametrize(("device", "kind"), [(FakeDevice(), segl.Display), (FakeReader(), segl.Reader)])
def test_a_device_says_which_it_is(device: FakeDevice, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "open_url", lambda url: device)
    with segl.open_device("fake:") as session:
        assert type(session) is kind
        assert session.code().code == "012345"
    assert device.closed


@pytest.mark.parametrize(("device", "kind"), [(FakeDevice(), segl.Display), (FakeReader(), segl.Reader)])
def test_a_serial_number_decides_nothing(device: FakeDevice, kind: type) -> None:
    """A reader whose owner gave it a display's number was spoken to as a display."""
    for serial in ("SGCD00000123", "SGAR00000123", "1"):
        device.info["serial"] = serial
        assert type(devices.session_with(device)) is kind


def test_a_chip_has_a_serial_port_that_says_which_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    device = FakeDevice()
    device.info.update(model="Segl chip", serial="SGCH00000123")
    monkeypatch.setattr(devices, "open_url", lambda url: device)
    with segl.open_device("fake:") as session:
        assert isinstance(session, segl.Management)
        assert session.info().serial == "SGCH00000123"


def test_a_device_of_a_later_program_is_named_and_let_go() -> None:
    device = FakeDevice()
    device.info["model"] = "Segl ring"
    with pytest.raises(segl.ProtocolError, match='"Segl ring"; update this program'):
        devices.session_with(device)
    assert device.closed


def test_what_is_no_device_is_let_go() -> None:
    device = FakeDevice()
    device.before = b"login: \0"
    device.write = lambda data: None
    with pytest.raises(segl.SeglError):
        devices.session_with(device)
    assert device.closed
