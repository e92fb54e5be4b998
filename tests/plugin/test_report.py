"""What a failed test tells of its devices: all that somebody needs who was not there."""

import re
import wave
from array import array
from pathlib import Path

import pytest
from PIL import Image

FAILING = """
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity

    def test_it(code_display, audio_reader, chip):
        code_display.press()
        audio_reader.press()
        audio_reader.listen()
        site = Fido2Server(PublicKeyCredentialRpEntity(id="example.com", name="Example"))
        options, _ = site.register_begin(PublicKeyCredentialUserEntity(id=b"ada", name="ada"))
        chip.browser("https://example.com").create(options)
        print("CODES", code_display.code, audio_reader.code)
        assert False, "the login failed"
"""
OPTIONS = ("--segl-utc=1790000010", "--segl-engine=cpython")


def report_of(project: pytest.Pytester, test: str, *options: str, **expected: int) -> str:
    project.makepyfile(test)
    result = project.runpytest(*OPTIONS, *options)
    result.assert_outcomes(**(expected or {"failed": 1}))
    return result.stdout.str()


def files_in(report: str, ending: str) -> list[Path]:
    return [Path(path) for path in re.findall(rf"^(?:Picture|Sound): (.*{ending})$", report, re.M)]


def codes_in(report: str) -> list[str]:
    found = re.search(r"^CODES (\d{6}) (\d{6})$", report, re.M)
    assert found
    return list(found.groups())


def test_it_says_how_to_repeat_the_test(project: pytest.Pytester) -> None:
    report = report_of(project, FAILING, "--segl-seed=3")
    assert "Seed 3, engine cpython. The world began at 2026-09-21 14:13:30 UTC; " in report
    [command] = re.findall(r"^pytest (.*::test_it.*)$", report, re.M)
    again = project.runpytest(*command.split())
    again.assert_outcomes(failed=1)
    assert codes_in(again.stdout.str()) == codes_in(report)


