"""Goals as examples: one for each way to measure, from a template, by a session; and reviews."""

from datetime import timedelta
from typing import Any, Final

EXAMPLE: Final[dict[str, Any]] = {
    "statement": "Walk for half an hour on five days a week",
    "measure": {"type": "frequency", "amount": 150, "unit": "minutes", "per": "week"},
    "achievability": 7,
    "why": "I sleep better when I have been outside.",
    "due_on": timedelta(weeks=12),
    "review_every_days": 14,
}
GOALS: Final[dict[str, Any]] = {
    "frequency": EXAMPLE,
    "relative_frequency": {
        "statement": "Meet people 25 percent more often",
        "measure": {
            "type": "relative_frequency",
            "percent": 25,
            "unit": "times",
            "per": "week",
            "baseline": 4,
            "over_periods": 6,
        },
        "achievability": 6,
        "why": "After an evening with people I sleep through.",
        "due_on": timedelta(weeks=6),
    },
    "percent_of_a_score": {
        "statement": "Bring my BDI-II from 28 to 14 in eight weeks",
        "measure": {
            "type": "score",
            "instrument": "bdi2",
            "baseline": 28,
            "target": {"type": "percent_change", "percent": -50},
        },
        "achievability": 5,
        "why": "I want my evenings with the children back.",
        "due_on": timedelta(weeks=8),
    },
    "band_of_a_score": {
        "statement": "A PHQ-9 on the healthy side of the cut-off within half a year",
        "measure": {
            "type": "score",
            "instrument": "phq9",
            "baseline": 18,
            "target": {"type": "band", "band": "non_clinical"},
        },
        "achievability": 6,
        "why": "I would like to go back to work.",
        "due_on": timedelta(weeks=26),
    },
    "count_by_next_session": {
        "statement": "Write down five triggers of low mood by the next session",
        "measure": {"type": "count", "amount": 5, "unit": "times"},
        "achievability": 8,
        "why": "So that the evening does not take me by surprise.",
        "by_next_session": True,
    },
    "milestone": {
        "statement": "Go to my cousin's birthday party",
        "measure": {"type": "milestone"},
        "achievability": 4,
        "why": "I have said no three times in a row.",
        "due_on": timedelta(weeks=5),
    },
    "from_a_template": {
        "template": "half_the_score",
        "parameters": {"instrument": "phq9", "baseline": 18, "weeks": 8},
        "achievability": 6,
        "why": "I want to read to my niece without drifting off.",
    },
}
REVIEWS: Final[dict[str, Any]] = {
    "a_goal": {
        "statement": "Feel less depressed",
        "measure": {
            "type": "score",
            "instrument": "bdi2",
            "baseline": 16,
            "target": {"type": "percent_change", "percent": -50},
        },
        "achievability": 3,
        "due_on": timedelta(weeks=8),
        "review_every_days": 70,
    },
    "a_statement_alone": {"statement": "Walk for half an hour on five days a week"},
    "a_template_alone": {"template": "half_the_score"},
}
