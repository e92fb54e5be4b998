"""A session with a code display."""

from typing import ClassVar

from segl.session import Session

__all__ = ["Display"]


class Display(Session):
    """A session with one code display: what it can be asked is what every device can."""

    MODEL: ClassVar[str] = "code display"
    LANGUAGES: ClassVar[tuple[str, ...]] = ("en", "da")
    CODE_S: ClassVar[float] = 40.0
    WIPE_S: ClassVar[float] = 60.0
