"""The computer's driver of a HID interface, as Linux shows it to programs: hidraw."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from segl_sim.parts.usb_descriptors import Descriptors, Disconnected, InterfaceDescriptor
from segl_sim.usb_host import FRAME_NS, UsbHost
from segl_sim.usb_pipes import InPipe, OutPipe

REPORT = 64
_QUEUE = 64  # reports that wait for a program, and that wait for the device
# What the device had to say while nobody listened is thrown away: usbhid_open() waits 50 ms for that.
_STALE_NS = 50 * FRAME_NS
_HID = 3


class HidNode:
    """One HID interface of whatever is plugged in. Each program that has it open gets every report.

    The device is asked for reports only while somebody has it open.

    Args:
        host: The USB port.

    Source: Linux, drivers/hid/hidraw.c and drivers/hid/usbhid/hid-core.c.
    """

    def __init__(self, host: UsbHost) -> None:
        self._host = host
        self._files: list[HidFile] = []
        self._in: InPipe | None = None
        self._out: OutPipe | None = None
        self._fresh = False
        host.on_change.append(self._changed)

    @property
    def present(self) -> bool:
        """Say whether there is something to open."""
        return self._host.descriptors is not None

    @property
    def watched(self) -> bool:
        """Say whether the device is asked for reports."""
        return self._in is not None

    def open(self, on_report: Callable[[bytes], None] | None = None) -> HidFile:
        """Open it for one more program; the first one waits 50 virtual ms until its reports go out.

        Args:
            on_report: Takes each report that comes in; None: they wait for `read`.

        Raises:
            Disconnected: No configured device is there, or it has no HID interface.
        """
        if not self._files:
            self._start()
        file = HidFile(self, on_report)
        self._files.append(file)
        return file

    # --- for HidFile

    def close(self, file: HidFile) -> None:
        """One program less."""
        if file in self._files:
            self._files.remove(file)
            if not self._files:
                self._stop()

    def room(self) -> bool:
        """Say whether another report can be queued for the device."""
        return self._out is not None and self._out.waiting < _QUEUE * REPORT

    def write(self, report: bytes) -> None:
        """Queue a report for the device."""
        if self._out is None:
            raise Disconnected("the device has gone")
        self._out.write(report)

    # ---

    def _start(self) -> None:
        ends = {endpoint.is_in: endpoint for endpoint in hid_interface(self._host.descriptors).endpoints}
        self._fresh = True
        self._in = self._host.in_pipe(ends[True].address, REPORT, self._arrived)
        out = self._out = self._host.out_pipe(ends[False].address, _QUEUE * REPORT)
        out.paused = True

        def listen() -> None:
            if out is self._out:
                self._fresh = out.paused = False

        self._host.later(_STALE_NS, listen)

    def _stop(self) -> None:
        for pipe in (self._in, self._out):
            if pipe:
                pipe.closed = True
        self._in = self._out = None

    def _arrived(self, report: bytes) -> None:
        if not self._fresh:
            for file in list(self._files):
                file.take(report)

    def _changed(self) -> None:
        if not self.present:
            self._stop()
            files, self._files = self._files, []
            for file in files:
                file.lost()


class HidFile:
    """A HID interface as one program has it open.

    Args:
        node: The interface.
        on_report: Takes each report that comes in; None: they wait for `read`.

    Attributes:
        on_lost: Called when the device has gone.
        is_open: Whether reports still come and go.
    """

    def __init__(self, node: HidNode, on_report: Callable[[bytes], None] | None) -> None:
        self.on_lost: Callable[[], None] | None = None
        self.is_open = True
        self._node = node
        self._on_report = on_report
        self._received: deque[bytes] = deque()

    def write(self, report: bytes) -> bool:
        """Send a report of 64 bytes.

        Returns:
            Whether it was taken: not while the device does not take those that wait already.

        Raises:
            Disconnected: The device has gone, or this was closed.
            ValueError: The report has another length.
        """
        if len(report) != REPORT:
            raise ValueError(f"a report has {REPORT} bytes, not {len(report)}")
        if not self.is_open:
            raise Disconnected("the device has gone")
        if not self._node.room():
            return False
        self._node.write(report)
        return True

    def read(self) -> bytes | None:
        """Take the report that came first of those that wait; None when none does."""
        return self._received.popleft() if self._received else None

    def close(self) -> None:
        """Let it go."""
        self.is_open = False
        self._node.close(self)

    # --- for HidNode

    def take(self, report: bytes) -> None:
        """A report has come in; one too many for a program that does not read is lost to it."""
        if self._on_report:
            self._on_report(report)
        elif len(self._received) < _QUEUE:
            self._received.append(report)

    def lost(self) -> None:
        """The device has gone."""
        self.is_open = False
        if self.on_lost:
            self.on_lost()


def hid_interface(found: Descriptors | None) -> InterfaceDescriptor:
    """Return the HID interface of a device.

    Raises:
        Disconnected: It has none, or no device is configured.
    """
    if found is None:
        raise Disconnected("no device is configured")
    for interface in found.interfaces:
        if interface.class_code == _HID:
            return interface
    raise Disconnected("the device has no HID interface")
