"""Malformed frames: each is answered with a coded error or ignored, and the next good frame is answered."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from segl.otpauth import Key
from segl_sim import DeviceFailure, World
from segl_sim.usb_serial import SerialPort
from segl_wire import frame, schema
from tests.device.kinds import DISPLAY, READER, Kind, each_kind
from tests.device.malformed import Answer, answers, malformed
from tests.device.support import broken, provision

BATCH = 60
GROWTH = 2048  # bytes of heap that may come and go
_S = 1_000_000_000

Count = Callable[[int, int], int]


class Line:
    """A device with one key, and a program that talks to it without asking whether it makes sense."""

    def __init__(
        self, engine: str, kind: Kind[Any] = DISPLAY, overrides: Mapping[str, str] | None = None
    ) -> None:
        self.kind = kind
        self.world = World(seed=6, engine=engine)
        # The board with the smallest budget of memory.
        self.device = kind.make(self.world, kind.boards[-1], overrides=overrides)
        provision(self.device, Key("Malory", b"k" * 20))
        self.device.press()
        self.world.advance(kind.dark_s)
        self.port = self.device.serial_port()
        self.port.open()
        self.world.advance(0.1)
        self._decoder = frame.Decoder()
        self._number = 0

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.world.close()

    def send(self, stream: bytes) -> list[Answer]:
        """Send bytes and then a good request; return what is answered before the answer to that.

        Raises:
            AssertionError: The good request is not answered, or something came that is no frame.
        """
        self._number = (self._number + 1) % 0x10000
        good = frame.encode(schema.encode_request(schema.INFO, self._number, {}))
        good_answer = (schema.INFO, self._number, 0)
        rest = stream + b"\0" + good
        found: list[Answer] = []

        def done() -> bool:
            nonlocal rest
            if not self.port.is_open:
                return True
            rest = rest[self.port.write(rest) :]
            found.extend(schema.decode_reply(payload) for payload in self._decoder.feed(self.port.read()))
            return bool(found) and found[-1][:3] == good_answer

        self.world.run_until(self.world.now + 5 * _S, done)
        assert self._decoder.errors == 0, "something came that is no frame"
        assert [answer[:3] for answer in found[-1:]] == [good_answer], "a good frame was not answered"
        return found[:-1]

    def silence(self, stream: bytes) -> bytes:
        """Send bytes, wait, and return whatever comes back."""
        self.port.write(stream)
        self.world.advance(0.2)
        return self.port.read()


def check(line: Line, frames: list[bytes]) -> None:
    """Send malformed frames at once; each is answered with the very error that it deserves, or ignored."""
    stream = b"".join(frames)
    found = line.send(stream)
    expected = answers(stream)
    assert expected is not None
    assert found == expected
    assert all(code for _, _, code, _ in found)
    assert line.device.console == []


def blame(line: Line, frames: list[bytes]) -> str:
    """Send frames one at a time, and name the first that is to blame."""
    for data in frames:
        try:
            check(line, [data])
        except (AssertionError, DeviceFailure) as error:
            return f"{data.hex()}: {error}"
    return "none of them alone"


def batches(chance: random.Random, number: int) -> list[list[bytes]]:
    """Make so many malformed frames, or a few more, in batches."""
    return [[malformed(chance) for _ in range(BATCH)] for _ in range(-(-number // BATCH))]


def check_all(frames: list[list[bytes]], line: Line, other: Callable[[], Line]) -> None:
    """Check batches of frames; when one fails, find the frame with a fresh device."""
    for batch in frames:
        try:
            check(line, batch)
        except (AssertionError, DeviceFailure) as error:
            with other() as fresh:
                pytest.fail(f"{error}\nframe to blame: {blame(fresh, batch)}")


@pytest.mark.parametrize(
    ("kind", "engine", "small", "whole"),
    [
        (DISPLAY, "micropython", 3_000, 100_000),
        (DISPLAY, "cpython", 1_000, 10_000),
        (READER, "micropython", 2_000, 100_000),
        (READER, "cpython", 1_000, 10_000),
    ],
    ids=str,
)
def test_malformed_frames_change_nothing(
    kind: Kind[Any], engine: str, small: int, whole: int, count: Count
) -> None:
    frames = batches(random.Random(f"frames {engine}"), count(small, whole))
    with Line(engine, kind) as line:
        check_all(frames[:10], line, lambda: Line(engine, kind))
        before = line.device.live_heap()
        operations = line.device.flash.operations
        for start in range(10, len(frames), 200):
            kind.open_setup(line.device)  # now a request could change something
            check_all(frames[start : start + 200], line, lambda: Line(engine, kind))
        line.world.advance(60)
        assert line.device.flash.operations == operations
        assert line.device.live_heap() <= before + GROWTH
        with line.device.connect() as session:
            assert session.info().keys == 1
            assert session.key(0).name == "Malory"


@each_kind
def test_a_thousand_frames_at_once_that_all_want_an_answer(kind: Kind[Any]) -> None:
    with Line("micropython", kind) as line:
        before = line.device.live_heap()
        assert line.send(frame.encode(b"") * 1000) == [(0, 0, schema.MALFORMED, {})] * 1000
        assert line.device.live_heap() <= before + GROWTH


@each_kind
def test_a_program_that_does_not_listen_is_made_to_wait_and_is_forgotten_when_it_goes(
    kind: Kind[Any],
) -> None:
    device = kind.make(World(seed=6), kind.boards[-1])
    device.plug()
    deaf = SerialPort(device.usb_host, limit=700)
    deaf.open()
    device.world.advance(0.1)
    for _ in range(12):
        deaf.write(frame.encode(schema.encode_request(schema.INFO, 1, {})))
        device.world.advance(0.1)
    deaf.write(frame.encode(schema.encode_request(schema.WIPE, 2, {})))
    device.world.advance(0.1)
    assert deaf.waiting_out == 0  # the device has it, but
    assert device.text == ""  # does not look at it before its answers are fetched
    while deaf.waiting_out == 0:
        deaf.write(b"\0")
        device.world.advance(0.1)
    deaf.close()
    with device.connect() as session:
        assert session.info().keys == 0
        device.world.advance(1)
        assert device.text == ""


# What mpremote, rshell and people send: interrupt, soft reset, raw mode, raw paste mode, Enter.
RAW_REPL = [
    *(b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x05A\x01"),
    *(b"\r\x03\x03", b"\r\x01", b"\x03\x03\x01", b"\r\n\r\n", b"help()\r\n"),
    *(b"\x04print(1)\r\n\x04", b"\x01print(1)\x04", b"\x05A\x01\x20\x00\x01print(1)\x04"),
]


@each_kind
@pytest.mark.parametrize("engine", ["micropython", "cpython"])
def test_no_single_byte_and_no_prefix_of_the_raw_repl_brings_a_prompt(kind: Kind[Any], engine: str) -> None:
    with Line(engine, kind) as line:
        for prefix in [bytes([byte]) for byte in range(256)] + RAW_REPL:
            assert line.silence(prefix) == b""
            assert line.send(b"") == []
        assert line.device.console == []


# Each check above fails when the firmware breaks its promise.


def test_a_device_that_kept_its_prompt_is_found_out() -> None:
    device = World(seed=7).code_display(
        overrides=broken("boards/boot.py", "if not always_developer:", "if False:")
    )
    device.plug()
    port = device.serial_port()
    port.open()
    device.world.advance(0.1)
    for prefix in RAW_REPL:
        port.write(prefix)
        device.world.advance(0.2)
        assert b">>>" in port.read()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("segl_wire/schema.py", "except ValueError:", "except KeyError:"),
        ("segl_wire/schema.py", "if rows is None:", "if False:"),
        ("common/dispatch.py", "except schema.WireError as error:", "except KeyError as error:"),
    ],
)
def test_a_frame_that_reaches_the_top_is_named(path: str, old: str, new: str) -> None:
    overrides = broken(path, old, new)
    frames = batches(random.Random(8), 300)
    with (
        Line("micropython", overrides=overrides) as line,
        pytest.raises(pytest.fail.Exception, match=r"to blame: [0-9a-f]+: "),
    ):
        check_all(frames, line, lambda: Line("micropython", overrides=overrides))
