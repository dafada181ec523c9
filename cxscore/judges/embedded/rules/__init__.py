"""The rules of the embedded judge, one module per criterion."""
