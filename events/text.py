"""Limits on what people write, so that nothing is endless."""

from typing import Annotated

from msgspec import Meta

# A blank says nothing.
SAYS_SOMETHING = r"\S"

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=SAYS_SOMETHING)]
Statement = Annotated[str, Meta(min_length=1, max_length=500, pattern=SAYS_SOMETHING)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=SAYS_SOMETHING)]
OptionalReason = Annotated[str, Meta(max_length=500)]
Note = Annotated[str, Meta(max_length=4000)]
Tag = Annotated[str, Meta(min_length=1, max_length=40)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=20)]
ZoneName = Annotated[str, Meta(min_length=1, max_length=64)]
# Python's $ also matches before a last line break: the lookahead says that none is meant.
LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Z]{2})?$(?!\n)"
COUNTRY_CODE = r"^[A-Z]{2}$(?!\n)"
Language = Annotated[str, Meta(pattern=LANGUAGE_TAG)]
Country = Annotated[str, Meta(pattern=COUNTRY_CODE)]
