"""Random keys at random times: the code on the screen is pyotp's, whatever the key and the device."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segl.otpauth import Key
from segl.session import Session
from tests.device.kinds import DISPLAY, READER, Kind
from tests.device.scene import AnyScene
from tests.device.support import code_of
from tests.soak import count

# Coverage makes CPython three times slower, and other tests reach the same lines.
pytestmark = pytest.mark.no_cover

LAST_UTC = 2**40  # the year 36812
LAST_COUNTER = 2**64 - 1
# One walks from key to key, so a few names are as good as many, and quicker to reach.
NAMES = ["Bank", "Ærø Færge", "løn (ÅRHUS)", "blå bær & grød"]
EXAMPLES = {
    (DISPLAY, "micropython"): count(250, 1000),
    (DISPLAY, "cpython"): count(50, 200),
    (READER, "micropython"): count(6, 1000),
    (READER, "cpython"): count(10, 200),
}


@st.composite
def keys(draw: st.DrawFn) -> Key:
    kind = draw(st.sampled_from(("totp", "hotp")))
    return Key(
        name=draw(st.sampled_from(NAMES)),
        secret=draw(st.binary(min_size=1, max_size=64)),
        kind=kind,
        algorithm=draw(st.sampled_from(("SHA1", "SHA256", "SHA512"))),
        digits=draw(st.sampled_from((6, 7, 8))),
        period=draw(st.sampled_from((30, 60))) if kind == "totp" else 30,
        counter=draw(st.integers(0, LAST_COUNTER)) if kind == "hotp" else 0,
    )


class Owner:
    """Somebody who keeps replacing the keys of one device, and then looks at the code.

    Args:
        scene: Where the device is.
        session: With the device.
    """

    def __init__(self, scene: AnyScene, session: Session) -> None:
        self.scene = scene
        self.session = session
        self.names: list[str] = []
        self.sequence = 0

    def put(self, key: Key, utc: int) -> None:
        """Open the device for set-up, unless it is still open, and provision a key and the time."""
        if not self.session.info().open:
            self.scene.kind.open_setup(self.scene.device)
        self.sequence += 1
        index = self.session.provision(key, utc, self.sequence, replace=True)
        if key.name not in self.names:
            self.names.append(key.name)
        assert self.names[index] == key.name
        self.scene.learn_clock(self.session)

    def walk_to(self, key: Key) -> str:
        """Call up the key's code, let a wait pass, and read the code."""
        code = self.scene.kind.show(self.scene.device, self.names, key.name)
        assert self.scene.device.text.replace(" ", "").startswith(key.name.replace(" ", ""))
        return code


@contextmanager
def owner(kind: Kind[Any], engine: str) -> Iterator[Owner]:
    """Plug a device in, its clock set once, so that its chip runs."""
    with AnyScene(kind, engine) as scene, scene.device.connect() as session:
        someone = Owner(scene, session)
        someone.put(Key(NAMES[0], b"first"), 0)
        yield someone


@pytest.mark.counts
@pytest.mark.parametrize(("kind", "engine"), EXAMPLES, ids=str)
def test_the_code_on_the_screen_is_pyotps(kind: Kind[Any], engine: str) -> None:
    with owner(kind, engine) as someone:
        examples = 0

        @settings(
            max_examples=EXAMPLES[kind, engine],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(keys(), st.integers(0, LAST_UTC))
        def check(key: Key, utc: int) -> None:
            nonlocal examples
            examples += 1
            someone.put(key, utc)
            shown = someone.walk_to(key)
            moving = key.counter if key.kind == "hotp" else someone.scene.utc // key.period
            assert shown == code_of(key, moving)

        check()
        assert examples >= EXAMPLES[kind, engine]
