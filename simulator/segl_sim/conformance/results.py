"""What came of each test, and what to say of all of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass(eq=False)  # pytest wants to tell plugins apart
class Results:
    """A plugin of pytest that collects results.

    Attributes:
        passed: Names of tests.
        failed: Names of tests, and of files that could not be read; those too that failed while being set up or
            cleared away.
        skipped: Why, by name.
    """

    passed: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    skipped: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def good(self) -> bool:
        """Whether something was tested, and nothing failed."""
        return bool(self.passed) and not self.failed

    def lines(self) -> Iterator[str]:
        """Say it: reasons of skips with the number of tests each, names of what failed, counts."""
        reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for name, reason in self.skipped.items():
            reasons[reason][name.partition("[")[0]] += 1
        for reason, tests in sorted(reasons.items()):
            yield f"skipped {tests.total()}: {reason}"
            yield from (f"    {times} of {test}" for test, times in tests.items())
        yield from (f"failed: {name}" for name in self.failed)
        yield f"{len(self.passed)} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"

    def value(self) -> dict[str, Any]:
        """Return it for programs."""
        return {"passed": self.passed, "failed": self.failed, "skipped": self.skipped}

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be read, or does not want to be run."""
        if report.failed:
            self._failed(report.nodeid)
        elif report.skipped:
            self.skipped[report.nodeid] = _reason(report.longrepr)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what came of a test."""
        if report.failed:
            if report.nodeid in self.passed:
                self.passed.remove(report.nodeid)
            self._failed(report.nodeid)
        elif report.skipped:
            self.skipped[report.nodeid] = _reason(report.longrepr)
        elif report.when == "call":
            self.passed.append(report.nodeid)

    def _failed(self, name: str) -> None:
        if name not in self.failed:
            self.failed.append(name)


def _reason(found: object) -> str:
    """Return why something was skipped; pytest gives file, line and text."""
    if isinstance(found, tuple):
        return str(found[-1]).removeprefix("Skipped: ")  # pyright: ignore[reportUnknownArgumentType]
    return "an expected failure"
