"""Which of a chip's credentials is meant."""

from collections.abc import Iterable

from segl.chip_results import Credential
from segl.errors import ChipError, InputError

__all__ = ["chosen", "label", "short_ids"]

_SHORTEST = 8  # hexadecimal digits


def short_ids(credentials: Iterable[Credential]) -> dict[bytes, str]:
    """How each credential id begins, in hexadecimal digits, as far as it takes to tell them apart."""
    ids = [one.id for one in credentials]
    length = _SHORTEST
    while len({number.hex()[:length] for number in ids}) < len(set(ids)):
        length += 4
    return {number: number.hex()[:length] for number in ids}


def chosen(credentials: Iterable[Credential], text: str) -> Credential:
    """Find a credential by how its id begins.

    Raises:
        ChipError: NO_CREDENTIALS, there is none.
        InputError: there is more than one.
    """
    start = text.lower()
    found = [one for one in credentials if start and one.id.hex().startswith(start)]
    if not found:
        raise ChipError(
            "NO_CREDENTIALS",
            f'No credential\'s id begins with "{text}"; see them with `segl fido credentials list`.',
        )
    if len(found) > 1:
        raise InputError(f'More than one credential\'s id begins with "{text}"; write more of it.')
    return found[0]


def label(credential: Credential) -> str:
    """How to call a credential when the user is asked about it."""
    name = credential.user_name or credential.display_name
    return f"{name} at {credential.rp_id}" if name else f"an account at {credential.rp_id}"
