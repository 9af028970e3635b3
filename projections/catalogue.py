"""Every view that projections build, in the order in which they are built."""

from projections import (
    assessment_trend,
    caseload,
    goal_attainment,
    goal_status_fold,
    mood_trend,
    safety_queue,
    session_calendar,
    suggestion_queue,
    tracking_fold,
)
from projections.rows import Projection

PROJECTIONS: tuple[Projection, ...] = (
    goal_status_fold.projection,
    mood_trend.projection,
    assessment_trend.projection,
    caseload.projection,
    suggestion_queue.projection,
    safety_queue.projection,
    session_calendar.projection,
    goal_attainment.projection,
    tracking_fold.projection,
)
VIEW_NAMES: tuple[str, ...] = tuple(projection.name for projection in PROJECTIONS)
BY_NAME: dict[str, Projection] = {projection.name: projection for projection in PROJECTIONS}
