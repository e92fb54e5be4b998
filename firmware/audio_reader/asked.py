"""What a computer asks of the reader, and what it takes to say yes: a question that was heard, and then a key."""

from micropython import const

from audio_reader.actions import KEYS, MENU, RECOVER, SPEAK
from common.requests import CANCELED
from segl_wire import schema

_ASK_MS = const(60000)
_ENOUGH_MS = const(5000)  # a computer needs no more of a code's time
# How long the key that switched the reader on is held for the way back in, while a computer is attached.
_HELD = ((10000, "recover_hold"), (15000, "recover_now"), (20000, "recover_none"))


class Asked:
    """Args: app: the application."""

    def __init__(self, app):
        self._app = app
        self.held = None  # number of the key that `hold` wants to be released

    def run(self, kind, value):
        """A computer asks, or has done something that the user should know; return what is wanted next."""
        app = self._app
        if kind == "code" or kind == "speak":
            return (yield from self._asked_for_code(kind, value[0], value[2]))
        if kind == "wipe":
            return (yield from self._asked_to_wipe(value))
        if (kind, value) == RECOVER:
            yield from self.recover()
        if kind.startswith("recover"):
            return (yield from app.tell(kind))
        return (yield from app.tell_later("withdrawn" if (kind, value) == CANCELED else kind))

    def _question(self, phrase, yes, **values):
        """Show a question, and say it when a key is pressed.

        Returns True for the key that means yes, which counts once the question was heard to its end; False for any
        other key, None when the time is over, CANCELED when the computer asks no more.
        """
        app = self._app
        app.speech.show(phrase, **values)
        until = app.loop.now + _ASK_MS
        asked = False
        while True:
            event = yield (until, ("key", "ask"))
            if event is None:
                return None
            action = app.action(event)
            if action == CANCELED:
                return action
            if action not in KEYS:
                continue
            if asked and (action != yes or not app.cut_short):
                return action == yes
            asked = True
            app.say(phrase, **values)

    def _asked_for_code(self, kind, index, answer):
        app = self._app
        yes = yield from self._question("ask_" + kind, SPEAK, n=index + 1)
        if yes is not True:
            return (yield from self._declined(yes, answer))
        speak = kind == "speak"
        code, action = yield from app.teller.fetch(index, None if speak else _ENOUGH_MS, speak, answer)
        if code is None:
            # Whatever it was, the user wants something else by now.
            answer(code=schema.REFUSED)
            return action
        event = yield (app.loop.now, ("ask",))
        if event:
            return event[1]  # withdrawn while the code was made
        if speak:
            app.teller.begin(code)
            return (yield from app.teller.shown(code, answer))
        reply = {"code": code.digits}
        if code.end is not None:
            reply["remaining"] = app.teller.codes.left(code)
        answer(reply)
        app.say("sent")
        return (yield from app.teller.shown(code))

    def _asked_to_wipe(self, answer):
        app = self._app
        yes = yield from self._question("ask_wipe", MENU)
        if yes is not True:
            return (yield from self._declined(yes, answer))
        yield from self.erase()
        answer()
        yield from app.say_last("erased")
        app.parts.restart()

    def _declined(self, yes, answer):
        app = self._app
        if yes == CANCELED:
            return (yield from self.run(*yes))
        if yes is None:
            answer(code=schema.TIMEOUT)
            return (yield from app.tell_later("timeout"))
        answer(code=schema.REFUSED)
        return (yield from app.tell("refused"))

    def recover(self):
        """Erase everything, and restart with MicroPython's prompt on USB."""
        app = self._app
        yield from self.erase()
        if app.speech.pack:
            yield from app.say_last("opened")
        app.parts.open_for_developers()

    def erase(self):
        app = self._app
        app.close_window()
        if app.speech.pack:
            yield from app.say_last("erasing")
        shown = -5
        for percent in app.parts.store.wipe():
            if percent >= shown + 5:
                shown = percent
                app.painter.message("%d\xa0%%" % percent)
            yield (app.loop.now + 1, ("key",))  # a press means nothing now, nor afterwards

    def hold(self):
        """Follow the key that switched the reader on until its release: held long enough, it is the way back in."""
        app = self._app
        reached = None
        for until, phrase in _HELD:
            if (yield (until, ("up",))) is not None:
                break
            if not app.parts.power.usb:
                break
            reached = phrase
            app.loop.post("ask", (phrase, None))
        else:
            yield (None, ("up",))
        self.held = None
        if reached == "recover_now":
            app.loop.post("ask", RECOVER)
