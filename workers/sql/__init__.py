"""The statements of the outbox, a file each, named after what runs them."""

from importlib.resources import files


def statement(name: str) -> str:
    """The text of name.sql."""
    return (files(__name__) / f"{name}.sql").read_text(encoding="utf-8")