def test_without_a_time_it_tells_two_ways_to_repeat_the_test(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(code_display):\n    assert 0")
    text = project.runpytest().stdout.str()
    command = "pytest [^ ]*::test_it --segl-engine=micropython --segl-seed=0"
    assert re.search(rf"^{command}$", text, re.M)
    assert re.search(rf"^With the same time too: {command} --segl-utc=\d+$", text, re.M)


def test_it_shows_the_screens_as_text_and_as_pictures(project: pytest.Pytester) -> None:
    report = report_of(project, FAILING)
    shown, spoken = codes_in(report)
    assert f"Screen: code {shown}; Example / " in report
    assert f"Screen: code {spoken}; Example / " in report
    assert len(re.findall("│[⠀-⣿]{64}│", report)) == 2 * 16
    pictures = files_in(report, "png")
    assert [path.name for path in pictures] == ["display0.png", "reader1.png"]
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.width >= 4 * 128
            assert len(picture.convert("L").getcolors() or []) >= 2


def test_it_writes_no_pictures_of_dots_for_a_screen_reader(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCESSIBLE", "1")
    report = report_of(project, "def test_it(code_display):\n    code_display.press()\n    assert 0")
    assert "Screen: code " in report
    assert not re.search("[⠁-⣿]", report)


def test_it_tells_what_was_said_and_keeps_the_sound(project: pytest.Pytester) -> None:
    report = report_of(project, FAILING)
    _, spoken = codes_in(report)
    assert re.search(rf'^ +\d+\.\d{{3}} s speaker: "{spoken}\."$', report, re.M)
    [path] = files_in(report, "wav")
    with wave.open(str(path)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
        assert 2 < sound.getnframes() / sound.getframerate() < 10
    assert max(samples) > 5000


def test_a_day_of_silence_makes_no_file_of_a_day(project: pytest.Pytester) -> None:
    report = report_of(
        project,
        """
        def test_it(world, audio_reader):
            audio_reader.next_code()
            world.advance(86_400)
            audio_reader.next_code()
            assert 0
        """,
    )
    assert len(re.findall(r'^ +\d+\.\d{3} s speaker: "\d{6}\."$', report, re.M)) == 2
    [path] = files_in(report, "wav")
    with wave.open(str(path)) as sound:
        assert sound.getnframes() / sound.getframerate() < 20


def test_a_muted_reader_has_said_nothing_that_was_heard(project: pytest.Pytester) -> None:
    report = report_of(project, "def test_it(audio_reader):\n    assert 0")
    assert "It said nothing." in report
    assert files_in(report, "wav") == []


def test_it_lists_what_computer_and_chip_said_to_each_other(project: pytest.Pytester) -> None:
    report = report_of(project, FAILING)
    lines = re.findall(r"^ +(\d+\.\d{3}) s (->|<-) ([0-9a-f]{8}) (\w+) +(\d+) bytes(.*)$", report, re.M)
    times = [float(line[0]) for line in lines]
    assert times == sorted(times)
    assert lines[0][1:5] == ("->", "ffffffff", "INIT", "8")
    assert lines[1][1:5] == ("<-", "ffffffff", "INIT", "17")
    said = [(arrow, command, text.strip()) for _, arrow, _, command, _, text in lines]
    assert ("->", "CBOR", "MAKE_CREDENTIAL") in said
    assert ("<-", "CBOR", "MAKE_CREDENTIAL: SUCCESS") in said
    assert any(command == "KEEPALIVE" and text.startswith("waits for a touch, ") for _, command, text in said)
    assert len(lines) < 40


def test_files_go_where_the_project_wants_them(project: pytest.Pytester) -> None:
    report = report_of(project, FAILING, "--segl-artifacts=kept/here")
    paths = [*files_in(report, "png"), *files_in(report, "wav")]
    assert len(paths) == 3
    assert {path.parent.parent for path in paths} == {project.path / "kept" / "here"}
    assert all(path.exists() for path in paths)
    again = report_of(project, FAILING, "--segl-artifacts=kept/here")
    assert [*files_in(again, "png"), *files_in(again, "wav")] == paths


def test_a_test_that_passes_leaves_nothing_behind(project: pytest.Pytester) -> None:
    report = report_of(
        project, "def test_it(code_display):\n    pass", "--segl-artifacts=kept", "-rA", passed=1
    )
    assert "segl:" not in report
    assert not (project.path / "kept").exists()


def test_reports_come_from_the_workers_of_xdist_too(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(number, code_display):
            code_display.press()
            print("NUMBER", number, code_display.code)
            assert number % 2
        """
    )
    result = project.runpytest_subprocess(*OPTIONS, "-n", "2", "--segl-artifacts=kept")
    result.assert_outcomes(passed=2, failed=2)
    report = result.stdout.str()
    assert len(re.findall("segl: display0", report)) == 2
    pictures = files_in(report, "png")
    assert len(set(pictures)) == 2
    assert all(path.exists() for path in pictures)


# Devices that fail


def test_a_device_that_fails_in_a_test_fails_it_and_says_why(project: pytest.Pytester) -> None:
    report = report_of(
        project,
        """
        def test_it(world):
            world.code_display(overrides={"common/calendar.py": "DAY = 1 // 0"}).press()
        """,
    )
    assert re.search(r"^E +segl_sim.failures.FirmwareError: display0: Traceback", report, re.M)
    assert re.search(r"^E +ZeroDivisionError: divide by zero", report, re.M) or "ZeroDivisionError" in report
    assert "It has failed: display0: " in report


def test_a_device_that_fails_while_it_is_set_up_is_an_error_of_the_fixture(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pytest
        from segl_sim.firmware import Firmware

        @pytest.fixture(autouse=True)
        def broken_firmware(monkeypatch):
            load = Firmware.load
            broken = {"common/calendar.py": "DAY = 1 // 0"}
            monkeypatch.setattr(Firmware, "load", lambda device, board, overrides: load(device, board, broken))
        """
    )
    report = report_of(project, "def test_it(code_display):\n    assert 0", "--segl-seed=99", errors=1)
    assert "ERROR at setup of test_it" in report
    assert re.search(r"^E +segl_sim.failures.FirmwareError: display0: ", report, re.M)
    assert "segl: how to repeat it" in report


def test_a_failure_of_which_nobody_was_told_is_an_error_at_the_end(project: pytest.Pytester) -> None:
    report = report_of(
        project,
        """
        from segl_sim import FirmwareError

        def test_it(world, code_display):
            world.report(FirmwareError("display0: it broke"))
        """,
        passed=1,
        errors=1,
    )
    assert "ERROR at teardown of test_it" in report
    assert "FirmwareError: display0: it broke" in report


def test_a_report_that_cannot_be_made_does_not_hide_why_the_test_failed(project: pytest.Pytester) -> None:
    (project.path / "kept").write_text("no folder", encoding="utf-8")
    report = report_of(project, FAILING, "--segl-artifacts=kept")
    assert "the login failed" in report
    assert "The devices' part of this report could not be made: FileExistsError" in report or (
        "could not be made: NotADirectoryError" in report
    )
