"""`segl sim up --usbip`: whole devices, at an address where a Linux kernel comes for them."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import segl
from tests.usb.usbip_client import LIST, RECORD

PROGRAM = [sys.executable, "-c", "from segl_sim.cli import sim; sim()", "up"]


def test_every_device_has_a_bus_id_and_whoever_imports_one_takes_it_from_the_others() -> None:
    words = ["--json", "--seed", "1", "--device", "chip", "--device", "display", "--usbip", "tcp:127.0.0.1:0"]
    with subprocess.Popen(
        [*PROGRAM, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdin
        assert run.stdout
        chip, display = (json.loads(run.stdout.readline()) for _ in range(2))
        assert (chip["busid"], display["busid"]) == ("1-1", "1-2")
        host, _, number = display["usbip"].removeprefix("tcp:").rpartition(":")
        with segl.Display(segl.open_url(display["url"])) as session:
            assert session.info().keys == 0
        with socket.create_connection((host, int(number)), timeout=60) as computer:
            stream = computer.makefile("rb")
            computer.sendall(LIST)
            assert stream.read(12) == bytes.fromhex("0111 0005 00000000 00000002")
            for bus_id in ("1-1", "1-2"):
                record = stream.read(RECORD)
                assert record[256:288].rstrip(b"\0").decode() == bus_id
                stream.read(4 * record[-1])
            computer.sendall(bytes.fromhex("0111 8003 00000000") + b"1-2".ljust(32, b"\0"))
            assert stream.read(8) == bytes.fromhex("0111 0003 00000000")
            with pytest.raises(segl.SeglError), segl.Display(segl.open_url(display["url"])) as session:
                session.info()
        run.communicate("quit\n", timeout=60)
    assert run.returncode == 0


def test_an_address_that_cannot_be_had_is_said_with_its_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["--usbip", f"tcp:127.0.0.1:{taken.getsockname()[1]}"]
        done = subprocess.run(
            [*PROGRAM, *words],
            input="",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode != 0
    assert "in use" in done.stderr
