"""Firmware: locate it, compile it, build it into a folder, install it on a board."""

from segl_sim.firmware.build import MANIFEST, Entry, Manifest, build, package, read_build
from segl_sim.firmware.errors import BuildError
from segl_sim.firmware.install import install_commands
from segl_sim.firmware.load import BOARDS, Firmware, devices, firmware_root

__all__ = [
    "BOARDS",
    "MANIFEST",
    "BuildError",
    "Entry",
    "Firmware",
    "Manifest",
    "build",
    "devices",
    "firmware_root",
    "install_commands",
    "package",
    "read_build",
]
