"""Frozen results to HTML, terminal text and JSON. Opens no files."""
