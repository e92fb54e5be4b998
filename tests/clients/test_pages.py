"""The Python on the pages about real programs runs, each page from top to bottom."""

from pathlib import Path

import pytest

from tests.clients.browsers import chromium
from tests.docs.pages import ROOT, blocks


@pytest.mark.parametrize("name", ["browser.md", "clients.md"])
def test_the_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chromium()
    page = ROOT / "docs" / name
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    exec(compile("\n".join(blocks(page, "python")), str(page), "exec"), {"__name__": "page"})
