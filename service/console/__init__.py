"""The commands of `cairn`, a module each; service/cli.py loads them by name."""
