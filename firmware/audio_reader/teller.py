"""Says codes: none that could not be said twice before it ends, and the same one as often as it is wanted."""

from micropython import const

from audio_reader.codes import Codes
from common.trouble import TROUBLES, explain
from segl_wire import schema

_SHOWN_MS = const(30000)
_LOOK_MS = const(200)
_START_MS = const(200)  # from here to the first digit, at most


class Teller:
    """Args: app: the application."""

    def __init__(self, app):
        self._app = app
        self.codes = Codes(app.parts.keyring, app.parts.clock)
        self._warned = False

    def obstacle(self):
        """Return the phrase for what stands in the way of any code, or None."""
        parts = self._app.parts
        if parts.power.empty:
            return "battery_empty"
        if parts.store.damaged:
            return "damaged"
        if not len(parts.keyring):
            return "no_key"
        return None

    def key_index(self):
        """Return the index of the chosen key."""
        app = self._app
        return app.settings.key % len(app.parts.keyring)

    def speak(self):
        """Say the code of the chosen key; return what is wanted next."""
        app = self._app
        obstacle = self.obstacle()
        if obstacle:
            return (yield from app.tell(obstacle))
        if app.parts.power.low and not self._warned:
            self._warned = True
            app.news.append(("battery_low", {}))
        code, action = yield from self.fetch(self.key_index())
        if code is None:
            return action
        self.begin(code)
        return (yield from self.shown(code))

    def begin(self, code):
        """Begin to say a code, behind the news."""
        app = self._app
        app.speech.code(code.digits, app.take_news(), code.begun)

    def fetch(self, index, need=None, spoken=True, refuse=None):
        """Get the code of a key, waiting for the next one if this one ends too soon.

        Returns (code, None), or (None, what is wanted next).

        Args:
            index: Of the key.
            need: For how many ms the code must last; by default so long that it can be said once more, or twice if
                it has not been said yet.
            spoken: Whether it will be said: not where the owner wants it said into headphones, and there are none.
            refuse: Called with an error code when there is none.
        """
        app = self._app
        while True:
            if spoken and not app.speech.private:
                if refuse:
                    refuse(code=schema.REFUSED)
                return None, (yield from app.tell("plug_needed"))
            code = self.codes.kept(index)
            if code is None:
                yield from app.tone()
                action = app.take_next()
                if action:
                    return None, action
                try:
                    yield from self._make(index)
                except TROUBLES as error:
                    word, failure, wait = explain(error)
                    if refuse:
                        refuse(code=failure)
                    return None, (yield from app.tell(word, **({} if wait is None else {"time": wait})))
                yield from app.breathe()
                action = app.take_next()
                if action:
                    return None, action
                code = self.codes.last
            ms = need
            if ms is None:
                ms = app.speech.length(code.digits, app.news) + _START_MS
                if not code.said:
                    ms *= 2
            if self.codes.lasts(code, ms):
                return code, None
            self.codes.forget()
            app.say("new_code_wait", time=self.codes.left(code))
            action = yield from self._await_end(code)
            if action:
                return None, action

    def _make(self, index):
        """Make a code, in turns that keep no key waiting for long; a key that comes meanwhile ends it."""
        for _ in self.codes.make(index):
            yield from self._app.breathe()
            if self._app.wanted:
                return

    def _await_end(self, code):
        """Wait until a code is over and nothing is being said; return what is wanted instead, or None."""
        app = self._app
        left = self.codes.left(code)
        while left or app.speech.speaking:
            action = app.action((yield (app.loop.now + _LOOK_MS, ("key", "ask"))))
            if action:
                return action
            left = self.codes.left(code)
        return None

    def shown(self, code, done=None):
        """Show a code while it lasts; return what is wanted next.

        Args:
            code: The code, which is being said.
            done: Called with {} when it has been said, or was cut short.
        """
        app = self._app
        until = app.loop.now + _SHOWN_MS
        action = None
        while action is None:
            left = self.codes.left(code)
            speaking = app.speech.speaking
            if done and not speaking:
                done({})
                done = None
            if not speaking and (left == 0 or app.loop.now >= until):
                break
            app.painter.code(code.name, code.digits, left, code.period)
            action = app.action((yield (app.loop.now + 1000, ("key", "ask", "quiet"))))
        if done:
            done({})
        return action
