"""`speak`, `code` on a reader and `code --speak`: the user is told what the reader waits for; codes stay here."""

import pytest

from segl.cli import code as code_command
from segl.speech import SpeechError
from segl_wire import schema
from tests.host.cli.support import URI, Run, lines
from tests.host.fake_device import FakeDevice, FakeReader

HINT = "Press any key on the reader to hear the question; then Speak = yes."


@pytest.fixture
def device() -> FakeDevice:
    return FakeReader()


def test_speak_in_every_voice(run: Run, device: FakeDevice) -> None:
    plain = run("speak")
    assert (plain.exit_code, plain.stdout, plain.stderr) == (0, "The reader has spoken.\n", HINT + "\n")
    accessible = run("speak", accessible=True)
    assert accessible.stdout == "spoken: yes\nindex: 0\n"
    assert "step 1 of 2: " in accessible.stderr
    objects = run("speak", "--json", "--key", "2")
    assert lines(objects.stdout) == [{"spoken": True, "index": 2}]
    assert lines(objects.stderr) == [{"note": HINT}]
    assert device.requests[-1] == (schema.SPEAK, {"index": 2})


@pytest.mark.parametrize(("command", "code"), [("speak", schema.SPEAK), ("code", schema.CODE)])
def test_a_key_goes_by_its_index_or_its_name(run: Run, device: FakeDevice, command: str, code: int) -> None:
    for index in ("2", "02"):
        assert run(command, "--key", index).exit_code == 0
        assert device.requests[-1] == (code, {"index": 2})
    for name in ("Bank: æøå", "bank: ÆØÅ"):
        assert run(command, "--key", name).exit_code == 0
        assert device.requests[-1] == (code, {"index": 0})
    # 0015 was once taken for key 1
    for name in ("Bank", "16", "0015", "99999999999", "\u00b2", "-1"):
        missing = run(command, "--key", name, "--json")
        assert missing.exit_code == 1
        error = lines(missing.stderr)[-1]
        assert (error["code"], name in error["error"]) == ("NOT_FOUND", True)


def test_names_that_differ_in_capitals_only(run: Run, device: FakeDevice) -> None:
    device.info["keys"] = 2
    device.names = ["bank", "Bank"]
    assert run("speak", "--key", "Bank").exit_code == 0
    assert device.requests[-1] == (schema.SPEAK, {"index": 1})
    either = run("speak", "--key", "BANK")
    assert either.exit_code == 2
    assert 'More than one key is named like "BANK"' in either.stderr


@pytest.mark.parametrize(
    ("error", "exit_code"), [(schema.REFUSED, 7), (schema.TIMEOUT, 7), (schema.NO_TIME, 1)]
)
def test_a_reader_that_does_not_speak(run: Run, device: FakeDevice, error: int, exit_code: int) -> None:
    device.errors[schema.SPEAK] = (error, None)
    result = run("speak")
    assert (result.exit_code, result.stdout) == (exit_code, "")


def test_what_a_reader_needs_is_said(run: Run, device: FakeDevice) -> None:
    assert run("code").stderr.startswith(HINT)
    assert "Menu = yes" in run("wipe", "--yes").stderr
    assert "Press Menu" in run("provision", URI).stderr
    device.info["open"] = 600
    assert run("provision", URI, "--language", "kl").exit_code == 0
    assert device.requests[-1][1]["language"] == "kl"
    assert run("info").stdout.startswith("model: Segl audio reader\n")


class TestOnADisplay:
    """The same commands, where there is no voice."""

    @pytest.fixture
    def device(self) -> FakeDevice:
        return FakeDevice()

    def test_speak_names_what_a_display_has_instead(self, run: Run, device: FakeDevice) -> None:
        result = run("speak")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "`segl code --speak`" in result.stderr
        assert device.sent() == [schema.INFO]

    def test_a_language_that_it_does_not_have_is_said_before_anything_else(
        self, run: Run, device: FakeDevice
    ) -> None:
        result = run("provision", URI, "--language", "kl")
        assert result.exit_code == 2
        assert "choose en or da" in result.stderr
        assert device.sent() == [schema.INFO]


@pytest.mark.parametrize("device", [FakeDevice(), FakeReader()], ids=["display", "reader"])
def test_code_speak_says_the_code_here(run: Run, device: FakeDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, int, str | None]] = []
    monkeypatch.setattr(code_command, "say_code", lambda *words: said.append(words))
    assert run("code", "--speak").stdout == "012 345\n"
    device.info["language"] = "da"
    assert run("code", "--speak", "--rate", "220", "--json").exit_code == 0
    assert said == [("012345", 130, "en"), ("012345", 220, "da")]
    assert schema.SPEAK not in device.sent()
    assert run("code", "--speak", "--rate", "300").exit_code == 2


def test_a_code_that_cannot_be_spoken_is_printed_all_the_same(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise SpeechError("This computer cannot.")

    monkeypatch.setattr(code_command, "say_code", fail)
    result = run("code", "--speak")
    assert (result.exit_code, result.stdout) == (1, "012 345\n")
    assert result.stderr.endswith("Error: This computer cannot.\n")
