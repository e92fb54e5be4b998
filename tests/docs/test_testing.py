"""The tests on docs/testing.md pass, each in a file of its own, as a reader of the page would try them."""

import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "testing.md"


def test_each_example_passes(tmp_path: Path) -> None:
    examples = blocks(PAGE, "python")
    for number, example in enumerate(examples):
        more = "" if "def test_" in example else "\n\ndef test_it(chip):\n    assert chip.pin is None\n"
        (tmp_path / f"test_{number}.py").write_text(example + more, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert f"{len(examples)} passed" in run.stdout
