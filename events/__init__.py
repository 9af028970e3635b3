"""The domain and its log: what can happen to a record of progress, and how it is kept."""
