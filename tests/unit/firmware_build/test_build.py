"""Building: the folder, its manifest, and what is refused."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_sim.firmware import MANIFEST, BuildError, Entry, Firmware, Manifest, build, read_build


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_folder_holds_what_lies_on_the_board(tree: Path, tmp_path: Path) -> None:
    manifest = build("code_display", "pico", tmp_path / "a/out", root=tree)
    written = content(tmp_path / "a/out")
    text = written.pop(MANIFEST)
    assert written == Firmware.load("code_display", "pico", root=tree).files
    assert json.loads(text) == manifest.as_dict()
    assert manifest.total == sum(len(data) for data in written.values())
    assert manifest.files["main.py"].sha256 == hashlib.sha256(written["main.py"]).hexdigest()
    assert (manifest.device, manifest.board, manifest.version, manifest.mpy) == (
        "code_display",
        "pico",
        "1.2.3",
        "6.3",
    )


def test_builds_are_equal_byte_for_byte_whatever_the_time(tree: Path, tmp_path: Path) -> None:
    build("code_display", "pico2", tmp_path / "one", root=tree)
    for path in tree.rglob("*.py"):
        os.utime(path, (1, 1))
    build("code_display", "pico2", tmp_path / "two", root=tree)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_former_build_is_replaced_whole(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build("code_display", "pico2", out, root=tree)
    build("audio_reader", "pico2", out, root=tree)
    assert read_build(out).device == "audio_reader"
    assert not (out / "code_display").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_an_empty_folder_is_taken(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    build("code_display", "pico2", tmp_path / "out", root=tree)


@pytest.mark.parametrize("kind", ["file", "foreign folder", "build with a foreign file", "link"])
def test_anything_else_is_left_alone(tree: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "file":
        out.write_text("mine")
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        out.symlink_to(tmp_path / "elsewhere")
    else:
        if kind.startswith("build"):
            build("code_display", "pico2", out, root=tree)
        out.mkdir(exist_ok=True)
        (out / "thesis.txt").write_text("mine")
    before = out.read_text() if out.is_file() else content(out)
    with pytest.raises(BuildError, match="--out"):
        build("code_display", "pico2", out, root=tree)
    assert (out.read_text() if out.is_file() else content(out)) == before


def test_a_failed_build_leaves_the_former_one(tree: Path, tmp_path: Path) -> None:
    build("code_display", "pico2", tmp_path / "out", root=tree)
    before = content(tmp_path / "out")
    (tree / "common/store.py").write_text("def f(:\n")
    with pytest.raises(BuildError, match="does not compile"):
        build("code_display", "pico2", tmp_path / "out", root=tree)
    assert content(tmp_path / "out") == before


def test_a_place_that_cannot_be_written_is_named(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BuildError, match="cannot be written"):
        build("code_display", "pico2", tmp_path / "file" / "out", root=tree)


@pytest.mark.parametrize("damage", ["change", "remove", "add", "manifest"])
def test_a_damaged_build_is_not_read(tree: Path, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "out"
    build("code_display", "pico2", out, root=tree)
    if damage == "change":
        (out / "common/store.mpy").write_bytes(b"M\x06")
    elif damage == "remove":
        (out / "main.py").unlink()
    elif damage == "add":
        (out / "common/store.py").write_text("")
    else:
        (out / MANIFEST).write_text("{}")
    with pytest.raises(BuildError, match=r"segl firmware build|build the firmware again"):
        read_build(out)


_text = st.text(max_size=8)
_entry = st.builds(Entry, st.integers(0, 2**31), st.text("0123456789abcdef", min_size=64, max_size=64))


@given(st.builds(Manifest, _text, _text, _text, _text, _text, st.dictionaries(_text, _entry, max_size=4)))
def test_a_manifest_survives_its_text(manifest: Manifest) -> None:
    assert Manifest.from_json(manifest.to_json()) == manifest


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text | st.just("files"), inner, max_size=3),
)


@given(_json, st.booleans())
def test_any_other_json_is_refused_with_one_kind_of_error(value: object, as_files: bool) -> None:
    fields = dict.fromkeys(["device", "board", "version", "compiler", "mpy"], "x")
    text = json.dumps({"format": 1, **fields, "files": value} if as_files else value)
    if as_files and value == {}:
        return
    with pytest.raises(ValueError, match=r"."):
        Manifest.from_json(text)
