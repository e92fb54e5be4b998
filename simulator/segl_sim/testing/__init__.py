"""What the pytest plugin gives to tests of a login: devices as their owners have set them up, and what befalls them.

The fixtures are in segl_sim.pytest_plugin; this package is loaded when the first of them is used.
"""

from segl_sim.testing.browser import Browser
from segl_sim.testing.faults import Faults
from segl_sim.testing.owned import OwnedChip, OwnedDisplay, OwnedReader
from segl_sim.testing.scene import Devices

__all__ = ["Browser", "Devices", "Faults", "OwnedChip", "OwnedDisplay", "OwnedReader"]
