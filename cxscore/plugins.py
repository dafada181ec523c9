"""Constructors by kind and name, imported when asked for."""
