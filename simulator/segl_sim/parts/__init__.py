"""Simulated parts: what the board's pins and buses lead to, each as its data sheet says."""
