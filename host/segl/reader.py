"""A session with an audio code reader: what every device can, and speech."""

from collections.abc import Callable
from typing import Any, ClassVar

from segl.errors import DeviceError, InputError
from segl.session import Session
from segl_wire import schema

__all__ = ["Reader"]

_PIECE_BYTES = 768
_CHECK_S = 60.0  # the reader reads the whole pack from its flash
_AGAIN_S = 0.5
_TRIES = 180  # a minute and a half: a question that nobody answers, and a code spoken slowly

_REMEDIES = {
    schema.FULL: "The reader has no room for this voice beside its others; make a smaller pack.",
    schema.BUSY: "The reader is still asking or speaking for another request; answer it, "
    "then install the voice again.",
    schema.CLOSED: "The reader is not in set-up and keeps the voice it had; "
    "choose set-up in its menu and install the voice again.",
    schema.BAD_FIELD: "The reader did not take the voice: it did not arrive whole, or lacks a clip that its firmware "
    "says. Build it anew with this program, then install it; the old voice stays.",
}


class Reader(Session):
    """A session with one audio code reader.

    Whatever is asked of the user, the reader first only shows; the first press of any key makes it say the
    question. So tell the user to press a key.
    """

    MODEL: ClassVar[str] = "audio code reader"
    # [s] A minute for the question; then perhaps a wait for a new code, and the code spoken slowly.
    SPEAK_S: ClassVar[float] = 180.0
    # [s] For who listens to a new reader's first question, and to each of the eleven items of the menu.
    SETUP_S: ClassVar[float] = 300.0

    def speak(self, index: int = 0, timeout: float | None = None) -> None:
        """Have the reader speak a code, and wait until it has, or until a key has cut it short.

        Args:
            index: which key.
            timeout: s to wait, SPEAK_S unless given. Whatever ends the wait on this side, Ctrl-C included,
                cancels the request on the reader too.
        """
        self._ask_user(schema.SPEAK, {"index": index}, timeout, self.SPEAK_S)

    def install_voice(self, pack: bytes, progress: Callable[[int, int], None] | None = None) -> str:
        """Store a voice pack in the place of the reader's own of that language; the user has opened set-up before.

        What the reader answers with BUSY, because it asks its user something, is sent again until it is done.
        Until the last byte has been checked, the old voice stays.

        Args:
            pack: the whole pack, as `segl voice build` writes it.
            progress: called after each piece with the bytes sent and the bytes in all.

        Returns:
            The pack's language.

        Raises:
            VoiceError: `pack` is no whole voice pack.
            InputError: its language is not an ISO 639-1 code, by which readers know voices.
            DeviceError: the reader did not take it; says what to do.
        """
        from segl.voice.pack import parse_pack  # here: few sessions need it, and `import segl` stays quick

        language = parse_pack(pack).language
        if len(language) != 2:
            raise InputError(
                f'Readers name languages by two letters; build the voice with another than "{language}".'
            )
        self._insist(schema.VOICE, {"language": language, "size": len(pack)})
        for offset in range(0, len(pack), _PIECE_BYTES):
            piece = pack[offset : offset + _PIECE_BYTES]
            self._insist(schema.PIECE, {"offset": offset, "data": piece})
            if progress is not None:
                progress(offset + len(piece), len(pack))
        self._insist(schema.VOICE_END, {}, _CHECK_S)
        return language

    def _insist(self, command: int, fields: dict[str, Any], *timeout: float) -> None:
        """Ask again while the reader is busy, and say of an error what it means for a voice."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._ask(command, fields, *timeout)
                return
            except DeviceError as error:
                if error.code != schema.BUSY or attempt == _TRIES:
                    raise DeviceError(error.code, error.field, _REMEDIES.get(error.code)) from None
            self.idle(_AGAIN_S)
