"""A web browser in front of a chip: what a page's script asks for, as JSON, and what it gets back.

The browser's own part, which is the check of the origin, the client data, the PIN and the choice of credentials, is
python-fido2's client.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fido2.client import Fido2Client

    from segl_sim.chip import Chip

_REACH_S = 0.5  # until a finger is there


class Browser:
    """A page of a site, open in a browser.

    Args:
        chip: Plugged into the same computer.
        origin: Of the page: "https://example.com".
        pin: What its owner types when asked for the chip's PIN; None: nothing.
        touches: Whether its owner touches the chip when it asks for that.

    Attributes:
        client: python-fido2's client.
    """

    def __init__(self, chip: Chip, origin: str, pin: str | None = None, touches: bool = True) -> None:
        self.client = _client(chip, origin, pin, touches)

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Make a credential, as `navigator.credentials.create` does; virtual time passes.

        Args:
            options: PublicKeyCredentialCreationOptionsJSON, bare or as the member `publicKey`.

        Returns:
            RegistrationResponseJSON.

        Raises:
            ClientError: python-fido2's; nobody touched the chip, the PIN is wrong, or the chip cannot do what is asked.
        """
        return _plain(self.client.make_credential(options.get("publicKey", options)))

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Sign in, as `navigator.credentials.get` does; of several credentials the newest signs.

        Args:
            options: PublicKeyCredentialRequestOptionsJSON, bare or as the member `publicKey`.

        Returns:
            AuthenticationResponseJSON.

        Raises:
            ClientError: As for `create`.
        """
        return _plain(self.client.get_assertion(options.get("publicKey", options)).get_response(0))


def _client(chip: Chip, origin: str, pin: str | None, touches: bool) -> Fido2Client:
    # here: python-fido2 takes time to load
    from fido2.client import DefaultClientDataCollector, Fido2Client, UserInteraction

    class Owner(UserInteraction):
        def prompt_up(self) -> None:
            if touches:
                chip.touch(after=_REACH_S)

        def request_pin(self, permissions: object, rp_id: str | None) -> str | None:
            return pin

    return Fido2Client(chip.ctap(), DefaultClientDataCollector(origin), Owner())


def _plain(value: Any) -> Any:
    """Return what is left of python-fido2's mappings when they have been JSON."""
    return json.loads(json.dumps(value, default=dict))
