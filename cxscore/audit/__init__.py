"""A vendor's self-graded resolutions, held against what really happened."""
