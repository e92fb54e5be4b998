"""The rhythm of a device that a computer also talks to in HID reports."""

from boards import turns


class HidTurns(turns.Turns):
    """Turns with the events "report", one for each, and "reset": the computer forgot what it was told.

    Args:
        keys: As for Turns.
        hid: The FidoHid.
    """

    def __init__(self, keys, hid):
        super().__init__(keys)
        self._hid = hid
        self._resets = hid.resets
        hid.on_activity = turns.wake

    def begin(self):
        """Begin a turn: return (now, events), as the application's `step` takes them."""
        now, events = super().begin()
        hid = self._hid
        if hid.resets != self._resets:
            self._resets = hid.resets
            events.append(("reset", None))
        # A computer that asks faster than it listens is made to wait, as with bytes.
        if hid.idle:
            report = hid.read()
            while report is not None:
                events.append(("report", report))
                report = hid.read()
        return now, events

    def sleep(self, until):
        """Return for how many ms to sleep: till `until` (None: as long as may be), but never past what happens."""
        if self._hid.idle and self._hid.waiting:
            return 0
        return super().sleep(until)
