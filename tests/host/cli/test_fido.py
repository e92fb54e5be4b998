"""`fido`: PIN, settings and reset of a chip, in every voice."""

import re

import click
import pytest
from click.testing import CliRunner

from segl.cli import main
from segl.cli.context import Context
from segl.cli.fido import command
from segl.discovery import Found
from segl_sim import Chip
from tests.host.chips import PIN
from tests.host.cli.support import Run, lines


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, one in group.commands.items():
        found.append((*path, name))
        if isinstance(one, click.Group):
            found += every_command(one, (*path, name))
    return found


@pytest.mark.parametrize("path", every_command(command), ids=" ".join)
def test_every_command_has_help_and_none_takes_a_pin_as_an_argument(run: Run, path: tuple[str, ...]) -> None:
    result = run("fido", *path, "--help")
    assert result.exit_code == 0
    assert not re.search(r"--(new-|old-)?pin\b(?!-)", result.stdout)


def test_info_in_every_voice(fido: Run) -> None:
    assert "pin set: no\n" in fido("fido", "info").stdout
    told = lines(fido("fido", "info", "--json").stdout)[0]
    assert (told["pin_set"], told["pin_tries_left"], told["blob_bytes"]) == (False, None, 4096)
    assert "FIDO_2_1" in told["versions"]
    fido("fido", "pin", "set", "--pin-stdin", input=PIN)
    accessible = fido("fido", "info", accessible=True).stdout
    assert "pin tries left: 8\n" in accessible
    assert re.fullmatch(r"([a-z ]+: [ -~]+\n)+", accessible)


def test_the_serial_port_tells_about_the_chip_too(fido: Run) -> None:
    listed = fido("devices").stdout
    assert listed == "hid:chip  Segl chip  SGCH00000001  serial:chip\n"
    told = lines(fido("info", "--json").stdout)[0]
    assert (told["model"], told["storage"]) == ("Segl chip", "good")
    assert "battery" not in told
    assert fido("info", "--device", "hid:chip").exit_code == 0
    assert fido("info", "--device", "hid:other").exit_code == 3
    code = fido("code", "--device", "serial:chip")
    assert (code.exit_code, code.stdout) == (2, "")
    assert "segl fido" in code.stderr
    assert fido("code").exit_code == 3  # no device with codes


def test_a_pin_is_set_and_changed(fido: Run) -> None:
    assert fido("fido", "pin", "change", "--pin-stdin", input="1234\n5678").exit_code == 2
    for bad in ("123", "x" * 64):
        assert fido("fido", "pin", "set", "--pin-stdin", input=bad).exit_code == 2
    typed = fido("fido", "pin", "set", input=f"{PIN}\n{PIN}\n")
    assert (typed.exit_code, typed.stdout) == (0, "The chip has a PIN now.\n")
    assert PIN not in typed.output
    assert "segl fido pin change" in fido("fido", "pin", "set", "--pin-stdin", input=PIN).stderr
    changed = fido("fido", "pin", "change", "--pin-stdin", "--json", input=f"{PIN}\n567890\n")
    assert lines(changed.stdout) == [{"pin_changed": True}]
    assert fido("fido", "credentials", "list", "--pin-stdin", input="567890\r\n").exit_code == 0


def test_two_new_pins_that_differ_are_asked_for_again(fido: Run) -> None:
    typed = fido("fido", "pin", "set", input="1234\n1235\n5678\n5678\n")
    assert typed.exit_code == 0
    assert fido("fido", "credentials", "list", "--pin-stdin", input="5678").exit_code == 0


