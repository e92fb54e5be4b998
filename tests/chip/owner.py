"""The owner of a chip, and what they may rely on, wherever the power fails."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from fido2.cose import CoseKey

from segl_sim.chip import Chip
from segl_wire import cbor
from tests.chip import support as s

PIN, WRONG = "1234", "4321"
RP = s.RP
INITIAL = b"\x80\x76\xbe\x8b\x52\x8d\x00\x75\xf7\xaa\xe9\x8d\x6f\xa5\x7a\x6d\x3c"  # CTAP 2.1 section 6.10.1
_ALL = s.CM | s.LBW
_PART = 2000
_OFF_S = 0.3  # after a touch the finger goes away
_QUIET_S = 4  # after this long a chip tidies up
USERS = [bytes([number]) * 16 for number in range(1, 5)]


@dataclass
class Known:
    """A credential as its relying party has it.

    Attributes:
        public: Its public key.
        counter: The highest that has been seen.
        resident: Whether the chip stores it.
    """

    public: CoseKey
    counter: int
    resident: bool


@dataclass
class Ledger:
    """What the owner knows at a moment: what was acknowledged, and what is on its way and may have happened or not.

    Attributes:
        pins: That may be the chip's now; None: it has none.
        guesses: How many are left at the least, and at the most.
        credentials: That must be there, by id.
        leaving: Ids of those among them whose deletion is on its way.
        gone: Ids of those that must not be there.
        coming: How many more may be stored than are known.
        replacing: What comes takes the place of what leaves: one of them is there.
        blobs: What the large blobs may be.
        resetting: A reset is on its way: all of this may be so, or that of a new chip.
    """

    pins: tuple[str | None, ...] = (None,)
    guesses: tuple[int, int] = (8, 8)
    credentials: dict[bytes, Known] = field(default_factory=dict)
    leaving: set[bytes] = field(default_factory=set)
    gone: set[bytes] = field(default_factory=set)
    coming: int = 0
    replacing: bool = False
    blobs: tuple[bytes, ...] = (INITIAL,)
    resetting: bool = False

    def copy(self) -> Ledger:
        """A ledger of its own; public keys are shared."""
        return deepcopy(self, {id(one.public): one.public for one in self.credentials.values()})

    def after_reset(self) -> Ledger:
        """What holds once a reset is done."""
        return Ledger(gone={*self.gone, *self.credentials})


class Owner(s.Platform):
    """Someone who uses a chip and keeps a ledger. An action that the power ends leaves open whether it has happened.

    Args:
        chip: The chip.
        ledger: What is known of it.
    """

    def __init__(self, chip: Chip, ledger: Ledger) -> None:
        super().__init__(chip)
        self.ledger = ledger

    # --- actions

    def set(self, pin: str = PIN) -> None:
        """Set the first PIN."""
        self.ledger.pins = (None, pin)
        assert self.set_pin(pin) == s.OK
        self.ledger.pins = (pin,)

    def change(self, old: str, pin: str) -> None:
        """Set another PIN."""
        self.ledger.pins = (old, pin)
        self.ledger.guesses = (self.ledger.guesses[0] - 1, 8)
        assert self.change_pin(old, pin) == s.OK
        self.ledger.pins = (pin,)
        self.ledger.guesses = (8, 8)

    def right(self, permissions: int = _ALL, rp: str | None = None) -> s.Token:
        """Enter the right PIN."""
        pin = self.ledger.pins[-1]
        assert pin is not None
        low, _ = self.ledger.guesses
        self.ledger.guesses = (low - 1, 8)
        token = self.token(pin, permissions, rp)
        self.ledger.guesses = (8, 8)
        return token

    def wrong(self) -> int:
        """Enter a wrong PIN; return what the chip says."""
        low, high = self.ledger.guesses
        self.ledger.guesses = (max(low - 1, 0), high)
        status, _ = self.ask_token(WRONG, s.GA, RP)
        counts = status in (s.PIN_INVALID, s.PIN_AUTH_BLOCKED, s.PIN_BLOCKED)
        assert counts, hex(status)
        self.ledger.guesses = (max(low - 1, 0), max(high - 1, 0))
        return status

    def register(self, user: bytes, resident: bool = True, algorithm: int = s.ES256) -> bytes:
        """Make a credential; return its id."""
        token = None if self.ledger.pins[-1] is None else self.right(s.MC, RP)
        self.ledger.coming = int(resident)
        made = self.make(user=user, rk=resident, algorithm=algorithm, token=token)
        self.world.advance(_OFF_S)
        self.ledger.coming = 0
        self._left()
        self.ledger.credentials[made.id] = Known(made.public, made.data.counter, resident)
        return made.id

    def replace(self, user: bytes) -> bytes:
        """Make a credential for the user of the first one that is stored: it takes that one's place."""
        self.ledger.leaving = {next(one for one, known in self.ledger.credentials.items() if known.resident)}
        self.ledger.replacing = True
        return self.register(user)

    def _left(self) -> None:
        """Note that what was to leave is gone."""
        for identifier in self.ledger.leaving:
            del self.ledger.credentials[identifier]
        self.ledger.gone |= self.ledger.leaving
        self.ledger.leaving = set()
        self.ledger.replacing = False

    def sign_in(self, identifier: bytes, up: bool = False) -> None:
        """Sign in: the signature is right, and its counter is higher than all that were seen."""
        known = self.ledger.credentials[identifier]
        data, answer = self.get(allow=[identifier], up=up)
        known.public.verify(data + s.HASH, answer[3])
        assert data.counter > known.counter, "a counter came twice, or went back"
        known.counter = data.counter
        if up:
            self.world.advance(_OFF_S)

    def delete(self, identifier: bytes) -> None:
        """Delete a stored credential."""
        token = self.right()
        self.ledger.leaving.add(identifier)
        assert self.manage(token, 6, {2: s.descriptor(identifier)})[0] == s.OK
        self._left()

    def write_blobs(self, content: bytes) -> None:
        """Write the large blobs."""
        token = None if self.ledger.pins[-1] is None else self.right()
        whole = content + s.sha256(content)[:16]
        self.ledger.blobs += (whole,)
        for at in range(0, len(whole), _PART):
            part = whole[at : at + _PART]
            sent = {2: part, 3: at, 4: None if at else len(whole)}
            if token:
                message = b"\xff" * 32 + b"\x0c\x00" + at.to_bytes(4, "little") + s.sha256(part)
                sent.update({5: token.sign(message), 6: token.version})
            self.ok(s.BLOBS, sent)
        self.ledger.blobs = (whole,)

    def reset(self) -> None:
        """Let the chip forget everything."""
        self.power_cycle()
        self.ledger.resetting = True
        self.touches = 6
        self.ok(s.RESET)
        self.touches = 0.1
        self.ledger = self.ledger.after_reset()

    def rest(self) -> None:
        """Let the chip tidy up, and see that it is still there.

        Raises:
            Lost: The power failed meanwhile.
        """
        self.world.advance(_QUIET_S)
        self.info()

    # --- what must hold

    def read_blobs(self) -> bytes:
        """Read the large blobs."""
        found = b""
        while True:
            part = self.ok(s.BLOBS, {1: _PART, 3: len(found)})[1]
            found += part
            if len(part) < _PART:
                return found

    def check(self) -> None:
        """What was acknowledged is there, of what was on its way there is all or nothing, and the chip goes on."""
        ledger = self.ledger
        has_pin = self.info()[4]["clientPin"]
        if ledger.resetting and self._is_new():
            ledger = self.ledger = ledger.after_reset()
        assert has_pin in {pin is not None for pin in ledger.pins}, "the PIN is lost"
        with self.chip.connect() as session:
            assert session.info().storage == "good"
        self._check_credentials()
        assert self.read_blobs() in ledger.blobs
        if has_pin:
            self._check_pin()
        stored = self._stored()
        expected = {one for one, known in ledger.credentials.items() if known.resident} - ledger.leaving
        assert expected <= stored, "a credential is not listed"
        assert len(stored - expected - ledger.leaving) <= ledger.coming, "half a credential is there"
        assert not ledger.replacing or len(stored - expected) == 1, "a credential is lost"
        assert not stored & ledger.gone

    def _is_new(self) -> bool:
        """Whether nothing is there any more: one thing that is gone says that all must be."""
        return all(self._answers(one) == s.NO_CREDENTIALS for one in self.ledger.credentials)

    def _answers(self, identifier: bytes) -> int:
        return self.status(s.GET, s.asking(allow=[identifier], up=False))

    def _check_credentials(self) -> None:
        ledger = self.ledger
        for identifier in list(ledger.credentials):
            if identifier in ledger.leaving and self._answers(identifier) == s.NO_CREDENTIALS:
                del ledger.credentials[identifier]
            else:
                self.sign_in(identifier)
        for identifier in ledger.gone:
            assert self._answers(identifier) == s.NO_CREDENTIALS, "a deleted credential is back"

    def _check_pin(self) -> None:
        low, high = self.ledger.guesses
        assert low <= self.retries <= high, "guesses were given back, or lost"
        if not self.retries:
            assert self.ask_token(PIN, s.GA, RP)[0] == s.PIN_BLOCKED
            return
        fits = [pin for pin in self.ledger.pins if pin and self.ask_token(pin, s.GA, RP)[0] == s.OK]
        assert len(fits) == 1, "the PIN is another one"
        self.ledger.pins = (fits[0],)
        self.ledger.guesses = (8, 8)

    def _stored(self) -> set[bytes]:
        """Return the ids of all stored credentials; each is whole."""
        if not self.info()[4]["clientPin"] or not self.retries:
            return self._stored_unnamed()
        found: dict[bytes, CoseKey] = {}
        status, body = self.manage(self.right(), 4, {1: s.sha256(RP.encode())})
        while status == s.OK:
            assert body[6].keys() == {"id", "name", "displayName"}
            found[body[7]["id"]] = CoseKey.parse(body[8])
            status, body = self.cbor(s.MANAGE, {1: 5})
        for identifier, public in found.items():
            data, answer = self.get(allow=[identifier], up=False)
            public.verify(data + s.HASH, answer[3])
        return set(found)

    def _stored_unnamed(self) -> set[bytes]:
        status, answer = self.cbor(s.GET, s.asking(up=False))
        found: set[bytes] = set()
        while status == s.OK:
            identifier = answer[1]["id"]
            found.add(identifier)
            known = self.ledger.credentials.get(identifier)
            if known:
                known.public.verify(answer[2] + s.HASH, answer[3])
                known.counter = s.AuthenticatorData(answer[2]).counter
            status, answer = self.cbor(s.NEXT)
        return found


def array(size: int, fill: int = 7) -> bytes:
    """An array of large blobs that takes about so many bytes."""
    return cbor.encode([{1: bytes([fill]) * (size - 40), 2: bytes(12), 3: size}])
