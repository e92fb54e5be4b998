"""A serial port behind a socket: bytes as they are, for one program at a time."""

import contextlib
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import segl
from segl_sim import CodeDisplay, World
from segl_sim.ports.serial_socket import SerialSocket
from segl_sim.runner import Runner
from segl_wire import frame, schema
from tests.sim.served import connected


class Served:
    """A display behind two sockets."""

    def __init__(self, runner: Runner, display: CodeDisplay, port: SerialSocket) -> None:
        self.runner = runner
        self.display = display
        self.url = port.address

    def open(self) -> segl.Display:
        return segl.Display(segl.open_url(self.url))


@pytest.fixture(name="served", params=["tcp", "unix"])
def served_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    with World(seed=1, engine="cpython") as world:
        display = world.code_display()
        port = SerialSocket(
            display, "tcp:127.0.0.1:0" if request.param == "tcp" else f"unix:{tmp_path}/display"
        )
        with Runner(world, [port]) as runner:
            yield Served(runner, display, port)
        port.close()
        assert not (tmp_path / "display").exists()


def test_the_host_driver_talks_to_a_display_through_it(served: Served) -> None:
    for _ in range(3):
        with served.open() as session:
            assert session.info().board == "pico2"


def test_a_second_program_is_told_that_it_is_busy_and_the_first_goes_on(served: Served) -> None:
    with served.open() as session:
        assert session.info().keys == 0
        with served.open() as other, pytest.raises(segl.Busy, match="Another program has this device"):
            other.info()
        assert session.info().keys == 0
    with served.open() as session:
        assert session.info().keys == 0


def test_a_program_that_is_gone_in_the_middle_leaves_the_device_usable(served: Served) -> None:
    request = b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {}))
    for size in (1, len(request) // 2, len(request)):
        stream = connected(served.url)
        stream.sendall(request[:size])
        stream.close()
        with served.open() as session:
            assert session.info().keys == 0


def test_an_unplugged_device_sends_its_program_away_and_one_that_comes_before_it_is_back_waits(
    served: Served,
) -> None:
    with served.open() as session:
        session.info()
        served.runner.call(served.display.unplug)
        with pytest.raises(segl.Lost):
            session.info()
    stream = connected(served.url)
    stream.sendall(b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {})))
    served.runner.call(served.display.plug_in)
    decoder, payloads = frame.Decoder(), []
    while not payloads:
        payloads = decoder.feed(stream.recv(4096))
    assert schema.decode_reply(payloads[0])[:3] == (schema.INFO, 7, 0)
    stream.close()


def test_a_program_that_sends_and_never_reads_is_made_to_wait_and_disturbs_nobody(served: Served) -> None:
    request = b"\0" + frame.encode(schema.encode_request(schema.INFO, 7, {}))
    stream = connected(served.url)
    stream.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            stream.send(request * 1000)
    # What is unread when it leaves tells the other end that it has.
    assert select.select([stream], [], [], 20)[0]
    stream.close()
    with served.open() as session:
        assert session.info().keys == 0


@pytest.mark.parametrize("address", ["tcp:nowhere", "unix:", "udp:1", "tcp:127.0.0.1:99999", ""])
def test_what_is_no_address_is_refused_with_an_example(address: str) -> None:
    with World(seed=1, engine="cpython") as world, pytest.raises(segl.InputError, match="write for example"):
        SerialSocket(world.code_display(), address)


def test_nobody_at_a_socket_is_not_found(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url in (f"tcp:127.0.0.1:{port}", f"unix:{tmp_path}/none"):
        with pytest.raises(segl.NotFound):
            segl.open_url(url)
