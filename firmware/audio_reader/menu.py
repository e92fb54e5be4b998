"""The menu: Menu goes to the next item, Louder and Quieter change it, Speak does it, and silence leaves.

An item is a generator. It is told what brought it about, and returns what is wanted next, None to stay in the menu.
"""

from micropython import const

from audio_reader.actions import KEYS, LOUDER, MENU, OPEN, QUIETER, SPEAK
from common.requests import language_record
from common.store import StoreError
from common.trouble import TROUBLES, explain

_LEAVE_MS = const(10000)
_AFTER_MS = const(20000)
_WALK_MS = const(15000)  # a code that is walked digit by digit has so much time, at least

# What brought an item about: Menu came to it, Speak wants it done, Louder or Quieter wants it changed.
_COME = None
_DO = const(0)
_LEAVE = "leave"  # what an item returns that has heard the silence itself
_STEPS = {SPEAK: _DO, LOUDER: 1, QUIETER: -1}


class Menu:
    """Args: app: the application."""

    def __init__(self, app):
        self._app = app
        self._walked = 0
        self._items = (
            self._digits,
            self._left,
            self._key,
            self._rate,
            self._language,
            self._help,
            self._output,
            self._single,
            self._power,
            self._serial,
            self._setup,
        )

    def run(self):
        """Walk the menu; return what is wanted next."""
        place = 0
        step = _COME
        while True:
            action = yield from self._items[place](step)
            if action is None:
                action = yield from self._app.listen(_LEAVE_MS)
            if action is None or action == _LEAVE:
                return (yield from self._app.listen(_AFTER_MS))
            if action == MENU:
                place = (place + 1) % len(self._items)
                step = _COME
            elif action in _STEPS:
                step = _STEPS[action]
            else:
                return action

    # The code

    def _digits(self, step):
        """Say the code digit by digit: Speak and Louder the next one, Quieter the same one again."""
        app = self._app
        if step is _COME:
            self._walked = 0
            app.say("item_digits")
            return None
        obstacle = app.teller.obstacle() or (None if app.speech.private else "plug_needed")
        if obstacle:
            app.say(obstacle)
            return None
        code = app.teller.codes.last
        if step >= 0 and self._walked and self._walked == len(code.digits):
            self._walked = 0  # and from the first digit again
        if self._walked and not app.teller.codes.lasts(code, 0):
            self._walked = 0
            app.say("code_over")
            return None
        if not self._walked:
            code, action = yield from app.teller.fetch(app.teller.key_index(), _WALK_MS)
            if code is None:
                return action
        if step >= 0 or not self._walked:
            self._walked += 1
        app.speech.digit(code.digits[self._walked - 1], self._walked == len(code.digits), code.begun)
        digits = code.digits[: self._walked]
        app.painter.message(digits)
        return None

    def _left(self, step):
        app = self._app
        code = app.teller.codes.last
        if code is None:
            app.say("left_none")
        elif code.end is None:
            app.say("left_good")
        elif app.teller.codes.left(code):
            app.say("item_left", n=app.teller.codes.left(code))
        else:
            app.say("left_over")
        return None
        yield

    def _key(self, step):
        app = self._app
        obstacle = app.teller.obstacle()
        if obstacle:
            app.say(obstacle)
            return None
        index = app.teller.key_index()
        if step:
            index = (index + step) % len(app.parts.keyring)
            if not (yield from app.save(key=index)):
                return None
        try:
            app.say("key" if step else "item_key", n=index + 1, name=app.parts.keyring.key(index).name)
        except TROUBLES as error:
            app.say(explain(error)[0])
        return None
        yield

    # How it speaks

    def _rate(self, step):
        app = self._app
        last = len(app.speech.pack.speeds) - 1
        speed = app.speech.speed
        if step:
            speed = max(0, min(last, speed + step))
            if not (yield from app.save(speed=speed)):
                return None
            app.say(
                "rate_slowest" if speed == 0 else "rate_fastest" if speed == last else "rate", n=speed + 1
            )
        else:
            app.say("item_rate", n=speed + 1)
        return None
        yield

    def _language(self, step):
        app = self._app
        if step:
            languages = app.languages
            before = app.speech.pack.language
            place = languages.index(before) if before in languages else 0
            language = languages[(place + step) % len(languages)]
            if not app.choose_voice(language):
                app.say("voice_damaged")
                return None
            yield from app.tone()
            try:
                app.parts.store.put_all([language_record(language)])
            except (StoreError, OSError):
                app.choose_voice(before)
                app.say("damaged")
                return None
            yield from app.breathe()
        app.say("language" if step else "item_language")
        return None
        yield

    def _help(self, step):
        """Let every key say its name and what it does, and do nothing else, until there is silence."""
        app = self._app
        if step != _DO:
            app.say("item_help")
            return None
        app.say("help_on")
        action = yield from app.listen(_LEAVE_MS)
        while action in KEYS:
            app.say("help_" + action)
            action = yield from app.listen(_LEAVE_MS)
        return action or _LEAVE

    def _output(self, step):
        app = self._app
        if step and not (yield from app.save(aloud=3 - app.settings.aloud)):
            return None
        aloud = app.settings.aloud == 2
        if step:
            app.say("output_speaker" if aloud else "output_headphones")
        else:
            app.say("item_speaker" if aloud else "item_headphones")
        return None
        yield

    def _single(self, step):
        app = self._app
        if step and not (yield from app.save(single=1 - app.settings.single)):
            return None
        state = "single_on" if app.settings.single else "single_off"
        app.say(state if step else "item_" + state)
        return None
        yield

    # How it stands

    def _power(self, step):
        app = self._app
        if app.parts.clock.utc() is None:
            app.say("both_wrong_item" if app.parts.power.low else "clock_lost_item")
        else:
            app.say("power_low" if app.parts.power.low else "power_good")
        return None
        yield

    def _serial(self, step):
        app = self._app
        serial = app.parts.serial
        groups = "%s %s %s" % (serial[:4], serial[4:8], serial[8:])
        app.say("item_serial", name=groups, speed=app.speech.speed)
        return None
        yield

    def _setup(self, step):
        if step == _DO:
            return OPEN
        self._app.say("item_setup")
        return None
        yield
