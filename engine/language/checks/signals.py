"""Checks of kinds of events, and of signals: the names, fields, values and spans that they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.language.packs.pack import Pack
from engine.language.packs.signals import Chosen, Concluded, Counted, DeclaredSignal, FieldTest, Followed, Missed, Name
from engine.language.packs.spans import LONGEST, span_of
from engine.language.reading.tree import Scalar
from engine.program.plan import Policy
from engine.program.types import Kind, Record, Type, kind_of
from engine.signals.kinds import ALWAYS, OF_EVERY, comparable, kinds_of
from engine.signals.rules import OutsideSafeSubset
from engine.signals.ruleset import program
from engine.values.parse import ValueProblem, parser

MOST: Final = 30
"""How many signals a pack has at most."""
SPAN_HELP: Final = f"write weeks, days, hours and minutes above 0, as in `P14D` or `PT36H`, up to {LONGEST} days"


def events_are_new(pack: Pack, found: Diagnostics) -> None:
    """Report kinds of events that are always there, and fields that every event has."""
    for kind in pack.events:
        if kind.name in ALWAYS:
            message = f"event `{kind.name}` is always there"
            found.error(kind.mark, "name-clash", message, "choose another name")
        for field in kind.fields:
            if field.name in OF_EVERY:
                message = f"every event has `{field.name}`"
                found.error(kind.places[field.name], "name-clash", message, "choose another name for the field")


def signals_are_sound(pack: Pack, found: Diagnostics) -> None:
    """Report what signals name that there is not, what they compare that cannot be, and spans that are none."""
    checking = _Signals(pack, kinds_of({one.name: one.fields for one in pack.events}), found)
    for place, signal in enumerate(pack.signals):
        if place == MOST:
            message = f"a pack has at most {MOST} signals, and this is number {MOST + 1}"
            found.error(signal.mark, "too-many-signals", message, "leave out those that rules read least")
        checking.signal(signal)
    _no_cycles(pack, found)


def signals_are_safe(policy: Policy, found: Diagnostics) -> None:
    """Report signals that durable_rules could not see safely."""
    try:
        program(policy.signals)
    except OutsideSafeSubset as problem:
        mark = policy.pack.signals[0].mark
        found.error(mark, "unsafe-signals", f"these signals cannot be seen safely: {problem}", "take them apart")


def conclusions(pack: Pack) -> dict[str, tuple[str, ...]]:
    """Return, by signal, the signals of the pack that it is concluded from."""
    names = {one.name for one in pack.signals}
    return {
        one.name: tuple(name for name, _ in one.form.of if name in names) if isinstance(one.form, Concluded) else ()
        for one in pack.signals
    }


def _no_cycles(pack: Pack, found: Diagnostics) -> None:
    """Report signals that need each other, each circle once."""
    below, marks = conclusions(pack), {one.name: one.mark for one in pack.signals}
    told: set[frozenset[str]] = set()
    for name in below:
        for circle in _circles(name, below, (name,)):
            if frozenset(circle) not in told:
                told.add(frozenset(circle))
                steps = " -> ".join(f"`{step}`" for step in (*circle, circle[0]))
                message = f"signal `{name}` needs itself: {steps}"
                found.error(marks[name], "cyclic-signal", message, "take one step out")


def _circles(goal: str, below: Mapping[str, tuple[str, ...]], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a way from a signal back to itself, where there is one."""
    reached, ways = {goal}, [path]
    while ways:
        way = ways.pop()
        for name in below[way[-1]]:
            if name == goal:
                yield way
                return
            if name not in reached:
                reached.add(name)
                ways.append((*way, name))


