"""What still holds when things break."""