def test_a_wrong_pin_says_how_many_tries_are_left(fido: Run) -> None:
    fido("fido", "pin", "set", "--pin-stdin", input=PIN)
    wrong = fido("fido", "credentials", "list", "--pin-stdin", "--json", input="0000")
    assert (wrong.exit_code, wrong.stdout) == (6, "")
    assert lines(wrong.stderr) == [
        {"error": "The PIN is wrong; 7 tries are left.", "code": "PIN_INVALID", "exit": 6, "tries_left": 7}
    ]
    assert "6 tries are left" in fido("fido", "credentials", "list", input="0000\n").stderr
    assert fido("fido", "credentials", "list", "--no-input").exit_code == 2
    assert fido("fido", "credentials", "list", "--pin-stdin", input="").exit_code == 2


def test_settings_in_every_voice(fido: Run) -> None:
    assert fido("fido", "config", "always-uv", "on").stdout == "The chip wants its PIN for every use.\n"
    again = fido("fido", "config", "always-uv", "on", "--json")
    assert lines(again.stdout) == [{"always_uv": True, "changed": False}]
    fido("fido", "pin", "set", "--pin-stdin", input=PIN)
    off = fido("fido", "config", "always-uv", "off", "--pin-stdin", input=PIN, accessible=True)
    assert off.stdout == "always uv: no\nchanged: yes\n"
    longer = fido("fido", "config", "min-pin-length", "6", "--rp-id", "example.com", "--pin-stdin", input=PIN)
    assert longer.stdout == "A PIN has at least 6 characters now; the chip wants a new one.\n"
    assert fido("fido", "config", "force-pin-change", "--pin-stdin", input=PIN).exit_code == 6
    assert fido("fido", "pin", "change", "--pin-stdin", input=f"{PIN}\n12345").exit_code == 2
    assert fido("fido", "pin", "change", "--pin-stdin", input=f"{PIN}\n123456").exit_code == 0
    forced = fido("fido", "config", "force-pin-change", "--pin-stdin", "--json", input="123456")
    assert lines(forced.stdout) == [{"pin_change_forced": True}]
    assert "segl fido pin change" in fido("fido", "credentials", "list", "--pin-stdin", input="123456").stderr


def test_a_reset_waits_until_the_chip_is_plugged_in_again_and_held(fido: Run, chip: Chip) -> None:
    fido("fido", "pin", "set", "--pin-stdin", input=PIN)
    chip.world.advance(20)
    at = chip.world.now
    chip.world.at(at + 3_000_000_000, chip.unplug)
    chip.world.at(at + 6_000_000_000, chip.plug_in)
    result = fido("fido", "reset", "--yes", accessible=True)
    assert (result.exit_code, result.stdout) == (0, "reset: yes\n")
    order = [
        "step 1 of 3",
        "Unplug the chip.",
        "Plug it in again.",
        "step 2 of 3",
        "Hold the pad now",
        "step 3 of 3",
    ]
    places = [result.stderr.index(words) for words in order]
    assert places == sorted(places)
    assert "pin set: no" in fido("fido", "info").stdout


def test_a_reset_that_nobody_helps_ends(fido: Run, chip: Chip) -> None:
    waited = fido("fido", "reset", "--yes", "--json")
    assert waited.exit_code == 7
    assert lines(waited.stderr)[-1]["code"] == "USER_ACTION_TIMEOUT"
    assert fido("fido", "reset", "--no-input").exit_code == 2
    refused = fido("fido", "reset", input="n\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "Nothing was changed." in refused.stderr
    chip.world.advance(20)
    late = fido("--device", "sim:desk", "fido", "reset", "--yes")
    assert late.exit_code == 1
    assert "within ten seconds" in late.stderr


def test_a_chip_whose_security_key_the_system_hides_is_told(run: Run) -> None:
    none = run("fido", "info")  # a code display is there
    assert (none.exit_code, none.stderr) == (
        3,
        "Error: No chip found; plug one in, or name one with --device.\n",
    )
    context = Context(find=lambda: [Found("serial:COM3", "Segl chip", "SGCH00000001")])
    hidden = CliRunner().invoke(main, ["fido", "info"], obj=context)
    assert hidden.exit_code == 5
    assert "on Windows run this as administrator" in hidden.stderr
