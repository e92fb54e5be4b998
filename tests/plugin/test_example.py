"""The examples, as somebody finds them who copies one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_relying_party_passes_its_tests(project: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLES / "relying_party", project.path, dirs_exist_ok=True)
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=5)


def test_its_tests_notice_a_service_that_takes_any_code(project: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLES / "relying_party", project.path, dirs_exist_ok=True)
    service = project.path / "service.py"
    text = service.read_text(encoding="utf-8")
    assert text.count("if not right:") == 1
    service.write_text(
        text.replace("if not right:", "if False:").replace("right[0]", "now"), encoding="utf-8"
    )
    project.runpytest_subprocess("-k", "twice or wrong").assert_outcomes(failed=2, deselected=3)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fido2_chip.py", "signed in, counter "),
        ("pyusb_chip.py", "Segl / Segl chip / SGCH"),
        pytest.param(
            "pyserial_display.py",
            "Segl code display SGCD",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys"),
        ),
    ],
)
def test_a_short_example_runs(name: str, says: str, tmp_path: Path) -> None:
    example = EXAMPLES / name
    assert len(example.read_text(encoding="utf-8").splitlines()) < 30
    command = [sys.executable, str(example)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(says)
