"""pyserial's port for `sim://NAME?OPTIONS`: a simulated device in this process, as ports/sim.py has it.

Its time is virtual: it passes while the program reads, asks how much there is, or writes more than the device takes. So
a time-out of a minute without an answer is over at once.
"""

from __future__ import annotations

import math
import threading
from typing import Any

from serial.serialutil import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException

from segl.errors import SeglError
from segl_sim.ports.sim import SimConnection, open_connection

_SCHEME = "sim://"
_GLANCE_S = 0.001
_SLICE_S = 1.0  # meanwhile another thread of the program may write


class Serial(SerialBase):
    """One open device, for programs with a thread that reads too. Baud rate and the like mean nothing, as with USB."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._connection: SimConnection | None = None
        self._received = bytearray()
        self._lock = threading.Lock()
        super().__init__(*arguments, **named)

    def open(self) -> None:
        """Open the device that the URL names.

        Raises:
            SerialException: There is no such device, or another program has it.
        """
        if self.is_open:
            raise SerialException("the port is open already")
        url = str(self.portstr)
        if not url.lower().startswith(_SCHEME):
            raise SerialException(f'"{url}" names no simulated device; write for example sim://desk.')
        try:
            self._connection = open_connection(url[len(_SCHEME) :])
        except SeglError as error:
            raise SerialException(str(error)) from error
        self.is_open = True

    def close(self) -> None:
        """Let the device go; closing twice is allowed."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None
            self.is_open = False

    @property
    def in_waiting(self) -> int:
        """How many bytes can be read at once; a moment passes, so that a program which only asks is answered."""
        self._take(_GLANCE_S)
        return len(self._received)

    def read(self, size: int = 1) -> bytes:
        """Return as many bytes, or those that came within the time-out."""
        left = math.inf if self.timeout is None else self.timeout
        while len(self._received) < size and left >= 0 and self.is_open:
            if self._take(min(left, _SLICE_S)):
                left = math.inf if self.timeout is None else self.timeout
            else:
                left -= _SLICE_S
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def write(self, b: Any, /) -> int:
        """Send bytes; time passes while the device does not take them."""
        data = bytes(b)
        try:
            with self._lock:
                self._device().write(data)
        except SeglError as error:
            raise SerialTimeoutException(str(error)) from error
        return len(data)

    def reset_input_buffer(self) -> None:
        """Forget what has come."""
        self._take(_GLANCE_S)
        self._received.clear()

    def reset_output_buffer(self) -> None:
        """Nothing waits to be sent."""
        self._device()

    def flush(self) -> None:
        """Nothing waits to be sent."""
        self._device()

    @property
    def cts(self) -> bool:
        """Always ready."""
        return True

    @property
    def dsr(self) -> bool:
        """Always there."""
        return True

    @property
    def ri(self) -> bool:
        """Never rings."""
        return False

    @property
    def cd(self) -> bool:
        """Always connected."""
        return True

    def _reconfigure_port(self, *_: object, **__: object) -> None: ...

    def _update_rts_state(self) -> None: ...

    def _update_dtr_state(self) -> None: ...

    def _update_break_state(self) -> None: ...

    def _take(self, wait: float) -> bool:
        """Wait for bytes; say whether any came."""
        try:
            with self._lock:
                data = self._device().read(wait)
        except SeglError as error:
            raise SerialException(str(error)) from error
        self._received += data
        return bool(data)

    def _device(self) -> SimConnection:
        if self._connection is None:
            raise PortNotOpenError
        return self._connection
