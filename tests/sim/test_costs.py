"""The committed table of costs holds, and would notice code that became slower."""

import json
from typing import Any

import pytest

from segl_sim import PICO, PICO2
from segl_sim.chip_costs import measure_chip
from segl_sim.costs import measure
from segl_sim.reader_costs import measure_reader
from tools import gen_costs


def test_no_cost_is_over_five_percent_above_the_committed_table():
    assert gen_costs.risen(gen_costs.measured(), json.loads(gen_costs.TABLE.read_text())) == []


def test_the_same_sources_cost_the_same_twice():
    assert measure(PICO2) == measure(PICO2)
    assert measure_reader() == measure_reader()
    # A platform's keys and nonces are new each time, and not all numbers cost the same.
    assert vars(measure_chip(PICO2)) == pytest.approx(vars(measure_chip(PICO2)), rel=2e-3, abs=2)


@pytest.mark.parametrize(
    ("row", "figure"),
    [("pico", figure) for figure in gen_costs.FIGURES]
    + [(gen_costs.READER, figure) for figure in gen_costs.READER_FIGURES]
    + [(gen_costs.chip("pico"), figure) for figure in gen_costs.CHIP_FIGURES if gen_costs.counts(figure)],
)
def test_a_figure_that_rises_by_six_percent_is_named(row: str, figure: str):
    table: dict[str, Any] = json.loads(gen_costs.TABLE.read_text())
    now = json.loads(json.dumps(table))
    now[row][figure] = round(now[row][figure] * 1.06)
    assert [figure in problem and row in problem for problem in gen_costs.risen(now, table)] == [True]


def test_work_done_ten_times_shows_in_the_table():
    source = (gen_costs.TABLE.parents[1] / "firmware/common/vault.py").read_text()
    slow = source.replace(
        "zip(self._tag(context, data), sealed[-_TAG:])",
        "zip([self._tag(context, data) for _ in range(10)][0], sealed[-_TAG:])",
    )
    assert slow != source
    table = json.loads(gen_costs.TABLE.read_text())
    costs = measure(PICO, {"common/vault.py": slow})
    assert costs.press_fuel > table["pico"]["press_fuel"] * gen_costs.TOLERANCE


def test_a_decoder_that_becomes_slower_shows_in_the_readers_row():
    source = (gen_costs.TABLE.parents[1] / "firmware/common/adpcm.py").read_text()
    slow = source.replace(
        "        out[at] = value >> _BITS\n", "        out[at] = (value >> _BITS) + len(())\n"
    )
    assert slow != source
    table = json.loads(gen_costs.TABLE.read_text())[gen_costs.READER]
    costs = measure_reader(overrides={"common/adpcm.py": slow})
    assert costs.block_fuel > table["block_fuel"] * gen_costs.TOLERANCE


def test_a_field_that_becomes_slower_shows_in_the_chips_rows():
    source = (gen_costs.TABLE.parents[1] / "firmware/common/p256_field.py").read_text()
    slow = source.replace("    t = a * b\n", "    for _ in range(4):\n        t = a * b\n")
    assert slow != source
    table = json.loads(gen_costs.TABLE.read_text())[gen_costs.chip("pico2")]
    costs = measure_chip(PICO2, {"common/p256_field.py": slow})
    for figure in ("make_fuel", "get_fuel", "ecdh_fuel", "pin_fuel"):
        assert getattr(costs, figure) > table[figure] * gen_costs.TOLERANCE


def test_nearly_all_of_a_chips_work_is_done_before_the_touch():
    for board in ("pico", "pico2"):
        row = json.loads(gen_costs.TABLE.read_text())[gen_costs.chip(board)]
        for request in ("make", "get", "make_eddsa", "get_eddsa"):
            assert row[f"{request}_after_ms"] < min(100, row[f"{request}_before_ms"] / 5)
