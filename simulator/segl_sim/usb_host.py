"""A computer with a USB port: it enumerates what is plugged in as Linux does, and moves packets for drivers.

Everything here is an event: a transfer is queued, takes its time on the bus, and ends in a call. Nothing
polls: a pipe that met NAK waits until the controller says that the endpoint is armed; an idle bus is free.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segl_sim.parts.usb import UsbController
from segl_sim.parts.usb_descriptors import (
    BadDescriptor,
    Descriptors,
    Disconnected,
    EndpointDescriptor,
    Stall,
    UsbError,
)

if TYPE_CHECKING:
    from segl_sim.parts.context import Context

FRAME_NS = 1_000_000
PACKET_NS = FRAME_NS // 19  # at most 19 bulk packets of 64 bytes fit a full-speed frame: USB 2.0 table 5-9
CONTROL_NS = 3 * FRAME_NS  # setup, data and status, each in a frame of its own
ATTACH_NS = 100 * FRAME_NS  # the contacts bounce: USB 2.0 section 7.1.7.3, TATTDB
RESET_NS = 20 * FRAME_NS  # 10 ms of reset and 10 ms of recovery: USB 2.0 section 7.1.7.5

_GET_DESCRIPTOR, _SET_ADDRESS, _SET_CONFIGURATION = 6, 5, 9
_ADDRESS = 1
_ENGLISH = 0x0409

Request = tuple[bytes, bytes]
Done = Callable[[bytes, "UsbError | None"], None]


def setup_packet(kind: int, request: int, value: int, index: int, length: int) -> bytes:
    """Build the 8 bytes that start a control transfer. Source: USB 2.0 table 9-2."""
    return struct.pack("<BBHHH", kind, request, value, index, length)


@dataclass
class _Control:
    setup: bytes
    data: bytes
    done: Done


class UsbHost:
    """One USB port of a computer.

    Args:
        controller: The device's controller at the other end of the cable.
        context: The world's clock and scheduler, as the controller has it.

    Attributes:
        descriptors: What the device said of itself, or None while it is not configured.
        error: Why the device was refused, in one sentence; "" when nothing was wrong.
        on_change: Called when the device has been configured, refused, or has gone.
    """

    def __init__(self, controller: UsbController, context: Context) -> None:
        self.descriptors: Descriptors | None = None
        self.error = ""
        self.on_change: list[Callable[[], None]] = []
        self._controller = controller
        self._context = context
        self._era = 0
        self._controls: deque[_Control] = deque()
        self._control_running = False
        self._pipes: dict[int, InPipe | OutPipe] = {}
        self._bus_free = 0
        controller.host = self

    @property
    def configured(self) -> bool:
        """Say whether a device is there and ready for its drivers."""
        return self.descriptors is not None

    def plug(self) -> None:
        """Put the cable in; `on_change` tells when the device is ready, some 150 virtual ms later."""
        self._controller.plugged = True

    def unplug(self) -> None:
        """Pull the cable out; transfers under way end with Disconnected."""
        self._controller.plugged = False

    # --- what the controller tells (segl_sim.parts.usb.HostSide)

    def connected(self, present: bool) -> None:
        """Begin to enumerate a device that has appeared, or forget the one that has gone."""
        self._era += 1
        was_there = self.configured or bool(self.error)
        self.descriptors, self.error = None, ""
        waiting, self._controls = self._controls, deque[_Control]()
        pipes, self._pipes = self._pipes, {}
        self._control_running = False
        for pipe in pipes.values():
            pipe.closed = True
        for control in waiting:
            control.done(b"", Disconnected("the device has gone"))
        if was_there:
            self._changed()
        if present:
            self._bus_free = self._context.now()
            self.later(ATTACH_NS, self._reset)

    def armed(self, endpoint: int) -> None:
        """Wake the pipe of an endpoint."""
        pipe = self._pipes.get(endpoint)
        if pipe:
            pipe.kick()

    # --- transfers, for drivers and bridges

    def control(self, setup: bytes, data: bytes, done: Done) -> None:
        """Queue a control transfer.

        Args:
            setup: The setup packet, 8 bytes.
            data: What follows it, for an OUT request.
            done: Called with the device's data and None, or with b"" and what went wrong.
        """
        self._controls.append(_Control(setup, data, done))
        self._next_control()

    def in_pipe(self, address: int, size: int, done: Callable[[bytes], None]) -> InPipe:
        """Read an endpoint for as long as its device is there.

        Args:
            address: The endpoint's address, with bit 7.
            size: Length of one read in bytes; a read ends when it is full or with a short packet.
            done: Called with the data of each read.
        """
        pipe = InPipe(self, self._controller, self._endpoint(address).max_packet, address, size, done)
        self._pipes[address] = pipe
        pipe.kick()
        return pipe

    def out_pipe(self, address: int, limit: int) -> OutPipe:
        """Open an endpoint for writing.

        Args:
            address: The endpoint's address.
            limit: How many bytes may wait in the host, at most.
        """
        pipe = OutPipe(self, self._controller, self._endpoint(address).max_packet, address, limit)
        self._pipes[address] = pipe
        return pipe

    def slot(self, address: int) -> int:
        """Book the bus for one packet and say in how many nanoseconds it will have been sent."""
        now = self._context.now()
        endpoint = self._endpoint(address)
        if endpoint.kind == "interrupt":  # polled every `interval` frames
            period = endpoint.interval * FRAME_NS
            return period - now % period
        self._bus_free = max(now, self._bus_free) + PACKET_NS
        return self._bus_free - now

    def later(self, delay: int, action: Callable[[], None]) -> None:
        """Do something after `delay` nanoseconds unless the device has gone by then."""
        era = self._era
        self._context.at(self._context.now() + delay, lambda: action() if era == self._era else None)

    # --- enumeration

    def _reset(self) -> None:
        try:
            found = self._controller.reset()
        except BadDescriptor as error:
            self._refuse(error)
            return
        except Disconnected:
            return
        steps = self._enumerate(found)
        self.later(RESET_NS, lambda: self._advance(lambda: next(steps), steps))

    def _advance(self, resume: Callable[[], Request], steps: Generator[Request, bytes, None]) -> None:
        try:
            setup, data = resume()
        except StopIteration:
            self._changed()
        except Disconnected:
            return
        except UsbError as failure:
            self._refuse(failure)
        else:

            def done(answer: bytes, error: UsbError | None) -> None:
                self._advance(lambda: steps.throw(error) if error else steps.send(answer), steps)

            self.control(setup, data, done)

    def _enumerate(self, found: Descriptors) -> Generator[Request, bytes, None]:
        head = yield _get_descriptor(1, 0, 8)
        _check(head == found.raw_device[:8], "the first 8 bytes of the device descriptor changed")
        yield setup_packet(0x00, _SET_ADDRESS, _ADDRESS, 0, 0), b""
        _check((yield _get_descriptor(1, 0, 18)) == found.raw_device, "the device descriptor changed")
        short = yield _get_descriptor(2, 0, 9)
        _check(len(short) == 9, "the configuration descriptor is short")
        whole = yield _get_descriptor(2, 0, int.from_bytes(short[2:4], "little"))
        _check(whole == found.raw_configuration, "the configuration changed")
        language = 0
        if any(found.string_indexes):
            languages = yield _get_descriptor(3, 0, 255)
            _check(len(languages) >= 4 and languages[0] == len(languages), "string 0 lists no language")
            language = int.from_bytes(languages[2:4], "little")
            _check(language == _ENGLISH, f"the first language is {language:#06x}, not English (0x0409)")
        manufacturer = yield from _read_string(found.string_indexes[0], language)
        product = yield from _read_string(found.string_indexes[1], language)
        serial = yield from _read_string(found.string_indexes[2], language)
        yield setup_packet(0x00, _SET_CONFIGURATION, found.configuration, 0, 0), b""
        names: dict[int, str] = {}
        for interface in found.interfaces:
            if interface.name_index:
                names[interface.number] = yield from _read_string(interface.name_index, language)
        self.descriptors = replace(
            found, manufacturer=manufacturer, product=product, serial=serial, interface_names=names
        )

    def _refuse(self, error: UsbError) -> None:
        self.error = str(error)
        self._changed()

    def _changed(self) -> None:
        for listener in list(self.on_change):
            listener()

    # --- endpoint 0

    def _next_control(self) -> None:
        if self._controls and not self._control_running:
            self._control_running = True
            self.later(CONTROL_NS, self._run_control)

    def _run_control(self) -> None:
        item = self._controls.popleft()
        answer, error = b"", None
        era = self._era
        try:
            answer = self._controller.control(item.setup, item.data)
        except UsbError as failure:
            error = failure
        if era == self._era:
            self._control_running = False
        item.done(answer, error)
        self._next_control()

    def _endpoint(self, address: int) -> EndpointDescriptor:
        if self.descriptors is None:
            raise Disconnected(self.error or "no device is configured")
        return self.descriptors.endpoint(address)


def _get_descriptor(kind: int, index: int, length: int, language: int = 0) -> Request:
    return setup_packet(0x80, _GET_DESCRIPTOR, kind << 8 | index, language, length), b""


def _read_string(index: int, language: int) -> Generator[Request, bytes, str]:
    if index == 0:
        return ""
    try:
        raw = yield _get_descriptor(3, index, 255, language)
    except Stall as error:
        raise BadDescriptor(f"string {index} is missing") from error
    _check(len(raw) >= 2 and raw[0] == len(raw) and raw[1] == 3, f"string {index} is malformed")
    return raw[2:].decode("utf-16-le")


def _check(condition: bool, reason: str) -> None:
    if not condition:
        raise BadDescriptor(reason)


class _Pipe:
    """What both directions share: one packet at a time; NAK stops the pipe until the next kick."""

    def __init__(self, host: UsbHost, controller: UsbController, max_packet: int, address: int) -> None:
        self.closed = False
        self.halted = False
        self._host = host
        self._controller = controller
        self._max_packet = max_packet
        self._address = address
        self._scheduled = False
        self._paused = False

    @property
    def paused(self) -> bool:
        """Say whether the host asks for no packet here; a device's data wait in the device then."""
        return self._paused

    @paused.setter
    def paused(self, value: bool) -> None:
        self._paused = value
        self.kick()

    def kick(self) -> None:
        """Try (again) to move a packet, in the next free slot of the bus."""
        if not self._scheduled and not self._paused and not self.closed and self._wanted():
            self._scheduled = True
            self._host.later(self._host.slot(self._address), self._slot)

    def _slot(self) -> None:
        self._scheduled = False
        if self.closed or self._paused:
            return
        try:
            moved = self._move()
            self.halted = False
        except Stall:  # stays so until the endpoint's halt is cleared, by either side
            self.halted, moved = True, False
        except Disconnected:
            self.closed, moved = True, False
        if moved:
            self.kick()

    def _wanted(self) -> bool:
        raise NotImplementedError

    def _move(self) -> bool:
        raise NotImplementedError


