"""The rhythm of a device: a turn takes what has come in, lets the application run, and sleeps until there is more."""

import time

import machine

from boards import boot

_WATCHDOG_MS = 8000
_LONGEST_SLEEP_MS = 4000

_woken = False


def wake(*_):
    """Note, from an interrupt, that the sleep about to begin must not last."""
    global _woken
    _woken = True


boot.cdc.on_activity = wake


def _finger(event):
    """Return when a key moved: what has come during one turn is taken in the order of the fingers."""
    return event[1][1]


class Turns:
    """Args: keys: the Buttons, by which `begin` tells them apart."""

    def __init__(self, keys):
        self._keys = keys
        self._last = self._now = time.ticks_ms()
        self._opens = 0
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def now(self):
        """Return milliseconds that never wrap."""
        ticks = time.ticks_ms()
        self._now += time.ticks_diff(ticks, self._last)
        self._last = ticks
        return self._now

    def pressed(self, fed, seen=()):
        """Return which key switched the board on (None: it was let go too soon to know) and whether it is down still.

        Returns None when nobody has pressed.

        Args:
            fed: Whether USB feeds the board, which alone switches it on without anyone having pressed.
            seen: Numbers of the keys that were down earlier.
        """
        down = [number for number, key in enumerate(self._keys) if key.poll()]
        if machine.reset_cause() != machine.PWRON_RESET:
            return None
        if down:
            return down[0], True
        if fed and not seen:
            return None
        return (seen[0] if seen else None), False

    def begin(self):
        """Begin a turn: return (now, events), as the application's `step` takes them."""
        global _woken
        self._watchdog.feed()
        _woken = False
        now = self.now()
        events = []
        for number, key in enumerate(self._keys):
            moved = key.poll()
            while moved is not None:
                events.append(("key", (moved, now - key.age(), number)))
                moved = key.poll()
        if len(events) > 1:
            events.sort(key=_finger)
        if boot.cdc.opens != self._opens:
            self._opens = boot.cdc.opens
            events.append(("closed", None))
        # All answers to one packet find room: a computer that asks faster than it listens is made to wait instead.
        if boot.cdc.idle and boot.cdc.waiting:
            events.append(("bytes", boot.cdc.read(1)))
        return now, events

    def sleep(self, until):
        """Return for how many ms to sleep: till `until` (None: as long as may be), but never past what happens."""
        if _woken or (boot.cdc.idle and boot.cdc.waiting):
            return 0
        sleep = _LONGEST_SLEEP_MS if until is None else max(0, min(until - self.now(), _LONGEST_SLEEP_MS))
        for key in self._keys:
            sleep = min(sleep, key.rest() or sleep)
        return sleep
