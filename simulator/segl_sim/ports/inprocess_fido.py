"""python-fido2's connection to a chip within this process: reading lets the world's time pass."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from fido2.hid.base import CtapHidConnection

from segl.errors import Busy, Lost, NotFound
from segl_sim.parts.usb_descriptors import Busy as UsbBusy
from segl_sim.parts.usb_descriptors import Disconnected

if TYPE_CHECKING:
    from segl_sim.chip import Chip

_NS = 1_000_000_000
_OPEN_S = 0.05  # HidNode's wait
_SILENT_S = 60


class FidoConnection(CtapHidConnection):
    """What python-fido2's CtapHidDevice talks through.

    Args:
        chip: Plugged in here if it is not yet.

    Raises:
        Busy: A program has claimed its security key.
        NotFound: The chip did not enumerate, or shows no security key.
    """

    def __init__(self, chip: Chip) -> None:
        self._world = chip.world
        # Nothing is lost when the world's time passes without a read: nobody is too slow here.
        self._received: deque[bytes] = deque()
        if not chip.usb_host.configured:
            chip.plug()
        try:
            self._file = chip.hid.open(self._received.append)
        except UsbBusy as error:
            raise Busy(
                f"Another program uses the simulated chip: {error}; close that program, or try again later."
            ) from error
        except Disconnected as error:
            raise NotFound(f"The simulated chip shows no security key: {error}.") from error
        self._world.advance(_OPEN_S)

    def write_packet(self, data: bytes) -> None:
        """Send one report; time passes while the chip is not ready to take it.

        Raises:
            Lost: The chip has gone.
            ValueError: It has not 64 bytes.
        """
        try:
            while not self._file.write(data):
                self._world.advance(0.001)
        except Disconnected as error:
            raise _gone() from error

    def read_packet(self) -> bytes:
        """Give the next report, whatever program it is for.

        Raises:
            Lost: The chip has gone, or says nothing for 60 virtual seconds: it would say so if it waited for a touch.
        """

        def done() -> bool:
            return bool(self._received) or not self._file.is_open

        if not done():
            self._world.run_until(self._world.now + _SILENT_S * _NS, done)
        if self._received:
            return self._received.popleft()
        if self._file.is_open:
            raise Lost(f"The simulated chip has said nothing for {_SILENT_S} s.")
        raise _gone()

    def close(self) -> None:
        """Let the chip go; it stays plugged in."""
        self._file.close()


def _gone() -> Lost:
    return Lost("The simulated chip is gone; plug it in again.")
