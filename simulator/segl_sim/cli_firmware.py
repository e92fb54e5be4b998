"""`segl firmware`: build the firmware, and put it on a board."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import click

from segl_sim.firmware import BOARDS, BuildError, Manifest, build, devices, install_commands, read_build

_FAILURE, _USAGE, _NO_DEVICE, _SEVERAL, _PERMISSION = 1, 2, 3, 4, 5
_RASPBERRY_PI = 0x2E8A  # USB vendor number of stock MicroPython on the Pico boards
_board = click.option("--board", type=click.Choice(BOARDS), help="The board the device is made with.")


@click.group()
def firmware() -> None:
    """Build the firmware, and put it on a board."""


@firmware.command("build")
@click.argument("device")
@_board
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write; else build/firmware/DEVICE-BOARD."
)
@click.pass_context
def build_command(ctx: click.Context, device: str, board: str | None, out: Path | None) -> None:
    """Compile the firmware of DEVICE into a folder with a manifest.

    DEVICE is the device's name, for example code_display.
    """
    _require_device(device)
    folder, manifest = _build(device, board or "pico2", out)
    if _json(ctx):
        click.echo(json.dumps({"folder": str(folder), **manifest.as_dict()}, sort_keys=True))
        return
    click.echo(f"folder: {folder}")
    click.echo(f"device: {manifest.device} {manifest.version} for {manifest.board}")
    click.echo(f"files: {len(manifest.files)}, {manifest.total} bytes")


@firmware.command("install")
@click.argument("folder_or_device")
@_board
@click.option("--port", help="The board's serial port, for example /dev/ttyACM0; else the only one.")
@click.option("--developer", is_flag=True, help="Keep the Python prompt on USB; for development only.")
@click.option(
    "--serial",
    metavar="NUMBER",
    help="Write this serial number: SGCD (reader: SGAR, chip: SGCH) and eight digits; else the board keeps its own.",
)
@click.option("--dry-run", is_flag=True, help="Print the commands, one a line, and run none.")
@click.pass_context
def install_command(
    ctx: click.Context,
    folder_or_device: str,
    board: str | None,
    port: str | None,
    developer: bool,
    serial: str | None,
    dry_run: bool,
) -> None:
    """Put firmware on a board that runs stock MicroPython 1.29 or newer.

    FOLDER_OR_DEVICE is a folder that `segl firmware build` wrote, or a device's name, which is built first.
    """
    folder, manifest = _find_build(folder_or_device, board)
    port = port or _find_port(dry_run)
    try:
        commands = install_commands(folder, port, developer, serial)
    except BuildError as error:
        _fail(str(error), _FAILURE)
    if dry_run:
        for command in commands:
            click.echo(json.dumps({"command": command}) if _json(ctx) else shlex.join(command))
        return
    _require_access(port)
    program = _find_mpremote()
    for number, command in enumerate(commands, 1):
        click.echo(f"step {number} of {len(commands)}: {_title(command)}", err=True)
        _run([program, *command[1:]])
    if _json(ctx):
        result = {"device": manifest.device, "board": manifest.board, "version": manifest.version}
        click.echo(json.dumps({**result, "port": port, "developer": developer, "bytes": manifest.total}))
    else:
        click.echo(f"installed: {manifest.device} {manifest.version} on {port}")


def _json(ctx: click.Context) -> bool:
    return bool(getattr(ctx.obj, "json", False))


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    sys.exit(code)


def _require_device(device: str) -> None:
    try:
        known = devices()
    except BuildError as error:
        _fail(str(error), _FAILURE)
    if device not in known:
        _fail(f"no device {device!r}; choose one of: {', '.join(known)}", _USAGE)


def _build(device: str, board: str, out: Path | None) -> tuple[Path, Manifest]:
    folder = out or Path("build") / "firmware" / f"{device}-{board}"
    click.echo(f"building {device} for {board}", err=True)
    try:
        return folder, build(device, board, folder)
    except BuildError as error:
        _fail(str(error), _FAILURE)


def _find_build(folder_or_device: str, board: str | None) -> tuple[Path, Manifest]:
    folder = Path(folder_or_device)
    if not folder.is_dir():
        if os.sep in folder_or_device:
            _fail(f"{folder} is not a folder; make it with: segl firmware build", _USAGE)
        _require_device(folder_or_device)
        return _build(folder_or_device, board or "pico2", None)
    try:
        manifest = read_build(folder)
    except BuildError as error:
        _fail(str(error), _FAILURE)
    if board not in (None, manifest.board):
        _fail(f"{folder} is built for {manifest.board}, not for {board}", _USAGE)
    return folder, manifest


def _find_port(dry_run: bool) -> str:
    from serial.tools import list_ports  # slow to import, and only needed here

    ports = sorted(port.device for port in list_ports.comports() if port.vid == _RASPBERRY_PI)
    if len(ports) == 1:
        return ports[0]
    if dry_run:
        return "auto"
    if ports:
        _fail(f"more than one board is connected; choose one with --port: {', '.join(ports)}", _SEVERAL)
    _fail(
        "no board found; connect one that runs MicroPython (see docs/hardware.md), or name it with --port",
        _NO_DEVICE,
    )


def _require_access(port: str) -> None:
    if not port.startswith("/"):
        return  # COM3, auto, id:...: mpremote's business
    if not Path(port).exists():
        _fail(f"no board at {port}; connect it, or choose another --port", _NO_DEVICE)
    if not os.access(port, os.R_OK | os.W_OK):
        _fail(f"no permission for {port}; join its group (Debian: sudo adduser $USER dialout)", _PERMISSION)


def _find_mpremote() -> str:
    beside = Path(sys.executable).parent
    program = shutil.which("mpremote") or shutil.which("mpremote", path=str(beside))
    if program is None:
        _fail("mpremote is not installed; install it with: pip install mpremote", _FAILURE)
    return program


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    reason = lines[-1].removeprefix("AssertionError: ") if lines else f"exit code {done.returncode}"
    click.echo(f"failed command: {shlex.join(command)}", err=True)
    if "no device found" in reason:
        _fail(reason, _NO_DEVICE)
    if "failed to access" in reason:
        _fail(f"{reason}; close the other program, or join the port's group", _PERMISSION)
    _fail(reason, _FAILURE)


def _title(command: list[str]) -> str:
    """Return what a command does, without its paths and scripts."""
    if "exec" in command:
        titles = {"_machine": "check the board", "sha256": "verify", "serial": "write the serial number"}
        return next((title for mark, title in titles.items() if mark in command[-1]), "clear the board")
    for word, title in {"mkdir": "make folders", "touch": "mark as developer", "reset": "restart"}.items():
        if word in command:
            return title
    sources = [Path(word) for word in command[command.index("cp") + 1 : -1]]
    size = sum(path.stat().st_size for path in sources if path.is_file())
    return f"copy to {command[-1]} ({size // 1024 + 1} KiB)"
