"""SMART review: questions to the clinician about a goal, each with its arithmetic; pure."""

from projections.smart_review.parts import (
    Dated,
    Facts,
    Finding,
    Kept,
    OpenMeasure,
    OpenParameter,
    OpenScore,
    Parts,
    Similar,
)
from projections.smart_review.review import review

__all__ = [
    "Dated",
    "Facts",
    "Finding",
    "Kept",
    "OpenMeasure",
    "OpenParameter",
    "OpenScore",
    "Parts",
    "Similar",
    "review",
]
