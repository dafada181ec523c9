"""Retrieval, claim checks, tool-log checks and quotes located in the text by code."""
