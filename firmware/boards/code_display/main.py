"""Joins the code display's application to a board. A board runs `while True: turn()`."""

import os
import time

import machine
from cryptolib import aes

from boards import board, boot, root
from boards.button import Button
from boards.ds3231 import DS3231
from boards.ssd1306 import SSD1306
from code_display.app import App
from common.keyring import Keyring
from common.store import Store
from common.timekeeping import Timekeeper
from common.vault import Vault
from common.version import VERSION

_CBC = 2
_WATCHDOG_MS = 8000
_LONGEST_SLEEP_MS = 4000


def _aes_cbc(key, iv, data, encrypt):
    cipher = aes(key, _CBC, iv)
    return cipher.encrypt(data) if encrypt else cipher.decrypt(data)


class Parts:
    """Everything that the application needs from outside."""

    def __init__(self):
        i2c = machine.I2C(board.I2C_BUS, sda=machine.Pin(board.SDA), scl=machine.Pin(board.SCL), freq=400000)
        self.model = boot.MODEL
        self.serial = boot.serial
        self.board = board.NAME
        self.version = VERSION
        self.always_developer = boot.always_developer
        self.power = boot.power
        self.link = boot.cdc
        self.screen = SSD1306(i2c)
        self.store = Store("/store")
        self.store.open()
        # While a wipe is under way there is no place for a root secret, and nothing that needs one.
        secret, hidden = (bytes(32), False) if self.store.wiping else root.read(board.ROOT_SECRET, "/store")
        self.developer = boot.always_developer or not hidden
        self.keyring = Keyring(self.store, Vault(secret, _aes_cbc, os.urandom))
        self.clock = Timekeeper(DS3231(i2c), self.store)
        self.restart = machine.reset

    def keep_house(self):
        """Compact the store while nobody waits for it."""
        if self.store.wants_compaction and not self.power.empty:
            try:
                self.store.compact()
            except OSError:
                pass  # the old log is whole and can still grow

    def open_for_developers(self):
        """Restart with MicroPython's prompt on USB."""
        open("developer", "wb").close()
        machine.reset()


class _Clock:
    """Milliseconds that never wrap."""

    def __init__(self):
        self._last = time.ticks_ms()
        self.now = self._last

    def read(self):
        ticks = time.ticks_ms()
        self.now += time.ticks_diff(ticks, self._last)
        self._last = ticks
        return self.now


def _wake(*_):
    """Note, from an interrupt, that the sleep about to begin must not last."""
    global _woken
    _woken = True


_clock = _Clock()
_button = Button(board.KEY, _wake)
_parts = Parts()
_app = App(_parts)
_watchdog = machine.WDT(timeout=_WATCHDOG_MS)
_opens = 0
_woken = False
boot.cdc.on_activity = _wake


def _start():
    down = bool(_button.poll())
    # USB alone switches the board on without anyone having pressed.
    pressed = machine.reset_cause() == machine.PWRON_RESET and (down or not _parts.power.usb)
    _app.start(pressed, down)


def turn():
    """Take what has come in, let the application run, and sleep until there is more to do."""
    global _opens, _woken
    _watchdog.feed()
    _woken = False
    now = _clock.read()
    events = []
    moved = _button.poll()
    while moved is not None:
        events.append(("key", (moved, now)))
        moved = _button.poll()
    if boot.cdc.opens != _opens:
        _opens = boot.cdc.opens
        events.append(("closed", None))
    # All answers to one packet find room: a computer that asks faster than it listens is made to wait instead.
    if boot.cdc.idle and boot.cdc.waiting:
        events.append(("bytes", boot.cdc.read(1)))
    wake = _app.step(now, events)
    sleep = _LONGEST_SLEEP_MS if wake is None else max(0, min(wake - _clock.read(), _LONGEST_SLEEP_MS))
    if _woken or (boot.cdc.idle and boot.cdc.waiting):
        sleep = 0
    machine.lightsleep(min(sleep, _button.rest() or sleep))


_start()
