"""The audio code reader: says codes aloud, and everything else too."""
