"""The ledger: one SQLite file, append-only in meaning."""
