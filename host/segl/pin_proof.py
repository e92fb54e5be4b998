"""Proving to a chip that its user knows the PIN: python-fido2's ClientPin, and what a wrong PIN costs."""

from collections.abc import Callable
from typing import TypeVar

from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin, PinProtocol

from segl.chip_results import PinTries
from segl.ctap_errors import chip_error, old_firmware, pin_refused
from segl.errors import PinError
from segl.pin import plain_pin

__all__ = ["NoToken", "Permission", "PinProver", "Token"]

Permission = ClientPin.PERMISSION
Token = tuple[PinProtocol, bytes]
NoToken = tuple[None, None]

_REFUSED = ("PIN_INVALID", "PIN_AUTH_BLOCKED", "PIN_BLOCKED")
_T = TypeVar("_T")


class PinProver:
    """Asks one chip for the tokens that stand for its PIN.

    Args:
        ctap2: the chip.
    """

    def __init__(self, ctap2: Ctap2) -> None:
        self._ctap2 = ctap2

    def client(self) -> ClientPin:
        """python-fido2's client for the PIN.

        Raises:
            ChipError: the chip knows no PINs.
        """
        if "clientPin" not in self._ctap2.info.options:
            raise old_firmware()
        return ClientPin(self._ctap2)

    def tries(self) -> PinTries:
        """Ask how many wrong PINs the chip still takes."""
        left, replug = self.client().get_pin_retries()
        return PinTries(left, bool(replug))

    def guarded(self, action: Callable[[ClientPin], _T]) -> _T:
        """Do what spends a try if the PIN is wrong.

        Raises:
            PinError: the PIN is wrong or blocked; says how many tries are left.
        """
        try:
            return action(self.client())
        except CtapError as error:
            if error.code.name not in _REFUSED:
                raise
            raise pin_refused(error.code.name, self.tries()) from error

    def token(self, pin: str, permissions: Permission, rp_id: str | None = None) -> Token:
        """Trade the PIN for a token.

        Args:
            pin: as typed.
            permissions: what the token is for.
            rp_id: the only relying party that it is for.

        Raises:
            InputError: it cannot be the PIN; no try was spent.
            PinError: it is wrong, there is none, or the chip wants a new one first.
        """
        plain = plain_pin(pin)
        options = self._ctap2.get_info()
        if not options.options.get("clientPin"):
            raise chip_error(CtapError(CtapError.ERR.PIN_NOT_SET))
        if options.force_pin_change:
            raise PinError(
                "PIN_POLICY_VIOLATION",
                "The chip wants a new PIN first; change it with `segl fido pin change`.",
            )

        def ask(client: ClientPin) -> Token:
            return client.protocol, client.get_pin_token(plain, permissions, rp_id)

        return self.guarded(ask)

    def token_if_any(self, pin: str | None, permissions: Permission) -> Token | NoToken:
        """The same for what a chip without a PIN does unasked."""
        return (None, None) if pin is None else self.token(pin, permissions)

    def proof(
        self, pin: str | None, permissions: Permission, rp_id: str, client_data_hash: bytes
    ) -> tuple[int | None, bytes | None]:
        """What makeCredential and getAssertion want to see: the protocol's number, and the proof."""
        if pin is None:
            return None, None
        protocol, token = self.token(pin, permissions, rp_id)
        return protocol.VERSION, protocol.authenticate(token, client_data_hash)
