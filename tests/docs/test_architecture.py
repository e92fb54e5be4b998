"""The walks on docs/architecture.md are what a device does, and the files and names on the pages exist."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fido2.ctap import STATUS
from fido2.ctap2.base import Ctap2

import segl
from segl_sim import AudioReader, CodeDisplay, World
from tests.docs.pages import ROOT, blocks, pages

PAGE = ROOT / "docs" / "architecture.md"
MADE = ("build/", "segl_sim/")  # by a build
KEY = segl.Key(name="Example bank", secret=b"12345678901234567890")
_TIMED = re.compile(r" *[\d.]+ ms  ")
ROOMS = ("", "docs/", "firmware/", "host/segl/", "simulator/segl_sim/")


def walked() -> list[str]:
    """The effects of the press that the page describes first, written as it writes them."""
    with World(seed=1) as world:
        device = world.code_display()
        device.press(6)
        stock(device)
        device.press()
        return effects(world)


def spoken() -> list[str]:
    """The effects of the press of Speak."""
    with World(seed=1) as world:
        device = world.audio_reader()
        device.walk_to(r"Set-up\.")
        device.press()
        stock(device, "menu")
        device.press(seconds=0.2)
        assert device.code is not None
        return effects(world)


def signed_in() -> list[str]:
    """The effects of one sign-in with the chip."""
    with World(seed=1) as world:
        chip = world.chip()
        ctap = Ctap2(chip.ctap())

        def asked(status: int) -> None:
            if status == STATUS.UPNEEDED:
                chip.touch(after=1)

        challenge, site, user = bytes(32), {"id": "example.com"}, {"id": b"alice", "name": "alice"}
        algorithms: list[Mapping[str, Any]] = [{"type": "public-key", "alg": -7}]
        made = ctap.make_credential(challenge, site, user, algorithms, on_keepalive=asked)
        assert made.auth_data.credential_data
        known = {"type": "public-key", "id": made.auth_data.credential_data.credential_id}
        world.advance(600)
        world.trace.last.clear()
        ctap.get_assertion("example.com", challenge, [known], on_keepalive=asked)
        return effects(world)


def stock(device: CodeDisplay | AudioReader, *close: str) -> None:
    """Put a key on it, and let it lie until four seconds into a step."""
    world = device.world
    with device.connect() as session:
        session.provision(KEY, utc=round(world.utc), sequence=1)
    device.unplug()
    for key in close:
        device.touch(key, 0.1)
    world.advance(900)
    world.advance(34 - world.utc % 30)
    world.trace.last.clear()


def effects(world: World) -> list[str]:
    world.advance(40)
    return [" ".join([effect.kind, *map(written, effect.detail)]) for effect in world.trace.last]


def written(detail: int | str | bytes) -> str:
    if not isinstance(detail, bytes):
        return str(detail)
    return f"{detail[:8].hex()}.. {len(detail)} bytes" if len(detail) > 12 else detail.hex()


@pytest.mark.parametrize(("block", "walk"), [(0, walked), (1, signed_in), (2, spoken)])
def test_the_effects_of_the_walk_come_in_this_order(block: int, walk: Callable[[], list[str]]):
    found = iter(walk())
    shown = [
        line.split(" ms  ")[1] for line in blocks(PAGE, "text")[block].splitlines() if _TIMED.match(line)
    ]
    missing = [line for line in shown if not any(same(line, effect) for effect in found)]
    assert missing == []


def same(line: str, effect: str) -> bool:
    """Where in the flash the commit lies may change, and what is random in a report; what they are is the same."""
    return _steady(line) == _steady(effect)


def _steady(line: str) -> str:
    line = re.sub(r"program \d+", "program", line)
    # Of a report: no channel; of a keepalive (bb) all, of others the command or the number in its sequence.
    return re.sub(r"(usb\.\w+ \d+) \w{8}(bb\w{6}|\w\w).*", r"\1 \2", line)


def test_every_file_that_a_page_names_exists():
    names = re.compile(r"`((?:[a-z_]+/)+[\w.-]*\.(?:py|md|json)|(?:[a-z_]+/)+)`")
    missing = [
        f"{page.name}: {name}"
        for page in pages()
        for name in names.findall(page.read_text(encoding="utf-8"))
        if not any((ROOT / room / name).exists() for room in ROOMS) and not name.startswith(MADE)
    ]
    assert missing == []
