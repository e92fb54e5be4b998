"""The data endpoints of a USB device controller: transfers that the device submits and the host moves by packets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segl_sim.parts.usb_descriptors import Descriptors, Disconnected, EndpointDescriptor, Overrun, Stall

if TYPE_CHECKING:
    from segl_sim.parts.context import Context

_EBUSY = 16


@dataclass
class _Endpoint:
    descriptor: EndpointDescriptor
    halted: bool = False
    busy: bool = False
    ready_at: int = 0
    data: bytearray = field(default_factory=bytearray)  # IN: still to send; OUT: received
    size: int = 0  # OUT: room for so much; IN: length of the whole transfer
    sent: bytes = b""


class Endpoints:
    """The endpoints that a configuration opened; none before.

    Args:
        context: The running device's clock and trace.
        changed: Told the address of an endpoint that was armed, halted or freed.
        completed: Told of the end of a transfer: address, length, and what the host sent.
    """

    def __init__(
        self, context: Context, changed: Callable[[int], None], completed: Callable[[int, int, bytes], None]
    ) -> None:
        self._context = context
        self._changed = changed
        self._completed = completed
        self._open: dict[int, _Endpoint] = {}

    def open(self, descriptors: Descriptors) -> None:
        """Open every endpoint of a configuration."""
        for interface in descriptors.interfaces:
            for descriptor in interface.endpoints:
                self._open[descriptor.address] = _Endpoint(descriptor)

    def close(self) -> None:
        """Forget all endpoints and their transfers."""
        self._open = {}

    def __contains__(self, address: int) -> bool:
        return address in self._open

    # --- the device's side

    def busy(self, address: int) -> bool:
        """Say whether a transfer is under way."""
        return self._open[address].busy

    def halted(self, address: int) -> bool:
        """Say whether an endpoint answers STALL; one that is not open does not."""
        return address in self._open and self._open[address].halted

    def submit(self, address: int, size: int, data: bytes) -> int:
        """Begin a transfer: 1, or 0 where no such endpoint is open, or a negative errno."""
        endpoint = self._open.get(address)
        if endpoint is None:
            self._context.effect("usb.unconfigured", address)
            return 0
        if endpoint.busy or endpoint.halted:
            return -_EBUSY
        self.arm(address, size, data)
        return 1

    def arm(self, address: int, size: int, data: bytes) -> None:
        """Begin a transfer, whatever was under way."""
        endpoint = self._open[address]
        endpoint.busy, endpoint.size, endpoint.sent = True, size, data
        endpoint.data = bytearray(data)
        endpoint.ready_at = self._context.now()
        self._changed(address)

    def halt(self, address: int, value: bool) -> None:
        """Set or clear an endpoint's halt, if it is open."""
        endpoint = self._open.get(address)
        if endpoint and endpoint.halted != value:
            endpoint.halted, endpoint.busy = value, False  # TinyUSB forgets the transfer under way
            self._changed(address)

    # --- the host's side

    def in_(self, address: int, limit: int) -> bytes | None:
        """Ask an IN endpoint for one packet.

        Args:
            address: The endpoint's address, with bit 7.
            limit: How many bytes the host has room for.

        Returns:
            The packet (it may be empty), or None for NAK.

        Raises:
            Disconnected: no such endpoint is configured.
            Stall: the endpoint is halted.
            Overrun: the packet is longer than `limit`.
        """
        endpoint = self._at(address, is_in=True)
        if not endpoint.busy or self._context.now() < endpoint.ready_at:
            return None
        packet = bytes(endpoint.data[: endpoint.descriptor.max_packet])
        if len(packet) > limit:
            raise Overrun(f"a packet of {len(packet)} bytes where the host has room for {limit}")
        del endpoint.data[: len(packet)]
        if not endpoint.data:
            endpoint.busy = False
            self._context.effect("usb.in", address, endpoint.sent)
            self._completed(address, endpoint.size, b"")
        return packet

    def out(self, address: int, packet: bytes) -> bool:
        """Offer one packet to an OUT endpoint.

        Args:
            address: The endpoint's address.
            packet: At most `wMaxPacketSize` bytes; a shorter one ends the device's transfer.

        Returns:
            Whether the device took it; False is NAK: offer it again when the endpoint is armed.

        Raises:
            Disconnected: no such endpoint is configured.
            Stall: the endpoint is halted.
            Overrun: the packet does not fit the buffer that the firmware has submitted.
        """
        endpoint = self._at(address, is_in=False)
        if len(packet) > endpoint.descriptor.max_packet:
            raise ValueError(f"{len(packet)} bytes are more than endpoint {address}'s largest packet")
        if not endpoint.busy or self._context.now() < endpoint.ready_at:
            return False
        endpoint.data += packet
        if len(endpoint.data) > endpoint.size:
            raise Overrun(f"endpoint {address}: {len(endpoint.data)} bytes for a buffer of {endpoint.size}")
        if len(packet) < endpoint.descriptor.max_packet or len(endpoint.data) == endpoint.size:
            endpoint.busy = False
            data = bytes(endpoint.data)
            self._context.effect("usb.out", address, data)
            self._completed(address, len(data), data)
        return True

    def _at(self, address: int, is_in: bool) -> _Endpoint:
        endpoint = self._open.get(address)
        if endpoint is None or endpoint.descriptor.is_in != is_in:
            raise Disconnected(f"endpoint {address:#04x} is not configured")
        if endpoint.halted:
            raise Stall(f"endpoint {address:#04x} is halted")
        return endpoint
