"""All vectors of RFC 4226 appendix D and RFC 6238 appendix B, through each kind's firmware, read off the pixels."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from segl.otpauth import Algorithm, Key
from tests.device.kinds import DISPLAY, READER, Kind
from tests.device.scene import AnyScene

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

VECTORS = Path(__file__).parents[1] / "vectors"
HOTP: dict[str, Any] = json.loads((VECTORS / "rfc4226_appendix_d.json").read_text())
TOTP: dict[str, Any] = json.loads((VECTORS / "rfc6238_appendix_b.json").read_text())
LEAD_S = 20  # so long before its time a code is called up: with little of it left there would be a wait
# What makes codes is shared: each engine once, each kind once.
on_each = pytest.mark.parametrize(
    ("kind", "engine"),
    [(DISPLAY, "micropython"), (DISPLAY, "cpython"), (READER, "micropython")],
    ids=str,
)


@on_each
@pytest.mark.parametrize("digits", [6, 7, 8])
def test_each_press_shows_the_next_code_of_rfc_4226(kind: Kind[Any], engine: str, digits: int) -> None:
    secret = bytes.fromhex(HOTP["secret"])
    with AnyScene(kind, engine) as scene:
        scene.provision(Key("RFC 4226", secret, kind="hotp", digits=digits))
        for _, _, _, decimal, hotp in HOTP["rows"]:
            scene.device.press()
            shown = scene.device.code or ""
            assert shown == decimal.rjust(digits, "0")[-digits:]
            assert shown.endswith(hotp)
            scene.dark()


@on_each
@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
def test_at_each_time_of_rfc_6238_its_code_is_on_the_screen(
    kind: Kind[Any], engine: str, algorithm: Algorithm
) -> None:
    period = TOTP["period"]
    key = Key(
        "RFC 6238", bytes.fromhex(TOTP["secrets"][algorithm]), algorithm=algorithm, digits=TOTP["digits"]
    )
    rows = [row for row in TOTP["rows"] if row[4] == algorithm]
    assert len(rows) == 6
    with AnyScene(kind, engine) as scene:
        for time, utc, step, totp, _ in rows:
            assert int(step, 16) == time // period
            begin = max(time // period * period, time - LEAD_S)
            scene.provision(key, utc=begin)
            scene.device.press()
            scene.to_utc(time)
            assert scene.utc - time in range(4)  # a press takes its time
            assert kind.await_code(scene.device) == totp
            if scene.kind is DISPLAY:
                assert (
                    abs(clock_shown(scene) - datetime.fromisoformat(utc) - timedelta(seconds=2)).seconds <= 2
                )
            scene.dark()


def clock_shown(scene: AnyScene) -> datetime:
    """Hold the key for what the display says of itself, and return its clock."""
    scene.device.finger(seconds=1)
    scene.world.advance(1.6)
    _, _, shown = scene.device.text.partition("UTC ")
    return datetime.fromisoformat(shown)
