"""How many examples a law is tried with: as many as the profile of Hypothesis lets it have."""

from hypothesis import settings

# The profile by which the counts beside the laws were chosen; `quick` has a third of that.
CHOSEN_BY = 120


def examples(count: int) -> settings:
    """So many examples, or fewer or more where the profile has fewer or more."""
    of_profile = settings().max_examples
    return settings(max_examples=max(1, count * of_profile // CHOSEN_BY), deadline=None)
