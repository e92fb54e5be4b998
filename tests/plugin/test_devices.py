"""The plugin's devices, used here as a test of a login uses them."""

import time
from typing import Any

import pytest
from fido2.client import ClientError
from fido2.server import Fido2Server
from fido2.webauthn import (
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)
from pyotp import parse_uri, random_base32
from pyotp.hotp import HOTP
from pyotp.totp import TOTP

from segl import InputError, Lost
from segl_sim import World
from segl_sim.testing import Browser, Devices, Faults, OwnedChip, OwnedDisplay, OwnedReader
from segl_sim.testing.scene import Scene

STEP = 1_790_000_010  # the first second of a step


def server(device: OwnedDisplay | OwnedReader) -> TOTP:
    """A server that was told the device's key by its otpauth:// URI."""
    found = parse_uri(device.account.uri())
    assert isinstance(found, TOTP)
    return found


# Codes


def test_a_display_shows_a_code_that_a_strict_server_accepts_now(code_display: OwnedDisplay) -> None:
    code_display.press()
    assert code_display.code
    # Whoever runs this in the last moment of a step is late, as a person would be.
    assert server(code_display).verify(code_display.code) or server(code_display).verify(
        code_display.code, for_time=int(time.time()) - 30
    )


def test_a_reader_speaks_a_code_that_its_server_accepts(audio_reader: OwnedReader) -> None:
    code = audio_reader.next_code()
    totp = server(audio_reader)
    assert code in (totp.at(int(time.time())), totp.at(int(time.time()) - 30))
    assert audio_reader.said()[-1].text == f"{code}."


@pytest.mark.parametrize("second", range(30))
def test_the_first_code_is_of_the_step_of_the_wall(second: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: STEP + second + 0.9)
    scene = Scene(0, "cpython", None, None)
    [display] = scene.devices()
    display.press()
    assert display.code == server(display).at(STEP)
    assert STEP <= scene.world.utc < STEP + 30
    scene.close()


@pytest.mark.parametrize("second", [0, 15, 16, 17, 29])
def test_so_is_that_of_a_reader_after_two_chips(second: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: STEP + second + 0.9)
    scene = Scene(0, "cpython", None, None)
    scene.devices(2, "chip")
    [reader] = scene.devices(1, "reader")
    assert reader.next_code() == server(reader).at(STEP)
    scene.close()


def test_a_world_that_fell_behind_while_a_device_was_set_up_catches_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(0, "cpython", None, None)
    later = time.time() + 90
    monkeypatch.setattr(time, "time", lambda: later)
    [display] = scene.devices()
    assert 0 <= later - scene.world.utc < 15
    display.press()
    assert display.code == server(display).at(int(later))
    scene.close()


def test_a_code_is_of_the_step_of_the_wall_after_a_slow_page_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = STEP + 3
    monkeypatch.setattr(time, "time", lambda: now)
    scene = Scene(0, "cpython", None, None)
    [display] = scene.devices()
    for now in (STEP + 45, STEP + 89, STEP + 90):
        assert display.next_code() == server(display).at(now)
    scene.close()


def test_each_next_code_is_of_another_step() -> None:
    scene = Scene(0, "cpython", STEP + 10, None)
    [display] = scene.devices()
    codes = [display.next_code() for _ in range(3)]
    assert codes == [server(display).at(STEP + 30 * number) for number in range(3)]
    scene.close()


@pytest.mark.parametrize("utc", [0, 59, 1_111_111_109, 1_234_567_890, 3_155_759_900])
def test_a_world_may_begin_at_any_time(utc: int) -> None:
    scene = Scene(0, "cpython", utc, None)
    assert scene.world.utc == utc
    [display] = scene.devices()
    code = display.next_code()
    assert code == server(display).at(int(scene.world.utc))
    assert scene.world.utc - utc < 7  # near the end of a step the display waits for the next
    scene.close()


# A server's own key


def test_a_device_is_enrolled_from_the_uri_that_a_server_shows(
    world: World, code_display: OwnedDisplay
) -> None:
    before = world.now
    totp = TOTP(random_base32(), name="ada@example.com", issuer="Shop")
    code_display.enroll(totp.provisioning_uri())
    assert world.now == before
    code_display.press()
    assert code_display.code == totp.at(int(world.utc))
    assert code_display.text.startswith("Shop: ada@example.com")
    code_display.enroll(totp.provisioning_uri())  # again, while it is on
    assert code_display.next_code() == totp.at(int(world.utc))


def test_a_key_may_have_eight_digits_sha_256_and_a_minute(world: World, audio_reader: OwnedReader) -> None:
    uri = (
        "otpauth://totp/Shop:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA256&digits=8&period=60"
    )
    audio_reader.enroll(uri)
    totp = server(audio_reader)
    assert (totp.digits, totp.interval) == (8, 60)
    first, second = audio_reader.next_code(), audio_reader.next_code()
    assert second == totp.at(int(world.utc))
    assert first == totp.at(int(world.utc) - 60)


@pytest.mark.parametrize("kind", ["display", "reader"])
def test_a_counter_goes_on_with_each_next_code(kind: str) -> None:
    scene = Scene(0, "cpython", None, None)
    device = scene.devices(1, "reader")[0] if kind == "reader" else scene.devices()[0]
    hotp = HOTP(random_base32(), name="ada")
    device.enroll(hotp.provisioning_uri())
    assert [device.next_code() for _ in range(3)] == [hotp.at(number) for number in range(3)]
    scene.close()


