"""docs/chip.md says what the chip's light shows, what it answers to getInfo, and how its touches and PIN count."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from fido2.ctap2.base import Ctap2

from chip import ctap, lights, pin, presence, recovery, reset
from segl_sim import World
from tests.docs.pages import ROOT, table

PAGE = ROOT / "docs" / "chip.md"
TEXT = PAGE.read_text(encoding="utf-8")
PATTERNS = {
    "Dark": lights.IDLE,
    "Steady": lights.WORKING,
    "Even blinking": lights.TOUCH,
    "Two flashes and a pause": lights.HOLD,
    "Long flashes": lights.HELD,
    "Steady, with gaps": lights.ERASING,
    "Three short flashes": lights.WINK,
    "Three slow flashes": lights.DEVELOPER,
}
COLORS = {(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 0): "yellow", (1, 1, 1): "white"}
MEMBERS = {
    1: "versions",
    2: "extensions",
    3: "AAGUID",
    4: "options",
    5: "longest message",
    6: "PIN/UV auth protocols",
    7: "credentials in a list",
    8: "longest credential id",
    9: "transports",
    10: "algorithms",
    11: "large blobs",
    12: "a new PIN is wanted",
    13: "shortest PIN",
    14: "firmware version",
    15: "longest credBlob",
    16: "relying parties that may learn the shortest PIN",
    20: "room for passkeys",
    22: "attestation formats",
    24: "reset wants a long touch",
    29: "longest PIN",
}
BYTES = {5, 8, 11, 15, 29}
ALGORITHMS = {-7: "ES256 (-7)", -8: "EdDSA (-8)", -9: "ESP256 (-9)"}


def rhythm(pattern: tuple[tuple[tuple[int, int, int], int | None], ...]) -> str:
    """A pattern as the page writes it."""
    steps = [(("off", "on")[any(color)], length) for color, length in pattern]
    timed = [f"{state} {length / 1000:g} s" for state, length in steps if length is not None]
    state, length = steps[-1]
    if length is not None:
        return f"{', '.join(timed)}, again and again."
    return f"{', '.join(timed)}, then {state}." if timed else f"{state}."


def color(pattern: tuple[tuple[tuple[int, int, int], int | None], ...]) -> str:
    names = {COLORS[shown] for shown, _ in pattern if any(shown)}
    assert len(names) < 2
    return f"{''.join(names) or 'none'}."


def test_the_lights_rhythms_and_colors_are_the_firmwares():
    section = TEXT.partition("\n## What the light says\n")[2].partition("\n## ")[0]
    shown = re.findall(r"^\*\*(.+)\*\*\n\n- Rhythm: (.+)\n- Color: (.+)\n- Means: .+$", section, re.M)
    assert shown == [(name, rhythm(pattern), color(pattern)) for name, pattern in PATTERNS.items()]


def test_every_pattern_of_the_light_is_on_the_page():
    known = [value for name, value in vars(lights).items() if name.isupper() and not name.startswith("_")]
    assert {id(pattern) for pattern in known} == {id(pattern) for pattern in PATTERNS.values()}


def test_whoever_cannot_tell_colors_is_told_by_the_rhythm_what_to_do():
    assert len({rhythm(pattern) for pattern in PATTERNS.values()}) == len(PATTERNS)


def said(number: int, value: Any) -> str:
    """The value of a member of getInfo as the page writes it."""
    if number == 3:
        return str(UUID(bytes=value))
    if number == 10:
        return ", ".join(ALGORITHMS[entry["alg"]] for entry in value)
    if number == 14:
        return f"{value} ({value >> 16}.{value >> 8 & 255}.{value & 255})"
    if isinstance(value, dict):
        return ", ".join(f"{name} {said(0, one)}" for name, one in items(value))
    if isinstance(value, list):
        return ", ".join(map(str, listed(value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value} bytes" if number in BYTES else str(value)


def items(found: Any) -> Iterable[tuple[str, Any]]:
    return found.items()


def listed(found: Any) -> Iterable[Any]:
    return found


def test_the_table_of_getinfo_is_what_a_new_chip_answers():
    with World(seed=1) as world:
        found = Ctap2(world.chip().ctap()).send_cbor(ctap.GET_INFO)
    assert table(PAGE, "<!-- getInfo -->") == [
        [str(number), MEMBERS[number], said(number, value)] for number, value in sorted(found.items())
    ]


def test_the_numbers_in_the_text_are_the_firmwares():
    patience, hold = (vars(presence)[name] // 1000 for name in ("_PATIENCE_MS", "_HOLD_MS"))
    window = vars(reset)["_WINDOW_MS"] // 1000
    begin, end = (vars(recovery)[name] // 1000 for name in ("_BEGIN_MS", "_END_MS"))
    assert (patience, hold, window, begin, end) == (30, 5, 10, 10, 15)
    for words in (
        "waits for 30 seconds",
        "leave it there for five seconds",
        "Within ten seconds of plugging in",
        "after ten seconds the light flashes",
        "before fifteen seconds are over",
    ):
        assert words in TEXT
    assert (pin.MAX_RETRIES, vars(pin)["_PER_POWER_CYCLE"], pin.MAX_BYTES) == (8, 3, 63)
    assert "Eight wrong PINs in a row" in TEXT
    assert "After three of them" in TEXT
    assert "at most 63 bytes" in TEXT
