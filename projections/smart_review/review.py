"""The review itself: letter by letter, what is asked about a goal, in the clinician's language."""

from collections.abc import Iterator

from projections.smart_review.achievable import achievable
from projections.smart_review.measurable import measurable
from projections.smart_review.parts import Facts, Finding, Found, Parts
from projections.smart_review.vagueness import vagueness, words_of
from projections.smart_review.words import finding


def review(parts: Parts, facts: Facts, *, language: str) -> tuple[Finding, ...]:
    """Every finding, in the order of the letters; none where nothing is to be asked."""
    found = (
        *specific(parts),
        *measurable(parts, facts),
        *achievable(parts, facts),
        *relevant(parts),
        *time_bound(parts),
    )
    return tuple(finding(one, language) for one in found)


def specific(parts: Parts) -> Iterator[Found]:
    if parts.statement is None:
        yield Found(letter="S", code="statement_missing", words="statement_missing", blocks=True)
        return
    vague = vagueness(parts.statement)
    if vague is not None:
        yield Found(
            letter="S",
            code="statement_vague",
            words=f"statement_without_{vague.lacks}",
            numbers={"words": vague.words, "amounts": 0},
        )


def relevant(parts: Parts) -> Iterator[Found]:
    if parts.why is None:
        yield Found(letter="R", code="why_missing", words="why_missing", blocks=True)
        return
    said = words_of(parts.why)
    for source, text in (("statement", parts.statement), ("question", parts.template_why)):
        known = set(words_of(text or ""))
        if known and said and known.issuperset(said):
            yield Found(
                letter="R",
                code="why_repeats_statement",
                words=f"why_repeats_{source}",
                numbers={"words": len(said), "repeated": len(said)},
            )
            return


def time_bound(parts: Parts) -> Iterator[Found]:
    if parts.due_on is None:
        words = "deadline_missing"
        if parts.by_next_session:
            words = "session_missing" if parts.client_named else "session_of_nobody"
        yield Found(letter="T", code="deadline_missing", words=words, blocks=True)
        return
    days = (parts.due_on - parts.starts_on).days
    # The next session is itself a time at which both look.
    if not parts.by_next_session and parts.review_every_days > days:
        yield Found(
            letter="T",
            code="review_after_deadline",
            words="review_after_deadline",
            numbers={"review_every_days": parts.review_every_days, "days": days},
        )
