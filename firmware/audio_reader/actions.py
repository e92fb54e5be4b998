"""What can be wanted of the reader; what a computer asks is a pair (kind, value) instead."""

# The four keys, by the names that the voices give them, in the order of their pins.
SPEAK = "speak"
LOUDER = "louder"
QUIETER = "quieter"
MENU = "menu"
KEYS = (SPEAK, LOUDER, QUIETER, MENU)

OPEN = "open"  # the provisioning window
DARK = "dark"
