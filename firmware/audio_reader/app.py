"""The audio code reader: silent until a key is pressed, and then it says what there is to hear.

What is wanted (an "action") is a key's name or what a computer asks; each thing that the reader does is a generator
which returns the action that ended it. It never makes a sound that no key has called for.
"""

from micropython import const

from audio_reader.actions import DARK, KEYS, LOUDER, MENU, OPEN, QUIETER, RECOVER, SPEAK
from audio_reader.asked import Asked
from audio_reader.menu import Menu
from audio_reader.painter import Painter
from audio_reader.requests import Requests
from audio_reader.settings import Settings
from audio_reader.speech import Speech
from audio_reader.teller import Teller
from common.loop import Loop
from common.store import StoreError
from segl_wire import schema

_AWAKE_MS = const(30000)
_WINDOW_MS = const(600000)
_LOOK_MS = const(4000)
_SAME_KEY_MS = const(500)
_LOUDEST = const(7)


class App:
    """One audio code reader.

    Args:
        parts: What it needs from outside (boards/parts.py and boards/audio_reader/main.py list it).
    """

    def __init__(self, parts):
        self.parts = parts
        self.loop = Loop()
        self.settings = Settings(parts.store)
        self.painter = Painter(parts.screen, self.loop)
        self.speech = Speech(parts, self.settings, self.painter)
        self.teller = Teller(self)
        self._asked = Asked(self)
        self.requests = Requests(self)
        self._menu = Menu(self)
        self._open_until = 0
        self._pressed = None  # the key that counted last
        self._pressed_at = 0  # the key that switches the reader on is pressed as its milliseconds begin
        self.cut_short = False  # whether a key stopped what was said last
        self.wanted = None  # what a key wanted while the work of another one was done
        self.news = []  # (phrase, values): what happened unheard, said before anything else

    def start(self, pressed):
        """Begin.

        Args:
            pressed: (number, down) of the key that switched the reader on, None if none did; the number is None
                when it was let go too soon to tell which it was.
        """
        self.loop.spawn(self._run(pressed))
        if pressed and pressed[1]:
            self._asked.held = pressed[0]
            self.loop.spawn(self._asked.hold())

    def step(self, now, events):
        """Take events, (kind, value) each, and return when to be called again.

        Kinds: "key" (down, ms, number), "quiet" (what was said is over), "bytes", "closed".
        """
        self.loop.now = now
        for kind, value in events:
            if kind == "bytes":
                self.requests.feed(value)
            elif kind == "closed":
                self.requests.closed()
            elif kind != "key" or value[0]:
                self.loop.post(kind, value)
            elif value[2] == self._asked.held:
                self.loop.post("up")
        return self.loop.step(now)

    # What computers may know and do

    @property
    def languages(self):
        return self.parts.languages()

    @property
    def open_seconds(self):
        """For how many seconds the provisioning window stays open; 0 when it is closed."""
        return max(0, (self._open_until - self.loop.now + 999) // 1000)

    def close_window(self):
        self._open_until = 0

    def stored(self, index, name):
        """A key was stored, perhaps with another language: forget the code of the one that it may have replaced."""
        self.teller.codes.forget()
        self._choose_voice()
        self.loop.post("ask", ("stored", None))

    def voice_stored(self):
        """A voice was stored, perhaps the one that is spoken."""
        self._choose_voice()
        self.loop.post("ask", ("voice_stored", None))

    # Waiting

    def listen(self, ms):
        """Wait for an action; None after so many ms of silence."""
        if self.wanted:
            return self.take_next()
        until = None if self.speech.speaking else self.loop.now + ms
        while True:
            event = yield (until, ("key", "ask", "quiet"))
            if event is None:
                return None
            action = self.action(event)
            if action:
                return action
            until = None if self.speech.speaking else self.loop.now + ms

    def action(self, event):
        """Return what an event wants, or None. A key stops speech; the same one within half a second does no more."""
        if event is None or event[0] == "quiet":
            return None
        kind, value = event
        if kind == "ask":
            return value
        _, at, number = value
        if self.speech.speaking:
            self.cut_short = True
        self.speech.stop()
        if KEYS[number] == self._pressed and at - self._pressed_at < _SAME_KEY_MS:
            return None
        self._pressed = KEYS[number]
        self._pressed_at = at
        return self._pressed

    # Flow

    def _run(self, pressed):
        parts = self.parts
        if parts.store.wiping:
            # The power failed during a wipe: end it, and start afresh with a new root secret.
            yield from self._asked.erase()
            parts.restart()
        self._choose_voice()
        action = DARK
        if pressed:
            self.speech.stop()
            if parts.always_developer:
                self.news.append(("developer", {}))
            if pressed[0] is None:
                action = SPEAK
            else:
                action = self._pressed = KEYS[pressed[0]]
        while True:
            action = yield from self._do(action)

    def _do(self, action):
        """Do what is wanted; return what is wanted next."""
        if action is None or action == DARK:
            return (yield from (self._stay_open() if self.open_seconds else self._dark()))
        if self.speech.pack is None:
            return (yield from self._speechless(action))
        if action == OPEN:
            return (yield from self._window())
        if action not in KEYS:
            return (yield from self._asked.run(*action))
        if not self.settings.aloud:
            return (yield from self._ask_aloud())
        if action == SPEAK:
            self.close_window()
            return (yield from self.teller.speak())
        if action == MENU and self.open_seconds:
            self.close_window()
            return (yield from self.tell("setup_closed"))
        if action == MENU:
            return (yield from self._menu.run())
        yield from self._change_volume(action)
        return (yield from self.listen(_AWAKE_MS))

    def _dark(self):
        """Switch off; on a board that USB powers, wait in the dark."""
        parts = self.parts
        self.teller.codes.forget()
        self.painter.off()
        yield from self._close_sound()
        try:
            self.settings.commit()
        except (StoreError, OSError):
            pass  # nobody was told that it is kept
        self.settings.calm()
        self.speech.set_volume()
        parts.keep_house()
        parts.power.off()
        action = None
        while action is None:
            action = self.action((yield (None, ("key", "ask", "quiet"))))
        parts.power.hold()
        return action

    def _close_sound(self):
        self.parts.sound.close()
        while self.parts.sound.running:
            yield (self.loop.now + 10, ())

    def tell(self, phrase, **values):
        """Say a sentence; return what is wanted next."""
        self.say(phrase, **values)
        return (yield from self.listen(_AWAKE_MS))

    def say(self, phrase, **values):
        """Say a sentence, behind the news, unless another key wants something else by now."""
        if not self.wanted:
            self.cut_short = False
            self.speech.say(self.take_news() + [(phrase, values)])

    def take_news(self):
        news = self.news
        self.news = []
        return news

    def tell_later(self, phrase):
        """Show a sentence, and say it when a key is pressed; return what is wanted next."""
        if (phrase, {}) not in self.news:
            self.news.append((phrase, {}))
        self.speech.show(phrase)
        return None if self.open_seconds else (yield from self.listen(_AWAKE_MS))

    def save(self, **changed):
        """Keep a choice; True when it is kept, False when the store is damaged, which is then said."""
        yield from self.tone()
        self.settings.change(**changed)
        if self.wanted:
            return True  # nothing will be said of it: it is kept when there is time
        try:
            self.settings.commit()
        except (StoreError, OSError):
            self.say("damaged")
            return False
        yield from self.breathe()
        return True

    def tone(self):
        """Answer a key by a tone, behind which work has time, and flash may be written.

        A key pressed meanwhile ends it, and what that wants comes next.
        """
        self.speech.tone()
        while self.speech.speaking and not self.wanted:
            self.wanted = self.action((yield (None, ("key", "quiet"))))
        until = self.loop.now + self.speech.hush()
        while self.loop.now < until and not self.wanted:
            self.wanted = self.action((yield (until, ("key",))))

    def breathe(self):
        """End a long turn: a key that was pressed meanwhile is seen before anything is said."""
        event = yield (self.loop.now + 1, ("key",))
        self.wanted = self.wanted or self.action(event)

    def take_next(self):
        """Return what a key wanted while the work of another one was done, or None."""
        action = self.wanted
        self.wanted = None
        return action

    def _change_volume(self, key):
        """Make it louder or quieter, and say so."""
        volume = max(0, min(_LOUDEST, self.settings.volume + (1 if key == LOUDER else -1)))
        if self.settings.single and volume != self.settings.volume:
            if not (yield from self.save(volume=volume)):
                return
        self.settings.volume = volume
        self.speech.set_volume()
        phrase = "volume_loudest" if volume == _LOUDEST else "volume" if volume else "volume_quietest"
        self.say(phrase, n=volume + 1)

    # Voices

    def choose_voice(self, language):
        """Speak a language from now on; False when its voice is missing or damaged."""
        try:
            self.speech.choose(language)
        except (OSError, ValueError):
            return False
        return True

    def _choose_voice(self):
        """Take the chosen voice, else one that works."""
        if self.choose_voice(self.requests.language):
            return
        for language in self.languages:
            if self.choose_voice(language):
                self.news.append(("voice_missing", {}))
                return

    def _speechless(self, action):
        """There is no voice at all: only the screen can say what to do, and a computer can bring one."""
        if action == MENU:
            self._open_until = self.loop.now + _WINDOW_MS
        elif action == RECOVER:
            yield from self._asked.recover()
        elif action not in KEYS:
            self.requests.refuse(schema.REFUSED)
        self.painter.message("Voice missing\nPress Menu. Connect a computer.")
        return (yield from self.listen(max(_AWAKE_MS, self.open_seconds * 1000)))

    # The first question

    def _ask_aloud(self):
        """Say what this is, and ask whether codes may leave the loudspeaker; an answer counts when all was said."""
        if self._pressed:
            self.news.append(("first_pressed", {"key": self._pressed}))
        self.news.append(("what", {}))
        self.cut_short = True
        while self.cut_short:
            self.say("ask_aloud")
            action = yield from self.listen(_AWAKE_MS)
            if action not in KEYS:
                return action
        if not (yield from self.save(aloud=2 if action == LOUDER else 1)):
            return (yield from self.listen(_AWAKE_MS))
        return (yield from self.tell("aloud_yes" if action == LOUDER else "aloud_no"))

    # Set-up

    def _window(self):
        """Open for set-up."""
        self._open_until = self.loop.now + _WINDOW_MS
        self.say("setup_open", time=self.open_seconds)
        return (yield from self._stay_open())

    def _stay_open(self):
        """Wait until time or a key closes the window; return what is wanted next."""
        while self.open_seconds:
            action = yield from self.listen(min(self.open_seconds * 1000, _LOOK_MS))
            if action is None:
                continue
            if action == SPEAK and not self.news:
                self.say("setup_open", time=self.open_seconds)
            elif action == LOUDER or action == QUIETER:
                yield from self._change_volume(action)
            else:
                return action
        self.close_window()
        return (yield from self.tell_later("setup_closed"))

    def say_last(self, phrase):
        """Say a sentence to its end, and switch the sound off: what comes next stops its clock."""
        self.say(phrase)
        while self.speech.speaking:
            yield (None, ("quiet",))
        yield from self._close_sound()
