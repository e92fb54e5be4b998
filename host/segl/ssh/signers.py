"""Who may sign: files of allowed signers. Source: ssh-keygen(1), "ALLOWED SIGNERS"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from segl.errors import InputError
from segl.ssh.public import PublicKey, public_line

__all__ = ["Signer", "allowed", "read_signers"]

_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_OPTION = re.compile(r'([a-z-]+)(?:="([^"]*)")?(?:,|$)', re.I)
_TIMES = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True)
class Signer:
    """One line of such a file.

    Args:
        principals: patterns of the identities that it is about, such as "*@example.com".
        key: their key.
        options: such as {"namespaces": "file,git"}.
    """

    principals: str
    key: PublicKey
    options: dict[str, str] = field(default_factory=dict[str, str])


def read_signers(path: Path) -> list[Signer]:
    """Read a file of allowed signers; certificate authorities are passed over.

    Raises:
        InputError: it cannot be read, or a line of it is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its name.") from error
    except UnicodeDecodeError:
        raise InputError(f"{path} is no file of allowed signers; it must hold UTF-8.") from None
    return list(_signers(path, text))


def allowed(signers: list[Signer], identity: str, key: PublicKey, namespace: str, now: float) -> str:
    """Say why a key may not sign for somebody.

    Args:
        signers: those who may.
        identity: for whom, such as "alice@example.com".
        key: whose signature there is.
        namespace: what for.
        now: s since 1970.

    Returns:
        A sentence; "" if it may.
    """
    theirs = [one for one in signers if _matches(one.principals, identity)]
    if not theirs:
        return f'Nobody called "{identity}" is among the allowed signers.'
    reasons = [_refusal(one, namespace, now) for one in theirs if one.key.blob == key.blob]
    if not reasons:
        return f'The key is not one of "{identity}".'
    return "" if "" in reasons else reasons[0]


def _signers(path: Path, text: str) -> Iterator[Signer]:
    for number, line in enumerate(text.splitlines(), 1):
        words: list[str] = _WORD.findall(line)
        if not words or words[0].startswith("#"):
            continue
        options: dict[str, str] = {}
        if len(words) > 3 and not _is_key(words[1]):
            options = _options(words.pop(1))
        if len(words) < 3:
            raise InputError(f"Line {number} of {path} names no allowed signer; correct or remove it.")
        if "cert-authority" not in options:
            try:
                key = public_line(f"{words[1]} {words[2]}")
            except InputError as error:
                raise InputError(f"Line {number} of {path} has no key that can be used. {error}") from error
            yield Signer(words[0].strip('"'), key, options)


def _is_key(word: str) -> bool:
    return word.startswith(("ssh-", "ecdsa-", "sk-", "rsa-"))


def _options(word: str) -> dict[str, str]:
    found: list[tuple[str, str]] = _OPTION.findall(word)
    return {name.lower(): value for name, value in found}


def _refusal(signer: Signer, namespace: str, now: float) -> str:
    options = signer.options
    if unknown := sorted(options.keys() - {"namespaces", "valid-after", "valid-before"}):
        return f'The allowed signers have an option "{unknown[0]}" for this key, which this program does not know.'
    if "namespaces" in options and not _matches(options["namespaces"], namespace):
        return f'The key may not sign for "{namespace}".'
    if "valid-after" in options and now < _time(options["valid-after"]):
        return "The key is not valid yet."
    if "valid-before" in options and now > _time(options["valid-before"]):
        return "The key is no longer valid."
    return ""


def _matches(patterns: str, word: str) -> bool:
    """Whether a list of patterns means a word: one of them has to, and none with a ! before it may."""
    hit = False
    for pattern in patterns.split(","):
        wanted = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern.lstrip("!"))
        if re.fullmatch(wanted, word, re.S):
            if pattern.startswith("!"):
                return False
            hit = True
    return hit


def _time(text: str) -> float:
    """A time of such a file in s since 1970: in UTC if it ends with Z, else in this computer's zone."""
    digits = text.removesuffix("Z")
    try:
        moment = datetime.strptime(digits, _TIMES[len(digits)])
    except (KeyError, ValueError):
        raise InputError(
            f'"{text}" among the allowed signers is no time; write for example 20270131Z.'
        ) from None
    return (moment.replace(tzinfo=UTC) if text.endswith("Z") else moment).timestamp()
