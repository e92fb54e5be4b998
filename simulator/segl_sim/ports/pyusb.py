"""Simulated devices for programs that use pyusb, in this process: a backend, and a way to make it pyusb's own.

    usb.core.find(find_all=True, backend=Backend(world))

    with attached(world):
        usb.core.find(idVendor=0x1209)

While a call waits for a device the world's time passes, so nobody can wait for himself. A time-out is in virtual time;
pyusb's "for ever" is an hour of it.

Source: pyusb's usb/backend/__init__.py, and libusb 1.0's documentation for what fails, and how, on Linux.
"""

# pyusb has no types, and the methods that it wants overridden give nothing back.
# pyright: reportMissingTypeStubs=false, reportIncompatibleMethodOverride=false

from __future__ import annotations

from array import array
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

from usb.backend import IBackend, libusb1

from segl_sim.parts.usb_descriptors import Busy, Descriptors, Disconnected, UsbError, UsbTimeout
from segl_sim.ports.pyusb_descriptors import (
    configuration_fields,
    device_fields,
    endpoint_fields,
    interface_fields,
)
from segl_sim.ports.pyusb_errors import not_found, translated
from segl_sim.usb_host import UsbHost, setup_packet
from segl_sim.usb_pipes import Transfer

if TYPE_CHECKING:
    from segl_sim.world import World

_NS_PER_MS = 1_000_000
_FOREVER_MS = 3_600_000
_PATIENCE_MS = 2_000  # with a device that is enumerated, or sets itself up
_GET_CONFIGURATION, _SET_CONFIGURATION, _SET_INTERFACE, _CLEAR_FEATURE = 8, 9, 11, 1
_FROM_DEVICE, _TO_DEVICE, _TO_INTERFACE, _TO_ENDPOINT = 0x80, 0x00, 0x01, 0x02


@dataclass(frozen=True)
class Found:
    """A device as it was found.

    Args:
        host: The port of the simulated computer that it is plugged into.
        number: Of that port, from 1.
        descriptors: What it said of itself.
        visits: Of that port, then: a device that has gone and come again is another one.
    """

    host: UsbHost
    number: int
    descriptors: Descriptors
    visits: int


class Handle:
    """A device that a program has opened.

    Args:
        found: The device.
    """

    def __init__(self, found: Found) -> None:
        self._host = found.host
        self._visits = found.visits

    def here(self) -> UsbHost:
        """Return the port that it is plugged into.

        Raises:
            USBError: It has gone, even if it has come again since (ENODEV).
        """
        with translated():
            if self._host.visits != self._visits or not self._host.configured:
                raise Disconnected("the device has gone: find it again when it is plugged in")
        return self._host

    def close(self) -> None:
        """Let go of all interfaces."""
        for interface in self._host.claims:
            self._host.release(interface, self)


