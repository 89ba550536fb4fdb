"""Comparisons in words: what was seen and what is needed, as people say it of sums, days, ages and codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.backends.reference import Reference
from engine.backends.times import DAY
from engine.program.nodes import Call, Compare, Comparison, Field, Input, Node
from engine.program.types import Kind, kind_of
from engine.wording.ages import CLOCK, MIRRORED, Age, age_of, bare, fact_of, fixed, is_now
from engine.wording.formats import UNITS, humanised
from engine.wording.nouns import Noun, Nouns

NEGATED: Final = {
    Comparison.EQ: Comparison.NE,
    Comparison.NE: Comparison.EQ,
    Comparison.LT: Comparison.GE,
    Comparison.LE: Comparison.GT,
    Comparison.GT: Comparison.LE,
    Comparison.GE: Comparison.LT,
}
NEEDED: Final = {
    Comparison.LE: "at_most",
    Comparison.LT: "less_than",
    Comparison.GE: "at_least",
    Comparison.GT: "more_than",
}
NEEDED_WHEN: Final = {
    Comparison.LE: "until",
    Comparison.LT: "before",
    Comparison.GE: "since",
    Comparison.GT: "later_than",
}
FEW_WORDS: Final = 5
"""How long the name of a limit may be to be told with it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A comparison in words: the clause of what is, the clause of what should be, the limit's own sentence."""

    is_: str
    should: str
    limit: str
    seen: str
    needed: str


