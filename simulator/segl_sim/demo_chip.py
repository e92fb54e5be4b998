"""The chip's part of `segl demo`: python-fido2 is browser and website, a finger touches the pad, or does not."""

from __future__ import annotations

from typing import Any

import click
from fido2.attestation.packed import PackedAttestation
from fido2.client import ClientError, DefaultClientDataCollector, Fido2Client, UserInteraction
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestationObject,
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from segl_sim.chip import Chip
from segl_sim.parts.led import DARK, GREEN
from segl_sim.tour import Tour

STEPS = 4

_SITE = "login.example.com"
_NO_PIN = UserVerificationRequirement.DISCOURAGED  # a touch is enough: the password was asked for before
_LOOK_S = 1.6  # how long a person looks at the blinking light before they touch
_NS = 1_000_000_000


def run(tour: Tour) -> tuple[str, int]:
    """Show the chip.

    Args:
        tour: Says and shows.

    Returns:
        Its serial number, and how many sign-ins the website has accepted.

    Raises:
        click.ClickException: Something did not work.
    """
    chip = tour.world.chip()
    tour.say("A chip, a security key. Plug it in: its light stays dark, it wants nothing.")
    with chip.connect() as session:
        serial = session.info().serial
    _expect(chip.light.color == DARK, "The light of the chip should be dark.")
    site = _Site(chip)
    tour.say(f"Register it at {_SITE}. Its light blinks: touch it.")
    tour.tell(site.register())
    tour.say("Sign in twice: one touch each, no code.")
    for _ in range(2):
        tour.tell(site.sign_in())
    tour.say("Touch it before it is asked, then sign in and do not touch it: nothing is signed.")
    chip.touch()
    tour.world.advance(1)
    tour.tell(site.sign_in_untouched())
    return serial, site.accepted


class _Finger(UserInteraction):
    """Whoever owns the chip."""

    def __init__(self, chip: Chip) -> None:
        self.present = True
        self._chip = chip

    def prompt_up(self) -> None:
        """Python-fido2 says that the chip waits for a touch."""
        if self.present:
            self._chip.touch(after=_LOOK_S)


class _Site:
    """A website and a browser, both python-fido2's, and the owner of the chip in front of them."""

    def __init__(self, chip: Chip) -> None:
        self.accepted = 0
        self._chip = chip
        self._finger = _Finger(chip)
        self._known: list[AttestedCredentialData] = []
        self._server: Any = Fido2Server(  # Any: its methods are not fully typed
            PublicKeyCredentialRpEntity(id=_SITE, name="Example"),
            attestation=AttestationConveyancePreference.DIRECT,
            verify_attestation=_attested,
        )
        collector = DefaultClientDataCollector(f"https://{_SITE}")
        self._browser = Fido2Client(chip.ctap(), collector, self._finger)

    def register(self) -> str:
        """Make a credential; say how it went."""
        began = self._chip.world.now
        user = PublicKeyCredentialUserEntity(id=b"alice", name="alice")
        options, state = self._server.register_begin(user, user_verification=_NO_PIN)
        made = self._server.register_complete(state, self._browser.make_credential(options.public_key))
        self._known.append(made.credential_data)
        return f"{self._blinked(began)} python-fido2: registered, attestation and touch are right."

    def sign_in(self) -> str:
        """Sign in; say how it went."""
        began = self._chip.world.now
        options, state = self._server.authenticate_begin(self._known, _NO_PIN)
        response = self._browser.get_assertion(options.public_key).get_response(0)
        self._server.authenticate_complete(state, self._known, response)
        self.accepted += 1
        return f"{self._blinked(began)} python-fido2: signed in, signature and touch are right."

    def sign_in_untouched(self) -> str:
        """Try to sign in without a touch; say how that went."""
        began = self._chip.world.now
        self._finger.present = False
        options, _ = self._server.authenticate_begin(self._known, _NO_PIN)
        try:
            self._browser.get_assertion(options.public_key)
        except ClientError as error:
            _expect("OPERATION_DENIED" in str(error), f"The sign-in failed otherwise: {error}.")
            waited = (self._chip.world.now - began) / _NS
            return f"{self._blinked(began)} python-fido2: no answer for {waited:.0f} s, not signed in."
        raise click.ClickException("The chip signed without a touch.")

    def _blinked(self, since: int) -> str:
        times = sum(color == GREEN for color, _ in self._chip.light.pattern(since))
        _expect(times > 1, "The light of the chip should have blinked.")
        return f"Light: blinks steadily, twice a second, {times} times: touch me."


def _attested(found: AttestationObject, client_data_hash: bytes) -> None:
    _expect(found.fmt == "packed", "The chip should attest in the packed format.")
    PackedAttestation().verify(found.att_stmt, found.auth_data, client_data_hash)


def _expect(right: bool, otherwise: str) -> None:
    if not right:
        raise click.ClickException(otherwise)
