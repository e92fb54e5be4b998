"""Random keys at random times: the code on the OLED is pyotp's, whatever the key."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segl import Display
from segl.otpauth import Key
from segl_sim.devices import CodeDisplay
from tests.device.scene import Scene
from tests.device.support import code_of
from tests.soak import count

LAST_UTC = 2**40  # the year 36812
LAST_COUNTER = 2**64 - 1
# A press walks from key to key, so a few names are as good as many, and quicker to reach.
NAMES = ["Bank", "Ærø Færge", "løn (ÅRHUS)", "blå bær & grød"]
EXAMPLES = {"micropython": count(250, 1000), "cpython": count(50, 200)}


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

    def __init__(self, scene: Scene, session: Display) -> None:
        self.scene = scene
        self.device: CodeDisplay = scene.device
        self.session = session
        self.names: list[str] = []
        self.sequence = 0
        self.at = -1  # the key that the last press showed

    def put(self, key: Key, utc: int) -> None:
        """Open the device for set-up with a hold, and provision a key and the time."""
        self.device.press(6)
        self.sequence += 1
        index = self.session.provision(key, utc, self.sequence, replace=True)
        if key.name not in self.names:
            self.names.append(key.name)
        assert self.names[index] == key.name
        self.scene.learn_clock(self.session.info().utc)

    def walk_to(self, key: Key) -> str:
        """Press until the key's code is on the screen, let a wait pass, and read the code."""
        self.scene.world.advance(2.5)
        wanted = self.names.index(key.name)
        for _ in self.names:
            self.device.press()
            self.at = (self.at + 1) % len(self.names)
            if self.at == wanted:
                break
        for _ in range(7):
            if self.device.code is not None:
                break
            assert self.device.lines[0] == "New code in"
            self.scene.world.advance(1)
        code = self.device.code
        assert code is not None, self.device.lines
        assert key.name.replace(" ", "") in self.device.text.replace(" ", "")
        return code


@contextmanager
def owner(engine: str) -> Iterator[Owner]:
    """Plug a device in, its clock set once, so that its chip runs."""
    with Scene(engine) as scene, scene.device.connect() as session:
        someone = Owner(scene, session)
        someone.put(Key(NAMES[0], b"first"), 0)
        yield someone


@pytest.mark.counts
@pytest.mark.parametrize("engine", EXAMPLES)
def test_the_code_on_the_screen_is_pyotps(engine: str) -> None:
    with owner(engine) as someone:
        examples = 0

        @settings(
            max_examples=EXAMPLES[engine],
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
        assert examples >= EXAMPLES[engine]