@dataclass(frozen=True, slots=True)
class When:
    """A time in words, as it stands in a sentence and after a colon; `ahead` of now or not."""

    text: str
    bare: str
    ahead: bool


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Puts comparisons into words."""

    nouns: Nouns

    def read(self, node: Compare, want: bool, values: Reference) -> Reading:
        """Return a comparison in words, for when it is needed to hold, or (not `want`) not to."""
        op = node.op if want else NEGATED[node.op]
        left, right = node.left, node.right
        if fixed(left) and not fixed(right):
            left, right, op = right, left, MIRRORED[op]
        if op in (Comparison.EQ, Comparison.NE):
            return self._equality(left, op, right, values)
        if (age := age_of(left, op, right)) is not None:
            return self._age(age, values)
        if kind_of(left.type) in (Kind.DATE, Kind.TIMESTAMP):
            return self._day(left, op, right, values)
        return self._order(left, op, right, values)

    def _equality(self, left: Node, op: Comparison, right: Node, values: Reference) -> Reading:
        phrases = self.nouns.formats.language.phrases
        noun, seen, other = self.nouns.of(left, values), self._value(left, values), self._limit(right, values)
        plainly = self._value(right, values) or other
        state = self.state(noun, seen)
        if op is Comparison.NE:
            return Reading(state, self.state_not(noun, plainly), "", seen, phrases.anything_but.format(limit=plainly))
        return Reading(phrases.instead.format(seen=state, needed=other), self.state(noun, plainly), "", seen, plainly)

    def _order(self, left: Node, op: Comparison, right: Node, values: Reference) -> Reading:
        phrases = self.nouns.formats.language.phrases
        noun, seen = self.nouns.of(left, values), self._value(left, values)
        op, limit = self._tightened(left, op, right, values)
        needed = getattr(phrases, NEEDED[op]).format(limit=limit)
        sentence = getattr(phrases, f"limit_{NEEDED[op]}").format(limit=limit)
        if op is Comparison.LE and limit == self.nouns.formats.value(0, right.type):
            sentence = phrases.limit_nothing.format(limit=limit)
        if (
            values.value(left) == 0
            and op in (Comparison.GT, Comparison.GE)
            and self._starts_at_nothing(op, right, values)
        ):
            return Reading(self._nothing(left, noun), self.state(noun, needed), "", phrases.none, needed)
        return Reading(self.state(noun, seen), self.state(noun, needed), sentence, seen, needed)

    def _nothing(self, left: Node, noun: Noun) -> str:
        """Return that there is none of something."""
        phrases = self.nouns.formats.language.phrases
        counted = bare(left)
        if isinstance(counted, Call) and counted.function in ("size_list", "size_map"):
            return phrases.there_are_none.format(items=self.nouns.items(counted.args[0]))
        return self.state(noun, phrases.none)

    def _starts_at_nothing(self, op: Comparison, right: Node, values: Reference) -> bool:
        """Return whether anything at all would do."""
        return values.value(right) == 0 or (
            op is Comparison.GE and values.value(right) == 1 and kind_of(right.type) is Kind.INT
        )

    def _tightened(self, left: Node, op: Comparison, right: Node, values: Reference) -> tuple[Comparison, str]:
        """Return the limit in words; between whole numbers, below 3 is at most 2."""
        value = values.value(right)
        counted = kind_of(left.type) is Kind.INT and kind_of(right.type) is Kind.INT and fixed(right)
        if counted and isinstance(value, int) and op in (Comparison.LT, Comparison.GT):
            step, op = (-1, Comparison.LE) if op is Comparison.LT else (1, Comparison.GE)
            return op, self.nouns.formats.number(value + step)
        return op, self._limit(right, values)

    def _day(self, left: Node, op: Comparison, right: Node, values: Reference) -> Reading:
        phrases = self.nouns.formats.language.phrases
        seen = self._value(left, values)
        limit = self._clock(right) or self._limit(right, values)
        needed = getattr(phrases, NEEDED_WHEN[op]).format(limit=limit)
        ahead = self._ahead(left, values)
        told = self.happening(left, When(phrases.on.format(date=seen), seen, ahead), values)
        if isinstance(left, Input) and left.name in CLOCK:
            told = phrases.equals.format(noun=self.nouns.of(left, values).text, value=seen)
        should = self.happening(left, When(needed, needed, ahead), values)
        return Reading(told, should, phrases.limit_when.format(needed=needed), seen, needed)

    def _clock(self, node: Node) -> str:
        """Return the word for now or today; nothing for other nodes."""
        phrases = self.nouns.formats.language.phrases
        if not is_now(node):
            return ""
        return phrases.today if kind_of(node.type) is Kind.DATE else phrases.now

    def _ahead(self, node: Node, values: Reference) -> bool:
        value, now = values.value(node), values.inputs.get("now")
        if not isinstance(value, int) or not isinstance(now, int):
            return False
        return value > (now // DAY if kind_of(node.type) is Kind.DATE else now)

    def _age(self, age: Age, values: Reference) -> Reading:
        phrases = self.nouns.formats.language.phrases
        span = self._span(age, values)
        length, when = self._length(age, span, values)
        limit = self._age_limit(age, values)
        bound = getattr(phrases, NEEDED[age.op])
        direction = phrases.ahead if age.ahead else phrases.ago
        should = bound.format(limit=direction.format(span=limit))
        sentence = getattr(phrases, f"limit_{NEEDED[age.op]}").format(limit=limit)
        ahead = age.ahead == (span is not None and span >= 0)
        return Reading(
            self.happening(age.event, When(when, when, ahead), values),
            self.happening(age.event, When(should, should, age.ahead), values),
            sentence,
            length if ahead == age.ahead else when,
            bound.format(limit=limit),
        )

    def _span(self, age: Age, values: Reference) -> int | None:
        """Return the distance in the unit's own measure: microseconds for a span, else so many of it."""
        if age.span is not None:
            value = values.value(age.span)
            return value if isinstance(value, int) else None
        event, now = values.value(age.event), values.inputs.get("now")
        if not isinstance(event, int) or not isinstance(now, int):
            return None
        return event - now if age.ahead else now - event

    def _detail(self, age: Age, span: int, values: Reference) -> str | None:
        """Return the unit to tell a span in; None for as exact as needed, where the unit alone would blur the limit."""
        limit = values.value(age.limit)
        unit = UNITS[age.unit]
        if isinstance(limit, int) and abs(span) >= 3 * abs(limit):
            return next((larger for larger in ("day", "hour") if abs(span) >= 3 * UNITS[larger]), age.unit)
        return None if isinstance(limit, int) and span // unit == limit // unit and span != limit else age.unit

    def _measured(self, age: Age) -> bool:
        return kind_of(age.limit.type) is Kind.DURATION

    def _length(self, age: Age, span: int | None, values: Reference) -> tuple[str, str]:
        """Return a span in words, and when that is from now."""
        formats = self.nouns.formats
        phrases = formats.language.phrases
        if span is None:
            return phrases.unknown, phrases.unknown
        if self._measured(age):
            text = formats.span(span, self._detail(age, span, values))
        else:
            text = formats.count(abs(span), age.unit)
        ahead = age.ahead == (span >= 0)
        when = (phrases.ahead if ahead else phrases.ago).format(span=text)
        return text, phrases.today if span == 0 and age.unit == "day" and not self._measured(age) else when

    def _age_limit(self, age: Age, values: Reference) -> str:
        formats = self.nouns.formats
        value = values.value(age.limit)
        if not isinstance(value, int):
            return self.nouns.of(age.limit, values).text
        if self._measured(age):
            return formats.span(value, age.unit if value % UNITS[age.unit] == 0 else None)
        return formats.count(value, age.unit)

    def happening(self, node: Node, when: When, values: Reference) -> str:
        """Return that something was, or is, then."""
        phrases = self.nouns.formats.language.phrases
        fact = fact_of(node)
        noun = self.nouns.of(fact, values)
        if (event := self._event(fact, when.ahead)) is not None:
            return phrases.happened.format(event=event, when=when.text)
        if noun.titled:
            return phrases.titled.format(title=noun.text, value=when.bare)
        return (phrases.lies if when.ahead else phrases.noun_happened).format(noun=noun.text, when=when.text)

    def _event(self, fact: Node, ahead: bool) -> str | None:
        """Return that what a fact without a title dates happened, or will; None where its name is no event."""
        member = self.nouns.member(fact)
        if not isinstance(fact, Field) or (member is not None and member.title):
            return None
        return self.nouns.formats.language.event(self.nouns.owner(fact), humanised(fact.name), ahead)

    def state(self, noun: Noun, value: str) -> str:
        """Return that something is so much."""
        phrases = self.nouns.formats.language.phrases
        if noun.titled:
            return phrases.titled.format(title=noun.text, value=value)
        return phrases.equals.format(noun=noun.text, value=value)

    def state_not(self, noun: Noun, value: str) -> str:
        """Return that something is not so much."""
        phrases = self.nouns.formats.language.phrases
        if noun.titled:
            return phrases.titled_not.format(title=noun.text, value=value)
        return phrases.differs.format(noun=noun.text, value=value)

    def _value(self, node: Node, values: Reference) -> str:
        return self.nouns.formats.value(values.value(node), node.type)

    def _limit(self, node: Node, values: Reference) -> str:
        """Return what something is compared with: its value, and what that is where it is no mere threshold."""
        noun = self.nouns.of(node, values)
        value = values.value(node)
        if value is None:
            return noun.text
        text = self.nouns.formats.value(value, node.type)
        if fixed(node) or noun.text == text or noun.text.count(" ") > FEW_WORDS:
            return text
        return self.nouns.formats.language.phrases.limit_named.format(limit=text, noun=noun.text)
