"""What the ledger knows of a customer and an agent, put beside what a request says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from api.ledger.reading import Reader
from engine.budgets import begins
from engine.case import Case, case_of, recalled, text_of
from engine.language.packs.pack import SPANS
from engine.memory.history import history_in
from engine.memory.keeping import seen_in
from engine.memory.merging import merged
from engine.memory.past import Past, in_order, kind_of, told_of
from engine.memory.promises import Promise, entries_of, promises_in
from engine.offer import amount_text
from engine.program.plan import ActionPlan
from engine.release import Release
from engine.signals.history import kinds_of
from engine.signals.kinds import ALWAYS
from engine.signals.occurring import comparable
from engine.signals.pattern import MOST_EVENTS, Occurrence
from engine.values.parse import ValueProblem
from schemas.request import Agent, DecisionRequest, GivenEvent

BINDING: Final = ("decision", "outcome", "approval", "promise_made", "promise_kept", "promise_broken")
"""The kinds of events that limit or bind what is decided next."""
CUSTOM: Final = "customer"
"""The kind of events that packs declare."""
MOST_AT_ONCE: Final = 1000
"""Events of a customer that are read at once, whatever they are for: more than `MOST_EVENTS`."""
MOST_BINDING: Final = 10_000
"""Of one customer; whoever has more has a history that nobody knows whole."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A request with what the ledger knows, its case, and the customer's promises at its moment."""

    release: Release
    given: DecisionRequest
    """The request with what was granted, the history and the promises; what was seen for it is in the case alone."""
    case: Case
    promises: tuple[Promise, ...] = ()
    seen: bool = False
    """Whether signals were seen in what the ledger has."""

    @property
    def request(self) -> DecisionRequest:
        """The request with the signals too that were seen: the same case is made of it."""
        if not self.seen:
            return self.given
        return self.given.model_copy(update={"events": None, "signals": seen_in(self.release, self.case)})


def remembered(reader: Reader, release: Release, request: DecisionRequest) -> Remembered:
    """Return a request with the customer's history, promises and events, and with what the agent granted lately.

    What the ledger knows stands; what the request adds is kept beside it. Of somebody who is not named nothing is
    remembered, so what was not given stays unknown. Raises `RequestError` where the request is malformed.
    """
    case = case_of(release, request, request.id or "")
    customer = text_of(release.policy.customer_id, case)
    with reader.at_once() as together:
        lately = granted_lately(together, release, request.agent, case.now)
        known = None if customer is None else _known(together, release, customer)
    update: dict[str, Any] = {} if lately is None else {"granted": lately}
    promises: tuple[Promise, ...] = ()
    seen = False
    if known is not None:
        promises, entries = _entries(release, request, known, case.now)
        update |= entries
        if seen := bool(release.policy.signals.signals):
            case = replace(case, inputs=case.inputs | {"signals": _seen(release, request, known.telling, case.now)})
    given = request.model_copy(update=update)
    return Remembered(release, given, recalled(release, case, given, update.keys()), promises, seen)


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger has on a customer, oldest first."""

    binding: Sequence[Past] | None
    """What binds the decisions on them, perhaps among others; None where it is more than can be known whole."""
    telling: Sequence[Past]
    """What signals may be seen in, perhaps among others."""


def _entries(
    release: Release, request: DecisionRequest, known: Known, now: int
) -> tuple[tuple[Promise, ...], dict[str, Any]]:
    """Return the customer's promises, and the history and promises that a request has of them."""
    if known.binding is None:
        return (), {"history": None, "promises": None}
    past = in_order(known.binding, now)
    promises = promises_in(past, release.policy.conventions.zone, now)
    return promises, {
        "history": merged(history_in(past, release), request.history),
        "promises": merged(entries_of(promises, release), request.promises),
    }


def binding(reader: Reader, customer: str) -> tuple[Past, ...] | None:
    """Return what binds the decisions on a customer, oldest first; None where it is more than can be known whole."""
    found = reader.passed(customer, BINDING, MOST_BINDING)
    return tuple(found) if len(found) < MOST_BINDING else None


def _known(reader: Reader, release: Release, customer: str) -> Known:
    """Return what the ledger has on a customer: read at once, unless it is much."""
    telling = {kind if kind in ALWAYS else CUSTOM for kind in _spoken_of(release)}
    found = reader.passed(customer, telling.union(BINDING), MOST_AT_ONCE)
    if len(found) < MOST_AT_ONCE:
        return Known(found, found)
    return Known(binding(reader, customer), reader.passed(customer, telling, MOST_EVENTS))


@lru_cache(maxsize=64)
def _spoken_of(release: Release) -> frozenset[str]:
    """Return the kinds of events that signals of a release speak of."""
    return kinds_of(release.policy.signals) & release.policy.kinds.keys()


def _seen(release: Release, request: DecisionRequest, telling: Iterable[Past], now: int) -> dict[str, object]:
    """Return the signals that are seen in what the ledger has, then in what the request adds; what it gives stands."""
    from engine.signals.seeing import evaluator  # noqa: PLC0415 - slow to import, and many packs have no signals

    own = {one.id: one for one in _occurrences(release, telling)}
    added = [one for one in request.events or () if one.id is None or one.id not in own]
    found = (*own.values(), *release.events.occurrences(_called(added, len(own))))
    given = {} if request.signals is None else release.always["signals"](request.signals)
    assert isinstance(given, dict)
    return {**release.events.seen_in(evaluator(), release.policy.signals, found, now), **given}


def _called(events: Iterable[GivenEvent], after: int) -> list[GivenEvent]:
    """Return events each with an id: one that has none is called by its place, behind so many others."""
    return [
        one if one.id else one.model_copy(update={"id": f"event-{place}"})
        for place, one in enumerate(events, after + 1)
    ]


def _occurrences(release: Release, telling: Iterable[Past]) -> Iterator[Occurrence]:
    """Yield the events that signals speak of, and that the release still reads."""
    readers, wanted = release.events.fields, _spoken_of(release)
    for past in telling:
        if kind_of(past) not in wanted:
            continue
        id_, at, kind, told = told_of(past)
        try:
            fields = readers[kind](told)
        except ValueProblem:
            continue
        assert isinstance(fields, dict)
        yield Occurrence(id_, kind, at, comparable(fields))


def granted_lately(reader: Reader, release: Release, agent: Agent, now: int) -> dict[str, Any] | None:
    """Return what an agent and their team granted lately, as requests have it; None where no budget asks for it.

    Of an agent without an id, or a team without a name, nothing is known.
    """
    plans = [plan for plan in release.policy.plans.values() if plan.budgeted is not None]
    if not plans:
        return None
    since = {span: begins(now, span, release.policy.conventions.zone) for span in SPANS}
    header, digits = release.policy.pack.header, release.policy.conventions.digits
    found = reader.granted(agent.id, agent.team, tuple(since.values()), header.name)
    return {name: _of_actions(plans, dict(zip(since, sums, strict=True)), digits) for name, sums in found.items()}


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
