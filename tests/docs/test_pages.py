"""Links lead somewhere, pictures say what they show, and tests that a page names exist."""

import re
from pathlib import Path

import pytest

from segl_sim.handheld import Handheld
from tests.docs.pages import ROOT, links, pages
from tools import gen_pictures

_TEST = re.compile(r"`(tests/[\w/.]+?\.py)(?:::(\w+))?`")


def test_every_link_leads_to_a_file_or_a_heading():
    broken: list[str] = []
    for link in links():
        path, _, heading = link.target.partition("#")
        if link.target.startswith("http"):
            continue
        target = link.page.parent / path if path else link.page
        if not target.exists():
            broken.append(f"{link.page.name}: {link.target}")
        elif heading and heading not in _headings(target):
            broken.append(f"{link.page.name}: no heading {heading}")
    assert broken == []


def test_every_picture_has_words():
    assert [link for link in links() if link.picture and len(link.words) < 30] == []


def test_every_test_that_a_page_names_exists():
    missing: list[str] = []
    for page in pages():
        for name, function in _TEST.findall(page.read_text(encoding="utf-8")):
            path = ROOT / name
            if not path.exists() or (function and f"def {function}(" not in path.read_text(encoding="utf-8")):
                missing.append(f"{page.name}: {name} {function}".strip())
    assert missing == []


def test_the_words_of_a_picture_are_those_on_it():
    words: dict[str, list[str]] = {}
    for link in links():
        if link.picture:
            words.setdefault(Path(link.target).name, []).append(link.words)
    silent: list[str] = []
    for name, display in gen_pictures.scenes():
        for text in words[f"oled-{name}.png"]:
            silent += [f"oled-{name}: {part}" for part in _parts(display) if part not in text]
    assert silent == []


def test_the_pictures_are_what_the_device_shows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["gen_pictures.py", "--check"])
    assert gen_pictures.main() == 0


def test_a_picture_of_something_else_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def late(display: Handheld, second: int) -> None:
        display.world.advance(
            (second + 1 - display.world.utc) % 30 or 30
        )  # a second later the bar is shorter

    monkeypatch.setattr("sys.argv", ["gen_pictures.py", "--check"])
    monkeypatch.setattr(gen_pictures, "_at", late)
    assert gen_pictures.main() == 1
    assert "oled-code.png is not what the device shows" in capsys.readouterr().out


def _parts(display: Handheld) -> list[str]:
    """What stands on the screen, piece by piece, as words for it should repeat it."""
    code, lines = display.code, display.lines
    if code is None:
        return [line.strip() for line in lines]
    half = len(code) // 2
    return [f"{code[:half]} {code[half:]}", " ".join(lines[:-1]), lines[-1]]


def _headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
