"""Goals to begin from: one data file each, their parameters, and the goals made of them."""

from events.templates.catalogue import built_in
from events.templates.definition import (
    Category,
    Choice,
    Given,
    Number,
    Parameter,
    ParameterName,
    Template,
    Wording,
    Words,
    label_in,
)
from events.templates.filling import (
    Draft,
    ParameterDoesNotFit,
    ParameterMissing,
    ParameterUnknown,
    StatementTooLong,
    drafted,
    missing_parameters,
    require_sendable,
)
from events.templates.length import Until
from events.templates.soundness import require_sound_template

__all__ = [
    "Category",
    "Choice",
    "Draft",
    "Given",
    "Number",
    "Parameter",
    "ParameterDoesNotFit",
    "ParameterMissing",
    "ParameterName",
    "ParameterUnknown",
    "StatementTooLong",
    "Template",
    "Until",
    "Wording",
    "Words",
    "built_in",
    "drafted",
    "label_in",
    "missing_parameters",
    "require_sendable",
    "require_sound_template",
]
