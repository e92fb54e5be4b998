"""What tests of whole devices share: keys whose codes are known, power that fails, and what the screen showed."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pyotp.hotp import HOTP

from segl.otpauth import Key
from segl_sim.device import Device
from segl_sim.firmware import Firmware
from segl_sim.littlefs import MODE_DIR, Littlefs
from segl_sim.parts.flash import NorFlash, Tear
from segl_sim.reading import Glyphs, read_code, read_text
from tests.device.kinds import Holdable, kind_of
from tests.parts.fake import FakeContext

_PAUSE_NS = 100_000_000  # longer than any pause within one picture


# --- keys ---


def code_of(key: Key, moving: int) -> str:
    """The code of a counter or step, by software that is not ours."""
    # pyotp refuses keys below 112 bits; HMAC itself pads a key with zeros, so these are the same key.
    secret = base64.b32encode(key.secret.ljust(14, b"\0")).decode()
    return HOTP(secret, digits=key.digits, digest=getattr(hashlib, key.algorithm.lower())).at(moving)


def provision(device: Holdable, *keys: Key) -> None:
    """Open the device for set-up, and put keys on it; it stays plugged in, and open."""
    if not device.usb_host.configured:
        device.plug()
    with device.connect() as session:
        if not session.info().open:
            kind_of(device).open_setup(device)
        for key in keys:
            sequence = session.info().sequence + 1
            session.provision(key, round(device.world.utc), sequence, replace=True)


# --- time ---


@contextmanager
def wrong_clock(device: Holdable, seconds: int) -> Iterator[None]:
    """Let the clock chip go wrong by so many seconds, unnoticed, and right again at the end."""
    device.clock.shift_seconds(seconds)
    yield
    device.clock.shift_seconds(-seconds)


# --- power ---


class Fault(NamedTuple):
    """What a power cut leaves of the operation that it hits, and whether torn bits then read steadily."""

    tear: Tear
    unstable: bool = False


FAULTS = (
    Fault("none"),
    Fault("half"),
    Fault("half", unstable=True),
    Fault("random"),
    Fault("random", unstable=True),
)


def cut_by(device: Holdable, action: Callable[[], None], operation: int, fault: Fault) -> bool:
    """Let the power fail in a flash operation of an action, 1 being the first; say whether it came to that.

    The action's own assertions hold only until then.
    """
    device.world.trace.last.clear()
    device.flash.unstable = fault.unstable
    device.flash.cut_at(operation, fault.tear)
    try:
        action()
    except (AssertionError, LookupError):
        if not _was_cut(device):
            raise
    device.flash.cancel_cut()
    return _was_cut(device)


def _was_cut(device: Holdable) -> bool:
    return any(effect.kind == "flash.cut" for effect in device.world.trace.last)


def pull(device: Holdable) -> None:
    """Take the cells and the cable away, long enough for everything to be off."""
    device.power_cut()
    device.world.advance(1)


def files(device: Device) -> dict[str, bytes]:
    """Read every file in the flash, by path, without touching it."""
    flash = NorFlash(FakeContext(), device.flash.size, device.flash.image())
    disk = Littlefs(flash, 0, flash.size)
    disk.mount()
    found: dict[str, bytes] = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        for entry in disk.listdir(folder or "/"):
            path = f"{folder}/{entry.name}"
            if entry.mode == MODE_DIR:
                folders.append(path)
            else:
                found[path] = disk.read(disk.open(path, "r"))
    disk.unmount()
    return found


# --- what was seen ---


class Seen(NamedTuple):
    """A picture that came onto the screen: code and text, when (virtual ns), and after which effect of the trace."""

    code: str | None
    text: str
    time: int
    place: int


def pictures(device: Holdable) -> Iterator[Seen]:
    """Give the whole pictures that the screen showed, in order, since the trace was cleared with the device off."""
    panel = device.panel(FakeContext())
    path = device.firmware.paths["common/font.py"]
    assert path is not None
    glyphs = Glyphs.load(path)
    effects = list(device.world.trace.last)
    for place, effect in enumerate(effects):
        if effect.kind != "oled.write":
            continue
        assert isinstance(effect.detail[0], bytes)
        panel.write(effect.detail[0])
        following = effects[place + 1] if place + 1 < len(effects) else None
        if following and following.kind == "oled.write" and following.time < effect.time + _PAUSE_NS:
            continue  # the picture is not whole yet
        pixels = panel.pixels()
        code = read_code(pixels, glyphs)
        yield Seen(code, "" if code else " ".join(read_text(pixels, glyphs)), effect.time, place)


def codes_seen(device: Holdable) -> list[Seen]:
    """Give the codes that the screen showed, as `pictures` does; the same one again and again counts once."""
    seen: list[Seen] = []
    for picture in pictures(device):
        if picture.code and (not seen or seen[-1].code != picture.code):
            seen.append(picture)
    return seen


# --- firmware that is broken on purpose, so that a test can show that it would notice ---


def broken(
    path: str, old: str, new: str, board: str = "pico2", package: str = "code_display"
) -> dict[str, str]:
    """Give a firmware file with a piece of its text replaced, as `overrides` of a device."""
    return broken_in_places(path, ((old, new),), board, package)


def broken_in_places(
    path: str, changes: Iterable[tuple[str, str]], board: str = "pico2", package: str = "code_display"
) -> dict[str, str]:
    """As `broken`, with several pieces replaced: what is there, and what stands there instead."""
    source = Firmware.load(package, board).sources[path]
    for old, new in changes:
        assert source.count(old) == 1, f"{path} no longer holds {old!r}"
        source = source.replace(old, new)
    return {path: source}
