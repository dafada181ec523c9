"""One module per job: wires store, readers, judges and report together."""
