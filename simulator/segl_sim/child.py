"""A command that is run on behalf of the user, as a shell runs it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from segl.errors import InputError

_PASSED_ON = (signal.SIGTERM, *((signal.SIGHUP,) if os.name == "posix" else ()))


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end; return its exit status, 128 and the signal's number if a signal ended it.

    What would end this process ends the command instead. An interrupt from the terminal reaches both, and this process
    waits for what the command makes of it.

    Args:
        command: Its words; looked for along PATH.
        environment: What it gets beside this process's own.

    Raises:
        InputError: There is no such command, or it cannot be run.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *_PASSED_ON)}
    try:
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
        try:
            child = subprocess.Popen(command, env={**os.environ, **environment})
        except OSError as error:
            raise InputError(
                f"{command[0]} cannot be run ({error.strerror}); check its name and its path."
            ) from error

        def pass_on(number: int, _frame: FrameType | None) -> None:
            child.send_signal(number)

        for number in _PASSED_ON:
            signal.signal(number, pass_on)
        status = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status
