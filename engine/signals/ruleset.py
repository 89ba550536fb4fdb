"""Signals to rules for durable_rules: once for each version of a pack.

An event becomes a fact that says, for each description of events it fits (a stream), its group and its number there,
counted from the newest. Moments are ranks. So rules compare small whole numbers only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from engine.signals.history import exact, kinds_of, parts_of
from engine.signals.pattern import MOST_EVENTS, Absence, Conclusion, Count, Of, Sequence, Signal, Signals
from engine.signals.rules import ALWAYS, Comparison, Fact, Other, OutsideSafeSubset, as_json, joined

MOST_SIGNALS: Final = 1_000
MOST_TOGETHER: Final = 24
"""Signals in one ruleset; more are seen one ruleset after another."""
MOST_CONCLUDED_FROM: Final = 24
PRIMING: Final = {"prime": (Fact("prime", "prime", ()),)}
"""A rule that fires once before all others, so that the state's memory is in order when it is first deleted."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A description of events, made ready to be looked for, and the fields by which they are grouped."""

    kinds: frozenset[str]
    tests: tuple[tuple[str, frozenset[object]], ...]
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Some signals, by number, and their rules."""

    numbers: range
    rules: str


@dataclass(frozen=True, slots=True)
class Program:
    """The signals of a pack as rulesets, to be run in order."""

    signals: Signals
    kinds: frozenset[str]
    streams: tuple[Stream, ...]
    parts: tuple[tuple[int, ...], ...]
    """By signal, the streams of its events."""
    feeds: tuple[tuple[int, ...], ...]
    """By signal, the conclusions that are drawn from it."""
    rulesets: tuple[Ruleset, ...]


def program(signals: Signals) -> Program:
    """Return signals as rulesets; raises `OutsideSafeSubset` with the reason where that cannot be done safely."""
    _require_few(signals)
    streams: dict[tuple[Of, tuple[str, ...]], int] = {}
    parts = tuple(
        tuple(streams.setdefault((of, _same(signal)), len(streams)) for of in parts_of(signal.pattern))
        for signal in signals.signals
    )
    starts = range(0, len(parts), MOST_TOGETHER)
    spans = [range(start, min(start + MOST_TOGETHER, len(parts))) for start in starts]
    return Program(
        signals=signals,
        kinds=kinds_of(signals),
        streams=tuple(_stream(of, same) for of, same in streams),
        parts=parts,
        feeds=_feeds(signals),
        rulesets=tuple(Ruleset(numbers, _json(signals, parts, numbers)) for numbers in spans),
    )


def _require_few(signals: Signals) -> None:
    if len(signals.signals) > MOST_SIGNALS:
        raise OutsideSafeSubset(f"there are more than {MOST_SIGNALS} signals")
    known: set[str] = set()
    for signal in signals.signals:
        reason = _unsafe(signal, known)
        if reason:
            raise OutsideSafeSubset(f"signal `{signal.name}` {reason}")
        known.add(signal.name)


def _unsafe(signal: Signal, known: set[str]) -> str | None:
    """Return why a signal cannot be rules, given the names of those before it."""
    if signal.name in known:
        return "is there twice"
    match signal.pattern:
        case Count(at_least=at_least) | Conclusion(at_least=at_least) if at_least < 1:
            return "would be seen in nothing: it is of at least one"
        case Absence(after=None, span=str()):
            return "has no event whose field could name its deadline"
        case Conclusion(of=names) if not known.issuperset(names):
            return "is concluded from one that does not come before it"
        case Conclusion(of=names) if len(set(names)) > MOST_CONCLUDED_FROM:
            return f"is concluded from more than {MOST_CONCLUDED_FROM} others"
        case _:
            return None


def _same(signal: Signal) -> tuple[str, ...]:
    return () if isinstance(signal.pattern, Conclusion) else signal.pattern.same


def _stream(of: Of, same: tuple[str, ...]) -> Stream:
    tests = tuple((name, frozenset(exact(value) for value in values)) for name, values in of.tests)
    return Stream(frozenset(of.kinds), tests, same)


def _feeds(signals: Signals) -> tuple[tuple[int, ...], ...]:
    fed: dict[str, list[int]] = {signal.name: [] for signal in signals.signals}
    for number, signal in enumerate(signals.signals):
        if isinstance(signal.pattern, Conclusion):
            for name in dict.fromkeys(signal.pattern.of):
                fed[name].append(number)
    return tuple(tuple(numbers) for numbers in fed.values())


def _json(signals: Signals, parts: tuple[tuple[int, ...], ...], numbers: Iterable[int]) -> str:
    rules: Mapping[str, tuple[Fact, ...]] = {
        f"s{number}": tuple(_rule(number, signals.signals[number], parts[number])) for number in numbers
    }
    return json.dumps(as_json({**PRIMING, **rules}), separators=(",", ":"))


def _rule(number: int, signal: Signal, parts: tuple[int, ...]) -> Iterator[Fact]:
    """Return the facts that make a signal seen; the clock's `now`, and `cut` by number, are ranks of moments."""
    match signal.pattern:
        case Count(at_least=at_least):
            return _count(number, min(at_least, MOST_EVENTS + 1), *parts)
        case Sequence():
            return _sequence(number, *parts)
        case Absence(after=None):
            return _nothing(number, *parts)
        case Absence(lasting=lasting):
            return _absence(number, lasting, *parts)
        case Conclusion(of=names, at_least=at_least):
            return _conclusion(number, min(at_least, len(names) + 1))
        case _ as never:
            assert_never(never)


