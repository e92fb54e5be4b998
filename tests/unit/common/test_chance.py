"""Random bytes: what they depend on, and that a generator that has failed gives nothing away."""

from common.chance import Chance


def constant(count: int) -> bytes:
    return bytes(count)


def test_a_generator_that_stands_still_gives_other_bytes_each_time() -> None:
    chance = Chance(constant, b"secret")
    assert len({chance.random(32) for _ in range(100)}) == 100


def test_two_devices_with_the_same_broken_generator_give_different_bytes() -> None:
    assert Chance(constant, b"one").random(32) != Chance(constant, b"other").random(32)


def test_fresh_bytes_go_into_each_answer() -> None:
    asked: list[int] = []

    def counted(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    chance = Chance(counted, b"")
    asked.clear()
    chance.random(33)
    assert asked == [32, 32]


def test_as_many_bytes_come_as_were_asked_for() -> None:
    chance = Chance(constant, b"")
    assert [len(chance.random(count)) for count in (0, 1, 32, 33, 100)] == [0, 1, 32, 33, 100]
