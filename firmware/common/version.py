"""The version of the firmware, as shown on the screen and answered to the host."""

VERSION = "0.1.0"
