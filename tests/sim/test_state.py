"""A simulated device on disk: whole, and the log of what changed since, which is all that a killed program leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from segl import InputError
from segl_sim import AudioReader, CodeDisplay, World, state
from segl_sim.parts.flash import SECTOR


@pytest.fixture(name="display")
def display_fixture() -> Iterator[CodeDisplay]:
    with World(seed=4, engine="cpython") as world:
        yield world.code_display()


@pytest.fixture(name="path")
def path_fixture(tmp_path: Path) -> Path:
    return tmp_path / "it.log"  # whatever it is called, its own log is another file


def log(path: Path) -> Path:
    return path.with_name("it.log.log")


def store(display: CodeDisplay, data: bytes, sector: int = 1) -> None:
    """Put something into the flash, behind the firmware's back."""
    display.flash.erase(display.flash.size - sector * SECTOR)
    display.flash.program(display.flash.size - sector * SECTOR, data)


def loaded(path: Path) -> bytes:
    with World(seed=4, engine="cpython") as world:
        return state.load(world, path).flash.image()


def test_what_changed_is_saved_without_writing_the_rest_again(display: CodeDisplay, path: Path):
    saver = state.Saver(display, path)
    saver.update()
    whole = path.read_bytes()
    for number in range(1, 6):
        store(display, bytes([number]) * 500, number % 2 + 1)
        saver.update()
    assert path.read_bytes() == whole
    assert loaded(path) == display.flash.image()
    saver.save()
    assert not log(path).exists()
    assert loaded(path) == display.flash.image()


def test_a_clock_that_was_set_is_saved_with_what_changed(display: CodeDisplay, path: Path):
    saver = state.Saver(display, path)
    saver.update()
    display.clock.write(bytes([0x0F, 0]))
    display.clock.set_seconds(1000)
    store(display, b"set")
    saver.update()
    with World(seed=4, engine="cpython") as world:
        again = state.load(world, path)
        assert isinstance(again, CodeDisplay)
        assert not again.clock.stopped
        assert again.clock.seconds == display.clock.seconds


def test_nothing_is_written_where_nothing_changed(display: CodeDisplay, path: Path):
    saver = state.Saver(display, path)
    saver.update()
    display.world.advance(5)
    saver.update()
    assert not log(path).exists()


@pytest.mark.parametrize("left", [1, 100, 3000])
def test_a_line_that_was_not_finished_means_nothing(display: CodeDisplay, path: Path, left: int):
    saver = state.Saver(display, path)
    saver.update()
    store(display, b"told")
    saver.update()
    told, lines = display.flash.image(), log(path).read_bytes()
    store(display, b"not told")
    saver.update()
    log(path).write_bytes(log(path).read_bytes()[: len(lines) + left])
    assert loaded(path) == told


def test_the_log_of_an_earlier_file_means_nothing(display: CodeDisplay, path: Path):
    saver = state.Saver(display, path)
    saver.update()
    store(display, b"earlier")
    saver.update()
    lines = log(path).read_bytes()
    store(display, b"later")
    saver.save()
    log(path).write_bytes(lines)  # killed before it was removed
    assert loaded(path) == display.flash.image()


def test_a_log_does_not_outgrow_its_file(display: CodeDisplay, path: Path):
    saver = state.Saver(display, path)
    saver.update()
    sizes: list[int] = []
    while len(sizes) < 2 or sizes[-1] > sizes[-2]:
        store(display, str(len(sizes)).encode())
        saver.update()
        sizes.append(log(path).stat().st_size if log(path).exists() else 0)
        assert sizes[-1] < display.flash.size + 2 * SECTOR
    assert sizes[-2] > display.flash.size
    assert loaded(path) == display.flash.image()


def test_a_device_of_another_kind_is_refused_by_name(display: CodeDisplay, path: Path):
    state.save(display, path)
    with World(seed=4) as world:
        with pytest.raises(InputError, match=r"it\.log holds a display, not a reader"):
            state.load(world, path, AudioReader)
        assert state.load(world, path, CodeDisplay).flash.image() == display.flash.image()
