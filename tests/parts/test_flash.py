"""NOR flash against the Winbond W25Q16JV data sheet (8.2 Page Program, Sector Erase; AC characteristics)."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segl_sim.parts.flash import PAGE, SECTOR, NorFlash, PowerCut
from tests.parts.fake import FakeContext

SIZE = 16 * SECTOR


@pytest.fixture(name="flash")
def flash_fixture(context: FakeContext) -> NorFlash:
    return NorFlash(context, SIZE)


def _differing(one: bytes, two: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(two, "big")).bit_count()


def test_a_blank_flash_reads_as_ones(flash: NorFlash):
    assert flash.read(0, SIZE) == b"\xff" * SIZE


def test_programming_only_clears_bits(flash: NorFlash):
    flash.program(10, b"\xf0\x0f")
    flash.program(10, b"\x3c\xff")
    assert flash.read(9, 4) == b"\xff\x30\x0f\xff"


def test_erasing_sets_one_sector_to_ones(flash: NorFlash):
    flash.program(SECTOR - 1, b"\x00\x00")
    flash.erase(SECTOR)
    assert flash.read(SECTOR - 1, 2) == b"\x00\xff"
    assert flash.wear == {1: 1}


def test_each_page_that_is_touched_is_an_operation(context: FakeContext, flash: NorFlash):
    flash.program(PAGE - 2, b"\x00" * (PAGE + 4))
    assert flash.operations == 3
    assert context.effects == [
        ("flash.program", PAGE - 2, 2),
        ("flash.program", PAGE, PAGE),
        ("flash.program", 2 * PAGE, 2),
    ]
    assert context.time == 3 * 300_000


def test_erasing_takes_45_ms_a_sector(context: FakeContext, flash: NorFlash):
    flash.erase(0, 2 * SECTOR)
    assert flash.operations == 2
    assert context.time == 90_000_000
    assert context.effects == [("flash.erase", 0), ("flash.erase", SECTOR)]


def test_a_board_is_told_for_how_long_it_loses_its_interrupts(flash: NorFlash):
    told: list[int] = []
    flash.listen(told.append)
    flash.program(PAGE - 2, b"\x00" * (PAGE + 4))
    flash.program(0, b"\x00" * 4 * PAGE)
    flash.erase(0, 2 * SECTOR)
    assert told == [900_000, 1_200_000, 90_000_000]


def test_nothing_is_programmed_by_no_bytes(flash: NorFlash):
    flash.program(5, b"")
    assert flash.operations == 0


@pytest.mark.parametrize(("address", "length"), [(-1, 1), (SIZE, 1), (SIZE - 1, 2), (0, SIZE + 1)])
def test_access_outside_of_the_flash_is_refused(flash: NorFlash, address: int, length: int):
    with pytest.raises(ValueError, match="outside"):
        flash.read(address, length)
    with pytest.raises(ValueError, match="outside"):
        flash.program(address, bytes(length))


def test_only_whole_sectors_can_be_erased(flash: NorFlash):
    with pytest.raises(ValueError, match="aligned"):
        flash.erase(PAGE)
    with pytest.raises(ValueError, match="aligned"):
        flash.erase(0, PAGE)


def test_size_and_base_must_fit(context: FakeContext):
    with pytest.raises(ValueError, match="multiple"):
        NorFlash(context, SECTOR + 1)
    with pytest.raises(ValueError, match="fit"):
        NorFlash(context, SECTOR, bytes(SECTOR + 1))


def test_a_base_image_shows_through_until_changed(context: FakeContext):
    base = bytes(range(256)) * 24  # one and a half sectors
    flash = NorFlash(context, SIZE, base)
    assert flash.image() == base + b"\xff" * (SIZE - len(base))
    assert flash.read(len(base) - 1, 2) == b"\xff\xff"
    flash.program(0, b"\x00")
    flash.erase(SECTOR)
    assert flash.image() == b"\x00" + base[1:SECTOR] + b"\xff" * (SIZE - SECTOR)


def test_a_hundred_devices_share_one_base_image(context: FakeContext):
    base = bytes(4 << 20)
    tracemalloc.start()
    try:
        devices = [NorFlash(context, len(base), base) for _ in range(100)]
        for device in devices:
            device.erase(SECTOR)
            device.program(SECTOR, b"\x00")
        assert tracemalloc.get_traced_memory()[0] < 2 << 20
    finally:
        tracemalloc.stop()


def test_contains_looks_across_sector_borders(context: FakeContext):
    flash = NorFlash(context, SIZE, b"\xaa" * SIZE)
    flash.erase(SECTOR)
    flash.program(SECTOR, b"nary")
    assert flash.contains(b"\xaa\xaanary\xff")
    assert not flash.contains(b"canary")
    flash.erase(0)
    flash.program(SECTOR - 2, b"ca")
    assert flash.contains(b"canary")


def test_a_snapshot_brings_back_content_wear_and_count(flash: NorFlash):
    flash.program(0, b"old")
    flash.erase(SECTOR)
    before = flash.snapshot()
    flash.erase(0)
    flash.program(0, b"new")
    flash.cut_at(1)
    flash.restore(before)
    assert flash.read(0, 3) == b"old"
    assert (flash.operations, flash.wear) == (2, {1: 1})
    flash.program(8, b"x")  # the pending cut is gone


# --- power cuts: our own fault model, stated in NorFlash.cut_at ---


def test_power_cut_is_not_an_exception_that_firmware_could_swallow():
    assert not issubclass(PowerCut, Exception)


def test_after_a_cut_nothing_works_until_power_is_back(flash: NorFlash):
    flash.cut_at(1)
    with pytest.raises(PowerCut):
        flash.program(0, b"\x00")
    for access in (lambda: flash.read(0, 1), lambda: flash.program(0, b"\x00"), lambda: flash.erase(0)):
        with pytest.raises(PowerCut):
            access()
    flash.power_on()
    assert flash.read(0, 1) == b"\xff"
    flash.program(0, b"\x00")
    assert flash.read(0, 1) == b"\x00"


def test_cuts_are_counted_from_the_call_page_by_page(flash: NorFlash):
    flash.program(0, b"\x00")
    flash.cut_at(2)
    with pytest.raises(PowerCut):
        flash.program(0, b"\x00" * (3 * PAGE))
    flash.power_on()
    assert flash.read(0, 3 * PAGE) == b"\x00" * PAGE + b"\xff" * (2 * PAGE)


def test_cancelled_cut_does_not_come(flash: NorFlash):
    flash.cut_at(1)
    flash.cancel_cut()
    flash.program(0, b"\x00")


def test_cut_arguments_are_checked(flash: NorFlash):
    with pytest.raises(ValueError, match="from 1"):
        flash.cut_at(0)
    with pytest.raises(ValueError, match="tear"):
        flash.cut_at(1, "most")  # pyright: ignore[reportArgumentType]


def test_half_a_page_and_half_a_sector(flash: NorFlash):
    flash.cut_at(1, "half")
    with pytest.raises(PowerCut):
        flash.program(0, b"\x00" * PAGE)
    flash.power_on()
    assert flash.read(0, PAGE) == b"\x00" * (PAGE // 2) + b"\xff" * (PAGE // 2)
    flash.program(0, b"\x00" * SECTOR)
    flash.cut_at(1, "half")
    with pytest.raises(PowerCut):
        flash.erase(0)
    flash.power_on()
    assert flash.read(0, SECTOR) == b"\xff" * (SECTOR // 2) + b"\x00" * (SECTOR // 2)


@pytest.mark.parametrize("unstable", [False, True])
def test_an_untouched_operation_leaves_stable_bits(flash: NorFlash, unstable: bool):
    flash.unstable = unstable
    flash.program(0, b"content")
    flash.cut_at(1, "none")
    with pytest.raises(PowerCut):
        flash.erase(0)
    flash.power_on()
    assert {flash.read(0, SECTOR) for _ in range(20)} == {b"content" + b"\xff" * (SECTOR - 7)}
    assert flash.wear == {}


@given(before=st.binary(min_size=PAGE, max_size=PAGE), data=st.binary(min_size=PAGE, max_size=PAGE))
def test_a_random_tear_only_clears_bits_that_should_change(before: bytes, data: bytes):
    flash = NorFlash(FakeContext(), SECTOR, before)
    flash.cut_at(1, "random")
    with pytest.raises(PowerCut):
        flash.program(0, data)
    flash.power_on()
    for old, new, want in zip(before, flash.read(0, PAGE), data, strict=True):
        assert old & want == old & want & new
        assert new & ~old == 0
        assert (old ^ new) & want == 0


def test_a_random_tear_changes_about_half_of_the_bits_and_depends_on_the_seed():
    contents: list[bytes] = []
    for seed in (1, 1, 2):
        flash = NorFlash(FakeContext(seed), SECTOR, bytes(SECTOR))
        flash.cut_at(1, "random")
        with pytest.raises(PowerCut):
            flash.erase(0)
        flash.power_on()
        contents.append(flash.read(0, SECTOR))
    assert contents[0] == contents[1] != contents[2]
    assert 0.45 < _differing(contents[0], bytes(SECTOR)) / (8 * SECTOR) < 0.55


@pytest.mark.parametrize("tear", ["half", "random"])
def test_after_a_cut_erase_undecided_bits_read_differently_until_erased_again(flash: NorFlash, tear: Any):
    flash.unstable = True
    flash.program(0, bytes(SECTOR))
    flash.cut_at(1, tear)
    with pytest.raises(PowerCut):
        flash.erase(0)
    flash.power_on()
    reads = [flash.read(0, SECTOR) for _ in range(40)]
    undecided = decided_one = 0
    for place in range(SECTOR):
        ever = always = reads[0][place]
        for content in reads[1:]:
            ever |= content[place]
            always &= content[place]
        undecided += (ever & ~always).bit_count()
        decided_one += always.bit_count()
    assert undecided + decided_one == 8 * SECTOR
    assert 0.48 < undecided / (8 * SECTOR) < 0.52
    flash.erase(0)
    assert {flash.read(0, SECTOR) for _ in range(5)} == {b"\xff" * SECTOR}


def test_after_a_cut_program_the_bits_concerned_may_be_undecided_and_zero_decides_them(flash: NorFlash):
    flash.unstable_programs = True
    flash.cut_at(1, "random")
    with pytest.raises(PowerCut):
        flash.program(0, b"\x00" * PAGE + b"ignored")
    flash.power_on()
    assert _differing(flash.read(0, PAGE), flash.read(0, PAGE)) > 100
    assert flash.read(PAGE, SECTOR - PAGE) == b"\xff" * (SECTOR - PAGE)
    flash.program(0, b"\x00" * PAGE)
    assert flash.read(0, PAGE) == b"\x00" * PAGE


@pytest.mark.parametrize("tear", ["half", "random"])
def test_a_cut_program_leaves_stable_bits_unless_asked(flash: NorFlash, tear: Any):
    flash.unstable = True
    flash.cut_at(1, tear)
    with pytest.raises(PowerCut):
        flash.program(0, b"\x00" * PAGE)
    flash.power_on()
    assert len({flash.read(0, PAGE) for _ in range(20)}) == 1


def test_undecided_bits_survive_a_snapshot(flash: NorFlash):
    flash.unstable = True
    flash.program(0, bytes(SECTOR))
    flash.cut_at(1, "random")
    with pytest.raises(PowerCut):
        flash.erase(0)
    after = flash.snapshot()
    flash.restore(after)
    assert flash.read(0, SECTOR) != flash.read(0, SECTOR)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("program"), st.integers(0, 3 * SECTOR - 600), st.binary(max_size=600)),
            st.tuples(st.just("erase"), st.integers(0, 2), st.just(b"")),
        ),
        max_size=12,
    )
)
def test_the_flash_equals_a_plain_array_of_bytes(steps: list[tuple[str, int, bytes]]):
    flash = NorFlash(FakeContext(), 3 * SECTOR)
    model = bytearray(b"\xff" * 3 * SECTOR)
    for step, place, data in steps:
        if step == "program":
            flash.program(place, data)
            for index, byte in enumerate(data):
                model[place + index] &= byte
        else:
            flash.erase(place * SECTOR)
            model[place * SECTOR : (place + 1) * SECTOR] = b"\xff" * SECTOR
    assert flash.read(0, 3 * SECTOR) == flash.image() == bytes(model)
