"""What a computer asks of a security key, for measuring: the same calls for a simulated chip and for any other key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fido2.ctap2.base import AssertionResponse, AttestationResponse, Ctap2
from fido2.ctap2.blob import LargeBlobs
from fido2.ctap2.pin import ClientPin, PinProtocol, PinProtocolV2

PIN = "4912-cobalt"
RP_ID = "accounts.example.com"
CLIENT_DATA_HASH = bytes(range(32))
ES256, EDDSA = -7, -8


@dataclass(frozen=True)
class Proof:
    """What `make` and `sign_in` send as proof that the user knew the PIN; good for one of them.

    Args:
        signature: pinUvAuthParam.
        protocol: Its protocol's number.
    """

    signature: bytes
    protocol: int


class SteadyProtocol(PinProtocolV2):
    """Protocol two without chance on the computer's side, so that a run costs what the one before it did."""

    def encrypt(self, key: bytes, plaintext: bytes) -> bytes:
        """Encrypt with the second half of a secret, as AES-256-CBC."""
        cipher = Cipher(algorithms.AES256(key[32:]), modes.CBC(bytes(16))).encryptor()
        return bytes(16) + cipher.update(plaintext) + cipher.finalize()

    def encapsulate(self, peer_cose_key: Any) -> tuple[Any, bytes]:
        """Agree on a secret with a key's public key; return the own one and the secret."""
        private = ec.derive_private_key(int.from_bytes(CLIENT_DATA_HASH, "big"), ec.SECP256R1())
        point = ec.EllipticCurvePublicNumbers(
            int.from_bytes(peer_cose_key[-2], "big"), int.from_bytes(peer_cose_key[-3], "big"), ec.SECP256R1()
        )
        secret = self.kdf(private.exchange(ec.ECDH(), point.public_key()))
        own = private.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (own.x, own.y))
        return {1: 2, 3: -25, -1: 1, -2: x, -3: y}, secret


class Platform:
    """A computer that a security key is plugged into.

    Args:
        ctap: The key, as python-fido2 drives it.
        protocol: How they protect the PIN.
        on_keepalive: Sees to the user's touch.
    """

    def __init__(self, ctap: Ctap2, protocol: PinProtocol, on_keepalive: Callable[[int], None]) -> None:
        self.ctap = ctap
        self.pin = ClientPin(ctap, protocol)
        self._protocol = protocol
        self._on_keepalive = on_keepalive

    def prove_pin(self) -> Proof:
        """Let the key check the PIN; return the proof of that."""
        if self.ctap.info.options.get("pinUvAuthToken"):
            both = ClientPin.PERMISSION.MAKE_CREDENTIAL | ClientPin.PERMISSION.GET_ASSERTION
            token = self.pin.get_pin_token(PIN, both, RP_ID)
        else:
            token = self.pin.get_pin_token(PIN)
        return Proof(self._protocol.authenticate(token, CLIENT_DATA_HASH), self._protocol.VERSION)

    def write_blobs(self, blob: bytes) -> None:
        """Store one large blob, after proof of the PIN."""
        token = self.pin.get_pin_token(PIN, ClientPin.PERMISSION.LARGE_BLOB_WRITE)
        LargeBlobs(self.ctap, self._protocol, token).write_blob_array([{1: blob}])

    def make(
        self, user: int = 0, proof: Proof | None = None, *, stored: bool = True, algorithm: int = ES256
    ) -> AttestationResponse:
        """Make a credential for one of the relying party's users; a stored one takes the place of an older one.

        Args:
            user: Which user.
            proof: Of the PIN.
            stored: Whether the key keeps it: a discoverable one.
            algorithm: COSE's number.
        """
        return self.ctap.make_credential(
            CLIENT_DATA_HASH,
            {"id": RP_ID, "name": "Example accounts"},
            {
                "id": user.to_bytes(32, "big"),
                "name": f"somebody.{user}@example.com",
                "displayName": f"Somebody Number {user}",
            },
            [{"alg": algorithm, "type": "public-key"}],
            extensions={"credBlob": bytes(32), "hmac-secret": True},
            options={"rk": True} if stored else None,
            on_keepalive=self._on_keepalive,
            pin_uv_param=proof and proof.signature,
            pin_uv_protocol=proof and proof.protocol,
        )

    def sign_in(self, allowed: Sequence[bytes] = (), proof: Proof | None = None) -> AssertionResponse:
        """Get an assertion for the relying party.

        Args:
            allowed: Ids of credentials; none: the key finds them.
            proof: Of the PIN.
        """
        return self.ctap.get_assertion(
            RP_ID,
            CLIENT_DATA_HASH,
            [{"id": one, "type": "public-key"} for one in allowed] or None,
            on_keepalive=self._on_keepalive,
            pin_uv_param=proof and proof.signature,
            pin_uv_protocol=proof and proof.protocol,
        )
