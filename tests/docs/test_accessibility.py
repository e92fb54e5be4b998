"""docs/accessibility.md has an entry for every rule and clause, and each one that claims something names its tests."""

import re

from tests.docs.pages import ROOT

TEXT = (ROOT / "docs" / "accessibility.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^- \*\*(.+?)\*\* (.+)$", TEXT, re.M)
RULES = [f"A{number}" for number in range(1, 18)]
CLAUSES = [
    *("5.1.2.1", "5.1.2.2"),
    *(f"5.1.3.{number}" for number in range(1, 17)),
    *("5.1.4", "5.1.5", "5.1.6.1", "5.1.6.2", "5.1.7", "5.2", "5.3", "5.4", "5.5.1", "5.5.2"),
    *("5.6.1", "5.6.2", "5.7", "5.8", "5.9"),
    *("8.1.2", "8.1.3", "8.2.1.1", "8.2.1.2", "8.2.2", "8.3", "8.4.1", "8.4.2.1", "8.4.2.2", "8.4.3", "8.5"),
    *("10", "11.5", "11.6", "11.7", "11.8", "12.1.1", "12.1.2", "12.2"),
]
_STATE = re.compile(r"\*(Met|Partly|Open|Not met|Not applicable)\.?\*")
_TEST = re.compile(r"`tests/[\w/]+\.py::(test_\w+)`")


def numbers(title: str) -> list[str]:
    return re.findall(r"(?:^|, )(A?\d+(?:\.\d+)*)", title)


def test_every_rule_and_clause_has_one_entry():
    found = [number for title, _ in ENTRIES for number in numbers(title)]
    assert found[: len(RULES) + len(CLAUSES)] == RULES + CLAUSES
    assert len(found) == len(set(found))


def test_every_entry_begins_with_its_state():
    assert [title for title, rest in ENTRIES if not _STATE.match(rest)] == []


def test_what_is_met_is_shown_by_a_test():
    claimed = [(title, rest) for title, rest in ENTRIES if rest.startswith(("*Met", "*Partly"))]
    assert claimed
    assert [title for title, rest in claimed if not _TEST.search(rest)] == []


def test_what_is_open_is_collected_at_the_end():
    collected = TEXT.partition("\n## What is open\n")[2]
    for group in ("For a person:", "For a case:", "For a bench:"):
        assert group in collected


def test_the_figures_are_there_and_called_what_they_are():
    before, _, rest = TEXT.partition("<!-- figures: begin -->")
    figures = rest.partition("<!-- figures: end -->")[0]
    assert "a check against swapped, cut or mute clips" in before
    assert figures.count("| spoken | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |") == 2
