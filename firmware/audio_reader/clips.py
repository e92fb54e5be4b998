"""Turns what is to be said into clips: an utterance is a list of clips' ids and of silences in ms."""

from micropython import const

from audio_reader.actions import KEYS
from audio_reader.pack import RATES
from audio_reader.phrases import PHRASES
from common.adpcm import SAMPLES

_JOINED_MS = const(60)  # within a number
_BETWEEN_MS = const(120)
_WORD_MS = const(200)  # a blank or a sign in what is spelled
SENTENCE_MS = const(250)
_PER_MS = const(16)  # samples
_PIECE = const(8)  # so much of an utterance is written for the screen in one go: some 6 ms
_TAIL = const(96)  # samples of silence that the driver needs behind the last sound
_PLAIN = "normal"  # the recorded rate of digits in sentences
_MOST = const(69)  # the largest number that is put together; beyond, digits are said

# Letters beyond a to z: the clip's name, which also tells how they are spelled where that clip is missing.
_LETTERS = {"æ": "ae", "Æ": "ae", "ø": "oe", "Ø": "oe", "å": "aa", "Å": "aa", "ß": "ss"}
for _plain, _marked in (
    ("a", "áàâãäÁÀÂÃÄ"),
    ("c", "çÇ"),
    ("e", "éèêëÉÈÊË"),
    ("i", "íìîïÍÌÎÏ"),
    ("n", "ñÑ"),
    ("o", "óòôõöÓÒÔÕÖ"),
    ("u", "úùûüÚÙÛÜ"),
    ("y", "ýÿÝ"),
):
    for _letter in _marked:
        _LETTERS[_letter] = _plain


def sentence(pack, phrase, **values):
    """Return the utterance of a phrase; a clip that the pack lacks is left out.

    Args:
        pack: The voice.
        phrase: Its name in phrases.py.
        values: What the phrase needs of n (0 or more), time (in s), key ("speak"), name (spelled); and for what
            is spelled `speed`, where in pack.speeds its rhythm stands.
    """
    out = []
    for part in PHRASES[phrase]:
        if part == ".":
            _rest(out, SENTENCE_MS)
        elif part == "{n}":
            _number(out, pack, values["n"])
        elif part == "{time}":
            _time(out, pack, values["time"])
        elif part == "{key}":
            _say(out, pack, "key_" + values["key"])
        elif part == "{name}":
            _spell(out, pack, values["name"], values.get("speed"))
        else:
            _say(out, pack, part)
    if out and type(out[-1]) is int:
        out.pop()  # what came last has no clip
    return out


def code(pack, digits, speed):
    """Return the utterance of a code: two groups, the first one longer if need be.

    Args:
        pack: The voice.
        digits: The code.
        speed: Where in pack.speeds its rhythm stands.
    """
    _, rate, gap, pause = pack.speeds[speed]
    group = (len(digits) + 1) // 2
    out = []
    for place, char in enumerate(digits):
        if place:
            out.append(pause if place == group else gap)
        out.append(char + "@" + rate)
    return out


def digit(pack, char, speed):
    """Return the utterance of one digit."""
    return [char + "@" + pack.speeds[speed][1]]


def length(pack, utterance):
    """Return how long an utterance takes, in ms, rounded up."""
    samples = _tail(utterance)
    for part in utterance:
        samples += part * _PER_MS if type(part) is int else pack.samples(part)
    return (samples + _PER_MS - 1) // _PER_MS


def source(pack, utterance):
    """Give (block or None for silence, samples) until all has been said, as the sound driver wants it."""
    for part in utterance:
        if type(part) is int:
            left = part * _PER_MS
            pieces = (left + SAMPLES - 1) // SAMPLES
            while pieces:
                # Even pieces: a very short one would be over before the next is there.
                samples = left // pieces
                yield None, samples
                left -= samples
                pieces -= 1
        else:
            try:
                yield from pack.blocks(part)
            except (OSError, ValueError):
                pass  # what follows is still worth hearing
    left = _tail(utterance)
    if left:
        yield None, left


def text(pack, utterance):
    """Write an utterance for the screen: its first sentence, then, on a second line, the others.

    A generator that returns it: texts are read from flash, and no turn may be so long as those of a question take.
    """
    lines = []
    words = []
    gap = 0
    single = False  # the last word consists of letters and digits that are said one by one
    for place, part in enumerate(utterance):
        if place % _PIECE == _PIECE - 1:
            yield
        if type(part) is int:
            gap = part
            if gap == SENTENCE_MS:
                _close(lines, words)
        else:
            spelled, word = _written(pack, part)
            if not word:
                continue  # a tone
            if words and words[-1][-1] == ",":
                word = word[0].lower() + word[1:]
            if words and spelled and single and gap != _WORD_MS:
                words[-1] += word
            elif words and gap == _JOINED_MS:
                words[-1] = _joined(words[-1], word)
            else:
                words.append(word)
            single = spelled
    _close(lines, words)
    return "\n".join([lines[0], " ".join(lines[1:])]) if len(lines) > 1 else "".join(lines)


