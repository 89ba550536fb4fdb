"""What each kind of problem means that the decision API answers with, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the status that it comes with, what it means, what to do."""

    status: int
    means: str
    do: str


ANEW: Final = "Ask for a decision anew, and offer what it says."
KINDS: Final[dict[str, Kind]] = {
    "above-authority": Kind(
        422,
        "An offer can stay good only as far as the agent may grant it.",
        "Name an amount up to the decision's `within_authority`, or escalate.",
    ),
    "above-offer": Kind(
        422,
        "More was taken than was offered.",
        "Say `overridden`, with the amount and a reason, where it was granted nevertheless.",
    ),
    "agent-not-yours": Kind(
        403,
        "The credential belongs to one agent or team, and the request names another.",
        "Leave `agent.id` and `agent.team` out: the credential says them.",
    ),
    "already-answered": Kind(
        409, "Somebody answered this approval before, and the first answer stands.", "Nothing: it is answered."
    ),
    "already-granted": Kind(
        409, "What the decision offered was granted before. Nothing more was granted.", "Nothing: it is done."
    ),
    "approval-expired": Kind(
        409, "The time in which this could be filed, or answered, is over.", "Ask for the decision again."
    ),
    "approver-unknown": Kind(
        403,
        "An approval is answered by somebody who is known, and nobody says who this is.",
        "Say `agent.id`, or use a credential that belongs to one agent.",
    ),
    "conflict": Kind(409, "The request does not fit how things stand.", "Read `detail`, which says why."),
    "customer-erased": Kind(
        410, "The customer was erased, and what was decided cannot be read any more.", "Nothing: it does not come back."
    ),
    "demonstration": Kind(403, "A demonstration answers its own machine alone.", "Call it from there."),
    "draft-too-large": Kind(
        413, "To check the draft takes too long.", "Check a smaller one, or use `leeway check` where the files are."
    ),
    "erasure-refused": Kind(
        422,
        "The reason of an erasure holds the id of who is erased. It is kept in the clear for ever.",
        "Leave the id out of `reason`.",
    ),
    "event-conflict": Kind(
        409, "There is another event of this id.", "Give each event an id of its own, and the same only to the same."
    ),
    "event-refused": Kind(
        409, "A text or a number in the event cannot be stored.", "Leave out zero bytes and lone surrogates."
    ),
    "event-unfit": Kind(
        422, "The event is not as the pack declares such events.", "Read `detail`; `GET /v1/packs/{pack}` tells more."
    ),
    "history-too-long": Kind(
        409,
        "The customer has more decisions and promises than can be looked through before something is granted.",
        "Ask a person.",
    ),
    "id-taken": Kind(
        409, "Another request that was decided has this id.", "Give each request an id of its own, or none."
    ),
    "internal": Kind(500, "Something went wrong in the server. Its log says what.", "Tell who runs the server."),
    "invalid-request": Kind(
        422,
        "Values in the request are not as they have to be. `errors` names each by its JSON Pointer.",
        "Correct what `errors` names. Facts are as `GET /v1/packs/{pack}/facts.schema.json` says.",
    ),
    "issuer-unavailable": Kind(
        503,
        "The keys of the issuer cannot be had now, so that no token can be checked. API keys are.",
        "Send the same again later, or call with an API key.",
    ),
    "key-gone": Kind(409, "The customer was erased while the event was written.", "Send the event again."),
    "key-reused": Kind(
        422,
        "Another request was sent with this `Idempotency-Key`, by the same caller, within a day.",
        "Give each request a key of its own, and the same only to the same.",
    ),
    "ledger": Kind(409, "The ledger refuses the event.", "Read `detail`, which says why."),
    "ledger-closed": Kind(503, "The server is ending.", "Send the request again, to a server that goes on."),
    "ledger-forked": Kind(500, "The server was started wrongly.", "Tell who runs the server: start `leeway serve`."),
    "ledger-unavailable": Kind(
        503,
        "The ledger cannot be written or read now. Nothing was decided, and nothing was lost.",
        "Send the same again after as many seconds as `Retry-After` says.",
    ),
    "ledger-unusable": Kind(500, "The server has no ledger that it can use.", "Tell who runs the server."),
    "malformed-request": Kind(
        400,
        "The body is not JSON that every reader takes alike: it may be cut off, have the same key twice, be nested too "
        "deep, or hold NaN, a number beyond all bounds, or text that is not UTF-8.",
        "Write the body with a JSON library, and the facts that the pack declares.",
    ),
    "method-not-allowed": Kind(
        405, "The address does not answer this method.", "Use one of those that the header `Allow` names."
    ),
    "missing-amount": Kind(422, "It is not said how much was granted.", "Say `amount`; 0 for nothing."),
    "missing-now": Kind(422, "The moment of the decision is missing.", "Say `now`."),
    "no-longer-granted": Kind(
        409,
        "What was offered may not be granted any more: something else was granted meanwhile, or the rules or the "
        "time are others. `decision` is what the answer would be now.",
        ANEW,
    ),
    "not-found": Kind(
        404,
        "There is no such thing, or it is another pack's or customer's than the credential is for.",
        "Look at the address and the id.",
    ),
    "not-postponed": Kind(
        422, "Only a postponed offer can stay good.", "Leave `stands_until` out, or say `postponed`."
    ),
    "nothing-offered": Kind(
        422, "The decision offered nothing that could be taken.", "Say `overridden` for what was done nevertheless."
    ),
    "never-live": Kind(404, "No release was live on that day.", "Name a later day, or the release by its hash."),
    "other-pack": Kind(409, "The release is another pack's.", "Name a release of the pack."),
    "overloaded": Kind(
        503, "More requests came than can be answered.", "Send it again after as many seconds as `Retry-After` says."
    ),
    "own-approval": Kind(
        403,
        "Nobody answers what they asked for themselves, nor by a credential with which it was decided or filed.",
        "Have somebody else answer, by a credential of their own.",
    ),
    "packs-missing": Kind(
        403,
        "This reaches into all packs, and the credential is for some only.",
        "Ask who gives out keys for one that is for all packs.",
    ),
    "refused": Kind(409, "It cannot be done as things stand.", "Read `detail`, which says why."),
    "release-broken": Kind(
        500, "The release that the decision was given by was changed where it is kept.", "Tell who runs the server."
    ),
    "repeated-parameter": Kind(422, "A query parameter is given more than once.", "Give it once."),
    "requests-unkept": Kind(
        503,
        "It cannot be kept now that a request was sent with its `Idempotency-Key`. Nothing was done.",
        "Send the same again, with the same key, after as many seconds as `Retry-After` says.",
    ),
    "rung-not-yours": Kind(
        403, "The request claims a rung that the credential does not have.", "Leave `agent.role` out, or name its own."
    ),
    "rung-too-low": Kind(
        403,
        "The credential has neither the rung that is asked nor one above it.",
        "Have somebody of that rung, or of a higher one, answer.",
    ),
    "scope-missing": Kind(
        403, "The credential lacks the scope that this needs; `detail` names it.", "Ask who gives out keys for one."
    ),
    "seal-broken": Kind(
        500, "What is kept of the customer was changed after it was written.", "Tell who runs the server."
    ),
    "stands-too-long": Kind(
        422, "The offer is good only up to an earlier day.", "Name the decision's `offer.stands_until` or before."
    ),
    "too-large": Kind(413, "The body is longer than the server takes.", "Send only the facts that the pack declares."),
    "too-many-requests": Kind(
        429,
        "There were more requests with this credential than it may make.",
        "Wait for as many seconds as `Retry-After` says.",
    ),
    "too-slow": Kind(408, "The body came too slowly.", "Send the request again."),
    "unauthenticated": Kind(
        401,
        "The request has no credential that is good now.",
        "Send `Authorization: Bearer` with a key that is not expired or revoked, or a token of the issuer.",
    ),
    "under-way": Kind(
        409,
        "The same request, with the same `Idempotency-Key`, is being answered just now.",
        "Send it again after as many seconds as `Retry-After` says.",
    ),
    "unfit": Kind(422, "The request does not fit what it is about.", "Read `detail`, which says why."),
    "unknown-action": Kind(422, "The pack has no such action.", "`GET /v1/packs/{pack}` lists those it has."),
    "unknown-event": Kind(500, "A newer Leeway wrote an event that this one cannot read.", "Tell who runs the server."),
    "unknown-pack": Kind(
        422,
        "The request names no pack, and there is not just one.",
        "Say `pack`; `GET /v1/packs` lists those there are.",
    ),
    "unknown-parameter": Kind(
        422, "The address does not know one of the query parameters.", "Leave it out; `help` lists those it knows."
    ),
    "unknown-release": Kind(
        409, "The decision was given by a release of its pack that is not kept here.", "Tell who runs the server."
    ),
    "unsupported-media-type": Kind(
        415,
        "The body is not sent as JSON, or it is compressed.",
        "Send it as it is, with `Content-Type: application/json`.",
    ),
    "wrong-amount": Kind(422, "This is no amount of the action.", "Write it as the decision's offer has it."),
    "wrong-idempotency-key": Kind(
        400,
        "The `Idempotency-Key` is empty, too long, or holds other characters.",
        "Send 1 to 255 visible ASCII characters, best a new UUID.",
    ),
}
"""Every kind, by what its `type` ends in."""
