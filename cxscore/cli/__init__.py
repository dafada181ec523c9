"""The command line: flags to calls to exit codes, no logic."""
