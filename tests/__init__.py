"""What Cairn promises, as sentences that can be run."""
