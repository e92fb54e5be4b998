"""The one error of locating, compiling, building and installing firmware."""


class BuildError(Exception):
    """Firmware cannot be found, compiled, built or installed; the message is one that a user can act on."""
