"""How often a repeated test repeats: a small share by default, the whole count under `make soak`."""

import os

SOAK = os.environ.get("SEGL_SOAK") == "1"


def count(small: int, whole: int) -> int:
    """Return `whole` under `make soak` (SEGL_SOAK=1), else `small`.

    Args:
        small: Repetitions that `make test` can afford.
        whole: Repetitions that the promise being tested names.
    """
    return whole if SOAK else small
