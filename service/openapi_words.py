"""The fixed parts of the OpenAPI document: its words, headers, parameters and refusals."""

from typing import Any

from events.ids import KEY_HEADER
from projections.told_position import TOKEN
from service.asked import POSITION_HEADER, REPLAYED_HEADER
from service.places import LAST_EVENT, LAST_EVENT_HEADER

SCHEMAS_FOLDER = "#/components/schemas/"
SCHEMAS = SCHEMAS_FOLDER + "{name}"
DESCRIPTION = """\
Cairn keeps goals, moods and assessments in depression care as one append-only log.

Send a token (`cairn token`) as `Authorization: Bearer …`. A command may carry an
`Idempotency-Key`: sent again, it answers the same and is recorded once. Each answer has a
`Cairn-Position`; a read that sends it back waits until it can show what was written. Clinicians and
auditors are told positions as numbers, clients and apps as tokens. Refusals are
problems (RFC 9457) in English, for developers. Their `type` is a code that stays, so that an app
can say it in its client's language: `/schema/problems.json` lists all of them. Whatever takes a GET
takes a HEAD as well, which answers the same without the body.
"""
TAGS = {
    "clients": "Enrolling people, the caseload, their details.",
    "goals": "Goals: set, agreed, revised, and every revision they have been through.",
    "entries": "What clients log: moods, check-ins, scores; corrected and withdrawn if need be.",
    "instruments": "The questionnaires: their items where licences allow, rules, bands, numbers.",
    "sessions": "When client and clinician meet: goals may be due by the next session.",
    "trends": "How it went, and everything in order.",
    "feed": "A practice's log for those who follow it: in order, and nothing missed.",
    "subscriptions": "Who is told what happens: webhooks, and apps that ask; nothing is missed.",
    "suggestions": "Drafts for the clinician: reframings and replans, and what becomes of them.",
    "safety": "Flags that wait for a person, and where somebody in a crisis reaches one.",
    "templates": "Goals to begin from: wording, measure, parameters, by category.",
    "practice": "How a practice has chosen to work: duty, crisis lines, norms, tracking, release.",
    "health": "Whether the service lives, can serve, and how it does.",
}
UUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
HEADERS: dict[str, dict[str, Any]] = {
    POSITION_HEADER: {
        "description": "How far the practice's log has come in this answer: a number for "
        "clinicians and auditors, a token for clients and apps.",
        "schema": {"type": "string", "pattern": f"^([0-9]+|{TOKEN.pattern})$"},
    },
    "ETag": {
        "description": "The version of what is shown, for If-Match.",
        "schema": {"type": "string", "pattern": '^W/"[0-9]+"$'},
    },
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string"}},
    REPLAYED_HEADER: {
        "description": "true where the same command had been recorded before.",
        "schema": {"const": "true"},
    },
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}},
}
KEY_PARAMETER = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "A UUID, new for each command. Sent again with the same body, the command is "
    "recorded once and answers the same, with Idempotency-Replayed; with another body it is "
    "refused (content-mismatch).",
    # A pattern and no format: some generators make a UUID of their language of it, which is no
    # header's value yet.
    "schema": {"type": "string", "pattern": UUID_PATTERN},
}
MATCH_PARAMETER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that was seen: where it has changed since, nothing is recorded and "
    "the answer is 412 (version-mismatch). Left out, or *, any version will do.",
    "schema": {"type": "string", "pattern": '^(W/)?"[1-9][0-9]{0,8}"$'},
    "example": 'W/"3"',
}
POSITION_PARAMETER = {
    "name": POSITION_HEADER,
    "in": "header",
    "required": False,
    "description": "Wait, for two seconds at most, until the view has come to this position: as an "
    "answer's Cairn-Position or `position` has it. A client or an app sends a token; numbers that "
    "they were told by a release which told them numbers are still taken.",
    "schema": {"type": "string", "pattern": f"^([0-9]{{1,18}}|{TOKEN.pattern})$"},
}
LAST_EVENT_PARAMETER = {
    "name": LAST_EVENT_HEADER,
    "in": "header",
    "required": False,
    "description": "The id that was seen last: the stream begins after it, whatever `after` says.",
    "schema": {"type": "string", "pattern": f"^{LAST_EVENT.pattern}$"},
}
# What a stream looks like: its events, one with a heartbeat, and its end.
STREAM_EXAMPLE = """\
retry: 2000

id: 1684
event: mood.logged.v1
data: {"position":1684,"type":"mood.logged.v1","category":"mood",\
"stream_id":"01a20b8d-9fe3-7000-8000-000000000001","version":1,\
"client_id":"0f5b1c9e-7c1d-4a51-9f3e-1d6a52f0a001","occurred_at":"2026-11-29T08:00:00Z",\
"recorded_at":"2026-11-29T08:00:01Z",\
"link":"/v1/moods/01a20b8d-9fe3-7000-8000-000000000001"}

:
event: end
data: {"reason":"token_expired",\
"detail":"The token has expired: connect again with a new one and Last-Event-ID."}

"""
# Which refusals an operation may answer with, by status; 404 and 422 explain themselves.
REFUSALS = {
    400: "The body, a parameter or a header is malformed.",
    401: "No token, or not a valid one.",
    403: "The token's role does not allow this.",
    404: "There is nothing here, or it is not yours to see.",
    408: "The rest of the request did not come in time.",
    409: "The record is in a state that does not allow this.",
    412: "It has changed since the version in If-Match.",
    413: "The body is larger than 64 KiB.",
    414: "The address is longer than 8 KiB.",
    415: "The body is not JSON.",
    422: "A value can not be accepted.",
    429: "Too many at once: end one, or ask again after Retry-After.",
    431: "The request has more than 100 headers, or more than 32 KiB of them.",
    500: "Something went wrong on our side.",
    503: "Not now: ask again after Retry-After.",
}
# The names of refusals as components, from which generators make identifiers: the names are
# those of RFC 9110, section 15, and of RFC 6585.
COMPONENTS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "RequestTimeout",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "ContentTooLarge",
    414: "UriTooLong",
    415: "UnsupportedMediaType",
    422: "UnprocessableContent",
    429: "TooManyRequests",
    431: "RequestHeaderFieldsTooLarge",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}
# Schemas whose own names mean something else to JavaScript, by the names they have here.
RENAMED = {
    "Choice": "ChoiceParameter",
    "Number": "NumberParameter",
    "Option": "SuggestionOption",
    "Words": "WordsParameter",
}
# A refusal of each status, as an example.
EXAMPLES = {
    400: "body-malformed",
    401: "token-refused",
    403: "role-not-allowed",
    404: "not-found",
    408: "body-not-complete",
    409: "goal-not-open",
    412: "version-mismatch",
    413: "body-too-large",
    414: "address-too-long",
    415: "media-type-unknown",
    422: "deadline-in-the-past",
    429: "too-many-streams",
    431: "headers-too-large",
    500: "unexpected",
    503: "view-behind",
}
