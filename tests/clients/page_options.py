"""What a page asks for, and how it is told that it may not."""

from collections.abc import Callable
from typing import Any

from segl_sim.browser.errors import DomError

CREATION: dict[str, Any] = {
    "rp": {"name": "Example"},
    "user": {"id": "AQI", "name": "somebody", "displayName": "Somebody"},
    "challenge": "AAAA",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
}
ASSERTION: dict[str, Any] = {"challenge": "AAAA"}


def outcome(action: Callable[[], Any]) -> tuple[Any, str]:
    """Return what it returned, and the name of the error that a page would get instead."""
    try:
        return action(), ""
    except DomError as error:
        return None, error.name
