"""What the reader says: for every state and every error the clips that make a sentence, in every language alike.

The first clip is an earcon: tone_ask before a question, tone_wrong before an error, tone_done when something was done,
tone_item before what is only information. An error says what is wrong and then what to do. "." ends a sentence.
{n} stands for a number, {time} for a number with its unit, {key} for a key's name, {name} for letters and digits.
"""

_CHANGE = ("to_change", "press", "key_louder", "or", "key_quieter")
_NO = (".", "for_no", "press", "any_other_key")
_SPEAK_YES = (".", "for_yes", "press", "key_speak") + _NO
_SET_UP = (".", "choose_setup")
_SPEAKER = ("speaker", ".", "warn_aloud")
_HEADPHONES = ("headphones", "only")
_SINGLE_ON = ("item_single", "on", ".", "volume", "kept")
_SINGLE_OFF = ("item_single", "off")

PHRASES = {
    # The first time.
    "first_pressed": ("tone_item", "you_pressed", "{key}"),
    "what": ("tone_item", "what_i_am", ".", "dot"),
    "ask_aloud": ("tone_ask", "ask_aloud", ".", "warn_aloud", ".", "for_yes", "press", "key_louder") + _NO,
    "aloud_yes": ("tone_done", "yes", ".") + _SPEAKER,
    "aloud_no": ("tone_done", "no", ".", "headphones", "only", ".", "plug_in"),
    # Key help: each key says its name and what it does.
    "help_speak": ("tone_item", "key_speak", ".", "dot", ".", "help_speak"),
    "help_louder": ("tone_item", "key_louder", ".", "help_change"),
    "help_quieter": ("tone_item", "key_quieter", ".", "help_change"),
    "help_menu": ("tone_item", "key_menu", ".", "help_menu"),
    # The menu. What Louder and Quieter change says so under its item; after a change only the new value is said.
    "item_digits": ("tone_item", "item_digits", ".", "press", "key_speak"),
    "last_digit": ("tone_item", "last_digit"),
    "item_left": ("tone_item", "item_left", "{n}"),
    "left_none": ("tone_item", "item_left", ".", "no_code", ".", "press", "key_speak"),
    "left_over": ("tone_item", "item_left", ".", "code", "over", ".", "press", "key_speak"),
    "left_good": ("tone_item", "item_left", ".", "code", "good"),
    "item_key": ("tone_item", "item_key", "{n}", ".", "{name}", ".") + _CHANGE,
    "key": ("tone_item", "{n}", ".", "{name}"),
    "item_rate": ("tone_item", "item_rate", "{n}", ".") + _CHANGE,
    "rate": ("tone_item", "{n}"),
    "rate_slowest": ("tone_item", "{n}", ".", "slowest"),
    "rate_fastest": ("tone_item", "{n}", ".", "fastest"),
    "item_language": ("tone_item", "item_language", ".", "language_name", ".") + _CHANGE,
    "language": ("tone_item", "language_name"),
    "item_help": ("tone_item", "item_help", ".", "press", "key_speak"),
    "help_on": ("tone_done", "item_help", ".", "press", "any_key", ".", "wait_to_stop"),
    "item_speaker": ("tone_item",) + _SPEAKER + (".",) + _CHANGE,
    "item_headphones": ("tone_item",) + _HEADPHONES + (".",) + _CHANGE,
    "output_speaker": ("tone_item",) + _SPEAKER,
    "output_headphones": ("tone_item",) + _HEADPHONES,
    "item_single_on": ("tone_item",) + _SINGLE_ON + (".",) + _CHANGE,
    "item_single_off": ("tone_item",) + _SINGLE_OFF + (".",) + _CHANGE,
    "single_on": ("tone_item",) + _SINGLE_ON,
    "single_off": ("tone_item",) + _SINGLE_OFF,
    "power_good": ("tone_item", "battery", "good", ".", "clock", "good"),
    "power_low": ("tone_item", "battery", "low", ".", "change_soon", ".", "clock", "good"),
    "clock_lost_item": ("tone_item", "battery", "good", ".", "clock", "stopped") + _SET_UP,
    "both_wrong_item": ("tone_item", "battery", "low", ".", "change_soon", ".", "clock", "stopped") + _SET_UP,
    "item_serial": ("tone_item", "item_serial", ".", "{name}"),
    "item_setup": ("tone_item", "item_setup", ".", "press", "key_speak"),
    # Volume and outlets.
    "volume": ("tone_item", "volume", "{n}"),
    "volume_loudest": ("tone_item", "volume", "{n}", ".", "loudest"),
    "volume_quietest": ("tone_item", "volume", "{n}", ".", "quietest"),
    "plug_needed": ("tone_wrong", "headphones", "only", ".", "plug_in"),
    # Codes.
    "new_code_wait": ("tone_item", "new_code_in", "{time}", ".", "wait"),
    "code_over": ("tone_item", "code", "over", ".", "press", "key_speak"),
    # What is wrong, and what to do.
    "no_key": ("tone_wrong", "no_key") + _SET_UP,
    "used_up": ("tone_wrong", "item_key", "used_up") + _SET_UP,
    "clock_lost": ("tone_wrong", "clock", "stopped") + _SET_UP,
    "clock_ahead": ("tone_wrong", "clock", "ahead") + _SET_UP,
    "clock_wait": ("tone_wrong", "clock", "ahead", ".", "wait", ".", "{time}"),
    "battery_low": ("tone_wrong", "battery", "low", ".", "change_soon"),
    "battery_empty": ("tone_wrong", "battery", "empty", ".", "change_now"),
    "damaged": ("tone_wrong", "storage", "damaged") + _SET_UP,
    "voice_missing": ("tone_wrong", "voice", "missing", ".", "connect"),
    "voice_damaged": ("tone_wrong", "voice", "damaged", ".", "connect"),
    "timeout": ("tone_wrong", "too_late"),
    # Set-up and computers.
    "developer": ("tone_item", "developer"),
    "setup_open": ("tone_done", "item_setup", "open", ".", "connect", ".", "{time}"),
    "setup_closed": ("tone_done", "item_setup", "closed"),
    "stored": ("tone_done", "item_key", "stored"),
    "clock_set": ("tone_done", "clock", "set"),
    "voice_stored": ("tone_done", "voice", "stored"),
    "ask_code": ("tone_ask", "computer_asks", "for_code", ".", "item_key", "{n}") + _SPEAK_YES,
    "ask_speak": ("tone_ask", "computer_asks", "to_speak", ".", "item_key", "{n}") + _SPEAK_YES,
    "ask_wipe": ("tone_ask", "computer_asks", "to_erase", ".", "for_yes", "press", "key_menu") + _NO,
    "sent": ("tone_done", "code", "sent"),
    "refused": ("tone_done", "refused"),
    "withdrawn": ("tone_item", "withdrawn"),
    "erasing": ("tone_item", "erasing", ".", "wait"),
    "erased": ("tone_done", "erased"),
    # The way back in for developers.
    "recover_hold": ("tone_ask", "keep_holding", "to_erase"),
    "recover_now": ("tone_ask", "let_go", "to_erase"),
    "recover_none": ("tone_done", "no", ".", "item_key", "kept"),
    "opened": ("tone_done", "erased", ".", "developer"),
}
