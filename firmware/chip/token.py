"""The pinUvAuthToken: what a platform holds once the PIN was right, and what it may do with it.

Source: CTAP 2.1 section 6.5.2.1.
"""

from micropython import const

from chip import ctap
from chip.protocols import verify

_SIZE = const(32)
# A platform that does not begin within 30 s, or has had it for 10 minutes, asks for the PIN again.
_FIRST_USE_MS = const(30000)
_LONGEST_MS = const(600000)


class Token:
    """Args: random: (count) -> bytes."""

    def __init__(self, random):
        self._random = random
        self.revoke()

    def revoke(self):
        """Let nobody use it any more."""
        self._key = self._random(_SIZE)
        self._version = 0
        self._permissions = 0
        self._rp_id = None
        self._verified = False
        self._until = self._last = 0

    def issue(self, version, permissions, rp_id, now):
        """Return a new one.

        Args:
            version: Of the protocol that it is used with.
            permissions: What it may do (chip/ctap.py).
            rp_id: The only relying party that it is for; None: the first that it is used for.
            now: ms.
        """
        self.revoke()
        self._version = version
        self._permissions = permissions
        self._rp_id = rp_id
        self._verified = True
        self._until = now + _FIRST_USE_MS
        self._last = now + _LONGEST_MS
        return self._key

    def expire(self, now):
        """Revoke it if its time is over; return whether it was."""
        over = self._version != 0 and now >= self._until
        if over:
            self.revoke()
        return over

    def check(self, version, message, signature, permission):
        """Raise CtapError unless the holder authenticated a message and may do what it asks for."""
        if version != self._version:
            raise ctap.CtapError(ctap.PIN_AUTH_INVALID)
        verify(version, self._key, message, signature)
        if not self._permissions & permission:
            raise ctap.CtapError(ctap.PIN_AUTH_INVALID)
        self._until = self._last

    def check_user(self, version, message, signature, permission, rp_id):
        """Do as `check` for one relying party; the user counts as verified, for this one use."""
        self.check(version, message, signature, permission)
        if not self._verified or (self._rp_id is not None and self._rp_id != rp_id):
            raise ctap.CtapError(ctap.PIN_AUTH_INVALID)
        self._rp_id = rp_id

    def must_not_be_bound(self, rp_id=None):
        """Raise CtapError when it is for a relying party other than this one (None: for any)."""
        if self._rp_id is not None and self._rp_id != rp_id:
            raise ctap.CtapError(ctap.PIN_AUTH_INVALID)

    def used(self):
        """Note that the user has been present: all that is left is to write large blobs."""
        self._verified = False
        self._permissions &= ctap.LBW
