"""What a client may be refused, in words that blame nobody and order nobody about."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import events
from events.refusals import NotFound, Rejected, StateRefused, ValueRefused
from service.problems import sentence_of
from tests.workers.avoided import found_in

# Where the refusals live that an answer to a client's own request may carry: what they log and
# answer, the goals they propose and agree to, and the days on which they rest.
OF_CLIENTS = (
    "events.assessment",
    "events.check_in",
    "events.check_in_admission",
    "events.client",
    "events.deadline",
    "events.enrolment",
    "events.goal_decisions",
    "events.goal_resting",
    "events.instruments",
    "events.measure_soundness",
    "events.moment",
    "events.mood",
    "events.safety_interlock",
    "events.store",
    "events.templates.filling",
)
KINDS = {NotFound, Rejected, StateRefused, ValueRefused}
# The name of a side of a scale is no claim about anybody, and of two goals one is the other.
SAID_OF_NUMBERS = {"healthier"}
OF_CLINICIANS = {"GoalNotPaused", "ReplacedByItself", "OfAParameter"}


def refusals(kind: type[Rejected] = Rejected) -> Iterator[type[Rejected]]:
    for one in kind.__subclasses__():
        yield one
        yield from refusals(one)


def of_clients() -> list[type[Rejected]]:
    for module in pkgutil.walk_packages(events.__path__, "events."):
        importlib.import_module(module.name)
    return sorted(
        {
            one
            for one in refusals()
            if one.__module__.startswith(OF_CLIENTS)
            and one not in KINDS
            and one.__name__ not in OF_CLINICIANS
        },
        key=lambda one: one.__name__,
    )


@pytest.mark.parametrize("refusal", of_clients(), ids=lambda one: one.__name__)
def test_avoids_what_hurts(refusal: type[Rejected]) -> None:
    for said in (sentence_of(refusal), refusal.detail or ""):
        plain = said.replace("{", "").replace("}", "")
        assert set(found_in(plain, "en")) - SAID_OF_NUMBERS == set()


def test_there_are_some() -> None:
    names = {one.__name__ for one in of_clients()}
    assert {"DeadlineInThePast", "TimeInTheFuture", "AnswersDoNotFit", "SafetyFlagOpen"} <= names
