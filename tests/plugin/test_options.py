"""The plugin in other people's projects: its options, what they may override, and what it costs who does not use it."""

import re
import subprocess
import sys

import pytest

TELL = """
    import time

    def test_it(world, {fixture}):
        {act}
        serial = {fixture}.connect().info().serial
        print("TOLD", serial, round(world.utc), world.engine, world.trace.digest)
"""
PRESS = TELL.format(fixture="code_display", act="code_display.press()")
SPEAK = TELL.format(fixture="audio_reader", act="audio_reader.next_code()")
TOUCH = TELL.format(fixture="chip", act="chip.touch()")


def told(project: pytest.Pytester, *options: str) -> list[str]:
    """Run the project's one test, which passes, and return what it printed."""
    result = project.runpytest("-s", *options)
    result.assert_outcomes(passed=1)
    [line] = [line for line in result.outlines if "TOLD" in line]
    return line.partition("TOLD ")[2].split()


# Fixtures


def test_each_test_gets_fresh_devices_that_are_the_same_as_before(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_it(number, world, code_display, faults):
            assert world.now < 1e9
            assert not code_display.running
            assert code_display.battery.millivolts == 3000
            known.append((code_display.account.uri(), code_display.flash.operations))
            code_display.next_code()
            assert len(set(known)) == 1
            code_display.enroll("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ")
            faults.weaken_battery(code_display)

        known = []
        """
    )
    project.runpytest().assert_outcomes(passed=3)


def test_a_project_says_what_pin_chips_have(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.fixture
        def segl_chip_pin():
            return None

        def test_it(chip):
            assert chip.pin is None
            assert chip.browser("https://example.com").client.info.options["clientPin"] is False
        """
    )
    project.runpytest().assert_outcomes(passed=1)


def test_what_a_project_calls_world_or_chip_is_its_own(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pytest

        @pytest.fixture
        def world():
            return "flat"

        @pytest.fixture(params=[1, 2])
        def chip(request):
            return request.param
        """
    )
    project.makepyfile(
        """
        def test_it(world, chip, code_display):
            assert (world, chip) in (("flat", 1), ("flat", 2))
            assert code_display.next_code()
        """
    )
    project.runpytest().assert_outcomes(passed=2)


def test_fixtures_are_described(project: pytest.Pytester) -> None:
    text = project.runpytest("--fixtures").stdout.str()
    for name in ("world", "devices", "code_display", "audio_reader", "chip", "faults", "segl_utc"):
        assert re.search(rf"^{name} -- .*pytest_plugin.py:\d+\n    \S", text, re.M), name


# Determinism


@pytest.mark.parametrize("engine", ["micropython", "cpython"])
@pytest.mark.parametrize("test", [PRESS, SPEAK, TOUCH], ids=["display", "reader", "chip"])
def test_one_seed_and_one_time_give_one_run(project: pytest.Pytester, test: str, engine: str) -> None:
    project.makepyfile(test)
    options = ("--segl-seed=7", "--segl-utc=1790000000", f"--segl-engine={engine}")
    first = told(project, *options)
    assert told(project, *options) == first
    assert first[2] == engine
    other = told(project, "--segl-seed=8", *options[1:])
    assert other[0] != first[0]
    assert other[3] != first[3]


def test_another_process_gives_the_same_run(project: pytest.Pytester) -> None:
    project.makepyfile(PRESS)
    options = ("--segl-seed=7", "--segl-utc=1790000000")
    result = project.runpytest_subprocess("-s", *options)
    assert " ".join(told(project, *options)) in result.stdout.str()


# Options


def test_a_time_is_written_in_seconds_or_as_a_date(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(world):\n    print('TOLD', world.utc)")
    for text in ("1790000000", "2026-09-21T14:13:20Z", "2026-09-21T16:13:20+02:00", "2026-09-21 14:13:20"):
        assert told(project, f"--segl-utc={text}") == ["1790000000.0"]


def test_settings_stand_in_for_options_which_win(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(world):\n    print('TOLD', world.seed, world.engine, world.utc)")
    project.makeini("[pytest]\nsegl_seed = 5\nsegl_engine = cpython\nsegl_utc = 2026-09-21\n")
    assert told(project) == ["5", "cpython", "1789948800.0"]
    assert told(project, "--segl-seed=6", "--segl-engine=micropython", "--segl-utc=0") == [
        "6",
        "micropython",
        "0.0",
    ]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (
            "segl_utc=yesterday",
            '"yesterday" is no time from 1970 to 2069; write Unix seconds, or for example',
        ),
        ("segl_utc=-1", '"-1" is no time from 1970'),
        ("segl_utc=3155760000", "is no time from 1970"),
        ("segl_seed=x", '"x" is no whole number; write for example 7.'),
        ("segl_engine=node", '"node" is no engine; use micropython or cpython.'),
    ],
)
def test_what_means_nothing_is_refused_before_any_test(
    project: pytest.Pytester, option: str, says: str
) -> None:
    project.makepyfile("def test_it():\n    pass")
    result = project.runpytest(f"--{option.replace('_', '-')}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert says in result.stderr.str()
    project.makeini(f"[pytest]\n{option.replace('=', ' = ')}\n")
    result = project.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {option.partition('=')[0]}: " in result.stderr.str()
    assert says in result.stderr.str()


# For those who do not use it


def test_it_can_be_left_out(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(code_display):\n    pass")
    result = project.runpytest("-p", "no:segl")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'code_display' not found*"])


def test_it_loads_nothing_until_a_fixture_is_used(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_it():
            loaded = set(sys.modules)
            assert "segl_sim.pytest_plugin" in loaded
            ours = {name for name in loaded if name.startswith("segl")}
            assert ours == {"segl_sim", "segl_sim.pytest_plugin", "segl_sim.pytest_options"}
            assert not loaded & {"wasmtime", "fido2", "cryptography", "PIL", "click", "serial"}
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_it_takes_pytest_next_to_no_time_to_load() -> None:
    report = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import pytest, segl_sim.pytest_plugin"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    [line] = [line for line in report.splitlines() if line.endswith("| segl_sim.pytest_plugin")]
    assert int(line.split("|")[1]) < 100_000, report  # us; some 3 ms where nothing else runs
