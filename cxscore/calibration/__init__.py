"""What the judge's numbers are worth, against human labels and surveys."""
