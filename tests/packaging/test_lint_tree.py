"""What belongs to one machine is found, and what looks like it is left alone."""

import pytest

from tools.lint_tree import check

# Put together here, so that this file itself stays clean.
SLASH, DASHES, DOT = "/", "--", "."


@pytest.mark.parametrize(
    "line",
    [
        f"see {SLASH}work{SLASH}main",
        f'path = "{SLASH}root{SLASH}x"',
        f"https:{SLASH}{SLASH}py{''}pi{DOT}org/simple",
        f"https:{SLASH}{SLASH}registry{DOT}npmjs{DOT}org/x",
        f"{DASHES}index-url https:{SLASH}{SLASH}mirror",
        '"resolved"' + ': "https:',
    ],
)
def test_a_slip_is_found_with_its_line(line: str) -> None:
    (found,) = check("docs/x.md", f"fine\n{line}\n")
    assert found.startswith("docs/x.md:2: ")


@pytest.mark.parametrize(
    "line", ["src/work/main", "./home/x", "pip install segl", "PyPI and npm", "/dev/ttyACM0"]
)
def test_what_only_looks_like_it_passes(line: str) -> None:
    assert check("docs/x.md", line) == []


def test_a_uv_lock_is_refused() -> None:
    assert "make lock" in check("uv.lock", "")[0]
