"""The list of CTAPHID messages in a failed test's report, from the reports in a trace."""

from collections.abc import Iterable

from segl_sim.testing.ctaphid_log import log
from segl_sim.trace import Effect
from segl_wire import ctaphid

IN, OUT = ("usb.in", 129), ("usb.out", 1)


def effects(*messages: tuple[tuple[str, int], Iterable[bytes]], chip: str = "chip0") -> list[Effect]:
    """A trace of reports, one each ms."""
    reports = [(kind, endpoint, report) for (kind, endpoint), packets in messages for report in packets]
    return [
        Effect(1_000_000 * number, chip, kind, (endpoint, report))
        for number, (kind, endpoint, report) in enumerate(reports)
    ]


def test_a_message_of_many_reports_is_one_line() -> None:
    trace = effects((OUT, ctaphid.packets(0xA1, ctaphid.PING, bytes(1000))))
    assert log(trace, "chip0") == ["     0.016 s -> 000000a1 PING      1000 bytes"]


def test_messages_of_several_programs_may_be_shuffled() -> None:
    one, other = (ctaphid.packets(channel, ctaphid.PING, bytes(100)) for channel in (1, 2))
    trace = effects((OUT, [one[0], other[0], other[1], one[1]]))
    assert [line.split()[3] for line in log(trace, "chip0")] == ["00000002", "00000001"]


def test_what_began_before_the_trace_is_passed_over() -> None:
    reports = ctaphid.packets(1, ctaphid.PING, bytes(100))
    trace = effects((OUT, reports[1:]), (IN, ctaphid.packets(1, ctaphid.WINK)))
    assert [line.split()[4] for line in log(trace, "chip0")] == ["WINK"]


def test_cbor_says_command_and_status_and_nothing_of_what_is_in_it() -> None:
    trace = effects(
        (OUT, ctaphid.packets(1, ctaphid.CBOR, b"\x06secret")),
        (IN, ctaphid.packets(1, ctaphid.CBOR, b"\x31")),
        (OUT, ctaphid.packets(1, ctaphid.CBOR, b"\x77")),
        (IN, ctaphid.packets(1, ctaphid.CBOR, b"\xe9")),
    )
    lines = log(trace, "chip0")
    said = [line.split("bytes")[1].strip() for line in lines]
    assert said == ["CLIENT_PIN", "CLIENT_PIN: PIN_INVALID", "command 0x77", "command 0x77: status 0xe9"]
    assert not any("secret" in line for line in lines)


def test_signs_of_life_that_repeat_are_one_line() -> None:
    alive = [ctaphid.packets(1, ctaphid.KEEPALIVE, bytes([what])) for what in (1, 1, 1, 2, 2, 1)]
    lines = log(effects(*((IN, reports) for reports in alive)), "chip0")
    assert [line.split("bytes")[1].strip() for line in lines] == [
        "processing, 3 times until 0.002 s",
        "waits for a touch, 2 times until 0.004 s",
        "processing",
    ]


def test_errors_have_their_names() -> None:
    [line] = log(effects((IN, ctaphid.packets(1, ctaphid.ERROR, b"\x06"))), "chip0")
    assert line.endswith("ERR_CHANNEL_BUSY")


def test_the_serial_port_and_other_devices_are_passed_over() -> None:
    report = ctaphid.packets(1, ctaphid.WINK)
    assert log(effects((("usb.out", 2), report), (("usb.in", 131), report)), "chip0") == []
    assert log(effects((OUT, report), chip="chip1"), "chip0") == []
