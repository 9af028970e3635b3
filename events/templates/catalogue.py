"""The templates that come with Cairn, read from their files once."""

from functools import lru_cache
from importlib.resources import files

import msgspec

from events.templates.definition import Template


@lru_cache(maxsize=1)
def built_in() -> dict[str, Template]:
    """Every template that comes with Cairn, by its id (the file's name), in alphabetical order."""
    decode = msgspec.json.Decoder(Template).decode
    data = (file for file in files(__package__).iterdir() if file.name.endswith(".json"))
    loaded = {file.name.removesuffix(".json"): decode(file.read_bytes()) for file in data}
    return dict(sorted(loaded.items()))
