"""What happened to a customer as a request tells it, to occurrences; and what is seen in them, to an input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.language.diagnostics import did_you_mean
from engine.program.types import NULL, Record
from engine.signals.pattern import Conclusion, FieldValue, Occurrence, Seen, Signals
from engine.values.json import to_json
from engine.values.kinds import Read
from engine.values.problem import MANY, Issue, ValueProblem, wrong
from schemas.request import GivenEvent

Sight = Callable[[Signals, Sequence[Occurrence], int], Mapping[str, Seen]]
"""What evaluates signals over occurrences, at a moment."""
UNSEEN: Final = Seen(active=False)


@dataclass(frozen=True, slots=True)
class EventReader:
    """Reads events as a pack declares them: the fields of each kind, and moments; `kinds` are the fields' types."""

    fields: Mapping[str, Read]
    moment: Read
    kinds: Mapping[str, Record]
    digits: int
    zone: str

    def seen_in(
        self, sight: Sight, signals: Signals, occurrences: Sequence[Occurrence], now: int
    ) -> dict[str, dict[str, object]]:
        """Return what is seen of each signal, as the input `signals` has it."""
        if not signals.signals:
            return {}
        seen = sight(signals, occurrences, now)
        made = {name: _record(one) for name, one in seen.items()}
        for name, text in self._abouts(signals, seen, occurrences):
            made[name]["about"] = text
        return made

    def _abouts(
        self, signals: Signals, seen: Mapping[str, Seen], occurrences: Sequence[Occurrence]
    ) -> Iterator[tuple[str, str]]:
        """Yield what the events of a signal have in common, days and amounts as people write them."""
        correlated = [one for one in signals.signals if seen[one.name].about is not None]
        events = {one.id: one for one in occurrences} if correlated else {}
        for one in correlated:
            if not isinstance(one.pattern, Conclusion):
                event = events[seen[one.name].events[0]]
                yield one.name, ", ".join(self._text(event, name) for name in one.pattern.same)

    def _text(self, event: Occurrence, name: str) -> str:
        member = self.kinds[event.kind].find(name)
        assert member is not None
        written = to_json(event.fields[name], member.type, self.digits, self.zone)
        return str(written).lower() if isinstance(written, bool) else str(written)

    def occurrences(self, given: Sequence[GivenEvent]) -> tuple[Occurrence, ...]:
        """Return what happened; raise `ValueProblem` with all that is wrong with it."""
        issues: list[Issue] = []
        read: list[Occurrence] = []
        for place, event in enumerate(given):
            try:
                read.append(self._occurrence(event, event.id or f"event-{place + 1}"))
            except ValueProblem as problem:
                issues += [one.under(place) for one in problem.all]
        issues += _twice(given)
        if issues:
            raise ValueProblem(*issues[:MANY])
        return tuple(read)

    def _occurrence(self, event: GivenEvent, id_: str) -> Occurrence:
        read_fields = self.fields.get(event.kind)
        if read_fields is None:
            near = did_you_mean(event.kind[:100], self.fields)
            issue = wrong("the pack has no such kind of event", "unknown-event", near).all[0]
            raise ValueProblem(issue.under("kind"))
        issues: list[Issue] = []
        at = _tried(self.moment, event.at, issues, "at")
        fields = _tried(read_fields, dict(event.__pydantic_extra__ or {}), issues)
        if issues:
            raise ValueProblem(*issues)
        assert isinstance(at, int)
        assert isinstance(fields, dict)
        if event.kind == "promise_made":
            fields.setdefault("promise", id_)
        return Occurrence(id_, event.kind, at, comparable(fields))


def _tried(read: Read, value: object, issues: list[Issue], key: str = "") -> object:
    try:
        return read(value)
    except ValueProblem as problem:
        for one in problem.all:
            told = replace(one, code="unknown-field") if one.code == "unknown-fact" else one
            issues.append(told.under(key) if key else told)
        return None


def _twice(given: Sequence[GivenEvent]) -> Iterator[Issue]:
    """Yield each id that another event had before."""
    ids: set[str] = set()
    for place, event in enumerate(given):
        if event.id is not None and event.id in ids:
            yield Issue(f"/{place}/id", "repeated-item", "another event has this id", "give each event once")
        ids.add(event.id or f"event-{place + 1}")


def comparable(fields: Mapping[str, object]) -> dict[str, FieldValue]:
    """Return the fields that signals can compare and that the event has."""
    return {name: value for name, value in fields.items() if isinstance(value, (str, int))}


def nothing_seen(names: Iterable[str]) -> dict[str, object]:
    """Return the input `signals` of a customer of whom it is known that no signal is seen."""
    return {name: _record(UNSEEN) for name in names}


def _record(seen: Seen) -> dict[str, object]:
    return {
        "active": seen.active,
        "count": seen.count,
        "since": NULL if seen.since is None else seen.since,
        "last": NULL if seen.last is None else seen.last,
        "about": NULL if seen.about is None else seen.about,
        "events": seen.events,
    }
