"""The chip: takes requests one after the other, lets each take its time, and says meanwhile that it is alive.

A request that is not wanted any more ends at once, unless it has begun to write: then it ends as if it were.
"""

from micropython import const

from chip import ctap, ctap1, ctap2, lights
from chip.management import Management
from chip.presence import HELD, HOLD, TOUCH, Presence
from chip.recovery import Recovery
from chip.state import State
from chip.touches import Touches
from chip.work import COMMIT
from common.loop import Loop
from common.store import StoreError
from segl_wire import ctaphid

# A platform wants to hear at least every 100 ms that a request goes on, and a turn with a garbage collection takes 80.
_ALIVE_MS = const(10)
_QUIET_MS = const(2000)
_CANCELED = bytes((ctap.KEEPALIVE_CANCEL,))
_PATTERNS = {TOUCH: lights.TOUCH, HOLD: lights.HOLD, HELD: lights.HELD}


class App:
    """One chip.

    Args:
        parts: What it needs from outside (boards/chip/parts.py lists it).
        server: Takes answers: the Server of segl_wire.ctaphid.
    """

    def __init__(self, parts, server):
        self.parts = parts
        self.loop = Loop()
        self._server = server
        self._lights = lights.Lights(parts.light, self.loop)
        self._management = Management(parts)
        self.presence = Presence(self.loop, self._asked)
        self.state = None
        self._touches = Touches(self.loop)
        self._recovery = Recovery(self.loop, parts, self._lights.show)
        self._wanted = None  # the request that somebody waits for, of those that have been posted
        self._writing = False
        self._alive_at = 0

    def start(self, now, held):
        """Begin.

        Args:
            now: In ms.
            held: Whether the pad was held when the power came, and is still.
        """
        self.loop.now = now
        self.state = State(self.parts, self.loop, self.presence)
        if self.parts.always_developer:
            self._lights.show(lights.DEVELOPER)
        self.loop.spawn(self._serve())
        self.loop.spawn(self._recovery.run(held))

    def request(self, kind, payload):
        """Take a request, as the server gave it out."""
        if kind == ctaphid.CANCEL:
            self._cancel()
        else:
            self._wanted = (kind, payload)
            self._alive_at = self.loop.now + _ALIVE_MS
            self.loop.post("request", self._wanted)

    def keep_alive(self, now):
        """Say that a request goes on, if it is time to: to be sent before `step`, which may take its time."""
        if self._server.busy and now >= self._alive_at:
            self.loop.now = now
            self._alive()

    def step(self, now, events):
        """Take events, (kind, value) each, and return when to be called again.

        Kinds: "key" (down, ms, number), "bytes", "closed".
        """
        self.loop.now = now
        for kind, value in events:
            if kind == "bytes":
                self._management.feed(value)
            elif kind == "closed":
                self._management.forget()
            else:
                self._touches.note(value)
                self._recovery.note(value)
                if self.presence.asked:  # else nobody takes it, and the loop keeps only so many events
                    self.loop.post(kind, value)
        until = self.loop.step(now)
        if self._server.busy:
            until = self._alive_at if until is None else min(until, self._alive_at)
        return until

    def _cancel(self):
        if self._server.busy:
            if self._writing:
                return  # its own answer comes
            self._server.reply(_CANCELED)
        self._wanted = None
        self.loop.post("cancel")

    def _serve(self):
        while True:
            event = yield (self.loop.now + _QUIET_MS, ("request",))
            if event is None:
                self._lights.show(lights.IDLE)
                event = yield from self._keep_house()
            request = event[1]
            answer = yield from self._drive(request, self._work(*request))
            self.presence.end()
            self._lights.show(self._afterwards(request[0]))
            if self._wanted is request:
                self._wanted = None
                self._server.reply(answer)

    def _work(self, kind, payload):
        if kind == ctaphid.CBOR:
            return ctap2.answer(self.state, payload)
        if kind == ctaphid.MSG:
            return ctap1.answer(self.state, payload, lambda: self._touches.take(payload))
        return _nothing()

    def _afterwards(self, kind):
        """Return what the light says after a request."""
        if kind == ctaphid.WINK:
            return lights.WINK
        return lights.TOUCH if self._touches.awaited else lights.IDLE

    def _drive(self, request, work):
        """Carry out a request; return its answer, None if nobody wants it any more."""
        self._writing = False
        value = None
        while self._wanted is request or self._writing:
            try:
                wait = work.send(value)
            except StopIteration as end:
                return end.value
            if wait is COMMIT:
                self._writing = True
                self._alive()
            until, kinds = (self.loop.now + 1, ()) if wait is None or wait is COMMIT else wait
            kinds += ("cancel",)
            value = yield (until, kinds)
            while value is not None and value[0] == "cancel" and self._wanted is request:
                value = yield (until, kinds)  # that one was for an earlier request
        work.close()
        return None

    def _keep_house(self):
        """Tidy up while nobody waits; return the next request."""
        for store in self.parts.stores:
            work = store.compacting() if store.wants_compaction else None
            while work:
                try:
                    next(work)
                except (StopIteration, OSError, StoreError):
                    break  # done; or the old log is whole, and can still grow
                event = yield (self.loop.now + 1, ("request",))
                if event is not None:
                    work.close()
                    return event
        return (yield (None, ("request",)))

    def _asked(self, what):
        if what:
            self._touches.forget()  # one touch is for one of those who ask
            self._lights.show(_PATTERNS[what])
            self._alive()
        else:
            self._lights.show(lights.WORKING)

    def _alive(self):
        if not self.presence.asked:
            self._lights.show(lights.WORKING)
        self._server.keepalive(ctaphid.UPNEEDED if self.presence.asked else ctaphid.PROCESSING)
        self._alive_at = self.loop.now + _ALIVE_MS


def _nothing():
    yield
    return b""
