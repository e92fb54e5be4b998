"""Says sentences, and shows them: the one door between what the application means and what is heard."""

from micropython import const

from audio_reader import clips
from audio_reader.pack import Pack

_TONE = "tone_item"
_WRONG = "tone_wrong"
_SHOWN = const(3)  # sentences that the screen has room for


class Speech:
    """A voice, and the screen beside it.

    Args:
        parts: What the application needs from outside.
        settings: The owner's choices.
        painter: Who draws.
    """

    def __init__(self, parts, settings, painter):
        self._sound = parts.sound
        self._painter = painter
        self._voices = parts.voices
        self._settings = settings
        self._toned = False  # the tone of what is said next was heard already
        self.pack = None
        self.set_volume()

    def choose(self, language):
        """Speak this language from now on.

        Raises:
            OSError, ValueError: Its voice is missing or damaged; nothing has changed.
        """
        if self.pack and self.pack.language == language:
            return
        pack = Pack("%s/%s.pack" % (self._voices, language))
        if self.pack:
            self.close(self.pack.language)
        self.pack = pack

    def close(self, language):
        """Let go of this language's voice, whose file is about to change."""
        if self.pack and self.pack.language == language:
            self._sound.stop()
            self._painter.drop()  # it may be reading texts
            self.pack.close()
            self.pack = None

    def set_volume(self):
        """Take the volume that the settings hold."""
        self._sound.codec.volume = self._settings.volume

    @property
    def speaking(self):
        return self._sound.playing

    @property
    def speed(self):
        """Where in the voice's speeds the chosen one stands; another voice may have had more of them."""
        return min(self._settings.speed, len(self.pack.speeds) - 1)

    @property
    def private(self):
        """Whether a code can be said and heard: it leaves the loudspeaker only if the owner allowed that."""
        return self._settings.aloud == 2 or self._sound.plugged

    def stop(self):
        """Fall silent, and be ready to speak at once."""
        self._toned = False
        self._sound.stop()
        if self.pack:
            self._sound.open()

    def tone(self):
        """Answer a key at once, whose work takes a while."""
        self._sound.loudspeaker = True
        self._sound.play(clips.source(self.pack, [_TONE]))
        self._toned = True

    def hush(self):
        """Fall silent for flash to be written; return for how many ms something may still be heard."""
        return self._sound.hush()

    def say(self, sentences):
        """Say sentences one after the other, and show them; everybody may hear them.

        Args:
            sentences: (phrase, values) each.
        """
        utterance = self._untoned(self._join(sentences))
        self._toned = False
        self._sound.loudspeaker = True
        self._sound.play(clips.source(self.pack, utterance))
        self._show(utterance if len(sentences) <= _SHOWN else self._join(sentences[-1:]))

    def show(self, phrase, **values):
        """Show a sentence and say nothing."""
        self._show(self._join([(phrase, values)]))

    def code(self, digits, before, begun):
        """Say a code, where the owner allowed it; its screen is the caller's.

        Args:
            digits: The code.
            before: Sentences that come first, as for `say`.
            begun: Called when its first digit is heard: what comes before may be stopped.
        """
        utterance = self._code(digits, before)
        if before:
            utterance = self._untoned(utterance)
        place = len(utterance) - 2 * len(digits) + 3  # behind that digit and its silence
        self._say_private(utterance[:place], begun, utterance[place:])

    def digit(self, digit, last, begun):
        """Say one digit of a code, and whether it is the last one; `begun` is called when it is heard."""
        utterance = clips.digit(self.pack, digit, self.speed)
        if last:
            rest = clips.sentence(self.pack, "last_digit")
            self._say_private(utterance + [clips.SENTENCE_MS], begun, rest)
        else:
            self._say_private(utterance, begun, [])

    def length(self, digits, before):
        """Return for how many ms `code` speaks."""
        return clips.length(self.pack, self._code(digits, before))

    def _say_private(self, first, begun, rest):
        self._toned = False
        self._sound.loudspeaker = self._settings.aloud == 2
        self._sound.play(self._source(first, begun, rest))

    def _source(self, first, begun, rest):
        """Give two utterances in one go; what `first` ends with is heard when the player, 0.2 s ahead, wants more."""
        yield from clips.source(self.pack, first)
        begun()
        if rest:
            yield from clips.source(self.pack, rest)

    def _show(self, utterance):
        self._painter.sentences(clips.text(self.pack, utterance))

    def _code(self, digits, before):
        code = clips.code(self.pack, digits, self.speed)
        return self._join(before) + [clips.SENTENCE_MS] + code if before else code

    def _untoned(self, utterance):
        """Leave a sentence's own tone out if one was heard already, but never that of what is wrong."""
        return utterance[2:] if self._toned and utterance[0] != _WRONG else utterance

    def _join(self, sentences):
        joined = []
        for phrase, values in sentences:
            if joined:
                joined.append(clips.SENTENCE_MS)
            joined += clips.sentence(self.pack, phrase, **values)
        return joined
