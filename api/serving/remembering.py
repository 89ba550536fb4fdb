"""What the ledger knows of a customer and an agent, put beside what a request says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from api.ledger.reading import Reader
from engine.budgets import begins
from engine.case import Case, case_of, recalled, text_of
from engine.language.packs.pack import SPANS, Span
from engine.memory.beside import Entry, as_given
from engine.memory.history import history_in
from engine.memory.merging import merged
from engine.memory.past import Past, in_order, kind_of, told_of
from engine.memory.promises import Promise, entries_in, promises_in
from engine.release import Parser, Release, value_parser
from engine.signals.history import fields_of
from engine.signals.kinds import ALWAYS
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
    """A request, its case with what the ledger knows, and the customer's promises at its moment."""

    release: Release
    given: DecisionRequest
    """The request as it came."""
    case: Case
    known: tuple[str, ...] = ()
    """What of the case the ledger knows: `granted`, `history`, `promises`, `signals`."""
    promises: tuple[Promise, ...] = ()

    @property
    def request(self) -> DecisionRequest:
        """The request with what the ledger knows: the same case is made of it."""
        update = {name: as_given(self.release, name, self.case.inputs.get(name)) for name in self.known}
        return self.given.model_copy(update=update | ({"events": None} if "signals" in update else {}))


def remembered(reader: Reader, release: Release, request: DecisionRequest) -> Remembered:
    """Return a request with the customer's history, promises and events, and with what the agent granted lately.

    What the ledger knows stands; what the request adds is kept beside it. Of somebody who is not named nothing is
    remembered, so what was not given stays unknown. Raises `RequestError` where the request is malformed.
    """
    case = case_of(release, request, request.id or "")
    customer = text_of(release.policy.customer_id, case)
    with reader.at_once() as together:
        lately = granted_lately(together, release, request.agent, case.now)
        past = None if customer is None else _known(together, release, customer)
    known: dict[str, object] = {} if lately is None else {"granted": lately}
    promises: tuple[Promise, ...] = ()
    if past is not None:
        promises, entries = _entries(release, case, past)
        known |= entries
        if release.policy.signals.signals:
            known["signals"] = _seen(release, request, past.telling, case.now)
    return Remembered(release, request, recalled(release, case, request, known), tuple(known), promises)


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger has on a customer, oldest first."""

    binding: Sequence[Past] | None
    """What binds the decisions on them, perhaps among others; None where it is more than can be known whole."""
    telling: Sequence[Past]
    """What signals may be seen in, perhaps among others."""


def _entries(release: Release, case: Case, known: Known) -> tuple[tuple[Promise, ...], dict[str, object]]:
    """Return the customer's promises, and the history and promises of the case: what it was given is kept beside."""
    if known.binding is None:
        return (), {"history": None, "promises": None}
    past = in_order(known.binding, case.now)
    promises = promises_in(past, release.policy.conventions.zone, case.now)
    own = {"history": history_in(past, release), "promises": entries_in(promises, release)}
    return promises, {name: _with_given(entries, case.inputs.get(name)) for name, entries in own.items()}


def _with_given(own: tuple[Entry, ...], given: object) -> tuple[Entry, ...]:
    """Return the entries that the ledger has, with those that a case was given."""
    assert given is None or isinstance(given, tuple)
    return tuple(merged(own, given)) if given else own


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
def _spoken_of(release: Release) -> Mapping[str, Mapping[str, Parser]]:
    """Return, by kind of event that signals of a release speak of, what reads the fields that they compare."""
    policy = release.policy
    return {
        kind: {one.name: value_parser(policy, one.type) for one in policy.kinds[kind] if one.name in names}
        for kind, names in fields_of(policy.signals).items()
        if kind in policy.kinds
    }


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
    """Yield the events that signals speak of, with what they compare, as far as the release still reads that."""
    spoken_of = _spoken_of(release)
    for past in telling:
        kind = kind_of(past)
        readers = spoken_of.get(kind)
        if readers is None:
            continue
        told = told_of(past).fields if readers else {}
        try:
            fields: dict[str, Any] = {name: read(told[name]) for name, read in readers.items() if name in told}
        except ValueProblem:
            continue
        yield Occurrence(past.id, kind, past.at, fields)


def granted_lately(reader: Reader, release: Release, agent: Agent, now: int) -> dict[str, object] | None:
    """Return what an agent and their team granted lately, as a case has it; None where no budget asks for it.

    Of an agent without an id, or a team without a name, nothing is known.
    """
    actions = [plan.action.name for plan in release.policy.plans.values() if plan.budgeted is not None]
    if not actions:
        return None
    since = {span: begins(now, span, release.policy.conventions.zone) for span in SPANS}
    found = reader.granted(agent.id, agent.team, tuple(since.values()), release.policy.pack.header.name)
    return {whose: _by_action(actions, dict(zip(since, sums, strict=True))) for whose, sums in found.items()}


def _by_action(actions: Iterable[str], sums: Mapping[Span, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return what was granted of each action in each span."""
    return {action: {span: of.get(action, 0) for span, of in sums.items()} for action in actions}
