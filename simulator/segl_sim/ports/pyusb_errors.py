"""What goes wrong at a simulated device as pyusb tells it: the numbers of Linux and of libusb."""

# pyusb has no types.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager

from usb.backend import libusb1
from usb.core import USBError, USBTimeoutError

from segl_sim.parts.usb_descriptors import (
    BadDescriptor,
    Busy,
    Disconnected,
    Overrun,
    Stall,
    UsbError,
    UsbTimeout,
)

_NUMBERS: dict[type[UsbError], tuple[int, int]] = {
    BadDescriptor: (libusb1.LIBUSB_ERROR_NOT_FOUND, errno.ENOENT),
    Busy: (libusb1.LIBUSB_ERROR_BUSY, errno.EBUSY),
    Disconnected: (libusb1.LIBUSB_ERROR_NO_DEVICE, errno.ENODEV),
    Overrun: (libusb1.LIBUSB_ERROR_OVERFLOW, errno.EOVERFLOW),
    Stall: (libusb1.LIBUSB_ERROR_PIPE, errno.EPIPE),
    UsbTimeout: (libusb1.LIBUSB_ERROR_TIMEOUT, errno.ETIMEDOUT),
}


@contextmanager
def translated() -> Generator[None]:
    """Turn what goes wrong in a block into what pyusb raises."""
    try:
        yield
    except UsbError as error:
        kind = USBTimeoutError if isinstance(error, UsbTimeout) else USBError
        raise kind(str(error), *_NUMBERS[type(error)]) from error


def not_found(reason: str) -> USBError:
    """Return what is raised where a program names something that is not there (ENOENT)."""
    return USBError(reason, libusb1.LIBUSB_ERROR_NOT_FOUND, errno.ENOENT)