@dataclass(frozen=True, slots=True)
class _Signals:
    """Checks the signals of one pack; `kinds` are the fields of every kind of event."""

    pack: Pack
    kinds: Mapping[str, Record]
    found: Diagnostics

    def signal(self, signal: DeclaredSignal) -> None:
        for chosen in signal.chosen:
            self._chosen(signal, chosen)
        for name in signal.same:
            self._field(signal, name, self._named(signal.chosen))
        match signal.form:
            case Counted() | Followed():
                self._span(signal, "within", signal.within)
            case Missed() as form:
                self._missed(signal, form)
            case Concluded() as form:
                self._concluded(signal, form)
        self._lasting(signal)

    def _error(self, mark: Mark, code: str, signal: DeclaredSignal, message: str, help: str = "") -> None:
        self.found.error(mark, code, f"signal `{signal.name}` {message}", help)

    def _chosen(self, signal: DeclaredSignal, chosen: Chosen) -> None:
        for name, mark in chosen.kinds:
            if name not in self.kinds:
                near = did_you_mean(name, self.kinds) or "declare it under `events:`"
                self._error(mark, "unknown-event", signal, f"names unknown event `{name}`", near)
        for test in chosen.tests:
            types = self._field(signal, test.field, self._named((chosen,)))
            for value in test.values if types else ():
                self._value(signal, test, value, types[0])

    def _named(self, chosen: Iterable[Chosen]) -> list[str]:
        """Return the kinds that there are, of those that are named."""
        return list(dict.fromkeys(name for one in chosen for name, _ in one.kinds if name in self.kinds))

    def _field(self, signal: DeclaredSignal, field: Name, kinds: list[str]) -> list[Type]:
        """Return the type of a field in each kind; nothing, and a report, where it cannot be compared."""
        name, mark = field
        found = [(kind, member.type) for kind in kinds if (member := self.kinds[kind].find(name)) is not None]
        for kind in kinds:
            if kind not in (one for one, _ in found):
                known = [member.name for member in self.kinds[kind]]
                near = did_you_mean(name, known) or self._listed(known)
                message = f"reads unknown field `{name}` of event `{kind}`"
                self._error(mark, "unknown-field", signal, message, near)
        for kind, type_ in found:
            if not comparable(type_):
                message = f"compares field `{name}` of event `{kind}`, which is {type_}"
                help = "name a text, a whole number, money, a day, a moment, or one that is true or false"
                self._error(mark, "incomparable-field", signal, message, help)
                return []
            if kind_of(type_) is not kind_of(found[0][1]):
                message = f"compares field `{name}`, {_said(found[0])}, with that of {_said((kind, type_), False)}"
                self._error(mark, "incomparable-field", signal, message, "give both the same type")
                return []
        return [type_ for _, type_ in found]

    def _listed(self, known: list[str]) -> str:
        return f"it has {', '.join(f'`{one}`' for one in known)}" if known else "it has no fields"

    def _value(self, signal: DeclaredSignal, test: FieldTest, value: Scalar, type_: Type) -> None:
        """Report a value that the field cannot have."""
        header = self.pack.header
        action = test.field[0] == "action" and kind_of(type_) is Kind.TEXT
        actions = [one.name for one in self.pack.actions]
        try:
            parser(type_, header.digits, header.timezone)(value.value)
        except ValueProblem as problem:
            issue = problem.all[0]
            message = f"tests `{test.field[0]}` against `{value.text}`: {issue.message}"
            self._error(value.mark, issue.code, signal, message, issue.help)
            return
        if action and value.text not in actions:
            message = f"names unknown action `{value.text}`"
            self._error(value.mark, "unknown-action", signal, message, did_you_mean(value.text, actions))

    def _missed(self, signal: DeclaredSignal, form: Missed) -> None:
        after = () if form.after is None else tuple(name for name, _ in form.after.kinds)
        for name, mark in form.missing.kinds:
            if name in after:
                message = f"misses `{name}` after `{name}` itself"
                self._error(mark, "misses-itself", signal, message, "count it, or name what should follow")
        within = signal.within
        if within is None or form.after is None or span_of(within.text) is not None or not within.text.isidentifier():
            self._span(signal, "within", within)
        else:
            self._deadline(signal, within, self._named((form.after,)))

    def _deadline(self, signal: DeclaredSignal, within: Scalar, kinds: list[str]) -> None:
        """Report a field that is not the day or the moment until which there is time."""
        name = within.text
        types = [member.type for kind in kinds if (member := self.kinds[kind].find(name)) is not None]
        times = [one.name for kind in kinds for one in self.kinds[kind] if _is_time(one.type)]
        if len(types) < len(kinds) or not all(map(_is_time, types)) or len({kind_of(one) for one in types}) > 1:
            help = did_you_mean(name, times) or (self._listed(times) if times else SPAN_HELP)
            message = f"has `within: {name}`, which is no span, and no day or moment of {_row(kinds)}"
            self._error(within.mark, "bad-deadline", signal, message, help)

    def _concluded(self, signal: DeclaredSignal, form: Concluded) -> None:
        known = [one.name for one in self.pack.signals]
        for name, mark in form.of:
            if name not in known:
                message = f"follows from unknown signal `{name}`"
                self._error(mark, "unknown-signal", signal, message, did_you_mean(name, known))
        if form.at_least > len(form.of):
            message = f"needs {form.at_least} of {len(form.of)} signals"
            self._error(signal.mark, "never-seen", signal, message, "ask for fewer, or name more")
        if signal.within is not None:
            message = "has `within`, and follows from others"
            self._error(signal.within.mark, "misplaced-span", signal, message, "leave it out: they have their own")

    def _lasting(self, signal: DeclaredSignal) -> None:
        """Report a `lasting` that is no span, or that says nothing."""
        if signal.lasting is None:
            return
        match signal.form:
            case Followed() | Missed(after=Chosen()):
                self._span(signal, "lasting", signal.lasting)
            case Counted() | Missed() | Concluded():
                message = "has `lasting`, and is seen while what it is made of is"
                self._error(signal.lasting.mark, "misplaced-span", signal, message, "leave it out")

    def _span(self, signal: DeclaredSignal, key: str, written: Scalar | None) -> None:
        if written is not None and span_of(written.text) is None:
            self._error(written.mark, "bad-span", signal, f"has `{key}: {written.text}`, which is no span", SPAN_HELP)


def _is_time(type_: Type) -> bool:
    return kind_of(type_) in (Kind.DATE, Kind.TIMESTAMP)


def _said(one: tuple[str, Type], of: bool = True) -> str:
    kind, type_ = one
    return f"{type_} of `{kind}`" if of else f"`{kind}`, {type_}"


def _row(kinds: list[str]) -> str:
    return " and ".join(f"`{kind}`" for kind in kinds) or "the event"
