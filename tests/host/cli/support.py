"""What the tests of the command line share: one key, one moment, and JSON lines taken apart."""

import json
from collections.abc import Callable

from click.testing import Result

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
URI = f"otpauth://totp/Bank:alice?secret={SECRET}"
NOW = 1_800_000_000.5

Run = Callable[..., Result]


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]
