"""What can be wanted of the reader; what a computer asks is a pair (kind, value) instead."""

# The four keys, by the names that the voices give them, in the order of their pins.
SPEAK = "speak"
LOUDER = "louder"
QUIETER = "quieter"
MENU = "menu"
KEYS = (SPEAK, LOUDER, QUIETER, MENU)

RECOVER = ("recover", None)  # the key that switched it on was held to the end
OPEN = "open"  # the provisioning window
DARK = "dark"
