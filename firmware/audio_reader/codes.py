"""The codes: made once, said as often as one likes while they last, and never changed in between."""

from common.otp import hotp


class Code:
    """One code.

    Args:
        index: Of its key.
        name: Of its key.
        digits: What is spoken.
        end: Unix seconds at which it is over, or None: it has no time.
        period: Of its key, in s.
    """

    def __init__(self, index, name, digits, end, period):
        self.index = index
        self.name = name
        self.digits = digits
        self.end = end
        self.period = period
        self.said = False

    def begun(self):
        """Note that it is being said: from now on to say it is to repeat it."""
        self.said = True


class Codes:
    """Args: keyring: the keys; clock: the time."""

    def __init__(self, keyring, clock):
        self._keyring = keyring
        self._clock = clock
        self.last = None

    def forget(self):
        """Forget the code: the reader was left alone, or its key is another."""
        self.last = None

    def left(self, code):
        """Return for how many seconds a code lasts, None without end."""
        if code.end is None:
            return None
        utc = self._clock.utc()
        return 0 if utc is None else max(0, code.end - utc)

    def lasts(self, code, ms):
        """Return whether a code surely lasts so long from now on."""
        left = self.left(code)
        # The clock tells whole seconds: the one under way may be over at any moment.
        return left is None or (left - 1) * 1000 >= ms

    def kept(self, index):
        """Return the last code if it is this key's and it is still its time, else None."""
        last = self.last
        if not last or last.index != index:
            return None
        # The clock may have been set meanwhile, back too.
        return last if last.end is None or 0 < self.left(last) <= last.period else None

    def make(self, index):
        """Make a new code of a key: a generator that yields between two long turns; it is `last` then.

        Raises:
            NoTime, Ahead, UsedUp, VaultError, OSError: As the keyring does.
        """
        key = self._keyring.key(index)
        if not key.period:
            self.last = Code(index, key.name, self._keyring.next_hotp(index), None, 0)
            return
        utc = self._clock.utc()
        step = self._keyring.claim(index, key, utc)
        yield
        digits = hotp(key.secret, step, key.digits, key.algorithm)
        self.last = Code(index, key.name, digits, (step + 1) * key.period, key.period)
