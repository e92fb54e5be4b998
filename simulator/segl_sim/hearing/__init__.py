"""Hearing an audio reader: its recorded samples mapped back to the clips of its voices, and to words."""
