"""Every text that the code display shows, in English and in Danish.

A message is a title and, after the line's end, what there is to do; {} stands for a name or a number.
"""

_ENGLISH = {
    "no_key": "No key yet.\nHold the button 5 s to set up.",
    "clock_lost": "Clock stopped.\nConnect to a computer and set up again.",
    "clock_ahead": "Clock was ahead.\nSet up again.",
    "clock_wait": "Wait {}.\nThe clock was a little ahead.",
    "used_up": "Key used up.\nSet up again.",
    "battery_low": "Battery low.\nPut in a new one soon.",
    "battery_empty": "Battery empty.\nPut in a new one.",
    "damaged": "Storage damaged.\nKeys may be lost. Connect to a computer and set up again.",
    "developer": "Developer device.\nKeys are not protected.",
    "new_code": "New code in",
    "open": "Set-up open.\nConnect to a computer.",
    "stored": "Key stored.\n{}",
    "clock_set": "Clock set.",
    "ask_code": "Send code?\nA computer asks for the code of {}. Press\xa0=\xa0yes. Wait\xa0=\xa0no.",
    "ask_wipe": "Erase all?\nA computer asks to erase all keys. Hold button\xa0=\xa0yes. Wait\xa0=\xa0no.",
    "refused": "Refused.\nNothing was sent.",
    "cancelled": "Canceled.\nThe computer no longer asks.",
    "timeout": "Too late.\nAsk again on the computer.",
    "hold_info": "Release for information.\nKeep holding for set-up.",
    "hold_open_now": "Release now\nto open for set-up.",
    "hold_wipe": "Erase all.\nKeep holding.",
    "hold_wipe_now": "Release now\nto erase all keys.",
    "hold_reset": "Erase all\nand open for developers. Keep holding.",
    "hold_reset_now": "Release now\nto erase all and open for developers.",
    "hold_none": "Nothing happens.\nRelease the button.",
    "erasing": "Erasing {}\xa0%\nPlease wait.",
    "erased": "Erased.\nNo keys are left on this device.",
    "opened": "Open for developers.\nAll keys are erased.",
    "version": "Version",
    "battery": "Battery",
    "clock_unset": "not set",
    "minutes": "{}\xa0min",
    "seconds": "{}\xa0s",
}

_DANISH = {
    "no_key": "Ingen nøgle.\nHold knappen nede i 5\xa0s for at opsætte.",
    "clock_lost": "Uret gik i stå.\nTilslut en computer, og opsæt igen.",
    "clock_ahead": "Uret var foran.\nOpsæt igen.",
    "clock_wait": "Vent {}.\nUret var lidt foran.",
    "used_up": "Nøglen er brugt op.\nOpsæt igen.",
    "battery_low": "Lavt batteri.\nSæt snart et nyt i.",
    "battery_empty": "Fladt batteri.\nSæt et nyt i.",
    "damaged": "Lageret er skadet.\nNøgler kan være væk. Tilslut en computer, og opsæt igen.",
    "developer": "Udviklerenhed.\nNøglerne er ikke beskyttet.",
    "new_code": "Ny kode om",
    "open": "Åben for opsætning.\nTilslut en computer.",
    "stored": "Nøgle gemt.\n{}",
    "clock_set": "Uret er stillet.",
    "ask_code": "Send koden?\nEn computer beder om koden til {}. Tryk\xa0=\xa0ja. Vent\xa0=\xa0nej.",
    "ask_wipe": "Slet alt?\nEn computer beder om at slette alle nøgler. "
    "Hold knappen nede\xa0=\xa0ja. Vent\xa0=\xa0nej.",
    "refused": "Afvist.\nDer er ikke sendt noget.",
    "cancelled": "Annulleret.\nComputeren spørger ikke længere.",
    "timeout": "For sent.\nSpørg igen fra computeren.",
    "hold_info": "Slip for oplysninger.\nHold fortsat for opsætning.",
    "hold_open_now": "Slip nu\nfor at åbne for opsætning.",
    "hold_wipe": "Slet alt.\nHold fortsat.",
    "hold_wipe_now": "Slip nu\nfor at slette alle nøgler.",
    "hold_reset": "Slet alt\nog åbn for udviklere. Hold fortsat.",
    "hold_reset_now": "Slip nu\nfor at slette alt og åbne for udviklere.",
    "hold_none": "Der sker intet.\nSlip knappen.",
    "erasing": "Sletter {}\xa0%\nVent venligst.",
    "erased": "Slettet.\nDer er ingen nøgler på enheden.",
    "opened": "Åben for udviklere.\nAlle nøgler er slettet.",
    "version": "Version",
    "battery": "Batteri",
    "clock_unset": "ikke stillet",
    "minutes": "{}\xa0min",
    "seconds": "{}\xa0s",
}

LANGUAGES = ("en", "da")


def get(language: str, key: str, *values: object) -> str:
    """Give a text in a language ("da", else English), its gaps filled with values in order."""
    words = (_DANISH if language == "da" else _ENGLISH)[key]
    return words.format(*values) if values else words


def pair(language: str, key: str, *values: object) -> tuple[str, str]:
    """Give a message as title and body, for the screens that take both."""
    title, _, body = get(language, key, *values).partition("\n")
    return title, body


def duration(language: str, seconds: int) -> str:
    """Write a time to wait: 9 min 5 s, 9 min, 5 s."""
    minutes, seconds = divmod(seconds, 60)
    parts = []
    if minutes:
        parts.append(get(language, "minutes", minutes))
    if seconds or not minutes:
        parts.append(get(language, "seconds", seconds))
    return " ".join(parts)
