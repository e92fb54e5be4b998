"""The way out of WebAssembly and back: what the world raises, memory that grows, calls that do not fit."""

import pytest

from segl_sim.engines.wasm import Interpreter


class Boom(BaseException):
    pass


def host(op: int, a: int, b: int, c: int, buf: memoryview) -> int:
    if op < 0:
        raise Boom(op)
    buf[:] = bytes(reversed(buf))
    return op + a + b + c


def test_the_host_gets_numbers_and_bytes_in_place_and_its_number_comes_back():
    printed: list[bytes] = []
    interpreter = Interpreter(host, printed.append)
    interpreter.execute(
        "from js import host\nfrom uctypes import addressof\n"
        "buf = bytearray(b'abc')\nprint(host(1, 20, 300, -7, addressof(buf), 3), buf)"
    )
    assert b"".join(printed).split() == [b"314", b"bytearray(b'cba')"]
    interpreter.close()


def test_what_the_host_raises_comes_out_as_it_is_and_the_next_call_works():
    interpreter = Interpreter(host, print)
    interpreter.execute("from js import host")
    for number in (-1, -2):
        with pytest.raises(Boom, match=str(number)) as caught:
            interpreter.execute(f"try:\n  host({number}, 0, 0, 0, 0, 0)\nexcept Exception:\n  pass")
        assert caught.value.__context__ is None
    interpreter.execute("host(1, 0, 0, 0, 0, 0)")
    interpreter.close()


def test_the_memory_that_is_seen_grows_with_the_interpreter():
    interpreter = Interpreter(host, print)
    before = len(interpreter.memory())
    interpreter.execute("all = [bytearray(100_000) for _ in range(200)]\nfor one in all: one[:5] = b'grown'")
    assert len(interpreter.memory()) > before
    assert b"grown" in bytes(interpreter.memory()[before:])
    interpreter.close()


def test_a_closed_interpreter_is_not_called():
    interpreter = Interpreter(host, print)
    interpreter.close()
    with pytest.raises(ValueError, match="closed"):
        interpreter.execute("1")
