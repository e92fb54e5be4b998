"""docs/gestures.md says what firmware/code_display does."""

import re
from itertools import pairwise
from types import ModuleType

import pytest

from code_display import gestures, words
from tests.docs.pages import ROOT, table

PAGE = ROOT / "docs" / "gestures.md"
DOES = {
    gestures.PRESS: "press",
    gestures.INFO: "information",
    gestures.OPEN: "open for set-up",
    gestures.WIPE: "erase all keys",
    gestures.RECOVER: "erase all keys and open for developers",
    gestures.NOTHING: "nothing",
}
TABLES = {
    "## The button": gestures.NORMAL,
    "### When a computer asks to erase": gestures.ASKED_TO_WIPE,
    "### The way back in": gestures.AT_START,
}
NOT_A_SCREEN = {"closed"}  # also the name of an event


def said(text: str) -> str:
    """A message as the page writes it."""
    return re.sub(r"\s+", " ", text.replace("\n", " ").replace("{}", "X")).strip()


def held(ladder: tuple[tuple[int, str, str | None], ...]) -> list[str]:
    starts = [f"{start / 1000:g}" for start, _, _ in ladder]
    between = [f"{start} to {end} s" for start, end in pairwise(starts[1:])]
    return [f"under {starts[1]} s", *between, f"{starts[-1]} s or more"]


@pytest.mark.parametrize("title", TABLES)
def test_the_tables_of_the_button_are_the_firmwares(title: str):
    ladder = TABLES[title]
    shown = ["as before" if word is None else said(words.get("en", word)) for _, _, word in ladder]
    does = [DOES[action] for _, action, _ in ladder]
    assert table(PAGE, title) == [list(row) for row in zip(held(ladder), does, shown, strict=True)]


def shown_words(source: ModuleType = words) -> set[str]:
    """The texts that the application shows as messages of their own (those of the button stand above)."""
    names = ("code_display/app.py", "common/requests.py", "common/trouble.py")
    code = "".join((ROOT / "firmware" / name).read_text() for name in names)
    english: dict[str, str] = vars(source)["_ENGLISH"]
    messages = [key for key, text in english.items() if "\n" in text or text.endswith(".")] + ["new_code"]
    return {key for key in messages if f'"{key}"' in code} - NOT_A_SCREEN


def test_the_list_of_messages_is_whole_and_right():
    rows = {row[0]: row[1] for row in table(PAGE, "### All messages")}
    assert rows == {said(words.get("en", key)): said(words.get("da", key)) for key in shown_words()}