def missing(pack):
    """Return a clip that the reader needs and the pack lacks, or None."""
    for rate in RATES:
        for number in range(10):
            if not pack.has("%d@%s" % (number, rate)):
                return "%d@%s" % (number, rate)
    for clip in needed(pack.numbers):
        if not pack.has(clip):
            return clip
    return None


def needed(numbers):
    """Give the ids of all clips that a pack must have beside the digits; some come more than once.

    Args:
        numbers: How its language puts numbers together.
    """
    for parts in PHRASES.values():
        for part in parts:
            if part != "." and part[0] != "{":
                yield part
    for key in KEYS:
        yield "key_" + key
    for unit in ("one_second", "seconds", "one_minute", "minutes"):
        yield unit
    for point in range(ord("a"), ord("z") + 1):
        yield "letter_" + chr(point)
    if numbers != "digits":
        for number in range(10, 70):
            if number < 20 or not number % 10:
                yield str(number)
    if numbers == "units_and_tens":
        yield "and"


def _say(out, pack, clip, gap=_BETWEEN_MS):
    if pack.has(clip):
        if out and type(out[-1]) is str:
            out.append(gap)
        out.append(clip)


def _rest(out, ms):
    """Let a silence of at least `ms` follow what has been said."""
    if out and type(out[-1]) is str:
        out.append(ms)
    elif out and out[-1] < ms:
        out[-1] = ms


def _number(out, pack, number):
    digits = str(max(0, number))
    if number > _MOST or pack.numbers == "digits":
        parts = ["%s@%s" % (char, _PLAIN) for char in digits]
    elif number < 10:
        parts = ["%s@%s" % (digits, _PLAIN)]
    elif number < 20 or digits[1] == "0":
        parts = [digits]
    else:
        parts = [digits[0] + "0", "%s@%s" % (digits[1], _PLAIN)]
        if pack.numbers == "units_and_tens":
            parts = [parts[1], "and", parts[0]]
    gap = _BETWEEN_MS
    for part in parts:
        _say(out, pack, part, gap)
        gap = _JOINED_MS


def _time(out, pack, seconds):
    minutes, seconds = divmod(max(0, seconds), 60)
    if minutes:
        _counted(out, pack, minutes, "one_minute", "minutes")
    if seconds or not minutes:
        _counted(out, pack, seconds, "one_second", "seconds")


def _counted(out, pack, number, one, many):
    if number == 1:
        _say(out, pack, one)
    elif pack.numbers == "digits":
        # Languages that say numbers digit by digit say first what is counted.
        _say(out, pack, many)
        _number(out, pack, number)
    else:
        _number(out, pack, number)
        _say(out, pack, many)


def _spell(out, pack, name, speed):
    """Say a name letter by letter; signs and letters of other scripts are a pause."""
    rate = _PLAIN
    gap = _BETWEEN_MS
    if speed is not None:
        _, rate, gap, _ = pack.speeds[speed]
    for char in name:
        if "0" <= char <= "9":
            _say(out, pack, char + "@" + rate, gap)
        elif "a" <= char <= "z" or "A" <= char <= "Z":
            _say(out, pack, "letter_" + char.lower(), gap)
        elif char in _LETTERS:
            letters = _LETTERS[char]
            if pack.has("letter_" + letters):
                letters = (letters,)
            for letter in letters:
                _say(out, pack, "letter_" + letter, gap)
        elif not 0x300 <= ord(char) < 0x370:  # marks of the letter before
            _rest(out, _WORD_MS)


def _tail(utterance):
    if utterance and type(utterance[-1]) is int and utterance[-1] * _PER_MS >= _TAIL:
        return 0
    return _TAIL


def _written(pack, clip):
    """Return whether a clip is one letter or digit, and how it is written."""
    number = clip.partition("@")[0]
    if number.isdigit():
        return number != clip, number
    letter = clip.startswith("letter_")
    return letter, pack.text(clip).upper() if letter else pack.text(clip)


def _joined(first, second):
    """Write units and tens as a number; the "and" between them is left out."""
    return str(int(first) + int(second)) if second.isdigit() else first


def _close(lines, words):
    if words:
        line = " ".join(words)
        line = line[0].upper() + line[1:]
        lines.append(line if line[-1] in ".?!" else line.rstrip(",") + ".")
        words.clear()
