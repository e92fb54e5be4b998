"""The command `segl`: a thin layer over the library that talks to people and to scripts."""

from segl.cli.group import main

__all__ = ["main"]
