"""firmware/boards/tlv320dac3100.py against the codec part: what it writes, and in which order."""

import importlib
import itertools
import math
from types import SimpleNamespace
from typing import Any

import pytest

from tests.parts.streams import FRAME, MS, Board, sine

NOWHERE, SPEAKER, HEADPHONES = 0, 1, 2
driver: Any = importlib.import_module("boards.tlv320dac3100")


class Bus:
    """An I2C bus of 400 kHz with nothing else on it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.writes = 0

    def _spend(self, count: int) -> None:
        # Interrupts come in between, as on a board.
        self._board.context.advance((2 + 9 * (1 + count)) * 2500)

    def writeto(self, address: int, data: bytes) -> None:
        assert address == 0x18
        self.writes += 1
        self._board.codec.write(bytes(data))
        self._spend(len(data))

    def readfrom_mem(self, address: int, register: int, count: int) -> bytes:
        self._board.codec.write(bytes([register]))
        self._spend(1 + count)
        return self._board.codec.read(count)


class Rig:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, signal: Any = sine) -> None:
        self.board = Board(signal=signal)
        self.bus = Bus(self.board)
        monkeypatch.setattr(driver, "time", SimpleNamespace(sleep_ms=self.board.wait))
        self.codec = driver.TLV320DAC3100(self.bus)
        self.codec.setup()
        self.heard = self.board.codec.recording

    def start(self, outlet: int) -> "Rig":
        self.board.start()
        self.codec.start()
        self.codec.route(outlet)
        self.board.wait(150)
        return self

    def sounds(self, outlet: str, begin: int) -> bool:
        return self.heard.first_sound(outlet, begin, self.board.context.time) is not None


@pytest.fixture(name="rig")
def rig_fixture(monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(monkeypatch)


@pytest.mark.parametrize("outlet", [SPEAKER, HEADPHONES])
def test_it_starts_without_a_complaint_in_few_transfers(rig: Rig, outlet: int):
    before = rig.bus.writes
    rig.start(outlet)
    assert rig.board.codec.complaints == []
    assert rig.bus.writes - before <= 16
    names = ("speaker",) if outlet == SPEAKER else ("left", "right")
    for name in ("speaker", "left", "right"):
        assert rig.sounds(name, 0) == (name in names)


@pytest.mark.parametrize("outlet", [SPEAKER, HEADPHONES])
def test_it_is_at_full_volume_when_it_says_so_and_comes_without_a_pop(
    monkeypatch: pytest.MonkeyPatch, outlet: int
):
    # Until then only silence comes in, as from the player.
    silent = driver.READY_MS[outlet] * MS // FRAME
    rig = Rig(monkeypatch, lambda frame: sine(frame) if frame >= silent else 0)
    rig.board.start()
    rig.codec.start()
    rig.codec.route(outlet)
    rig.board.wait(200)
    name = "speaker" if outlet == SPEAKER else "left"
    first = rig.heard.first_sound(name)
    assert first is not None
    full = rig.heard.peak(name, first + 50 * MS, first + 60 * MS)
    assert rig.heard.peak(name, first, first + MS) == pytest.approx(full)
    assert rig.heard.pops(name) == []


def levels(rig: Rig, name: str) -> list[float]:
    found: list[float] = []
    for step in range(8):
        rig.codec.volume = step
        rig.board.wait(50)
        end = rig.board.wait(50)
        found.append(rig.heard.level_db(name, end - 60 * MS, end - 20 * MS))
    return found


@pytest.mark.parametrize(
    ("outlet", "name"), [(SPEAKER, "speaker"), (HEADPHONES, "left"), (HEADPHONES, "right")]
)
def test_eight_steps_over_more_than_18_db(rig: Rig, outlet: int, name: str):
    found = levels(rig.start(outlet), name)
    assert found[-1] - found[0] >= 18
    for quiet, loud in itertools.pairwise(found):
        assert loud - quiet == pytest.approx(3, abs=0.2)
    # A7: one step at least 12 dB above the lowest.
    assert found[5] - found[0] >= 12


def test_headphones_get_at_most_150_mv_whatever_is_played(monkeypatch: pytest.MonkeyPatch):
    # EN 50332-2, 32 ohm.
    rig = Rig(monkeypatch).start(HEADPHONES)
    rig.codec.volume = 99
    rig.board.wait(50)
    end = rig.board.wait(100)
    for name in ("left", "right"):
        assert 148 < rig.board.codec.millivolts(name, end - 80 * MS, end - 20 * MS) < 150


def test_the_loudspeaker_is_not_overdriven_from_2_7_v(rig: Rig):
    rig.start(SPEAKER)
    rig.codec.volume = 7
    rig.board.wait(50)
    end = rig.board.wait(100)
    volts = rig.board.codec.millivolts("speaker", end - 80 * MS, end - 20 * MS) / 1000
    assert volts * math.sqrt(2) < 2.1


def test_a_change_of_volume_makes_no_pop_while_it_is_muted(rig: Rig):
    rig.start(SPEAKER)
    begin = rig.board.context.time
    rig.codec.mute()
    for step in (0, 7, 3, 4):
        rig.codec.volume = step
        rig.board.wait(40)
    assert rig.heard.pops("speaker", begin) == []


@pytest.mark.parametrize("outlet", [SPEAKER, HEADPHONES])
def test_mute_is_silent_in_time_and_without_a_pop(rig: Rig, outlet: int):
    rig.start(outlet)
    begin = rig.board.context.time
    rig.codec.mute()
    rig.board.wait(100)
    name = "speaker" if outlet == SPEAKER else "left"
    silent = rig.heard.silent_since(name)
    assert silent is not None
    assert 30 * MS < silent - begin < driver.MUTED_MS * MS
    # Most of it is gone much earlier: 20 dB in 10 ms.
    loud = rig.heard.level_db(name, begin - 10 * MS, begin)
    assert rig.heard.level_db(name, begin + 12 * MS, begin + 14 * MS) < loud - 18
    assert rig.heard.pops(name, begin) == []
    again = rig.board.context.time
    rig.codec.unmute()
    rig.board.wait(20)
    assert rig.heard.level_db(name, again + 10 * MS, again + 20 * MS) == pytest.approx(loud, abs=0.1)


@pytest.mark.parametrize(("old", "new"), [(SPEAKER, HEADPHONES), (HEADPHONES, SPEAKER)])
def test_the_old_outlet_is_silent_before_the_new_one_opens(rig: Rig, old: int, new: int):
    names = {SPEAKER: "speaker", HEADPHONES: "left"}
    rig.start(old)
    begin = rig.board.context.time
    rig.codec.route(new)
    rig.board.wait(150)
    silent = rig.heard.silent_since(names[old])
    first = rig.heard.first_sound(names[new], begin)
    assert silent is not None
    assert first is not None
    assert silent <= first
    # Leaving the loudspeaker takes the first transfers.
    assert silent - begin < MS


def test_stop_and_off_fade_and_leave_nothing_on(rig: Rig):
    rig.start(SPEAKER)
    begin = rig.board.context.time
    rig.codec.stop()
    rig.board.wait(driver.MUTED_MS)
    rig.codec.off()
    assert rig.heard.pops("speaker", begin) == []
    assert rig.board.get(0, 37) == 0
    for page, register, value in ((0, 5, 0x14), (0, 63, 0x14), (1, 32, 0x06), (1, 31, 0x14)):
        assert rig.board.codec.register(page, register) == value


def test_the_plug_is_known_while_everything_else_is_off(rig: Rig):
    rig.board.codec.plug()
    rig.board.wait(driver.DETECT_MS)
    assert rig.codec.headphones()
    rig.board.codec.unplug()
    rig.board.wait(driver.DETECT_MS)
    assert not rig.codec.headphones()
