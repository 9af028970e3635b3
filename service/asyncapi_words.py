"""The fixed parts of the AsyncAPI document: its words, channels, headers and the envelope."""

from typing import Any, Final

import msgspec

from service.places import ABOUT_EPOCH

HTTP_BINDING: Final = "0.3.0"
CLOUD_EVENT: Final = "application/cloudevents+json"
LICENSE: Final = {
    "name": "Apache-2.0",
    "url": "https://www.apache.org/licenses/LICENSE-2.0",
}
DESCRIPTION: Final = """\
What Cairn tells those who follow a practice: that something happened, to what, and where to look.
What is in an event is told where a subscription's payload is `full`, and nowhere else.

Each event has a place in the practice's log (`position`) and is told in this order. Clinicians and
auditors are told the position as a number. Apps and webhooks are told it as a token, which is sent
back in `Cairn-Position` and tells nothing else, and count by the `number` of their subscription.
What has been told may be told again after a failure, as it was: read each once. The JSON Schema of
each type lies at `/schema/events/{type}`. The requests that clients make are in
`/schema/openapi.json`.
"""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where events are sent, and how: `address` is None where it is the receiver's own.

    `operation`, `server`, `security` and `trait` are names in the document.
    """

    address: str | None
    title: str
    summary: str
    description: str
    operation: str
    method: str
    server: str
    security: str
    content_type: str = "application/json"
    trait: str | None = None
    parameters: dict[str, Any] = {}
    query: dict[str, Any] = {}

    @property
    def is_stream(self) -> bool:
        return self.address is not None


# The last message of a stream, which is about no event.
END: Final = "end"
LAST_MESSAGE: Final = {
    "name": END,
    "title": "End",
    "summary": "The stream ends, for a reason.",
    "contentType": "application/json",
    "payload": {"$ref": "#/components/schemas/StreamEnd"},
}
RESUMING: Final = (
    "A reader that comes back sends the last `id` that it has seen in the header `Last-Event-ID`, "
    "which counts for more than `after`, and misses nothing. The last event is `end`, without an "
    "id: its data says why (`reason`) and what to do (`detail`)."
)


def begins_after(what: str) -> dict[str, Any]:
    """The parameter with which a stream begins where a reader has come to."""
    return {"type": "integer", "minimum": 0, "default": 0, "description": f"The last {what} read."}


EPOCH_NAMED: Final = {
    "type": "string",
    "format": "uuid",
    "description": ABOUT_EPOCH,
}

CHANNELS: Final = {
    "feed": Channel(
        address="/v1/feed/stream",
        title="The feed as a stream",
        summary="Tell whoever listens what happens in their practice, as it happens.",
        description="Server-sent events: each message is the `data` of one, whose `id` is the "
        f"position and whose `event` is the type. For clinicians and auditors. {RESUMING}",
        operation="stream_the_feed",
        method="GET",
        server="cairn",
        security="bearer",
        query={
            "after": begins_after("position"),
            "epoch": EPOCH_NAMED,
            "types": {
                "type": "string",
                "description": "Types of event, separated by commas: `goal.reached.v1,mood.*`.",
            },
        },
    ),
    "subscription": Channel(
        address="/v1/subscriptions/{subscription_id}/stream",
        title="A subscription as a stream",
        summary="Tell whoever listens what a subscription tells, as it happens.",
        description="Server-sent events: each message is the `data` of one, whose `id` is the "
        "number and whose `event` is the type. Numbers have no gaps: whoever sees one has missed "
        "something. `position` is a number for clinicians and auditors, and a token for apps. "
        f"{RESUMING}",
        operation="stream_a_subscription",
        method="GET",
        server="cairn",
        security="bearer",
        parameters={"subscription_id": {"description": "The subscription's id, a UUID."}},
        query={"after": begins_after("number"), "epoch": EPOCH_NAMED},
    ),
    "webhook": Channel(
        address=None,
        title="A subscription as a webhook",
        summary="Tell a receiver what a subscription tells, as it happens.",
        description="A POST to the URL that the subscription names, for each event: a CloudEvent "
        "1.0 in structured mode, signed as Standard Webhooks 1.0 has it. `position` is a token.",
        operation="call_a_webhook",
        method="POST",
        server="receiver",
        security="signature",
        content_type=CLOUD_EVENT,
        trait="signed",
    ),
}
RECEIVER: Final = {
    "host": "{host}",
    "protocol": "https",
    "description": "Whoever receives a webhook, at the URL that the subscription names.",
    "variables": {"host": {"description": "The receiver's host.", "examples": ["example.org"]}},
}
SECURITY: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token (`cairn token`).",
    },
    "signature": {
        "type": "httpApiKey",
        "name": "webhook-signature",
        "in": "header",
        "description": "Standard Webhooks 1.0, of `webhook-id.webhook-timestamp.body`, the body as "
        "it was sent: `v1,` and the base64 of an HMAC-SHA256 by the subscription's secret, and "
        "`v1a,` and that of an Ed25519 signature by its key. While keys are replaced there are "
        "those of the old ones, too: one must agree. A receiver refuses what none agrees with, and "
        "a timestamp that is minutes away.",
    },
}
TRAITS: Final = {
    "signed": {
        "headers": {
            "type": "object",
            "properties": {
                "webhook-id": {
                    "type": "string",
                    "minLength": 1,
                    "description": "The same however often this is sent: take each once.",
                },
                "webhook-timestamp": {
                    "type": "string",
                    "pattern": "^[0-9]+$",
                    "description": "When this attempt was made, in seconds since 1970 (UTC).",
                },
                "webhook-signature": {
                    "type": "string",
                    "pattern": "^v1a?,[A-Za-z0-9+/]+=*( v1a?,[A-Za-z0-9+/]+=*)*$",
                    "description": "Signatures, separated by spaces.",
                },
                "content-type": {
                    "type": "string",
                    "pattern": f"^{CLOUD_EVENT.replace('+', '[+]')}",
                },
            },
            "required": ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type"],
        }
    }
}


def envelope() -> dict[str, Any]:
    """The schema of a CloudEvent 1.0 as a webhook's body has it, whatever its type of event."""
    text = {"type": "string", "minLength": 1}
    properties = {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {**text, "description": "The same however often this is sent: take each once."},
        "source": {
            "type": "string",
            "pattern": "^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            "description": "The practice: `urn:uuid:` and its id.",
        },
        "type": {**text, "description": "What happened, and the version of its form."},
        "subject": {
            "type": "string",
            "pattern": "^[a-z_]+/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            "description": "To what it happened: its category and its id (`goal/…`).",
        },
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "datacontenttype": {"type": "string", "const": "application/json"},
        "dataschema": {
            "type": "string",
            "format": "uri",
            "description": "Where the JSON Schema of `data` is.",
        },
        "sequence": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "The subscription's number, as text that sorts as numbers do "
            "(CloudEvents' Sequence extension).",
        },
        "partitionkey": {
            **text,
            "description": "Order is kept among events of the same one: the goal's id, else the "
            "client's, else that of what it happened to (CloudEvents' Partitioning extension).",
        },
        "epoch": {
            "type": "string",
            "format": "uuid",
            "description": "Another one after the log was restored from a backup: numbers are then "
            "used again, for other events.",
        },
        "data": {"type": "object", "description": "What a subscription tells of an event."},
    }
    return {
        "title": "CloudEvent",
        "description": "CloudEvents 1.0 in structured mode.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }
