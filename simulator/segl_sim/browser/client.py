"""What a browser does between a page and a security key: python-fido2's client, over a simulated chip."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fido2.client import ClientError, DefaultClientDataCollector, Fido2Client, UserInteraction
from fido2.ctap import CtapError
from fido2.ctap2.extensions import (
    CredBlobExtension,
    CredPropsExtension,
    CredProtectExtension,
    HmacSecretExtension,
    LargeBlobExtension,
    MinPinLengthExtension,
)
from fido2.ctap2.pin import ClientPin
from fido2.webauthn import AuthenticatorSelectionCriteria, UserVerificationRequirement

from segl_sim.browser import answers, options
from segl_sim.browser.connection import Finger, RequestConnection, RequestDevice, Touches
from segl_sim.browser.errors import not_allowed, of_failure
from segl_sim.browser.origin import rp_id_for
from segl_sim.browser.requests import Request
from segl_sim.chip import Chip

_T = TypeVar("_T")

Pin = str | Callable[[], str | None] | None
"""The PIN as the user types it, or what asks the user; None: the user gives none."""
Choose = Callable[[Sequence[Mapping[str, Any]]], int]
"""Chooses among accounts: takes their users as CTAP has them, returns the index of one."""


class Client:
    """A browser's part in requests.

    Args:
        chip: The security key.
        pin: Typed when the chip needs it.
        touches: When the user touches the chip.
        choose: Chooses among several accounts; None: the one made last.

    Attributes:
        finger: The user's.
        failure: The first failure of the chip's firmware, of the functions above, or of the test; None: all is well.
    """

    def __init__(
        self, chip: Chip, pin: Pin = None, touches: Touches = "auto", choose: Choose | None = None
    ) -> None:
        self.finger = Finger(chip, touches)
        self.failure: Exception | None = None
        self._chip = chip
        self._pin = pin
        self._choose = choose

    def serve(self, request: Request, give_way: Callable[[], None]) -> dict[str, Any]:
        """Serve a request; return what the page gets, as JSON.

        Args:
            request: Where its outcome is noted.
            give_way: Called before each wait for the chip.

        Raises:
            DomError: What the page gets instead.
        """
        try:
            found = (self._create if request.kind == "create" else self._get)(request, give_way)
        except Exception as failure:
            error = of_failure(failure, request.kind == "create")
            if error is None:
                self.fail(failure)
                error = not_allowed("the test, or the key's firmware, failed")
            request.outcome, request.message = error.name, error.message
            raise error from failure
        else:
            request.outcome = "done"
            return found
        finally:
            request.asks = False
            request.ended = self._chip.world.now

    def fail(self, failure: Exception) -> None:
        """Keep a failure that is the test's to hear of, and not the page's."""
        self.failure = self.failure or failure

    def _create(self, request: Request, give_way: Callable[[], None]) -> dict[str, Any]:
        asked = options.read_creation(request.options)
        rp_id = rp_id_for(request.origin, asked.options.rp.id)
        rp = replace(asked.options.rp, id=rp_id, name=asked.options.rp.name or rp_id)
        with self._client(request, give_way, asked.timeout_s) as client:
            selection = asked.options.authenticator_selection or AuthenticatorSelectionCriteria()
            verification = _verification(client, selection.user_verification)
            made = client.make_credential(
                replace(
                    asked.options,
                    rp=rp,
                    authenticator_selection=replace(selection, user_verification=verification),
                ),
                request.canceled,
            )
        return answers.registration(made, asked.options.attestation)

    def _get(self, request: Request, give_way: Callable[[], None]) -> dict[str, Any]:
        asked = options.read_assertion(request.options)
        rp_id = rp_id_for(request.origin, asked.options.rp_id)
        with self._client(request, give_way, asked.timeout_s) as client:
            verification = _verification(client, asked.options.user_verification)
            # python-fido2 2.2 takes the party's id from the options, whatever its collector says.
            exact = replace(asked.options, rp_id=rp_id, user_verification=verification)
            selection = client.get_assertion(exact, request.canceled)
            users = [dict(one.user or {}) for one in selection.get_assertions()]
            return answers.assertion(selection.get_response(self._chosen(users)))

    def _chosen(self, users: Sequence[Mapping[str, Any]]) -> int:
        choose = self._choose
        return self._ask(lambda: choose(users)) if choose and len(users) > 1 else 0

    def _typed(self) -> str | None:
        return self._ask(self._pin) if callable(self._pin) else self._pin

    def _ask(self, ask: Callable[[], _T]) -> _T:
        try:
            return ask()
        except Exception as failure:
            self.fail(failure)
            raise

    @contextlib.contextmanager
    def _client(
        self, request: Request, give_way: Callable[[], None], timeout_s: float | None
    ) -> Generator[Fido2Client]:
        connection = RequestConnection(self._chip, request, self.finger, give_way, timeout_s)
        with contextlib.closing(connection):
            try:
                yield Fido2Client(
                    RequestDevice(connection, request),
                    DefaultClientDataCollector(request.origin),
                    _User(self._typed),
                    [
                        HmacSecretExtension(allow_hmac_secret=True),
                        LargeBlobExtension(),
                        CredBlobExtension(),
                        CredProtectExtension(),
                        MinPinLengthExtension(),
                        CredPropsExtension(),
                    ],
                )
            except (ClientError, CtapError) as failure:
                if connection.late:
                    raise not_allowed("the request's time was up") from failure
                raise


class _User(UserInteraction):
    """A user who types a PIN, once for each time that the key needs it."""

    def __init__(self, typed: Callable[[], str | None]) -> None:
        self._typed = typed

    def request_pin(self, permissions: ClientPin.PERMISSION, rp_id: str | None) -> str | None:
        """Give the PIN."""
        return self._typed()


def _verification(
    client: Fido2Client, asked: UserVerificationRequirement | None
) -> UserVerificationRequirement | None:
    """Ask for no more than the key can: python-fido2 2.2 fails where "preferred" finds no PIN, browsers go on."""
    able = any(client.info.options.get(one) for one in ("uv", "clientPin"))
    if asked == UserVerificationRequirement.PREFERRED and not able:
        return UserVerificationRequirement.DISCOURAGED
    return asked
