"""The code display: dark until its key is pressed, then one screen after another until it goes dark again.

A screen is a generator that runs until the user, a computer or time ends it, and returns what comes next.
"""

from micropython import const

from code_display import gestures, words
from common import calendar, screens
from common.keyring import HOTP, NoTime
from common.loop import Loop
from common.requests import CANCELED, Requests
from common.trouble import TROUBLES, explain
from segl_wire import schema

_SHOWN_MS = const(30000)
_MESSAGE_MS = const(8000)
_SHORT_MS = const(2000)
_ASK_MS = const(30000)
_GUARD_MS = const(500)
_WINDOW_MS = const(600000)
_TOO_LITTLE_S = const(5)

DARK = "dark"


class App:
    """One code display.

    Args:
        parts: What it needs from outside (boards/parts.py lists it).
    """

    def __init__(self, parts):
        self.parts = parts
        self.languages = words.LANGUAGES
        self.loop = Loop()
        self.requests = Requests(self)
        self._index = -1
        self._made = {}  # HOTP codes made since the screen was dark: showing one again uses up no counter
        self._open_until = 0
        self._warned = False
        self._language = None

    def start(self, pressed, down):
        """Begin.

        Args:
            pressed: Whether the key switched the board on, or was down when it came on.
            down: Whether it is down still; holding it on may lead to the way back in.
        """
        self.loop.spawn(self._run(pressed, down))

    def step(self, now, events):
        """Take events, (kind, value) each, and return when to be called again.

        Kinds: "key" (down, ms, number), "bytes", "closed".
        """
        self.loop.now = now
        for kind, value in events:
            if kind == "bytes":
                self.requests.feed(value)
            elif kind == "closed":
                self.requests.closed()
            else:
                self.loop.post(kind, value)
        return self.loop.step(now)

    # The provisioning window

    @property
    def open_seconds(self):
        """For how many seconds the provisioning window stays open; 0 when it is closed."""
        return max(0, (self._open_until - self.loop.now + 999) // 1000)

    @property
    def language(self):
        return self._language or self.requests.language

    def stored(self, index, name):
        """Tell the user that a key was stored, and forget the code of the one that it replaced."""
        self._made.pop(index, None)
        self.loop.post("ask", ("stored", name))

    # Flow

    def _run(self, pressed, down):
        parts = self.parts
        if parts.store.wiping:
            # The power failed during a wipe: end it, and start afresh with a new root secret.
            yield from self._wipe()
            parts.restart()
        action = DARK
        if pressed:
            action = (yield from self._first_gesture()) if down else gestures.PRESS
        if parts.always_developer:
            # After the gesture: a message takes no notice of a release.
            yield from self._message("developer", _SHORT_MS)
        while True:
            action = yield from self._screen(action)

    def _screen(self, action):
        """Run the screen for what the user or a computer wants; return what is wanted next."""
        if action == gestures.PRESS:
            self._open_until = 0
            return (yield from self._next_code())
        if action == gestures.INFO:
            return (yield from self._info())
        if action == gestures.OPEN:
            self._open_until = self.loop.now + _WINDOW_MS
            return (yield from self._window())
        if action == gestures.RECOVER:
            yield from self._wipe()
            yield from self._message("opened", _MESSAGE_MS)
            self.parts.open_for_developers()
        if action == gestures.NOTHING or action == DARK:
            if self.open_seconds:
                return (yield from self._window())
            return (yield from self._dark())
        return (yield from self._asked(action))

    def _wait(self, until, ladder=gestures.NORMAL):
        """Wait for the user or a computer; return what is wanted, or None when the time has come."""
        while True:
            event = yield (until, ("key", "ask"))
            if event is None:
                return None
            if event[0] == "ask":
                return event[1]
            if event[1][0]:
                return (yield from self._gesture(event[1][1], ladder))

    def _gesture(self, start, ladder):
        return (yield from gestures.follow(self.loop, lambda: ladder, start, self._draw_hold))

    def _first_gesture(self):
        # USB may come after the key, and go again: without it there is nobody to open the board for.
        power = self.parts.power
        ladder = lambda: gestures.AT_START if power.usb else gestures.NORMAL  # noqa: E731
        return (yield from gestures.follow(self.loop, ladder, 0, self._draw_hold))

    def _dark(self):
        self._index = -1
        self._made = {}
        self.parts.screen.off()
        self.parts.power.off()
        # Only a board that USB powers comes here.
        action = yield from self._wait(None)
        self.parts.power.hold()
        return action

    def _message(self, key, ms, *values):
        """Show a message for a while; return what is wanted next."""
        self._draw_message(key, *values)
        return (yield from self._wait(self.loop.now + ms)) or DARK

    # Codes

    def _next_code(self):
        parts = self.parts
        if parts.power.empty:
            return (yield from self._message("battery_empty", _MESSAGE_MS))
        if parts.store.damaged:
            return (yield from self._message("damaged", _MESSAGE_MS))
        if parts.power.low and not self._warned:
            self._warned = True
            action = yield from self._message("battery_low", _SHORT_MS)
            if action != DARK and action != gestures.PRESS:
                return action
        count = len(parts.keyring)
        if not count:
            return (yield from self._message("no_key", _MESSAGE_MS))
        self._index = (self._index + 1) % count
        return (yield from self._show(self._index))

    def _show(self, index, answer=None):
        """Show a key's code, after a wait if too little of its time is left; `answer` gives it to the computer."""
        try:
            key = self.parts.keyring.key(index)
            if key.kind == HOTP:
                return (yield from self._show_hotp(index, key, answer))
            return (yield from self._show_totp(index, key, answer))
        except TROUBLES as error:
            word, failure, wait = explain(error)
            values = () if wait is None else (words.duration(self.language, wait),)
        if answer:
            answer(code=failure)
        return (yield from self._message(word, _MESSAGE_MS, *values))

    def _show_hotp(self, index, key, answer):
        if index not in self._made:
            self._made[index] = self.parts.keyring.next_hotp(index)
        code = self._made[index]
        if answer:
            answer({"code": code})
        screens.code(self.parts.screen.buffer, key.name, code, None, 0)
        self.parts.screen.show()
        until = self.loop.now + _SHOWN_MS
        action = yield from self._wait(self.loop.now + 1000)
        if action is None:
            self.parts.keep_house()
            action = yield from self._wait(until)
        return action or DARK

    def _show_totp(self, index, key, answer):
        clock = self.parts.clock
        left = 0
        until = self.loop.now + _SHOWN_MS
        while True:
            utc = clock.utc()
            if utc is None:
                raise NoTime
            left = key.period - utc % key.period
            if left > _TOO_LITTLE_S:
                break
            screens.wait(self.parts.screen.buffer, words.get(self.language, "new_code"), left)
            self.parts.screen.show()
            action = yield from self._wait(self.loop.now + 1000)
            if action:
                return (yield from self._declined(action, answer)) if answer else action
            until = self.loop.now + _SHOWN_MS
        code, left = self.parts.keyring.totp(index, utc)
        if answer:
            answer({"code": code, "remaining": left})
        end = utc + left
        tidied = False
        while left > 0 and self.loop.now < until:
            screens.code(self.parts.screen.buffer, key.name, code, left, key.period)
            self.parts.screen.show()
            action = yield from self._wait(self.loop.now + 1000)
            if action:
                return action
            if not tidied:
                tidied = True
                self.parts.keep_house()
            utc = clock.utc()
            left = 0 if utc is None else end - utc
        return DARK

    # Other screens

    def _info(self):
        parts = self.parts
        utc = parts.clock.utc()
        unset = words.get(self.language, "clock_unset")
        lines = [
            "%s %s %s" % (parts.serial[:4], parts.serial[4:8], parts.serial[8:]),
            "%s %s" % (words.get(self.language, "version"), parts.version),
            "%s %d mV" % (words.get(self.language, "battery"), parts.power.battery_mv()),
            "UTC %s" % (unset if utc is None else " ".join(calendar.text(utc))),
        ]
        if parts.developer:
            lines.append(words.pair(self.language, "developer")[0])
        screens.info(parts.screen.buffer, lines)
        parts.screen.show()
        return (yield from self._wait(self.loop.now + 2 * _MESSAGE_MS)) or DARK

    def _window(self):
        """Show that the device is open for set-up, until time or a press closes it."""
        while self.open_seconds:
            title, body = words.pair(self.language, "open")
            left = self.open_seconds
            screens.countdown(self.parts.screen.buffer, title, body, left, left * 128 // 600)
            self.parts.screen.show()
            action = yield from self._wait(self._open_until - (left - 1) * 1000)
            if action:
                return action
        return DARK

    def _asked(self, ask):
        """A computer asks, or has done something that the user should see."""
        kind, value = ask
        if kind == "stored":
            return (yield from self._message("stored", _SHORT_MS, value))
        if kind == "clock_set":
            return (yield from self._message("clock_set", _SHORT_MS))
        if kind == "code":
            return (yield from self._asked_for_code(*value))
        if kind == "wipe":
            return (yield from self._asked_to_wipe(value))
        return (yield from self._message("cancelled", _SHORT_MS))

    def _asked_for_code(self, index, name, answer):
        yield from self._question("ask_code", name)
        action = yield from self._wait(self.loop.now + _ASK_MS - _GUARD_MS)
        if action == gestures.PRESS:
            self._index = index
            return (yield from self._show(index, answer))
        return (yield from self._declined(action, answer))

    def _asked_to_wipe(self, answer):
        yield from self._question("ask_wipe")
        action = yield from self._wait(self.loop.now + _ASK_MS - _GUARD_MS, gestures.ASKED_TO_WIPE)
        if action != gestures.WIPE:
            return (yield from self._declined(action, answer))
        yield from self._wipe()
        answer()
        yield from self._message("erased", _SHORT_MS)
        self.parts.restart()

    def _question(self, key, *values):
        """Show a question; a press that began before it could be read answers nothing."""
        self._draw_message(key, *values)
        until = self.loop.now + _GUARD_MS
        while self.loop.now < until:
            yield (until, ("key",))

    def _declined(self, action, answer):
        if action == CANCELED:
            return action
        if action is None:
            answer(code=schema.TIMEOUT)
            return (yield from self._message("timeout", _SHORT_MS))
        answer(code=schema.REFUSED)
        if action == gestures.NOTHING:
            return (yield from self._message("refused", _SHORT_MS))
        return action

    def _wipe(self):
        self._open_until = 0
        self._language = self.language  # the store forgets it now, the user does not
        shown = -5
        for percent in self.parts.store.wipe():
            if percent >= shown + 5:
                shown = percent
                self._draw_message("erasing", percent)
            yield (self.loop.now + 1, ("key",))  # a press means nothing now, nor afterwards

    # Drawing

    def _draw_message(self, key, *values):
        title, body = words.pair(self.language, key, *values)
        screens.message(self.parts.screen.buffer, title, body)
        self.parts.screen.show()

    def _draw_hold(self, key, left, length):
        title, body = words.pair(self.language, key)
        buffer = self.parts.screen.buffer
        if left is None:
            screens.message(buffer, title, body)
        else:
            screens.countdown(buffer, title, body, left, left * 128 // length)
        self.parts.screen.show()
