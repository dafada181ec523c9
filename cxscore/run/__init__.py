"""Drives judges over records: concurrency, resume, progress."""
