"""The committed table of costs holds, and would notice code that became slower."""

import json
from typing import Any

import pytest

from segl_sim import PICO, PICO2
from segl_sim.costs import measure
from segl_sim.reader_costs import measure_reader
from tools import gen_costs


def test_no_cost_is_over_five_percent_above_the_committed_table():
    assert gen_costs.risen(gen_costs.measured(), json.loads(gen_costs.TABLE.read_text())) == []


def test_the_same_sources_cost_the_same_twice():
    assert measure(PICO2) == measure(PICO2)
    assert measure_reader() == measure_reader()


@pytest.mark.parametrize(
    ("row", "figure"),
    [("pico", figure) for figure in gen_costs.FIGURES]
    + [(gen_costs.READER, figure) for figure in gen_costs.READER_FIGURES],
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
