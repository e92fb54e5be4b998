"""Why there is no code: what the user is told, and what a computer is answered."""

from common.keyring import Ahead, NoTime, UsedUp
from common.vault import VaultError
from segl_wire import schema

TROUBLES = (NoTime, Ahead, UsedUp, VaultError, OSError)


def explain(error):
    """Return (word, code, wait) for one of TROUBLES: the message's name, the reply's error, seconds to wait or None."""
    if isinstance(error, NoTime):
        return "clock_lost", schema.NO_TIME, None
    if isinstance(error, Ahead):
        wait = error.args[0]
        return "clock_ahead" if wait is None else "clock_wait", schema.NO_TIME, wait
    if isinstance(error, UsedUp):
        return "used_up", schema.REFUSED, None
    return "damaged", schema.DAMAGED, None
