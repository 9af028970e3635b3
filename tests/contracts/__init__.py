"""What every EventStore promises; each test runs once per store."""
