"""Write the pictures of the devices' screens (docs/img/oled-*.png): what a simulated device really shows.

python tools/gen_pictures.py           writes the pictures
python tools/gen_pictures.py --check   fails if a picture's pixels are not what would be written
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image

import segl
from segl_sim import CodeDisplay, World
from segl_sim.handheld import Handheld
from segl_wire import frame, schema

FOLDER = Path(__file__).parents[1] / "docs" / "img"
SECRET = b"12345678901234567890"  # the published key of RFC 4226 and RFC 6238
HOLD_S = 6.2


def scenes() -> Iterator[tuple[str, Handheld]]:
    """Lead devices to the screens that the pages show, one after the other.

    Yields:
        The name of the picture, and a device whose screen is to be taken now; both last until the next.
    """
    yield from _scene({"code": _code, "info": _info, "hold": _hold, "ask": _ask, "wait": _wait})
    yield from _scene({"eight": _code}, digits=8)
    yield from _scene({"danish": _hold}, language="da")
    yield from _reader_scene()


def main() -> int:
    """Write the pictures, or compare them; return 1 if one is not what it should be."""
    check = "--check" in sys.argv
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, device in scenes():
            target = FOLDER / f"oled-{name}.png"
            fresh = Path(folder) / target.name
            device.screen.png(fresh)
            if target.exists() and _pixels(target) == _pixels(fresh):
                continue  # only the packing may differ, and that is no reason to write it anew
            if check:
                problems.append(f"{target.name} is not what the device shows: run tools/gen_pictures.py")
            else:
                target.write_bytes(fresh.read_bytes())
    print("\n".join(problems) or "pictures: up to date")
    return 1 if problems else 0


def _scene(
    steps: dict[str, Callable[[CodeDisplay], None]], digits: int = 6, language: str = "en"
) -> Iterator[tuple[str, CodeDisplay]]:
    with World(seed=1) as world:
        display = world.code_display()
        display.press(6)
        with display.connect() as session:
            key = segl.Key(name="Example bank", secret=SECRET, digits=digits)
            session.provision(key, utc=round(world.utc), sequence=1, language=language)
        display.unplug()
        for name, step in steps.items():
            world.advance(1)  # for a finger to let go
            display.power_cut()  # a dark screen to begin with
            display.restore_power()
            step(display)
            yield name, display


def _reader_scene() -> Iterator[tuple[str, Handheld]]:
    with World(seed=1) as world:
        reader = world.audio_reader()
        reader.press()
        yield "reader-first", reader
        reader.walk_to(r"Set-up\.")
        reader.press()
        reader.listen()
        with reader.connect() as session:
            key = segl.Key(name="Example bank", secret=SECRET)
            session.provision(key, utc=round(world.utc), sequence=1)
        reader.unplug()
        reader.press("menu")
        reader.listen()
        _at(reader, 8)
        reader.press()
        yield "reader-code", reader


def _at(display: Handheld, second: int) -> None:
    """Let time pass until this second of a step."""
    display.world.advance((second - display.world.utc) % 30 or 30)


def _code(display: CodeDisplay) -> None:
    _at(display, 8)
    display.press()


def _wait(display: CodeDisplay) -> None:
    _at(display, 26)
    display.press()


def _info(display: CodeDisplay) -> None:
    display.press(2)


def _hold(display: CodeDisplay) -> None:
    display.finger(HOLD_S + 0.5)
    display.world.advance(HOLD_S)


def _ask(display: CodeDisplay) -> None:
    display.plug()
    port = display.serial_port()
    port.open()
    display.world.advance(1)
    port.write(frame.encode(schema.encode_request(schema.CODE, 1, {"index": 0})))
    display.world.advance(1)


def _pixels(path: Path) -> tuple[tuple[int, int], bytes]:
    with Image.open(path) as picture:
        return picture.size, picture.convert("RGB").tobytes()


if __name__ == "__main__":
    sys.exit(main())
