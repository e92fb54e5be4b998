"""The chip on its boards."""
