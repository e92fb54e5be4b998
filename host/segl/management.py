"""A session with a chip's serial port, beside its security key."""

from typing import ClassVar

from segl.session import Session

__all__ = ["Management"]


class Management(Session):
    """A session with one chip's management interface: it says which chip this is and how it stands, and no more.

    It is there on every system without special rights, also on Windows, which lets only administrators reach the
    security key itself (segl.Chip).
    """

    MODEL: ClassVar[str] = "chip"
