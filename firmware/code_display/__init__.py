"""The code display: its screens, its words and what its button does."""
