"""A chip with all the credentials that it takes fits a Pico."""

import pytest

from segl_sim.boards import PICO
from segl_sim.chip_memory import CREDENTIALS, LIMIT, ChipMemory, measure_memory


@pytest.fixture(scope="module")
def memory() -> ChipMemory:
    return measure_memory(PICO)


def test_what_lives_with_100_credentials_stays_under_180_kib_whatever_the_chip_does(memory: ChipMemory):
    assert CREDENTIALS == 100
    assert LIMIT == 180 * 1024
    assert max(memory.idle, memory.waiting) <= memory.most < LIMIT


def test_half_of_a_picos_flash_is_left_to_logs_that_grow(memory: ChipMemory):
    assert memory.flash_left > PICO.files_size // 2
