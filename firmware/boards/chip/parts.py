"""What the chip needs from outside."""

import os

from boards import board, boot, root
from boards.chip.boot import hid
from boards.ciphers import aes_cbc
from boards.light import Light
from common import ed25519, p256
from common.chance import Chance
from common.comb import Comb
from common.otp import hmac
from common.salt import Salt
from common.store import Store
from common.vault import Vault
from common.version import VERSION

_SALT = "/salt"


class Parts:
    """All of it: stores for what changes often and for credentials, curves, light, chance, the serial port.

    Attributes:
        stores: Both stores.
    """

    def __init__(self):
        self.model = boot.model
        self.serial = boot.serial
        self.board = board.NAME
        self.version = VERSION
        self.always_developer = boot.always_developer
        self.link = boot.cdc
        self.hid = hid
        self.light = Light(board.LIGHT_RED, board.LIGHT_GREEN, board.LIGHT_BLUE)
        self._salt = Salt(_SALT)
        salt = self._salt.read()
        self.random = Chance(os.urandom, salt or b"").random
        self.aes_cbc = aes_cbc
        self.p256 = p256.P256(Comb("/common/p256.comb", p256.ENTRY))
        self.ed25519 = ed25519.Ed25519(Comb("/common/ed25519.comb", ed25519.ENTRY))
        # Counters and PIN change often and are few: kept apart, their log stays so small that a commit needs no erase.
        self.store = Store("/store")
        self.passkeys = Store("/passkeys")
        self.stores = (self.store, self.passkeys)
        if salt is None:
            # The chip is new, or its power failed while it was being erased.
            for _ in self.forget():
                pass
        else:
            for store in self.stores:
                store.open()
        self.open_for_developers = boot.open_for_developers

    @property
    def damaged(self):
        """Whether the storage does not read back what was written."""
        return self.store.damaged or self.passkeys.damaged

    @property
    def developer(self):
        """Whether someone who opens the board can read its secrets."""
        return self.always_developer or not self._hidden

    def vault(self):
        """Return what seals secrets; another one after `forget`."""
        secret, self._hidden = root.read(board.ROOT_SECRET, _SALT)
        return Vault(hmac(secret, self._salt.read()), self.aes_cbc, self.random)

    def forget(self):
        """Erase everything: first what all else is sealed with, so that a cut leaves either all or nothing readable."""
        for _ in self._salt.destroy():
            yield
        for store in self.stores:
            store.discard()
            store.open()
        yield
        self._salt.create(self.random(32))
