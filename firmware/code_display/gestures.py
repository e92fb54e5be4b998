"""What a press means by its length (docs/gestures.md). Nothing destructive happens by holding too long."""

PRESS = "press"
INFO = "info"
OPEN = "open"
WIPE = "wipe"
RECOVER = "recover"
NOTHING = "nothing"

# Rows: from how many ms on, what a release then does, which words the screen shows (None: as before).
NORMAL = (
    (0, PRESS, None),
    (700, INFO, "hold_info"),
    (5000, OPEN, "hold_open_now"),
    (10000, NOTHING, "hold_none"),
)
# The key that was down when the board came on can also be held for the way back in, with a computer attached.
AT_START = NORMAL[:3] + (
    (10000, NOTHING, "hold_reset"),
    (15000, RECOVER, "hold_reset_now"),
    (20000, NOTHING, "hold_none"),
)
ASKED_TO_WIPE = (
    (0, NOTHING, None),
    (700, NOTHING, "hold_wipe"),
    (8000, WIPE, "hold_wipe_now"),
    (13000, NOTHING, "hold_none"),
)


def follow(loop, ladder, start, draw):
    """Follow a key that went down at `start` (ms) until its release; return what the release does.

    Args:
        loop: Gives the time.
        ladder: Returns the rows that hold now; a release does only what the screen has named.
        start: When it went down, in ms.
        draw: Called with words, the seconds left in this row (None: no end), and the row's length in s.
    """
    while True:
        rows = ladder()
        row = _row(rows, loop.now - start)
        end = start + rows[row + 1][0] if row + 1 < len(rows) else None
        until = end
        if rows[row][2]:
            left = None if end is None else (end - loop.now + 999) // 1000
            draw(rows[row][2], left, 0 if end is None else (end - start - rows[row][0]) // 1000)
            until = None if left is None else end - (left - 1) * 1000
        event = yield (until, ("key",))
        if event is not None and not event[1][0]:
            return rows[_row(rows, event[1][1] - start)][1]


def _row(rows, held):
    row = 0
    while row + 1 < len(rows) and held >= rows[row + 1][0]:
        row += 1
    return row
