"""The signals of a pack as they are evaluated: names looked up, spans and values in the engine's own form."""

from __future__ import annotations

from collections.abc import Mapping

from engine.language.packs.pack import Pack
from engine.language.packs.signals import (
    Chosen,
    Concluded,
    Counted,
    DeclaredSignal,
    FieldTest,
    Followed,
    Missed,
)
from engine.language.packs.spans import span_of
from engine.language.reading.tree import Scalar
from engine.program.types import Kind, Record, kind_of
from engine.signals.kinds import kinds_of
from engine.signals.pattern import Absence, Conclusion, Count, FieldValue, Of, Pattern, Sequence, Signal, Signals, Test
from engine.values.parse import parser


def event_kinds(pack: Pack) -> Mapping[str, Record]:
    """Return the fields of every kind of event that there is for a pack."""
    return kinds_of({one.name: one.fields for one in pack.events})


def signals_of(pack: Pack) -> Signals:
    """Return the signals of a pack that was checked, each after those that it follows from."""
    kinds = event_kinds(pack)
    lowering = _Lowering(pack, kinds)
    dates = ((kind, one.name) for kind, fields in kinds.items() for one in fields if kind_of(one.type) is Kind.DATE)
    return Signals(
        signals=tuple(Signal(one.name, lowering.pattern(one)) for one in _in_order(pack)),
        dates=frozenset(dates),
        zone=pack.header.timezone,
    )


def _in_order(pack: Pack) -> list[DeclaredSignal]:
    """Return the signals as declared, but those that others follow from before them."""
    left = {one.name: one for one in pack.signals}
    ordered: list[DeclaredSignal] = []
    while left:
        ready = [one for one in left.values() if not any(name in left for name in _needed(one))]
        ordered += ready
        for one in ready:
            del left[one.name]
        assert ready, "signals that need each other were refused"
    return ordered


def _needed(signal: DeclaredSignal) -> list[str]:
    return [name for name, _ in signal.form.of] if isinstance(signal.form, Concluded) else []


class _Lowering:
    """Lowers the signals of one pack."""

    def __init__(self, pack: Pack, kinds: Mapping[str, Record]) -> None:
        self.header, self.kinds = pack.header, kinds

    def pattern(self, signal: DeclaredSignal) -> Pattern:
        same = tuple(name for name, _ in signal.same)
        match signal.form:
            case Counted(of=of, at_least=at_least):
                return Count(self._of(of), at_least, _span(signal.within), same)
            case Followed(first=first, then=then):
                span = _span(signal.within)
                lasting = span if signal.lasting is None else _span(signal.lasting)
                return Sequence(self._of(first), self._of(then), span, lasting, same)
            case Missed(after=after, missing=missing):
                lasts = None if signal.lasting is None else _span(signal.lasting)
                before = None if after is None else self._of(after)
                return Absence(before, self._of(missing), _deadline(signal.within), lasts, same)
            case Concluded(of=names, at_least=at_least):
                return Conclusion(tuple(name for name, _ in names), at_least)

    def _of(self, chosen: Chosen) -> Of:
        kinds = tuple(name for name, _ in chosen.kinds)
        return Of(kinds, tuple(self._test(test, kinds) for test in chosen.tests))

    def _test(self, test: FieldTest, kinds: tuple[str, ...]) -> Test:
        member = self.kinds[kinds[0]].find(test.field[0])
        assert member is not None
        read = parser(member.type, self.header.digits, self.header.timezone)
        values: tuple[FieldValue, ...] = tuple(read(one.value) for one in test.values)
        return test.field[0], values


def _span(written: Scalar | None) -> int:
    span = None if written is None else span_of(written.text)
    assert span is not None
    return span


def _deadline(written: Scalar | None) -> int | str:
    assert written is not None
    span = span_of(written.text)
    return written.text if span is None else span
