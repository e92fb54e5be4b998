"""PINs of chips: what CTAP lets one be, checked before anything is sent.

Source: CTAP 2.2, section 6.5.1: at least 4 code points and at most 63 bytes, UTF-8 in Normalization Form C.
"""

import unicodedata

from segl.errors import InputError

__all__ = ["SHORTEST", "new_pin", "plain_pin"]

SHORTEST = 4  # code points; a chip may ask for more
_LONGEST = 63  # bytes


def plain_pin(text: str) -> str:
    """A PIN as it is sent: the same characters give the same PIN on every keyboard and system.

    Raises:
        InputError: it cannot be a PIN, so that asking the chip would only waste a try.
    """
    pin = unicodedata.normalize("NFC", text)
    if len(pin) < SHORTEST:
        raise InputError(f"A PIN has at least {SHORTEST} characters; type it again.")
    try:
        size = len(pin.encode())
    except UnicodeEncodeError:
        raise InputError("A PIN is made of letters, digits and signs; type it again.") from None
    if size > _LONGEST:
        raise InputError(f"A PIN has at most {_LONGEST} characters, fewer if it has letters with accents.")
    if "\0" in pin:
        raise InputError("A PIN is made of letters, digits and signs; type it again.")
    return pin


def new_pin(text: str, shortest: int) -> str:
    """A new PIN as it is sent.

    Args:
        text: as typed.
        shortest: how many characters the chip wants at least.

    Raises:
        InputError: the chip would not take it.
    """
    pin = plain_pin(text)
    if len(pin) < shortest:
        raise InputError(f"The chip wants a PIN of at least {shortest} characters; choose a longer one.")
    return pin
