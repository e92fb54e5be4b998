"""How a command takes its time: it is a generator, and yields to whoever drives it.

* None: I go on at once; see to others first (each 20 ms or less);
* COMMIT: flash is written next, during which nobody is served: say now that I am alive;
* (until, kinds), as common/loop.py has it: I wait.
"""

COMMIT = True


def commit(store, records):
    """Put records into a store, so that all of them or none is there once this ends."""
    if store.overgrown:
        for _ in store.compacting():
            yield COMMIT
    yield COMMIT
    for _ in store.putting(records):
        yield COMMIT
