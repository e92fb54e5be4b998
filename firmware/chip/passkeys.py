"""The credentials that the chip stores itself, so that a user need not even say who they are (discoverable ones).

A record begins with what it is found by: its number (4 bytes, big endian: the newest has the highest), labels of its
relying party and of its user (8 bytes each, which only this chip can compute), the beginning of its credential id
(8 bytes, random) and its protection. The rest is sealed by the vault: credential id, relying party, user, blob.
"""

import struct
from hashlib import sha256

from micropython import const

from chip.credential import OPTIONAL
from chip.work import commit
from segl_wire import cbor

_PASSKEY = const(1)
_CONTEXT = b"passkey"
_HEAD = ">I8s8s8sB"
_HEAD_SIZE = const(29)
_ID_HEAD = const(8)
MOST = const(100)


class Record:
    """What the chip stores of one.

    Args:
        place: In the store.
        number: Of its making; the newest is the highest.
        protection: As its credential has it.
        identifier: Its credential id, afterwards `id`.
        rp_id: Of its relying party, as text.
        user: As in the request: "id", and perhaps "name" and "displayName".
        blob: Its credBlob.
    """

    def __init__(self, place, number, protection, identifier, rp_id, user, blob):
        self.place = place
        self.number = number
        self.protection = protection
        self.id = identifier
        self.rp_id = rp_id
        self.user = user
        self.blob = blob

    @property
    def rp_hash(self):
        return sha256(self.rp_id.encode()).digest()


class Passkeys:
    """All of them.

    Args:
        store: Where the records lie.
        vault: Seals them.
    """

    def __init__(self, store, vault):
        self._store = store
        self._vault = vault

    @property
    def left(self):
        """For how many more there is room."""
        return MOST - len(self)

    @property
    def full(self):
        """Whether none can be added."""
        return not self.left or self._store.full

    def __len__(self):
        return len(self._store.keys(_PASSKEY))

    def places(self, rp_hash, verified=True):
        """Return where the credentials of a relying party lie, the newest first.

        Args:
            rp_hash: SHA-256 of its id.
            verified: Whether the user's PIN was right; else those that want it are left out.
        """
        label = self._vault.label(rp_hash)
        found = []
        for number, rp, _, _, protection, place in self._heads():
            if rp == label and (verified or protection == OPTIONAL):
                found.append((number, place))
        return [place for _, place in sorted(found, reverse=True)]

    def rp_places(self):
        """Return one place for each relying party, in the order in which they came."""
        first = {}
        for number, rp, _, _, _, place in self._heads():
            if rp not in first or number < first[rp][0]:
                first[rp] = (number, place)
        return [place for _, place in sorted(first.values())]

    def load(self, place):
        """Return the Record at a place.

        Raises:
            VaultError: It was changed.
        """
        value = self._store.get(_PASSKEY, place)
        head = value[:_HEAD_SIZE]
        number, _, _, _, protection = struct.unpack(_HEAD, head)
        plain = self._vault.open(_context(place, head), value[_HEAD_SIZE:])
        identifier, rp_id, user, blob = cbor.decode(plain)
        return Record(place, number, protection, identifier, rp_id, user, blob)

    def find(self, identifier):
        """Return the Record of a credential id, None if it is not stored."""
        for _, _, _, head, _, place in self._heads():
            if head == identifier[:_ID_HEAD]:
                record = self.load(place)
                if record.id == identifier:
                    return record
        return None

    def find_user(self, rp_hash, user_id):
        """Return the Record of a user of a relying party, None if there is none."""
        label = self._vault.label(rp_hash + user_id)
        for _, _, user, _, _, place in self._heads():
            if user == label:
                return self.load(place)
        return None

    def add(self, made, rp_id, user, blob, replaces=None):
        """Store a new Credential, in the place of another's Record if one is given."""
        used = self._store.keys(_PASSKEY)
        if replaces:
            place = replaces.place
        else:
            place = 0
            while place in used:
                place += 1
        number = max([head[0] for head in self._heads()] + [-1]) + 1
        yield from self._put(Record(place, number, made.protection, made.id, rp_id, user, blob))

    def update(self, record, user):
        """Keep new words about a user."""
        record.user = user
        yield from self._put(record)

    def delete(self, record):
        """Forget one."""
        yield from commit(self._store, [(_PASSKEY, record.place, None)])

    def _heads(self):
        """Yield number, label of the relying party, label of the user, head of the id, protection, place of each."""
        for place in self._store.keys(_PASSKEY):
            yield struct.unpack_from(_HEAD, self._store.get(_PASSKEY, place)) + (place,)

    def _put(self, record):
        rp_hash = record.rp_hash
        head = struct.pack(
            _HEAD,
            record.number,
            self._vault.label(rp_hash),
            self._vault.label(rp_hash + record.user["id"]),
            record.id[:_ID_HEAD],
            record.protection,
        )
        plain = cbor.encode([record.id, record.rp_id, record.user, record.blob])
        sealed = self._vault.seal(_context(record.place, head), plain)
        yield from commit(self._store, [(_PASSKEY, record.place, head + sealed)])


def _context(place, head):
    return _CONTEXT + bytes((place,)) + head
