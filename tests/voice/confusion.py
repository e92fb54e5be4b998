"""What spoken codes were taken for: who was confused with whom, and how near it was."""

from collections import defaultdict

import numpy as np

from tests.voice.matching import Other, pieces
from tests.voice.recognize import Samples

_CLOSEST = 3


class Confusion:
    """Counts what each spoken digit was taken for.

    Args:
        other: the voice to compare with.
    """

    def __init__(self, other: Other) -> None:
        self._other = other
        self.matrix = np.zeros((10, 10), int)
        self.codes = self.split = self.whole = 0
        self._margins: dict[str, list[float]] = defaultdict(list)

    def add(self, samples: Samples, code: str) -> bool:
        """Match one spoken code; return whether all of it was heard.

        Args:
            samples: the code as it was heard, 16 kHz.
            code: what was spoken.
        """
        found = pieces(samples)
        heard = ""
        for digit, piece in zip(code, found, strict=False):
            match = self._other.match(piece)
            heard += str(match.digit)
            self.matrix[int(digit), match.digit] += 1
            wrong, which = min(
                (far, which) for which, far in enumerate(match.distances) if which != int(digit)
            )
            pair = "-".join(sorted((digit, str(which))))
            self._margins[pair].append(wrong / match.distances[int(digit)])
        self.codes += 1
        self.split += len(found) == len(code)
        self.whole += heard == code
        return heard == code

    @property
    def closest(self) -> list[tuple[str, float]]:
        """The pairs of digits that came closest: the wrong digit's distance over the right one's."""
        nearest = sorted((min(values), pair) for pair, values in self._margins.items())
        return [(pair, value) for value, pair in nearest[:_CLOSEST]]

    def __str__(self) -> str:
        """The figures and the matrix as a table in Markdown."""
        lines = [f"{self.codes} codes, {self.split} split into six, {self.whole} matched whole", ""]
        lines += ["| spoken | " + " | ".join("0123456789") + " |", "|---" * 11 + "|"]
        for digit, row in enumerate(self.matrix):
            lines.append(f"| {digit} | " + " | ".join(str(value) if value else "" for value in row) + " |")
        near = ", ".join(f"{pair} {value:.2f}" for pair, value in self.closest)
        return "\n".join(
            [*lines, "", f"Closest pairs (the wrong digit's distance over the right one's): {near}"]
        )
