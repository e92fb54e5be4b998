"""The list of conformance tests is whole: every test names its section, and docs/conformance.md leaves nothing out."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "conformance.md").read_text("utf-8")
# | group | number of checks | where |
GROUPS = re.findall(r"^\| ([^|]+) \| (\d+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
FILES = sorted(set(re.findall(r"`(test_\w+\.py)`", PAGE)))


def module(file: str) -> ModuleType:
    return importlib.import_module(f"tests.chip.{file.removesuffix('.py')}")


def test_all_324_described_checks_have_a_place() -> None:
    assert len({group for group, _, _ in GROUPS}) == len(GROUPS) == 48
    assert sum(int(checks) for _, checks, _ in GROUPS) == 324


def test_each_group_is_tested_or_does_not_apply() -> None:
    for group, _, where in GROUPS:
        assert "test_" in where or "does not apply: " in where, group


@pytest.mark.parametrize("file", FILES)
def test_each_test_names_its_section(file: str) -> None:
    tests = [value for name, value in vars(module(file)).items() if name.startswith("test_")]
    assert len(tests) >= 5
    for test in tests:
        assert re.search(r"\d|docs/", vars(test).get("section", "")), test.__name__


def test_each_file_whose_tests_name_sections_is_on_the_page() -> None:
    listed = {path.name for path in HERE.glob("test_*.py") if "\n@section(" in path.read_text("utf-8")}
    assert listed == set(FILES)
