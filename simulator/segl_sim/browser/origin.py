"""Which documents may use security keys, and for which relying parties.

Source: WebAuthn Level 3, sections 5.1.3 and 5.1.4.1 (steps on the origin), 5.10 (frames); HTML, "is a registrable
domain suffix of or is equal to".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from fido2.rpid import verify_rp_id

from segl_sim.browser.errors import DomError, not_allowed


def origin_of(url: str) -> str:
    """Return the origin of a document.

    Args:
        url: The document's, as the browser writes it.

    Raises:
        DomError: NotAllowedError: it has no origin that its URL tells. SecurityError: its host is no domain, or it
            did not come over a secure channel.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host:
        raise not_allowed(f"a document at {url[:80]!r} has no origin of its own")
    if _is_address(host):
        raise DomError("SecurityError", f"{host} is an address, no domain; use localhost or a domain's name.")
    if parts.scheme == "http" and host != "localhost" and not host.endswith(".localhost"):
        raise DomError("SecurityError", f"http://{host} is not secure; use https, or localhost.")
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def check_ancestors(origin: str, urls: Iterable[str]) -> None:
    """Refuse a document within one of another origin.

    Args:
        origin: The document's.
        urls: Of the documents around it.

    Raises:
        DomError: NotAllowedError.
    """
    for url in urls:
        try:
            same = origin_of(url) == origin
        except DomError:
            same = False
        if not same:
            raise not_allowed(
                f"a frame of {origin} within a page of another origin may not use security keys"
            )


def rp_id_for(origin: str, asked: str | None) -> str:
    """Return the id of the relying party that a request is for.

    Args:
        origin: As `origin_of` gives it.
        asked: What the page asks for; None: the origin's own domain.

    Raises:
        DomError: SecurityError: it is neither that domain nor a parent of it that one party has for its own.
    """
    host = urlsplit(origin).hostname or ""
    if asked is None or asked == host:
        return host
    # A domain of one label is a public suffix even where the list of them does not name it.
    if "." not in asked or not verify_rp_id(asked, origin):
        raise DomError(
            "SecurityError", f"{asked[:80]!r} is neither {host} nor a registrable domain above it."
        )
    return asked


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
