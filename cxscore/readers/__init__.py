"""Files to nouns: one module per format."""
