"""A computer with a USB port: it enumerates what is plugged in as Linux does, and moves packets for drivers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from segl_sim.parts.usb import UsbController
from segl_sim.parts.usb_descriptors import (
    BadDescriptor,
    Busy,
    Descriptors,
    Disconnected,
    EndpointDescriptor,
    Stall,
    UsbError,
)
from segl_sim.usb_bus import FRAME_NS, Bus, setup_packet
from segl_sim.usb_pipes import InPipe, OutPipe

if TYPE_CHECKING:
    from segl_sim.parts.context import Context

ATTACH_NS = 100 * FRAME_NS  # the contacts bounce: USB 2.0 section 7.1.7.3, TATTDB
RESET_NS = 20 * FRAME_NS  # 10 ms of reset and 10 ms of recovery: USB 2.0 section 7.1.7.5

_GET_DESCRIPTOR, _SET_ADDRESS, _SET_CONFIGURATION = 6, 5, 9
_ADDRESS = 1
_ENGLISH = 0x0409

Request = tuple[bytes, bytes]


class UsbHost(Bus):
    """One USB port of a computer.

    Args:
        controller: The device's controller at the other end of the cable.
        context: The world's clock and scheduler, as the controller has it.

    Attributes:
        descriptors: What the device said of itself, or None while it is not configured.
        error: Why the device was refused, in one sentence; "" when nothing was wrong.
        visits: How often a device has come or gone.
        on_change: Called when the device has been configured, refused, or has gone.
    """

    def __init__(self, controller: UsbController, context: Context) -> None:
        super().__init__(controller, context)
        self.descriptors: Descriptors | None = None
        self.error = ""
        self.visits = 0
        self.on_change: list[Callable[[], None]] = []
        self._claims: dict[int, object] = {}
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

    def connected(self, present: bool) -> None:
        """Begin to enumerate a device that has appeared, or forget the one that has gone."""
        self.visits += 1
        self._claims.clear()
        self._start_over(present, ATTACH_NS)

    def reset(self) -> None:
        """Reset the device, which is enumerated anew; `on_change` tells when it is ready. Claims stay."""
        self._start_over(self._controller.present, 0)

    # --- for drivers and bridges

    def in_pipe(self, address: int, size: int, done: Callable[[bytes], None]) -> InPipe:
        """Read an endpoint for as long as its device is there.

        Args:
            address: The endpoint's address, with bit 7.
            size: Length of one read in bytes; a read ends when it is full or with a short packet.
            done: Called with the data of each read.

        Raises:
            Busy: Its interface is claimed.
            Disconnected: No device is configured.
        """
        pipe = InPipe(self, self._controller, self._unclaimed(address).max_packet, address, size, done)
        self._pipes[address] = pipe
        pipe.kick()
        return pipe

    def out_pipe(self, address: int, limit: int) -> OutPipe:
        """Open an endpoint for writing.

        Args:
            address: The endpoint's address.
            limit: How many bytes may wait in the host, at most.

        Raises:
            Busy: Its interface is claimed.
            Disconnected: No device is configured.
        """
        pipe = OutPipe(self, self._controller, self._unclaimed(address).max_packet, address, limit)
        self._pipes[address] = pipe
        return pipe

    def endpoint(self, address: int) -> EndpointDescriptor:
        """Return what the configured device says of an endpoint."""
        return self._found().endpoint(address)

    # --- who has an interface: programs claim one, drivers have it while a pipe of theirs is open

    @property
    def claims(self) -> dict[int, object]:
        """Give who has claimed which interface."""
        return dict(self._claims)

    def driven(self, interface: int) -> bool:
        """Say whether a driver has an interface, or another one of the same function."""
        group = self._found().function(interface)
        return any(
            endpoint.address in self._pipes and self._is_driver(self._pipes[endpoint.address])
            for one in self._found().interfaces
            if one.number in group
            for endpoint in one.endpoints
        )

    def claim(self, interface: int, owner: object) -> None:
        """Keep everybody else from an interface.

        Raises:
            Busy: A driver, or somebody else, has it.
            Disconnected: No device is configured.
        """
        if self.driven(interface) or self._claims.get(interface, owner) is not owner:
            raise Busy(f"interface {interface} is in use")
        self._claims[interface] = owner

    def release(self, interface: int, owner: object) -> bool:
        """Let go of an interface; False when it is not theirs."""
        if self._claims.get(interface) is not owner:
            return False
        del self._claims[interface]
        return True

    # --- inside

    def _found(self) -> Descriptors:
        if self.descriptors is None:
            raise Disconnected(self.error or "no device is configured")
        return self.descriptors

    def _unclaimed(self, address: int) -> EndpointDescriptor:
        found = self._found()
        for interface in found.interfaces:
            is_its = any(one.address == address for one in interface.endpoints)
            if is_its and not self._claims.keys().isdisjoint(found.function(interface.number)):
                raise Busy(f"interface {interface.number} is claimed by another program")
        return self.endpoint(address)

    @staticmethod
    def _is_driver(pipe: object) -> bool:
        return isinstance(pipe, InPipe | OutPipe) and not pipe.closed

    def _start_over(self, present: bool, settling: int) -> None:
        was_there = self.configured or bool(self.error)
        self.descriptors, self.error = None, ""
        self.forget()
        if was_there:
            self._changed()
        if present:
            self.later(settling, self._reset)

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
