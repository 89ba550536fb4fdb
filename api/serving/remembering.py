"""What the ledger knows of a customer and an agent, put beside what a request says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.ledger.reading import Reader
from engine.backends.reference import evaluate
from engine.budgets import begins
from engine.case import Case, case_of, recalled
from engine.language.packs.pack import SPANS
from engine.memory.history import history_of
from engine.memory.keeping import seen_in
from engine.memory.merging import merged
from engine.memory.promises import Promise, entries_of, promises_of
from engine.offer import amount_text
from engine.program.plan import ActionPlan
from engine.release import Release
from engine.signals.history import kinds_of
from engine.signals.kinds import ALWAYS, given_of
from engine.signals.pattern import MOST_EVENTS
from engine.values.parse import ValueProblem
from schemas.events import Event
from schemas.request import Agent, DecisionRequest, GivenEvent

BINDING: Final = ("decision", "outcome", "approval", "grant", "promise_made", "promise_kept", "promise_broken")
"""The kinds of events that limit or bind what is decided next."""
CUSTOM: Final = "customer"
"""The kind of events that packs declare."""
RECALLED: Final = frozenset({"granted", "history", "promises", "signals"})
"""What of a case a ledger may know."""
MOST_BINDING: Final = 10_000
"""Of one customer; whoever has more has a history that nobody knows whole."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A request with what the ledger knows, its case, and the customer's promises at its moment."""

    request: DecisionRequest
    case: Case
    promises: tuple[Promise, ...] = ()


def remembered(reader: Reader, release: Release, request: DecisionRequest) -> Remembered:
    """Return a request with the customer's history, promises and events, and with what the agent granted lately.

    What the ledger knows stands; what the request adds is kept beside it. Of somebody who is not named nothing is
    remembered, so what was not given stays unknown. Raises `RequestError` where the request is malformed.
    """
    case = case_of(release, request, request.id or "")
    node = release.policy.customer_id
    customer = None if node is None else evaluate(node, case.inputs)
    lately = granted_lately(reader, release, request.agent, case.now)
    update: dict[str, Any] = {} if lately is None else {"granted": lately}
    promises: tuple[Promise, ...] = ()
    if isinstance(customer, str | int):
        zone = release.policy.conventions.zone
        events = binding(reader, str(customer))
        promises = promises_of(events or (), zone, case.now)
        whole = events is not None
        update["history"] = merged(history_of(events or (), release, case.now), request.history) if whole else None
        update["promises"] = merged(entries_of(promises, release), request.promises) if whole else None
        if release.policy.signals.signals:
            told = list(_events(reader, release, str(customer), request))
            # Seen once, rather than whenever a case is made of the request.
            seen = case_of(release, request.model_copy(update={"events": told}), request.id or "")
            update |= {"events": None, "signals": seen_in(release, seen)}
    given = request.model_copy(update=update)
    return Remembered(given, recalled(release, case, given, update.keys() & RECALLED), promises)


def binding(reader: Reader, customer: str) -> tuple[Event, ...] | None:
    """Return what binds the decisions on a customer, oldest first; None where it is more than can be known whole."""
    found = reader.about(customer, kinds=BINDING, most=MOST_BINDING)
    return tuple(one.event for one in found) if len(found) < MOST_BINDING else None


def _events(reader: Reader, release: Release, customer: str, request: DecisionRequest) -> Iterator[GivenEvent]:
    """Yield what happened to a customer, as signals see it: what the ledger has, then what the request adds."""
    spoken_of = kinds_of(release.policy.signals)
    kinds = {kind if kind in ALWAYS else CUSTOM for kind in spoken_of}
    kept = reader.about(customer, kinds=kinds, most=MOST_EVENTS)
    own = {one.id: one for one in _readable(release, (stored.event for stored in kept))}
    yield from own.values()
    yield from (one for one in request.events or () if one.id is None or one.id not in own)


def _readable(release: Release, events: Iterable[Event]) -> Iterator[GivenEvent]:
    """Yield the events that signals can be about, and that the release still reads."""
    for event in events:
        given = given_of(event)
        if given is None or given["kind"] not in release.policy.kinds:
            continue
        one = GivenEvent.model_validate(given)
        try:
            release.events.occurrences([one])
        except ValueProblem:
            continue
        yield one


def granted_lately(reader: Reader, release: Release, agent: Agent, now: int) -> dict[str, Any] | None:
    """Return what an agent and their team granted lately, as requests have it; None where no budget asks for it.

    Of an agent without an id, or a team without a name, nothing is known.
    """
    plans = [plan for plan in release.policy.plans.values() if plan.budgeted is not None]
    if not plans:
        return None
    since = {span: begins(now, span, release.policy.conventions.zone) for span in SPANS}
    header, digits = release.policy.pack.header, release.policy.conventions.digits
    whose = {"agent": (agent.id, None), "team": (None, agent.team)}
    return {
        name: _of_actions(
            plans, dict(zip(since, reader.granted(*who, tuple(since.values()), header.name), strict=True)), digits
        )
        for name, who in whose.items()
        if who != (None, None)
    }


def _of_actions(
    plans: Collection[ActionPlan], sums: Mapping[Any, Mapping[str, int]], digits: int
) -> dict[str, dict[str, Any]]:
    """Return what was granted of each action in each span, as requests have it."""
    return {
        plan.action.name: {
            span: _amount(plan, totals.get(plan.action.name, 0), digits) for span, totals in sums.items()
        }
        for plan in plans
    }


def _amount(plan: ActionPlan, amount: int, digits: int) -> str | int:
    text = amount_text(plan, amount, digits)
    return amount if text is None else text
