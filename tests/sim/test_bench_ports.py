"""What `make bench` says of the ports that a chip has."""

import re

import pytest

from segl_sim import bench_ports


def test_every_port_has_a_row_for_registering_and_one_for_signing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_ports, "_ENGINES", ("cpython",))
    rows = {what: value for what, value, _, _ in bench_ports.port_rows(2)}
    ports = ["in this process", "pyusb", "UNIX socket", "hidraw"]
    if rows.pop("hidraw, cpython", "") == "not measured":  # without umockdev
        ports.remove("hidraw")
    assert list(rows) == [f"{what}, {port}, cpython" for port in ports for what in ("register", "sign in")]
    assert all(re.fullmatch(r"\d+\.\d median, \d+\.\d p99", value) for value in rows.values())
