"""Facts and figures over verdicts: pure functions, no file and no clock."""
