"""A full-speed bus with one device at its end: what a host does whoever drives the device, be it here or elsewhere.

Everything here is an event: a transfer is queued, takes its time on the bus, and ends in a call. Nothing
polls: a pipe that met NAK waits until the controller says that the endpoint is armed; an idle bus is free.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segl_sim.parts.usb import UsbController
from segl_sim.parts.usb_descriptors import Disconnected, EndpointDescriptor, UsbError
from segl_sim.usb_pipes import Pipe, TransferPipe

if TYPE_CHECKING:
    from segl_sim.parts.context import Context

FRAME_NS = 1_000_000
PACKET_NS = FRAME_NS // 19  # at most 19 bulk packets of 64 bytes fit a full-speed frame: USB 2.0 table 5-9
CONTROL_NS = 3 * FRAME_NS  # setup, data and status, each in a frame of its own

Done = Callable[[bytes, "UsbError | None"], None]


def setup_packet(kind: int, request: int, value: int, index: int, length: int) -> bytes:
    """Build the 8 bytes that start a control transfer. Source: USB 2.0 table 9-2."""
    return struct.pack("<BBHHH", kind, request, value, index, length)


@dataclass
class Control:
    """A control transfer that waits for its turn; a cancelled one is passed over."""

    setup: bytes
    data: bytes
    done: Done
    cancelled: bool = False


class Bus:
    """What every host has: a turn for each control transfer, slots for packets, a pipe for each data endpoint.

    Args:
        controller: The device's controller at the other end of the cable.
        context: The world's clock and scheduler, as the controller has it.
    """

    def __init__(self, controller: UsbController, context: Context) -> None:
        self._controller = controller
        self._context = context
        self._era = 0
        self._controls: deque[Control] = deque()
        self._control_running = False
        self._pipes: dict[int, Pipe] = {}
        self._bus_free = 0

    # --- what the controller tells (segl_sim.parts.usb.HostSide)

    def connected(self, present: bool) -> None:
        """A device has appeared, or gone."""
        raise NotImplementedError

    def armed(self, endpoint: int) -> None:
        """Wake the pipe of an endpoint."""
        pipe = self._pipes.get(endpoint)
        if pipe:
            pipe.kick()

    # --- transfers

    def control(self, setup: bytes, data: bytes, done: Done) -> Control:
        """Queue a control transfer.

        Args:
            setup: The setup packet, 8 bytes.
            data: What follows it, for an OUT request.
            done: Called with the device's data and None, or with b"" and what went wrong.
        """
        item = Control(setup, data, done)
        self._controls.append(item)
        self._next_control()
        return item

    def transfers(self, address: int) -> TransferPipe:
        """Return the pipe for single transfers on an endpoint.

        Args:
            address: The endpoint's address, with bit 7 where data flow towards the computer.

        Raises:
            BadDescriptor: The device has no such endpoint.
            Disconnected: The device has gone.
        """
        endpoint = self.endpoint(address)
        pipe = self._pipes.get(address)
        if not isinstance(pipe, TransferPipe) or pipe.closed:
            pipe = TransferPipe(self, self._controller, endpoint.max_packet, address)
            self._pipes[address] = pipe
        return pipe

    def endpoint(self, address: int) -> EndpointDescriptor:
        """Return what the device says of an endpoint.

        Raises:
            BadDescriptor: It has none at this address.
            Disconnected: It has gone.
        """
        raise NotImplementedError

    # --- for pipes

    def slot(self, address: int) -> int:
        """Book the bus for one packet and say in how many nanoseconds it will have been sent."""
        now = self._context.now()
        endpoint = self.endpoint(address)
        if endpoint.kind == "interrupt":  # polled every `interval` frames
            period = endpoint.interval * FRAME_NS
            return period - now % period
        self._bus_free = max(now, self._bus_free) + PACKET_NS
        return self._bus_free - now

    def later(self, delay: int, action: Callable[[], None]) -> None:
        """Do something after `delay` nanoseconds unless the device has gone by then."""
        era = self._era
        self._context.at(self._context.now() + delay, lambda: action() if era == self._era else None)

    # --- for hosts

    def forget(self) -> None:
        """End whatever is under way: the device has gone, or begins anew."""
        self._era += 1
        self._bus_free = 0
        waiting, self._controls = self._controls, deque[Control]()
        pipes, self._pipes = self._pipes, {}
        self._control_running = False
        for pipe in pipes.values():
            pipe.lost()
        for control in waiting:
            control.done(b"", Disconnected("the device has gone"))

    def _next_control(self) -> None:
        if self._controls and not self._control_running:
            self._control_running = True
            self.later(CONTROL_NS, self._run_control)

    def _run_control(self) -> None:
        item = self._controls.popleft()
        era = self._era
        if not item.cancelled:
            answer, error = b"", None
            try:
                answer = self._controller.control(item.setup, item.data)
            except UsbError as failure:
                error = failure
            if era == self._era:
                self._control_running = False
            item.done(answer, error)
        else:
            self._control_running = False
        self._next_control()