def test_what_is_no_uri_changes_nothing(code_display: OwnedDisplay) -> None:
    account = code_display.account
    with pytest.raises(InputError, match="must begin with"):
        code_display.enroll("https://example.com")
    assert code_display.account == account
    assert code_display.next_code()


# A security key

Enrolled = tuple[Fido2Server, list]


def enrolled(browser: Browser, verification: str) -> tuple[Enrolled, AuthenticatorData]:
    site = Fido2Server(PublicKeyCredentialRpEntity(id="example.com", name="Example"))
    options, state = site.register_begin(
        PublicKeyCredentialUserEntity(id=b"ada", name="ada"),
        user_verification=UserVerificationRequirement(verification),
    )
    made = site.register_complete(state, browser.create(options))
    return (site, [made.credential_data]), made


@pytest.mark.parametrize("verification", ["required", "preferred", "discouraged"])
def test_a_chip_registers_and_signs_in_whatever_the_site_asks_of_its_user(
    chip: OwnedChip, verification: str
) -> None:
    browser = chip.browser("https://login.example.com")
    (site, known), made = enrolled(browser, verification)
    assert made.is_user_present()
    assert made.is_user_verified() == (verification != "discouraged")
    options, state = site.authenticate_begin(known, UserVerificationRequirement(verification))
    site.authenticate_complete(state, known, browser.get(options.public_key))


def test_nobody_signs_in_without_a_touch(world: World, chip: OwnedChip) -> None:
    (site, known), _ = enrolled(chip.browser("https://example.com"), "preferred")
    options, _ = site.authenticate_begin(known)
    with pytest.raises(ClientError):
        chip.browser("https://example.com", touches=False).get(options)


def test_a_wrong_pin_and_another_origin_are_refused(chip: OwnedChip) -> None:
    with pytest.raises(ClientError, match="PIN"):
        enrolled(Browser(chip, "https://example.com", "wrong"), "required")
    with pytest.raises(ClientError):
        enrolled(chip.browser("https://example.org"), "required")


# Many


def test_three_displays_are_three_devices(devices: Devices) -> None:
    three = devices(3)
    serials = {display.connect().info().serial for display in three}
    assert len(serials) == len({display.account.secret for display in three}) == 3
    for display in three:
        display.unplug()
        assert display.next_code() == server(display).at(int(display.world.utc))


def test_kinds_and_boards_mix(devices: Devices) -> None:
    [display], [chip], [reader] = (
        devices(1, "display", "pico"),
        devices(1, "chip", "pico"),
        devices(1, "reader"),
    )
    assert [one.name for one in (display, chip, reader)] == ["display0", "chip1", "reader2"]
    assert display.next_code() == server(display).at(int(display.world.utc))
    assert reader.next_code() == server(reader).at(int(reader.world.utc))
    enrolled(chip.browser("https://example.com"), "required")


@pytest.mark.parametrize(("kind", "board"), [("toaster", "pico2"), ("display", "pico3")])
def test_what_does_not_exist_is_refused(devices: Devices, kind: str, board: str) -> None:
    make: Any = devices
    with pytest.raises(ValueError, match="use display, reader, chip and pico2, pico"):
        make(1, kind, board)


# Faults


def test_power_that_fails_while_a_display_writes_costs_no_code(
    world: World, code_display: OwnedDisplay, faults: Faults
) -> None:
    faults.cut_power(code_display, 1, "half")
    code_display.press()
    assert not code_display.running
    faults.restore_power(code_display)
    assert code_display.next_code() == server(code_display).at(int(world.utc))


def test_power_may_be_pulled_at_once(code_display: OwnedDisplay, chip: OwnedChip, faults: Faults) -> None:
    code_display.press()
    for device in (code_display, chip):
        faults.pull_power(device)
        code_display.world.advance(0.1)
        assert not device.running
        faults.restore_power(device)
    assert chip.running


def test_a_chip_that_is_pulled_out_answers_no_more(chip: OwnedChip, faults: Faults) -> None:
    browser = chip.browser("https://example.com")
    faults.unplug(chip)
    with pytest.raises(Lost, match="plug it in again"):
        enrolled(browser, "discouraged")


def test_clocks_stop_and_go_wrong(world: World, devices: Devices, faults: Faults) -> None:
    stopped, ahead, fast = devices(3)
    faults.stop_clock(stopped)
    with pytest.raises(LookupError, match=r"Clock stopped\."):
        stopped.next_code()
    faults.shift_clock(ahead, 300)
    assert ahead.next_code() == server(ahead).at(int(world.utc) + 300)
    faults.drift_clock(fast, 1000)
    world.advance(100_000)
    assert fast.next_code() == server(fast).at(int(world.utc) + 100)


def test_cells_run_down_and_keys_wear_out(
    code_display: OwnedDisplay, audio_reader: OwnedReader, faults: Faults
) -> None:
    faults.weaken_battery(code_display, 2200)
    code_display.press()
    assert "attery" in code_display.text
    faults.wear_keys(audio_reader, 25)
    assert {key.bounce_ms for key in audio_reader.keys.values()} == {25}
    assert audio_reader.next_code()
