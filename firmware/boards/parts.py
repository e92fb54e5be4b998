"""What the application of every device with one-time codes needs from outside."""

import os

import machine

from boards import board, boot, root
from boards.ciphers import aes_cbc
from boards.ds3231 import DS3231
from boards.power import power
from common.keyring import Keyring
from common.store import Store
from common.timekeeping import Timekeeper
from common.vault import Vault
from common.version import VERSION


def i2c():
    """Return the bus on which screen, clock and codec hang."""
    return machine.I2C(board.I2C_BUS, sda=machine.Pin(board.SDA), scl=machine.Pin(board.SCL), freq=400000)


class Parts:
    """All of it, except what only one device has.

    Args:
        bus: What `i2c` returned.
        screen: The screen on it.
        before_write: As for the Store.
    """

    def __init__(self, bus, screen, before_write=None):
        self.model = boot.model
        self.serial = boot.serial
        self.board = board.NAME
        self.version = VERSION
        self.always_developer = boot.always_developer
        self.power = power
        self.link = boot.cdc
        self.screen = screen
        self.store = Store("/store", before_write)
        self.store.open()
        # While a wipe is under way there is no place for a root secret, and nothing that needs one.
        secret, hidden = (bytes(32), False) if self.store.wiping else root.read(board.ROOT_SECRET, "/store")
        self.developer = boot.always_developer or not hidden
        self.keyring = Keyring(self.store, Vault(secret, aes_cbc, os.urandom))
        self.clock = Timekeeper(DS3231(bus), self.store)
        self.restart = machine.reset
        self.open_for_developers = boot.open_for_developers

    def keep_house(self):
        """Compact the store while nobody waits for it."""
        if self.store.wants_compaction and not self.power.empty:
            try:
                self.store.compact()
            except OSError:
                pass  # the old log is whole and can still grow
