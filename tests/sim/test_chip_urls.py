"""A simulated chip by URL `sim:`: kept on disk between programs, with a finger of its own."""

import contextlib
from pathlib import Path

import pytest
from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2
from fido2.hid import CtapHidDevice

import segl
from segl.hid import DESCRIPTOR
from segl_sim.ports import sim as sim_port


@pytest.fixture(name="data")
def data_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sim_port, "user_data_path", lambda _name: tmp_path)
    return tmp_path


def test_a_sim_url_keeps_a_chip_between_programs(data: Path) -> None:
    with segl.Management(sim_port.open_connection("key?device=chip")) as session:
        first = session.info()
    assert first.model == "Segl chip"
    with contextlib.closing(CtapHidDevice(DESCRIPTOR, sim_port.open_fido("key"))) as device:
        assert device.ping(b"x") == b"x"
    with segl.Management(sim_port.open_connection("key")) as session:
        assert session.info().serial == first.serial
    assert (data / "sim" / "key.zip").exists()


def test_a_new_name_is_a_chips_when_its_security_key_is_asked_for(data: Path) -> None:
    sim_port.open_fido("new").close()
    with segl.Management(sim_port.open_connection("new")) as session:
        assert session.info().model == "Segl chip"


def test_another_devices_name_is_refused_and_left_alone(data: Path) -> None:
    sim_port.open_connection("desk").close()
    with pytest.raises(segl.InputError, match="is a display, no chip"):
        sim_port.open_fido("desk")
    sim_port.open_connection("desk").close()


def test_only_one_program_at_a_time_has_a_chip(data: Path) -> None:
    with contextlib.closing(sim_port.open_fido("key")):
        for open_ in (sim_port.open_fido, sim_port.open_connection):
            with pytest.raises(segl.Busy):
                open_("key")


def test_a_finger_touches_when_the_light_asks_for_it(data: Path) -> None:
    with contextlib.closing(CtapHidDevice(DESCRIPTOR, sim_port.open_fido("key"))) as device:
        Ctap2(device).selection()


def test_nobody_touches_where_the_url_says_so(data: Path) -> None:
    with contextlib.closing(CtapHidDevice(DESCRIPTOR, sim_port.open_fido("key?press=no"))) as device:
        with pytest.raises(CtapError) as caught:
            Ctap2(device).selection()
        assert caught.value.code == CtapError.ERR.USER_ACTION_TIMEOUT


def test_a_finger_holds_when_the_light_asks_for_a_reset(data: Path) -> None:
    with contextlib.closing(CtapHidDevice(DESCRIPTOR, sim_port.open_fido("key"))) as device:
        Ctap2(device).reset()