def _count(number: int, at_least: int, stream: int) -> Iterator[Fact]:
    """The newest of a group, and the one that makes them enough, both in the span."""
    newest, enough, clock = f"a{number}", f"b{number}", f"c{number}"
    yield Fact(newest, "event", (Comparison(f"n{stream}", "$eq", 1),))
    if at_least > 1:
        group = Comparison(f"g{stream}", "$eq", Other(newest, f"g{stream}"))
        yield joined(enough, "event", (Comparison(f"n{stream}", "$eq", at_least), group), newest)
    oldest = enough if at_least > 1 else newest
    yield joined(clock, "clock", (Comparison(f"cut{number}", "$lt", Other(oldest, "at")),), oldest)


def _sequence(number: int, first: int, then: int) -> Iterator[Fact]:
    """A first, the `then` that it is the newest before, in its span, and the clock before that is forgotten."""
    one, other, clock = f"a{number}", f"b{number}", f"c{number}"
    yield Fact(one, "event", (Comparison(f"until{number}", "$ex", 1),))
    tests = (
        Comparison(f"first{number}", "$eq", Other(one, f"n{first}")),
        Comparison(f"g{then}", "$eq", Other(one, f"g{first}")),
        Comparison("at", "$lte", Other(one, f"until{number}")),
    )
    yield joined(other, "event", tests, one)
    yield joined(clock, "clock", (Comparison(f"cut{number}", "$lt", Other(other, "at")),), other)


def _absence(number: int, lasting: int | None, after: int, missing: int) -> Iterator[Fact]:
    """An event whose deadline the clock has passed, and nothing missing before it."""
    one, clock, blocker = f"a{number}", f"c{number}", f"b{number}"
    due = Other(one, f"due{number}")
    yield Fact(one, "event", (Comparison(f"due{number}", "$ex", 1),))
    forgotten = () if lasting is None else (Comparison(f"cut{number}", "$lt", due),)
    yield joined(clock, "clock", (Comparison("now", "$gt", due), *forgotten), one)
    tests = (
        Comparison(f"n{missing}", "$eq", Other(one, f"next{number}")),
        Comparison(f"g{missing}", "$eq", Other(one, f"g{after}")),
        Comparison("at", "$lte", due),
    )
    yield joined(blocker, "missing", tests, one, negated=True)


def _nothing(number: int, missing: int) -> Iterator[Fact]:
    """The clock, and no newest of any group in the span."""
    clock, blocker = f"a{number}", f"b{number}"
    yield Fact(clock, "clock", ())
    tests = (
        Comparison(f"n{missing}", "$eq", Other(clock, ALWAYS)),
        Comparison("at", "$gt", Other(clock, f"cut{number}")),
    )
    yield joined(blocker, "missing", tests, clock, negated=True)


def _conclusion(number: int, at_least: int) -> Iterator[Fact]:
    """So many of the signals that it is drawn from, of which each is counted as it fires."""
    yield Fact(f"a{number}", "part", (Comparison("of", "$eq", number), Comparison("n", "$eq", at_least)))