class InPipe(_Pipe):
    """Reads of an IN endpoint, one after the other."""

    def __init__(
        self,
        host: UsbHost,
        controller: UsbController,
        max_packet: int,
        address: int,
        size: int,
        done: Callable[[bytes], None],
    ) -> None:
        super().__init__(host, controller, max_packet, address)
        self._size = size
        self._done = done
        self._read = bytearray()

    def _wanted(self) -> bool:
        return True

    def _move(self) -> bool:
        packet = self._controller.in_(self._address, self._size - len(self._read))
        if packet is None:
            return False
        self._read += packet
        if len(packet) < self._max_packet or len(self._read) == self._size:
            data = bytes(self._read)
            self._read.clear()
            self._done(data)
        return True


class OutPipe(_Pipe):
    """Writes to an OUT endpoint; each write is a transfer of its own, as a host driver sends it."""

    def __init__(
        self, host: UsbHost, controller: UsbController, max_packet: int, address: int, limit: int
    ) -> None:
        super().__init__(host, controller, max_packet, address)
        self._limit = limit
        self._packets: deque[bytes] = deque()
        self.waiting = 0

    def write(self, data: bytes) -> int:
        """Queue bytes; they go out in order as the device takes them.

        Returns:
            How many bytes were queued: fewer than given when the limit is reached.
        """
        taken = bytes(data[: self._limit - self.waiting])
        for start in range(0, len(taken), self._max_packet):
            self._packets.append(taken[start : start + self._max_packet])
        self.waiting += len(taken)
        self.kick()
        return len(taken)

    def _wanted(self) -> bool:
        return bool(self._packets)

    def _move(self) -> bool:
        if not self._controller.out(self._address, self._packets[0]):
            return False
        self.waiting -= len(self._packets.popleft())
        return True
