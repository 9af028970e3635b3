"""Every view that projections build, in the order in which they are built."""

from projections import assessment_trend, caseload, goal_status_fold, mood_trend, suggestion_queue
from projections.rows import Projection

PROJECTIONS: tuple[Projection, ...] = (
    goal_status_fold.projection,
    mood_trend.projection,
    assessment_trend.projection,
    caseload.projection,
    suggestion_queue.projection,
)
VIEW_NAMES: tuple[str, ...] = tuple(projection.name for projection in PROJECTIONS)
BY_NAME: dict[str, Projection] = {projection.name: projection for projection in PROJECTIONS}
