"""Voices among the firmware: packs of speech that lie on the board as they are, and the room a board has for them."""

import ast
import os
import re
from collections.abc import Callable
from pathlib import Path

_END = ".pack"
_ROOM = "VOICES"
_PRODUCT = re.compile(r"\d+( \* \d+)*")


def packs_of(root: Path, device: str) -> list[str]:
    """Return the paths on the board of a device's voices, sorted.

    Args:
        root: the firmware's folder.
        device: the device's package, for example "audio_reader".
    """
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(root / device)
        for name in names
        if name.endswith(_END) and not name.startswith(".")
    ]
    return sorted(Path(path).relative_to(root).as_posix() for path in found)


def voices_room(source: Callable[[str], str | None]) -> int:
    """Return how many bytes all voices together may have, as the board's file says in VOICES; 0 for None.

    Args:
        source: gives the text of a firmware file by its path on the board.
    """
    for node in ast.parse(source("boards/board.py") or "").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == _ROOM:
            value = ast.unparse(node.value).removeprefix("const(").removesuffix(")")
            if _PRODUCT.fullmatch(value):
                product = 1
                for factor in value.split(" * "):
                    product *= int(factor)
                return product
    return 0
