"""Events as callers tell them: read, held against what the pack declares, written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from pydantic import ValidationError

from api.ledger.opening import Ledger
from api.ledger.reading import Reader
from api.serving.problems import EventUnfit
from engine.language.diagnostics import did_you_mean
from engine.problems import RequestError
from engine.release import Release
from engine.request_json import checked_json
from engine.signals.kinds import given_of
from engine.values.parse import ValueProblem
from schemas.events import (
    EVENT,
    KINDS,
    CustomerEvent,
    Event,
    FeedbackEvent,
    PromiseBrokenEvent,
    PromiseKeptEvent,
    PromiseMadeEvent,
)
from schemas.questions import TOLD
from schemas.request import GivenEvent

WORDS: Final = {
    "extra_forbidden": "there is no such field",
    "missing": "it is missing",
    "union_tag_invalid": "there is no such kind of event",
    "union_tag_not_found": "it says no `kind`",
}


def event_of(text: bytes, now: datetime) -> Event:
    """Return the event that a JSON object writes; without an id it gets one, without a moment the present one.

    Raises `EventUnfit` with why it is none, in words that echo nothing of it.
    """
    try:
        said = checked_json(text)
    except RequestError as problem:
        raise EventUnfit(problem.problem.detail.replace("the request", "the event")) from None
    if not isinstance(said, Mapping):
        raise EventUnfit("an event is an object, with its `kind`")
    kind = KINDS.get(str(said.get("kind")))
    if kind is not None and kind not in TOLD:
        raise EventUnfit(f"this kind of event is written by Leeway itself; events that are told are {_kinds()}")
    given: dict[str, Any] = {"id": f"e-{uuid4().hex}", "at": now.isoformat(), **said}
    try:
        return EVENT.validate_python(given)
    except ValidationError as problem:
        raise EventUnfit(
            "; ".join(_told(one) for one in problem.errors(include_url=False, include_input=False))
        ) from None


def _told(one: Any) -> str:
    place = "/".join(str(step) for step in one["loc"][1:])
    return f"`{place}`: {_words(one)}" if place else _words(one)


def _words(one: Any) -> str:
    return WORDS.get(one["type"], str(one["msg"])[:1].lower() + str(one["msg"])[1:])


def _kinds() -> str:
    return ", ".join(f"`{kind.model_fields['kind'].default}`" for kind in TOLD)


def recorded(ledger: Ledger, release: Release, event: Event) -> Event:
    """Return an event once it is in the ledger; raise `EventUnfit` where the pack declares it otherwise."""
    event = fitting(ledger, release, event)
    ledger.append([event])
    return event


def fitting(ledger: Reader, release: Release, event: Event, customer: str | None = None) -> Event:
    """Return an event as the pack records it; raise `EventUnfit` where the pack declares it otherwise.

    `customer`: the only one whose promises there are.
    """
    header = release.policy.pack.header
    if event.pack not in (None, header.name):
        raise EventUnfit(f"the pack that records here is `{header.name}`")
    event = event.model_copy(update={"pack": header.name})
    if isinstance(event, CustomerEvent):
        _declared(release, event)
    if isinstance(event, FeedbackEvent) and all(one.id != event.rule for one in release.policy.pack.rules):
        near = did_you_mean(event.rule, [one.id for one in release.policy.pack.rules])
        raise EventUnfit(f"the pack has no such rule{f'; {near}' if near else ''}")
    if isinstance(event, PromiseKeptEvent | PromiseBrokenEvent):
        event = _about(ledger, header.name, event, customer)
    return event


def _declared(release: Release, event: CustomerEvent) -> None:
    """Raise `EventUnfit` unless an event of the pack's own has the fields that the pack declares."""
    if event.customer is None:
        raise EventUnfit("it says no `customer`")
    if event.name not in (one.name for one in release.policy.pack.events):
        near = did_you_mean(event.name, [one.name for one in release.policy.pack.events])
        raise EventUnfit(f"the pack declares no such event{f'; {near}' if near else ''}")
    given = given_of(event)
    try:
        release.events.occurrences([GivenEvent.model_validate(given)])
    except ValueProblem as problem:
        raise EventUnfit("; ".join(f"`data{one.pointer[2:]}`: {one.message}" for one in problem.all)) from None


def _about(ledger: Reader, pack: str, event: PromiseKeptEvent | PromiseBrokenEvent, customer: str | None) -> Event:
    """Return what became of a promise of the pack, with the customer whom it was made to."""
    found = ledger.one(event.promise)
    made = None if found is None or found.erased else found.event
    there = isinstance(made, PromiseMadeEvent) and made.pack in (None, pack)
    if made is None or not there or customer not in (None, made.customer):
        raise EventUnfit("there is no promise of this id in the ledger; `leeway promises` lists them")
    return event.model_copy(update={"customer": made.customer})
