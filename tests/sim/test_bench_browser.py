"""What `make bench` says of browsers where none is."""

import shutil

import pytest

from segl_sim.bench_browser import browser_rows


def test_without_a_browser_the_bench_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    (row,) = browser_rows()
    assert row[1] == "not measured"
    assert "chromium" in row[3]
