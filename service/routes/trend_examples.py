"""What the trends answer, as an example: numbers as the product computes them, rounded."""

from typing import Any, Final

MOOD: Final[dict[str, Any]] = {
    "client_id": "0192f7a4-6c1e-7b0d-9a53-2f6f6d1c8e11",
    "zone": "Europe/Zurich",
    "from_on": "2026-03-02",
    "to_on": "2026-03-22",
    "days": (
        {"on": "2026-03-02", "mean": 3.0, "count": 1, "low": 3, "high": 3, "ewma": 3.0},
        {
            "on": "2026-03-05",
            "mean": 4.0,
            "count": 1,
            "low": 4,
            "high": 4,
            "ewma": 3.3485609424689446,
        },
        {
            "on": "2026-03-09",
            "mean": 5.0,
            "count": 1,
            "low": 5,
            "high": 5,
            "ewma": 4.067402436820799,
        },
        {
            "on": "2026-03-13",
            "mean": 6.0,
            "count": 1,
            "low": 6,
            "high": 6,
            "ewma": 4.90862713352467,
        },
        {
            "on": "2026-03-20",
            "mean": 7.0,
            "count": 1,
            "low": 7,
            "high": 7,
            "ewma": 6.230626918599938,
        },
    ),
    "days_with_entries": 5,
    "days_in_range": 21,
    "coverage": 0.238,
    "trend": {
        "direction": "rising",
        "points": 5,
        "span_days": 18,
        "slope": {
            "per_week": 1.75,
            "low_per_week": 1.0,
            "high_per_week": 2.333,
            "zero_excluded": True,
        },
        "points_missing": 0,
        "days_missing": 0.0,
    },
}

SCORES: Final[dict[str, Any]] = {
    "client_id": "0192f7a4-6c1e-7b0d-9a53-2f6f6d1c8e11",
    "instrument": "bdi2",
    "name": "BDI-II",
    "better": "lower",
    "minimum": 0.0,
    "maximum": 63.0,
    "baseline": 30.0,
    "baseline_at": "2026-03-02T09:00:00+01:00",
    "best": 18.0,
    "trend": {
        "direction": "not_enough_yet",
        "points": 2,
        "span_days": 21.0,
        "slope": None,
        "points_missing": 3,
        "days_missing": 0.0,
    },
    "points": (
        {
            "assessment_id": "0192f7a4-6c1e-7b0d-9a53-2f6f6d1c8e21",
            "occurred_at": "2026-03-02T09:00:00+01:00",
            "total": 30.0,
            "change_from_baseline": 0.0,
            "percent_from_baseline": 0.0,
            "change_from_previous": None,
            "change_from_best": 0.0,
            "standing": {"band": "Severe", "reliable": None, "response": None, "remission": None},
            "version": 1,
            "difficulty": None,
        },
        {
            "assessment_id": "0192f7a4-6c1e-7b0d-9a53-2f6f6d1c8e22",
            "occurred_at": "2026-03-23T09:00:00+01:00",
            "total": 18.0,
            "change_from_baseline": -12.0,
            "percent_from_baseline": -40.0,
            "change_from_previous": -12.0,
            "change_from_best": 0.0,
            "standing": {
                "band": "Mild",
                "reliable": {
                    "jacobson_truax": "recovered",
                    "index": -2.5153999238816422,
                    "reliable_change": 9.350401809548076,
                    "rule": "index",
                    "standard_deviation": 12.75,
                    "reliability": 0.93,
                    "cut_off": 20.0,
                    "source": "Beck, Steer & Brown 1996: 500 outpatients, mean 22.45, SD 12.75 "
                    "(told second-hand); Beck, Steer & Brown 1996: one-week test-retest .93, "
                    "n = 26 (told second-hand); HEDIS: positive at 20 or more",
                },
                "response": False,
                "remission": None,
            },
            "version": 1,
            "difficulty": None,
        },
    ),
    "incomplete": (),
}
