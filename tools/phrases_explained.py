"""For each thing that the audio code reader says: what it means, and what to do; tools/gen_phrases.py writes it out."""

_SET_UP = "press Menu until you hear Set-up, then Speak, and on a computer give the command `segl "
_ANSWER = "listen to its end, then press one key."

# What the sentences get in place of a number, a time in seconds, a key's name, a name; for one phrase by its name.
VALUES: dict[str, object] = {
    "n": 5,
    "time": 7,
    "key": "speak",
    "name": "Bank",
    "speed": 2,
}
OF_ONE: dict[str, dict[str, object]] = {
    "item_key": {"n": 1},
    "key": {"n": 2, "name": "Shop"},
    "item_left": {"n": 21},
    "item_rate": {"n": 3},
    "rate": {"n": 4},
    "rate_slowest": {"n": 1},
    "rate_fastest": {"n": 6},
    "volume_loudest": {"n": 8},
    "volume_quietest": {"n": 1},
    "item_serial": {"name": "SGAR00000123"},
    "clock_wait": {"time": 65},
    "setup_open": {"time": 600},
    "ask_code": {"n": 1},
    "ask_speak": {"n": 1},
}

EXPLAINED: dict[str, dict[str, tuple[str, str]]] = {
    "The first time": {
        "first_pressed": ("this is the key that you pressed. Said once, before what follows.", ""),
        "what": ("what the device is, and how to find its main key.", ""),
        "ask_aloud": (
            "a new reader asks whether codes may leave its loudspeaker.",
            "listen to its end. Press Louder for yes, any other key for no. A key that comes earlier only has the "
            "question said again. You can change your mind later in the menu.",
        ),
        "aloud_yes": ("codes may leave the loudspeaker. With headphones in, they go there only.", ""),
        "aloud_no": (
            "codes are said into headphones only. Everything that is no code still leaves the loudspeaker when no "
            "plug is in.",
            "plug in headphones before you ask for a code.",
        ),
    },
    "Codes": {
        "new_code_wait": (
            "the code of now ends before you could hear it twice. The next one is said by itself.",
            "wait, or press another key.",
        ),
        "plug_needed": (
            "codes are for headphones only, and no plug is in the jack. Nothing was said and no code was used up.",
            "plug in headphones and press Speak. Or allow the loudspeaker: Menu, seventh item.",
        ),
        "battery_low": (
            "under 2.3 volts. Said once, before a code.",
            "change both cells soon. Keys and time are kept meanwhile.",
        ),
    },
    "What is wrong": {
        "no_key": ("a new or erased reader: there is nothing to make codes of.", _SET_UP + "provision`."),
        "clock_lost": (
            "the clock's coin cell was empty or out. Any code would be wrong, so none is said.",
            _SET_UP + "time`.",
        ),
        "clock_wait": (
            "a code from a moment in the future was said before, at most ten minutes ahead. After this time all is "
            "well again.",
            "wait, then press Speak.",
        ),
        "clock_ahead": (
            "the same by more than ten minutes.",
            _SET_UP + "provision` for this key again.",
        ),
        "used_up": (
            "a key by counter (HOTP) has given its very last code.",
            _SET_UP + "provision` with a new key.",
        ),
        "battery_empty": (
            "under 2.0 volts. No code, since what comes with it could not be stored safely.",
            "change both cells, or plug in USB.",
        ),
        "damaged": (
            "the flash does not read back what was written. Keys may be lost.",
            "on a computer `segl wipe`, then set up again. If it comes back, the board is worn out.",
        ),
        "voice_missing": (
            "the voice of your language is not there or not whole; another language speaks instead.",
            _SET_UP + "voice install`.",
        ),
        "voice_damaged": (
            "in the menu: the next language's voice is not whole. The language stays as it was.",
            _SET_UP + "voice install` for that language.",
        ),
    },
    "The menu": {
        "item_digits": ("first item: the code, one digit at a time.", "press Speak for the first digit."),
        "last_digit": (
            "the digit before was the last one.",
            "press Speak to hear the code from its beginning.",
        ),
        "code_over": (
            "the code ended while you walked through its digits.",
            "press Speak: the next code begins with its first digit.",
        ),
        "item_left": ("second item: the code that you heard last holds for so many seconds.", ""),
        "left_none": (
            "second item: no code was said since the reader was switched on.",
            "press Menu to go on.",
        ),
        "left_over": (
            "second item: the code that you heard last has ended.",
            "wait ten seconds, then press Speak.",
        ),
        "left_good": ("second item: the code goes by a counter, and holds until it is used.", ""),
        "item_key": (
            "third item: the first key, and its name spelled.",
            "press Louder or Quieter for another key.",
        ),
        "key": ("another key was chosen, and this is kept.", ""),
        "item_rate": (
            "fourth item: how fast codes are said, 1 to 6.",
            "press Louder for faster, Quieter for slower.",
        ),
        "rate": ("the speed was changed, and this is kept.", ""),
        "rate_slowest": ("the slowest: 80 words a minute.", ""),
        "rate_fastest": ("the fastest: 280 words a minute.", ""),
        "item_language": (
            "fifth item: the language, by its own name.",
            "press Louder or Quieter for another.",
        ),
        "language": ("the language was changed, and this is kept. It is said in that language.", ""),
        "item_help": ("sixth item: learn the keys.", "press Speak."),
        "help_on": (
            "from now on each key says its name and what it does, and does nothing.",
            "press any key. Ten seconds without one end key help, and the menu.",
        ),
        "help_speak": ("you pressed the Speak key. At any time but now it says the code.", ""),
        "help_louder": ("you pressed the Louder key.", ""),
        "help_quieter": ("you pressed the Quieter key.", ""),
        "help_menu": ("you pressed the Menu key.", ""),
        "item_speaker": (
            "seventh item: codes may leave the loudspeaker.",
            "press Louder or Quieter to forbid it.",
        ),
        "item_headphones": (
            "seventh item: codes are said into headphones only.",
            "press Louder or Quieter to allow the loudspeaker.",
        ),
        "output_speaker": ("codes may leave the loudspeaker from now on. Who stands near hears them.", ""),
        "output_headphones": ("codes are said into headphones only from now on.", ""),
        "item_single_on": (
            "eighth item: one person alone uses this reader, so the volume stays as it was left.",
            "press Louder or Quieter to change it.",
        ),
        "item_single_off": (
            "eighth item: at each start the volume is 4 again, a safe one.",
            "press Louder or Quieter to change it.",
        ),
        "single_on": ("the volume is kept from now on. Others will hear it at the volume that you left.", ""),
        "single_off": ("the volume begins at 4 from now on.", ""),
        "power_good": ("ninth item: battery and clock are good.", ""),
        "power_low": ("ninth item: the battery is under 2.3 volts.", "change both cells soon."),
        "clock_lost_item": ("ninth item: the time is lost.", _SET_UP + "time`."),
        "both_wrong_item": ("ninth item: both.", "change the cells first, then " + _SET_UP + "time`."),
        "item_serial": ("tenth item: the serial number, letter by letter, at the speed of codes.", ""),
        "item_setup": ("eleventh and last item: let a computer put keys on the reader.", "press Speak."),
    },
    "Volume": {
        "volume": ("the volume now, 1 to 8.", ""),
        "volume_loudest": ("it cannot be louder.", ""),
        "volume_quietest": ("it cannot be quieter.", ""),
    },
    "Set-up and computers": {
        "setup_open": (
            "a computer may put on keys, set the time and put on voices, for this long.",
            "plug in USB and use the computer. Speak says the time that is left; Menu closes set-up.",
        ),
        "setup_closed": (
            "no computer can change anything any more.",
            "",
        ),
        "stored": (
            "a computer has put a key on the reader. Shown at once, said at the next key.",
            "if you did not do this, erase the reader.",
        ),
        "clock_set": ("a computer has set the time. Said at the next key.", ""),
        "voice_stored": ("a computer has put a voice on the reader. Said at the next key.", ""),
        "ask_code": (
            "a computer that is plugged in wants a code sent to it. The number is that of the key.",
            _ANSWER + " Speak is yes. If you did not ask for this, press any other key.",
        ),
        "ask_speak": (
            "a computer that is plugged in wants the reader to speak a code. The code stays on the reader.",
            _ANSWER + " Speak is yes.",
        ),
        "ask_wipe": (
            "a computer that is plugged in wants to erase all keys.",
            _ANSWER + " Menu is yes: then every key is lost. Any other key is no.",
        ),
        "sent": ("the computer has the code.", ""),
        "refused": ("you said no. Nothing was sent, spoken or erased.", ""),
        "withdrawn": (
            "the program on the computer gave up. Said at the next key.",
            "ask again on the computer.",
        ),
        "timeout": (
            "nobody answered the question for a minute. Said at the next key.",
            "ask again on the computer.",
        ),
        "erasing": (
            "all keys are being erased, which takes some twenty seconds. Keys do nothing now.",
            "wait.",
        ),
        "erased": ("done. The reader starts again as a new one.", ""),
    },
    "For developers": {
        "recover_hold": (
            "you hold the key that switched the reader on, and USB is plugged in. After 15 seconds letting go erases.",
            "to keep your keys, let go now.",
        ),
        "recover_now": (
            "letting go now, before 20 seconds are over, erases every key and opens the reader for other software.",
            "to keep your keys, go on holding until the next sentence.",
        ),
        "recover_none": ("you held for longer: nothing was erased.", "let go."),
        "opened": ("every key is erased, and the reader starts again with its prompt open.", ""),
        "developer": (
            "this reader was opened for developers. Said at every start with a key.",
            "do not put a key on it that matters.",
        ),
    },
}
