"""Joins the audio code reader's application to a board."""
