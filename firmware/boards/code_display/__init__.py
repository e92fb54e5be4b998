"""The code display on its boards."""
