"""The Markdown pages of the project, taken apart: code blocks, tables, links, pictures."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


class Link(NamedTuple):
    """A link or a picture: its words (of a picture: what it shows), and where it leads."""

    page: Path
    picture: bool
    words: str
    target: str


def pages() -> list[Path]:
    """Give every page, README first."""
    return [*sorted(ROOT.glob("*.md"), reverse=True), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """Give the code blocks in a language."""
    return [text for name, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


def table(page: Path, title: str) -> list[list[str]]:
    """Give the rows of the first table after a line, its head left out."""
    text = page.read_text(encoding="utf-8").partition(f"\n{title}\n")[2]
    assert text, f"{page.name} has no line: {title}"
    rows: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def links() -> Iterator[Link]:
    """Give every link and picture of every page."""
    for page in pages():
        for mark, words, target in _LINK.findall(page.read_text(encoding="utf-8")):
            yield Link(page, bool(mark), words, target)
