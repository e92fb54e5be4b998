"""What each kind of device needs from its user, in words; the device itself may be out of sight or silent."""

from dataclasses import dataclass

from segl import Display, Reader

__all__ = ["Prompts", "prompts"]


@dataclass(frozen=True)
class Prompts:
    """What to do on one kind of device.

    Args:
        code: to give a code to the computer.
        window: to open set-up.
        wipe: to confirm that every key is erased.
    """

    code: str
    window: str
    wipe: str


_DISPLAY = Prompts(
    code="Press the key on the device to release the code.",
    window="Hold the key on the device for five seconds, until the screen says set-up, then release it.",
    wipe="Hold the key on the device until the countdown on the screen reaches its mark, then release it.",
)
_READER = Prompts(
    code="Press any key on the reader to hear the question; then Speak = yes.",
    window="Press Menu on the reader until it says set-up, then press Speak. "
    "A new reader first asks a question: listen to its end and press the key it names.",
    wipe="Press any key on the reader to hear the question and listen to its end; then Menu = yes, any other key = no.",
)


def prompts(device: Display | Reader) -> Prompts:
    """Give what to tell the user of this device."""
    return _READER if isinstance(device, Reader) else _DISPLAY
