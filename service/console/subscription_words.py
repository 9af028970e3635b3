"""What is said of a subscription in a terminal: how it stands, what came of it, what to do."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from service.console.cells import line
from service.console.output import moment
from service.subscription_answers import SubscriptionAnswer
from workers.outbox import Delivery

# A worker looks at an event within a second or two, unless it has much to do.
LONG_BEHIND: Final = timedelta(minutes=1)
DISABLED: Final = {
    "gone": "its receiver answered 410, which says that it is gone",
    "no_success": "its receiver took nothing in 120 hours",
}
# What came of an attempt, as a person says it. The status stands in the braces.
WENT: Final = {
    "delivered": "answered {status}",
    "gone": "answered {status}, which says that it is gone",
    "redirected": "answered {status}, a redirection, which is not followed",
    "refused": "refused it with {status}",
    "failed": "failed with {status}",
    "timed_out": "did not answer in time",
    "unreachable": "cannot be reached",
    "untrusted": "has a certificate that is not to be trusted",
    "address_refused": "has an address that webhooks may not go to",
    "malformed": "gave an answer that is no HTTP",
}
TO_DO: Final = {
    "gone": "have it take webhooks again and resume the subscription, or delete it",
    "redirected": "make a subscription with the url that it leads to, and delete this one",
    "refused": "check that it verifies with this subscription's secret, and takes what was posted",
    "failed": "look into the receiver's own log",
    "timed_out": "have it answer at once, and work afterwards",
    "unreachable": "check the host's name and port, and that somebody listens there",
    "untrusted": "renew the receiver's certificate, with those between it and its authority",
    "address_refused": "use an https url with a public address; see CAIRN_WEBHOOKS for development",
    "malformed": "check that the url leads to the receiver, and not to something else",
}


def command(verb: str, subscription_id: UUID, more: str = "") -> str:
    """What to type, with whoever says it left open."""
    return f"`cairn subscriptions {verb} {subscription_id}{more} --by SUBJECT`"


def host_of(url: str | None) -> str:
    """The host of a webhook, without the path, in which some keep a secret."""
    return "" if url is None else urlsplit(url).hostname or ""


def whom(one: SubscriptionAnswer) -> str:
    told = [host_of(one.url), f"app {one.app}" if one.app else ""]
    return "\n".join(filter(None, told))


def left_out(one: SubscriptionAnswer) -> str:
    """What a subscription tells only where it is named: "safety flags and subscriptions"."""
    *others, last = (f"{category.replace('_', ' ')}s" for category in one.only_where_named)
    return f"{', '.join(others)} and {last}"


def told_what(one: SubscriptionAnswer) -> str:
    """Which events, and of how many goals and clients where they are named."""
    kinds = [*one.categories, *one.types]
    lines = [", ".join(kinds) or f"all but {left_out(one)}"]
    for what, ids in (("goal", one.goals), ("client", one.clients)):
        if ids:
            lines.append(f"of {len(ids)} {what}{'s' if len(ids) > 1 else ''}")
    if one.payload == "full":
        lines.append("with what is in them")
    return "\n".join(lines)


def stage_of(one: SubscriptionAnswer) -> str:
    """A disabled one stands out by its capitals, and with why."""
    if one.stage == "disabled":
        return f"DISABLED\n{DISABLED[one.disabled_by or 'gone']}"
    return f"{one.stage}\n{line(one.reason)}".strip()


def failing(one: SubscriptionAnswer) -> str:
    if one.failing_since is None:
        return ""
    since = f"failing since {moment(one.failing_since)}, {one.failures} in a row"
    alone = "" if one.open_until is None else f"left alone until {moment(one.open_until)}"
    return f"{since}\n{alone}".strip()


def events_of(one: SubscriptionAnswer) -> str:
    """How many were told, wait and are dead, and how many no worker has looked at."""
    told = f"{one.last_number} told\n{one.waiting} waiting\n{one.dead} dead"
    return f"{told}\n{one.behind} not looked at" if one.behind else told


def behind_of(one: SubscriptionAnswer) -> str:
    """How many events of the log no worker has looked at for it, and since when."""
    events = "1 event" if one.behind == 1 else f"{one.behind} events"
    return f"{events}, since {moment(one.behind_since)}" if one.behind else ""


def receiver(one: SubscriptionAnswer) -> str:
    """When it last took something, and since when it has not."""
    if one.url is None:
        return ""
    success = moment(one.last_success_at) or "none yet"
    return f"last success {success}\n{failing(one)}".strip()


def went(outcome: str | None, status: int | None) -> str:
    return WENT.get(outcome or "", outcome or "").format(status=status)


def disabled_sentence(one: SubscriptionAnswer) -> str:
    because = DISABLED[one.disabled_by or "gone"]
    return (
        f"! «{line(one.name)}» is disabled, because {because}; what happens waits. Once it takes "
        f"webhooks again: {command('resume', one.id)}. If nobody needs it any more: "
        f"{command('delete', one.id)}."
    )


def unserved_sentence(one: SubscriptionAnswer, now: datetime) -> str | None:
    """What to do where no worker serves it, or none comes on; None where that is well."""
    behind = f", and has not looked at {behind_of(one)}" if one.behind else ""
    if not one.served and (one.behind or (one.stage == "active" and one.waiting)):
        return (
            f"No worker serves it{behind}: start one with `cairn work`, or look into the worker's "
            "log."
        )
    if one.behind_since is not None and now - one.behind_since > LONG_BEHIND:
        return (
            f"The worker that serves it has not looked at {behind_of(one)}: look into the worker's "
            "log, and at what `cairn doctor` says."
        )
    return None


def to_do(one: SubscriptionAnswer, latest: Sequence[Delivery], *, now: datetime) -> Iterator[str]:
    """What to do next, a sentence for each thing that is wrong."""
    if one.stage == "deleted":
        yield "It was deleted: it tells nobody anything any more."
        return
    if one.stage == "disabled":
        yield disabled_sentence(one)
    if one.stage == "paused":
        yield f"It is paused, and what happens waits: {command('resume', one.id)}."
    if (unserved := unserved_sentence(one, now)) is not None:
        yield unserved
    tried = (each for each in latest if each.last_outcome not in (None, "delivered"))
    failed = next(tried, None)
    if failed is not None and one.failing_since is not None and one.disabled_by != "gone":
        outcome = failed.last_outcome or ""
        then = f" Then {command('test', one.id)}." if one.stage == "active" else ""
        yield f"Its receiver {went(outcome, failed.last_status)}: {TO_DO.get(outcome, '')}.{then}"
    if one.open_until is not None and one.stage == "active":
        yield (
            f"It is left alone until {moment(one.open_until)}: to have it tried at once, "
            "pause and resume it."
        )
    if one.dead:
        yield (
            f"{one.dead} were given up: see `cairn subscriptions dead-letters {one.id}`; once the "
            f"receiver works, {command('replay-dead', one.id)}."
        )
