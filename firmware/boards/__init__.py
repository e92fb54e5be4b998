"""The only files that touch the chip: drivers, USB classes, pins and the start of each board."""
