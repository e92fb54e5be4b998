"""The board's `machine.USBDevice`: callbacks run here, what TinyUSB does is done by segl_sim/parts/usb.py.

Signatures follow micropython-rp2-rpi_pico2-stubs. Runs in MicroPython and in CPython alike.
"""

from _host import call
from _ops import (
    USB_ACTIVE,
    USB_BUILTIN,
    USB_CONFIG_CFG,
    USB_CONFIG_DEV,
    USB_CONFIG_STR,
    USB_CONTROL_DATA,
    USB_STALL,
    USB_SUBMIT,
    USB_WAKEUP,
)

try:
    from sys import print_exception
except ImportError:
    from traceback import print_exception

# Kinds of `_event`; `parts/usb_control.py` has the same numbers
OPEN = 0  # data: the descriptors of one interface or function
RESET = 1
CONTROL = 2  # a: stage; data: the setup packet and, in the data stage of an OUT request, what the host sent
XFER = 3  # a: endpoint | result << 8; b: length; data: what the host sent
STRING = 4  # a: index

_EINVAL = 22
_ENDPOINTS = 16
# What a stock Pico shows: 2E8A:0005 with one serial port (MicroPython's prompt).
_STOCK_DEVICE = bytes.fromhex("12010002ef0201408a2e0500000101020301")
_STOCK_CONFIG = bytes.fromhex(
    "09024b00020100807d"  # configuration: 75 bytes, two interfaces, 250 mA
    "080b000202020000"  # association
    "090400000102020004"
    "0524002001"
    "0524010001"
    "04240206"
    "0524060001"
    "07058103080001"
    "09040100020a000000"
    "07050202400000"
    "07058202400000"
)

last_error = None  # the last exception that a callback let go; a board prints it and carries on


class USBDevice:
    XFER_SUCCESS = 0
    XFER_FAILED = 1
    XFER_STALLED = 2

    class BUILTIN_NONE:
        itf_max = 0
        ep_max = 0
        str_max = 1
        desc_dev = _STOCK_DEVICE
        desc_cfg = b""

    class BUILTIN_DEFAULT:
        itf_max = 2
        ep_max = 3
        str_max = 5
        desc_dev = _STOCK_DEVICE
        desc_cfg = _STOCK_CONFIG

    BUILTIN_CDC = BUILTIN_DEFAULT

    def __new__(cls):
        if not _made:
            self = object.__new__(cls)
            self._strings = None
            self._callbacks = (None, None, None, None)
            self._out = {}
            self._control = None
            _made.append(self)
            call(USB_BUILTIN, -1)
        return _made[0]

    def config(
        self,
        desc_dev,
        desc_cfg,
        desc_strs=None,
        open_itf_cb=None,
        reset_cb=None,
        control_xfer_cb=None,
        xfer_cb=None,
    ):
        if not _is_buffer(desc_dev):
            raise ValueError("desc_dev")
        if not _is_buffer(desc_cfg):
            raise ValueError("desc_cfg")
        if desc_strs is not None and not hasattr(desc_strs, "__getitem__") and not _is_list(desc_strs):
            raise ValueError("desc_strs")
        call(USB_CONFIG_DEV, 0, 0, 0, bytes(desc_dev))
        call(USB_CONFIG_CFG, 0, 0, 0, bytes(desc_cfg))
        self._strings = desc_strs
        self._callbacks = (open_itf_cb, reset_cb, control_xfer_cb, xfer_cb)

    @property
    def builtin_driver(self):
        return self.BUILTIN_DEFAULT if call(USB_BUILTIN, -1) else self.BUILTIN_NONE

    @builtin_driver.setter
    def builtin_driver(self, value):
        if value is not self.BUILTIN_NONE and value is not self.BUILTIN_DEFAULT:
            raise ValueError("unsupported USB class")
        _checked(call(USB_BUILTIN, 0 if value is self.BUILTIN_NONE else 1))

    def active(self, *value):
        return bool(_checked(call(USB_ACTIVE, (1 if value[0] else 0) if value else -1)))

    def submit_xfer(self, ep, buffer):
        if not call(USB_ACTIVE, -1):
            raise OSError(_EINVAL)
        if not _is_buffer(buffer) or (not ep & 0x80 and isinstance(buffer, bytes)):
            raise TypeError("object with buffer protocol required")
        if ep & 0x0F == 0 or ep & 0x7F >= _ENDPOINTS:
            raise ValueError("ep")
        # IN data are copied now; OUT data will be written to `buffer` before the callback.
        data = bytes(buffer) if ep & 0x80 else None
        queued = _checked(call(USB_SUBMIT, ep, len(buffer), 0, data))
        if queued and not ep & 0x80:
            self._out[ep] = buffer
        return bool(queued)

    def stall(self, ep, *stall):
        return bool(_checked(call(USB_STALL, ep, (1 if stall[0] else 0) if stall else -1)))

    def remote_wakeup(self):
        return bool(call(USB_WAKEUP))

    def _dispatch(self, kind, a, b, data):
        opened, reset, control, xfer = self._callbacks
        if kind == XFER:
            ep = a & 0xFF
            buffer = self._out.pop(ep, None)
            if buffer is not None:
                buffer[:b] = data
            return 1 if xfer and xfer(ep, a >> 8, b) else 0
        if kind == CONTROL:
            return self._on_control(control, a, data)
        if kind == OPEN:
            if opened:
                _with_view(opened, (), data)
            return 0
        if kind == RESET:
            self._out.clear()
            if reset:
                reset()
            return 0
        return self._on_string(a)

    def _on_control(self, callback, stage, data):
        if not callback:
            return 0
        if stage == 1:
            self._control = None
        elif len(data) > 8 and self._control is not None:
            self._control[: len(data) - 8] = data[8:]
        result = _with_view(callback, (stage,), data[:8])
        if stage == 1 and _is_buffer(result):
            self._control = result
            call(USB_CONTROL_DATA, len(result), 0, 0, bytes(result))
            return 2
        return 1 if result else 0

    def _on_string(self, index):
        if self._strings is None:
            return 0
        try:
            text = self._strings[index]
        except (KeyError, IndexError):
            return 0
        if text is None:
            return 0
        if isinstance(text, str):
            text = text.encode()
        call(USB_CONFIG_STR, index, 0, 0, bytes(text))
        return 2


_made = []


def _event(kind, a, b, data):
    """Run the callback for one interrupt; -1 says that it raised, which was printed and kept."""
    global last_error
    if not _made:
        return 0
    try:
        return int(_made[0]._dispatch(kind, a, b, data))
    except Exception as error:
        last_error = error
        print_exception(error)
        return -1


def _with_view(callback, arguments, data):
    # As on a board, the view is worthless once the callback is over: where the language can say so, it does.
    view = memoryview(data)
    result = callback(*arguments, view)
    if hasattr(view, "release"):
        view.release()
    return result


def _is_buffer(value):
    return isinstance(value, (bytes, bytearray, memoryview))


def _is_list(value):
    return isinstance(value, (list, tuple, dict))


def _checked(result):
    if result < 0:
        raise OSError(-result)
    return result
