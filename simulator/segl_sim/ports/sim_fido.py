"""The security key of a chip that is kept on disk between programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segl_sim.ports.inprocess_fido import FidoConnection

if TYPE_CHECKING:
    from segl_sim.chip import Chip
    from segl_sim.ports.kept import KeptDevice


class SimFidoConnection(FidoConnection):
    """A connection to a kept chip; what the chip has stored is saved before anyone hears of it.

    Args:
        kept: The chip, which is closed with the connection.
        chip: The same.
    """

    def __init__(self, kept: KeptDevice, chip: Chip) -> None:
        self._kept = kept
        try:
            super().__init__(chip)
        except BaseException:
            kept.close()
            raise

    def read_packet(self) -> bytes:
        """Give the next report."""
        report = super().read_packet()
        self._kept.update()
        return report

    def close(self) -> None:
        """Close and keep the chip."""
        super().close()
        self._kept.close()
