"""Speaking to people and to scripts: results on standard output, everything else on standard error."""

import json
from collections.abc import Mapping

import click

from segl.cli.exits import error_word, exit_code
from segl.errors import PinError

Value = str | int | float | bool | list[str] | None


class Output:
    """One of three voices: plain, accessible (`label: value`, separated digits, no redraw), JSON.

    Args:
        as_json: one object a line, on both streams.
        accessible: for screen readers; ACCESSIBLE=1 in the environment.
    """

    def __init__(self, as_json: bool, accessible: bool) -> None:
        self.as_json = as_json
        self.accessible = accessible

    def record(self, fields: Mapping[str, Value], line: str | None = None) -> None:
        """Print one result.

        Args:
            fields: its parts, as JSON has them.
            line: how the plain voice says it; `label: value` lines unless given.
        """
        if self.as_json:
            click.echo(json.dumps(dict(fields), ensure_ascii=False))
        elif line is not None and not self.accessible:
            click.echo(line)
        else:
            for label, value in fields.items():
                if value is not None:
                    click.echo(f"{label.replace('_', ' ')}: {_plain(value)}")

    def note(self, text: str) -> None:
        """Say something that is not a result."""
        click.echo(json.dumps({"note": text}, ensure_ascii=False) if self.as_json else text, err=True)

    def step(self, number: int, total: int, text: str) -> None:
        """Say how far a longer task is, to those who cannot see it on the device."""
        if self.accessible and not self.as_json:
            self.note(f"step {number} of {total}: {text}")

    def code(self, code: str) -> str:
        """A code in groups: "123 456"; for a screen reader, which would read a number, "1 2 3  4 5 6"."""
        half = len(code) // 2
        groups = [code[:half], code[half:]]
        if self.as_json:
            return code
        return "  ".join(" ".join(group) for group in groups) if self.accessible else " ".join(groups)


def report(error: Exception, as_json: bool) -> None:
    """Say an expected error on standard error, in one line."""
    text = error.format_message() if isinstance(error, click.ClickException) else str(error)
    if as_json:
        line = {"error": text, "code": error_word(error), "exit": exit_code(error)}
        if isinstance(error, PinError) and error.tries_left is not None:
            line["tries_left"] = error.tries_left
        click.echo(json.dumps(line, ensure_ascii=False), err=True)
    else:
        click.echo(f"Error: {text}", err=True)


def _plain(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
