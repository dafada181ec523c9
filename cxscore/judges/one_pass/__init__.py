"""The one-pass rubric judge."""
