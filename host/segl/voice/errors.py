"""What can go wrong with voices."""

from segl.errors import SeglError


class VoiceError(SeglError):
    """Texts, recordings, a clip or a pack that cannot be used; the message says which and what to do."""
