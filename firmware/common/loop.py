"""Waiting, in one place: generator tasks that yield what they wait for.

A task yields `(until, kinds)`: wake me at this time in ms (None: never) or when an event of one of these kinds
comes. It is resumed with `(kind, value)`, or with None when the time came first. One request thus sleeps, waits
or races, and there is never a moment in which two answers are possible. Events are kept, in order, until the
task that wants their kind asks for them.
"""

from micropython import const

_KEPT = const(16)


class Loop:
    def __init__(self):
        self._tasks = []  # lists of generator, until, kinds
        self._events = []
        self.now = 0  # ms, as `step` was last told

    def spawn(self, task):
        """Start a task; it runs to its first wait at the next step."""
        self._tasks.append([task, 0, ()])

    def post(self, kind, value=None):
        """Add an event for the task that waits for its kind; the oldest of too many is forgotten."""
        if len(self._events) >= _KEPT:
            self._events.pop(0)
        self._events.append((kind, value))

    def step(self, now):
        """Run every task as far as it goes, and return when to be called again in ms (None: at the next event)."""
        self.now = now
        moved = True
        while moved:
            moved = False
            for task in list(self._tasks):
                event = self._take(task[2])
                if event is not None or (task[1] is not None and task[1] <= now):
                    moved = True
                    self._resume(task, event)
        times = [task[1] for task in self._tasks if task[1] is not None]
        return min(times) if times else None

    def _take(self, kinds):
        for i in range(len(self._events)):
            if self._events[i][0] in kinds:
                return self._events.pop(i)
        return None

    def _resume(self, task, event):
        try:
            task[1], task[2] = task[0].send(event if task[2] or task[1] != 0 else None)
        except StopIteration:
            self._tasks.remove(task)
