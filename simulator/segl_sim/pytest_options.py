"""The options of Segl's pytest plugin, and the settings of the same names."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

_ENGINES = ("micropython", "cpython")
_LATEST = 36_525 * 86_400  # in 2070: a century of the clock chip's calendar, which begins with 1970 here


class _Setting(NamedTuple):
    read: Callable[[str], Any]
    default: str
    help: str


def _engine(text: str) -> str:
    if text not in _ENGINES:
        raise argparse.ArgumentTypeError(f'"{text}" is no engine; use {" or ".join(_ENGINES)}.')
    return text


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is no whole number; write for example 7.') from None


def _unix_time(text: str) -> int:
    when = -1
    try:
        when = int(text)
    except ValueError:
        try:
            found = datetime.fromisoformat(text)
            when = int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
        except ValueError:
            pass
    if not 0 <= when < _LATEST:
        raise argparse.ArgumentTypeError(
            f'"{text}" is no time from 1970 to 2069; write Unix seconds, or for example 2026-09-21T14:13:20Z.'
        )
    return when


_SETTINGS = {
    "segl_engine": _Setting(
        _engine, "micropython", "what runs the firmware of the devices: micropython (default) or cpython"
    ),
    "segl_seed": _Setting(_seed, "0", "the one source of chance in each test's world (default: 0)"),
    "segl_utc": _Setting(
        _unix_time, "", "when each test's world begins: Unix seconds or ISO 8601, in UTC (default: now)"
    ),
}


def add_to(parser: pytest.Parser) -> None:
    """Tell pytest of all of them."""
    group = parser.getgroup("segl", "simulated authenticators")
    for name, one in _SETTINGS.items():
        group.addoption(f"--{name.replace('_', '-')}", type=one.read, help=one.help)
        parser.addini(name, one.help, default=one.default)
    group.addoption(
        "--segl-artifacts",
        metavar="DIR",
        help="where failed tests leave pictures and sound (default: pytest's temporary folder)",
    )


def setting(config: pytest.Config, name: str) -> Any:
    """Return the option, else the setting, else None.

    Args:
        config: pytest's.
        name: "segl_engine", "segl_seed" or "segl_utc".

    Raises:
        UsageError: The setting means nothing.
    """
    value = config.getoption(name)
    text = config.getini(name)
    if value is not None or not text:
        return value
    try:
        return _SETTINGS[name].read(text)
    except argparse.ArgumentTypeError as error:
        raise pytest.UsageError(f"{name}: {error}") from None


def check(config: pytest.Config) -> None:
    """Refuse settings that mean nothing, before any test runs.

    Raises:
        UsageError: As for `setting`.
    """
    for name in _SETTINGS:
        setting(config, name)