class Backend(IBackend):
    """The devices of a world that are plugged in, for pyusb.

    Args:
        world: The world; nobody else may let its time pass meanwhile.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    # --- what is there

    def enumerate_devices(self) -> Iterator[Found]:
        """Find the devices that the simulated computer has configured."""
        for number, device in enumerate(self._world.devices, 1):
            found = device.usb_host.descriptors
            if found:
                yield Found(device.usb_host, number, found, device.usb_host.visits)

    def get_parent(self, dev: Found) -> None:
        """Give the hub that a device hangs on: there is none."""

    def get_device_descriptor(self, dev: Found) -> SimpleNamespace:
        """Give the fields of a device descriptor, and where the device is plugged in."""
        return device_fields(dev.descriptors, dev.number)

    def get_configuration_descriptor(self, dev: Found, config: int) -> SimpleNamespace:
        """Give the fields of a configuration descriptor."""
        return configuration_fields(dev.descriptors, config)

    def get_interface_descriptor(self, dev: Found, intf: int, alt: int, config: int) -> SimpleNamespace:
        """Give the fields of an interface descriptor."""
        return interface_fields(dev.descriptors, intf, alt)

    def get_endpoint_descriptor(
        self, dev: Found, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """Give the fields of an endpoint descriptor."""
        return endpoint_fields(dev.descriptors, ep, intf, alt)

    # --- who has it

    def open_device(self, dev: Found) -> Handle:
        """Open a device; programs may do so side by side.

        Raises:
            USBError: It has gone (ENODEV).
        """
        handle = Handle(dev)
        handle.here()
        return handle

    def close_device(self, dev_handle: Handle) -> None:
        """Close it again."""
        dev_handle.close()

    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        """Keep everybody else from an interface.

        Raises:
            USBError: Somebody has it (EBUSY); there is no such interface (ENOENT); the device has gone (ENODEV).
        """
        self._need_interface(dev_handle, intf)
        with translated():
            dev_handle.here().claim(intf, dev_handle)

    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        """Let go of an interface.

        Raises:
            USBError: It was not claimed (ENOENT); the device has gone (ENODEV).
        """
        if not dev_handle.here().release(intf, dev_handle):
            raise not_found(f"interface {intf} was not claimed here")

    def is_kernel_driver_active(self, dev_handle: Handle, intf: int) -> bool:
        """Say whether a driver of the simulated computer uses an interface: an open serial port or HID node."""
        self._need_interface(dev_handle, intf)
        return dev_handle.here().driven(intf)

    def detach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        """Take an interface from its driver, which has it only while a program uses it: close that instead.

        Raises:
            USBError: A driver uses it (EBUSY), or none does (ENOENT).
        """
        with translated():
            if self.is_kernel_driver_active(dev_handle, intf):
                raise Busy(f"interface {intf} is in use: close the serial port or HID node that uses it")
        raise not_found(f"no driver uses interface {intf}")

    def attach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        """Give an interface back to its driver, which takes it when a program opens it: nothing is left to do.

        Raises:
            USBError: It is claimed (EBUSY).
        """
        self._need_interface(dev_handle, intf)
        with translated():
            if intf in dev_handle.here().claims:
                raise Busy(f"interface {intf} is claimed: release it first")

    # --- its state

    def get_configuration(self, dev_handle: Handle) -> int:
        """Ask the device which configuration it is in; 0: none."""
        return self._control(
            dev_handle, setup_packet(_FROM_DEVICE, _GET_CONFIGURATION, 0, 0, 1), b"", _PATIENCE_MS
        )[0]

    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        """Put the device into a configuration, or with 0 or less into none.

        Raises:
            USBError: Somebody has one of its interfaces (EBUSY); it has no such configuration (ENOENT).
        """
        host = dev_handle.here()
        found = host.descriptors
        assert found
        value = max(config_value, 0)
        if value not in (0, found.configuration):
            raise not_found(f"the device has no configuration {value}")
        with translated():
            if host.claims or any(host.driven(interface.number) for interface in found.interfaces):
                raise Busy("an interface is in use: release it before you change the configuration")
        self._order(dev_handle, setup_packet(_TO_DEVICE, _SET_CONFIGURATION, value, 0, 0))

    def set_interface_altsetting(self, dev_handle: Handle, intf: int, altsetting: int) -> None:
        """Choose an alternate setting; there is one, number 0.

        Raises:
            USBError: The interface is not claimed here, or has no such setting (ENOENT).
        """
        if dev_handle.here().claims.get(intf) is not dev_handle or altsetting != 0:
            raise not_found(
                f"interface {intf} was not claimed here, or has no alternate setting {altsetting}"
            )
        self._order(dev_handle, setup_packet(_TO_INTERFACE, _SET_INTERFACE, altsetting, intf, 0))

    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        """Have an endpoint that answers STALL take part again."""
        self._order(dev_handle, setup_packet(_TO_ENDPOINT, _CLEAR_FEATURE, 0, ep, 0))

    def reset_device(self, dev_handle: Handle) -> None:
        """Reset the device, and wait until it is configured again; what is claimed stays claimed.

        Raises:
            USBError: It did not come back (ENODEV).
        """
        host = dev_handle.here()
        host.reset()
        self._wait(_PATIENCE_MS, lambda: host.configured or bool(host.error))
        dev_handle.here()

    # --- transfers

    def bulk_write(self, dev_handle: Handle, ep: int, intf: int, data: array[int], timeout: int) -> int:
        """Send data to a bulk endpoint; return how many bytes had gone when the time was over."""
        sent = data.tobytes()
        return self._transfer(dev_handle, ep, intf, len(sent), sent, timeout).moved

    def bulk_read(self, dev_handle: Handle, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        """Read from a bulk endpoint until the buffer is full or a packet is short; return how many bytes came."""
        came = self._transfer(dev_handle, ep, intf, len(buff) * buff.itemsize, b"", timeout)
        memoryview(buff).cast("B")[: came.moved] = came.data
        return came.moved

    def intr_write(self, dev_handle: Handle, ep: int, intf: int, data: array[int], timeout: int) -> int:
        """Send data to an interrupt endpoint, as `bulk_write` does."""
        return self.bulk_write(dev_handle, ep, intf, data, timeout)

    def intr_read(self, dev_handle: Handle, ep: int, intf: int, size: array[int], timeout: int) -> int:
        """Read from an interrupt endpoint, as `bulk_read` does; `size` is a buffer, whatever pyusb calls it."""
        return self.bulk_read(dev_handle, ep, intf, size, timeout)

    def ctrl_transfer(
        self,
        dev_handle: Handle,
        bmRequestType: int,  # noqa: N803  # pyusb's names
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: array[int],
        timeout: int,
    ) -> int:
        """Carry out a control transfer; return how many bytes came or went."""
        length = len(data) * data.itemsize
        setup = setup_packet(bmRequestType, bRequest, wValue, wIndex, length)
        if not bmRequestType & _FROM_DEVICE:
            self._control(dev_handle, setup, data.tobytes(), timeout)
            return length
        answer = self._control(dev_handle, setup, b"", timeout)
        memoryview(data).cast("B")[: len(answer)] = answer
        return len(answer)

    def _transfer(
        self, handle: Handle, address: int, interface: int, size: int, data: bytes, timeout_ms: int
    ) -> Transfer:
        ended: list[UsbError | None] = []
        transfer = Transfer(size, ended.append, data)
        with translated():
            handle.here().claim(interface, handle)  # as Linux does for whoever forgot it
            pipe = handle.here().transfers(address)
            pipe.submit(transfer)
            self._wait(timeout_ms, lambda: bool(ended))
            if ended and ended[0]:
                raise ended[0]
            if not ended:
                pipe.cancel(transfer)
                if not transfer.moved:
                    raise UsbTimeout(f"endpoint {address:#04x} had nothing to say, or took nothing")
        return transfer

    def _control(self, handle: Handle, setup: bytes, data: bytes, timeout_ms: int) -> bytes:
        ended: list[tuple[bytes, UsbError | None]] = []

        def done(answer: bytes, error: UsbError | None) -> None:
            if not isinstance(
                error, UsbTimeout
            ):  # the device says NAK for ever: it is for us to lose patience
                ended.append((answer, error))

        with translated():
            asked = handle.here().control(setup, data, done)
            self._wait(timeout_ms, lambda: bool(ended))
            if not ended:
                asked.cancelled = True
                raise UsbTimeout("the device did not answer a control transfer")
            answer, error = ended[0]
            if error:
                raise error
        return answer

    def _order(self, handle: Handle, setup: bytes) -> None:
        self._control(handle, setup, b"", _PATIENCE_MS)

    def _wait(self, timeout_ms: int, done: Callable[[], bool]) -> None:
        """Let time pass until something is done, and no further."""
        end = self._world.now + (timeout_ms or _FOREVER_MS) * _NS_PER_MS
        while not done():
            coming = self._world.next_event
            if coming is None or coming > end:
                self._world.run_until(end)
                return
            self._world.run_until(coming)

    def _need_interface(self, handle: Handle, interface: int) -> None:
        found = handle.here().descriptors
        if found is None or interface >= len(found.interfaces):
            raise not_found(f"the device has no interface {interface}")


@contextmanager
def attached(world: World) -> Generator[Backend]:
    """Make a world's devices the only ones that pyusb finds by itself, in this process, while the block lasts."""
    backend = Backend(world)
    names = libusb1.__dict__
    real = names["get_backend"]

    def get_backend(find_library: object = None) -> Backend:
        return backend

    names["get_backend"] = get_backend
    try:
        yield backend
    finally:
        names["get_backend"] = real
