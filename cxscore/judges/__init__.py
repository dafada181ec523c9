"""Judges: the procedures that turn a transcript into a verdict."""
