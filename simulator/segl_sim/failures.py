"""What can go wrong inside a simulated device; each failure stops that device and no other."""


class DeviceFailure(Exception):
    """A device stopped for a reason that its firmware, not its user, must answer for."""


class FirmwareError(DeviceFailure):
    """The firmware raised; the message is MicroPython's own traceback."""


class RunawayError(DeviceFailure):
    """A turn never went idle and ran out of fuel; the message names file and line."""


class MemoryBudgetError(DeviceFailure):
    """More live heap after a collection than the board's budget allows."""


class PowerOff(BaseException):
    """The board lost its supply in the middle of a call; nothing of the firmware runs on."""


class Reset(BaseException):
    """The firmware, or its watchdog, asked for a restart."""
