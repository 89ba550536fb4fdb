"""What stood in the way: the conditions that were not as needed, in words, with what was seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from engine.backends.reference import Reference
from engine.program.nodes import (
    And,
    AtLeast,
    Case,
    Compare,
    Comparison,
    Const,
    Contains,
    Has,
    Named,
    Node,
    Or,
    Quantifier,
    Quantify,
)
from engine.questions import Gap, gaps_below
from engine.wording.ages import fixed
from engine.wording.clauses import Clauses, chosen, is_choice, plain
from engine.wording.expressions import expression
from engine.wording.paths import called, name_of
from engine.wording.signals import in_comparison, signal_of, signal_read
from engine.wording.templates import said
from schemas.decision import Condition
from schemas.frozen import made

MOST = 5
"""How many items of a list are told of."""

Status = Literal["failed", "unknown", "held"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that is not as `want` needs it: what is told of it, its limit as a sentence, values in words."""

    node: Node
    want: bool
    told: str
    limit: str = ""
    seen: str = ""
    needed: str = ""
    known: bool = True

    def inside(self, clauses: Clauses) -> str:
        """Return the finding as part of a longer sentence."""
        if "(" in self.limit:
            return self.alone(clauses)
        return clauses.phrases.with_limit.format(seen=self.told, limit=self.limit) if self.limit else self.told

    def alone(self, clauses: Clauses) -> str:
        """Return the finding as a text of its own."""
        return clauses.phrases.standalone.format(seen=self.told, limit=self.limit) if self.limit else self.told


@dataclass(frozen=True, slots=True)
class Findings:
    """Looks for what stood in the way of a condition, in one pack's language."""

    clauses: Clauses
    opened: bool = False
    """Definitions are told by what they are made of, not in their own words."""

    def conditions(self, node: Node, want: bool, values: Reference, held: bool = False) -> tuple[Condition, ...]:
        """Return what is not as needed; `held`: what stood in the way are conditions that held."""
        found = {finding.alone(self.clauses): finding for finding in self.of(node, want, values)}
        return tuple(self._condition(text, finding, held) for text, finding in found.items())

    def gaps(self, node: Node, values: Reference) -> tuple[Condition, ...]:
        """Return the facts for want of which a value is not known; nothing where it is, or where none is missing."""
        told = dict.fromkeys(self.missing(gap) for gap in gaps_below(node, values))
        return tuple(self._condition(text, Finding(node, True, text, known=False), False) for text in told)

    def _condition(self, text: str, finding: Finding, held: bool) -> Condition:
        status: Status = "unknown" if not finding.known else "held" if held else "failed"
        return made(
            Condition,
            text=text,
            expression=expression(finding.node, self.clauses.formats),
            seen=finding.seen,
            needed=finding.needed,
            status=status,
        )

    def of(self, node: Node, want: bool, values: Reference) -> list[Finding]:
        """Return what keeps a condition from being as needed; nothing where it is."""
        value = values.value(node)
        if value is want:
            return []
        if value is None:
            return self._unknown(node, want, values)
        node, want = plain(node, want)
        match node:
            case And(items=items):
                return self._all(items, want, values) if want else self._each(items, want, values)
            case Or(items=items):
                return self._any(node, items, 1, values) if want else self._all(items, want, values)
            case AtLeast(items=items, count=count):
                return self._any(node, items, count, values) if want else self._all(items, want, values)
            case Case():
                return self.of(chosen(node, values), want, values) or [self._plain(node, want, values)]
            case Named(of=of) if node.words and self.opened and not signal_of(node):
                return self.of(of, want, values)
            case Quantify():
                return self._several(node, want, values)
            case Named() if node.words:
                return [self._defined(node, want, values)]
            case _:
                return [self._plain(node, want, values)]

    def _all(self, items: tuple[Node, ...], want: bool, values: Reference) -> list[Finding]:
        """Return what is known to be otherwise than needed, of conditions that are all needed so."""
        return [one for item in items if values.value(item) not in (None, want) for one in self.of(item, want, values)]

    _each = _all

    def _any(self, node: Node, items: tuple[Node, ...], count: int, values: Reference) -> list[Finding]:
        """Return one finding on conditions of which so many are needed."""
        count -= sum(values.value(item) is True for item in items)
        if count == 1 and (implied := self._implied(items, values)) is not None:
            return implied
        short = [self.of(item, True, values) for item in items if values.value(item) is not True]
        if self.opened:
            return [one for found in short for one in found]
        texts = [" ".join(self._sentence(found)) for found in short if found]
        if len(texts) == 1 and count == 1:
            return short[0]
        phrases = self.clauses.phrases
        phrase = phrases.any_would_do if count == 1 else phrases.some_needed
        told = phrase.format(count=count, items="; ".join(dict.fromkeys(texts)))
        seen = "; ".join(dict.fromkeys(one.seen for found in short for one in found if one.seen))
        needed = self.clauses.clause(node, True, values)
        return [Finding(node, True, told, seen=seen, needed=needed)]

    def _implied(self, items: tuple[Node, ...], values: Reference) -> list[Finding] | None:
        """Return what `a is not x, or b` lacks as "a is x, and b is not so"; None where it has not that form."""
        negative = [item for item in items if is_negative(item)]
        if not negative:
            return None
        given = [one.told for item in negative for one in self.of(item, True, values)]
        rest = tuple(item for item in items if item not in negative)
        found = self._rest(rest, values)
        if not given:
            return found
        if not found:
            return [one for item in negative for one in self.of(item, True, values)]
        premise = self.clauses.formats.listed(given)
        told = self.clauses.phrases.both.format(left=premise, right=found[0].told)
        return [replace(found[0], told=told), *found[1:]]

    def _rest(self, rest: tuple[Node, ...], values: Reference) -> list[Finding]:
        """Return what is lacking of conditions one of which is needed; nothing where there are none."""
        if len(rest) < 2:
            return [one for item in rest for one in self.of(item, True, values)]
        return self._any(Or(rest, rest[0].type), rest, 1, values)

    def _sentence(self, found: list[Finding]) -> Iterable[str]:
        yield self.clauses.formats.listed([one.inside(self.clauses) for one in found])

    def _defined(self, node: Named, want: bool, values: Reference) -> Finding:
        """Return a definition in its own words, with what it was made of as what was seen; a signal in its own."""
        if signal_of(node):
            read = signal_read(node, want, values, self.clauses.nouns)
            return Finding(node, want, read.is_, seen=read.seen, needed=read.needed)
        words = said(node.words, values, self.clauses.formats)
        if not words:
            return self._plain(node.of, want, values)
        below = [one for one in replace(self, opened=True).of(node.of, want, values) if one.told]
        seen = "; ".join(dict.fromkeys(one.told for one in below[:MOST]))
        if not want:
            return Finding(node, want, words, seen=seen, needed=self.clauses.clause(node, False, values))
        told = self.clauses.formats.language.negated(words)
        if told is None:
            told = self._with_seen(self.clauses.phrases.needs.format(clause=words), below)
        return Finding(node, want, told, seen=seen, needed=words)

    def _with_seen(self, text: str, below: list[Finding]) -> str:
        """Return the text with what was seen instead, where that is more than a yes or no."""
        phrases = self.clauses.phrases
        if len(below) == 1 and isinstance(below[0].node, (Compare, Contains, Quantify)):
            seen = self._brief(below[0])
        else:
            seen = "; ".join(dict.fromkeys(one.told for one in below[:MOST]))
        return phrases.here.format(text=text, seen=seen) if seen else text

    def _brief(self, finding: Finding) -> str:
        """Return the value that was seen, with its limit where that is no threshold of the policy; nothing of lists."""
        if isinstance(finding.node, Quantify) or finding.seen == self.clauses.phrases.none:
            return ""
        plainly = not isinstance(finding.node, Compare) or fixed(finding.node.left) or fixed(finding.node.right)
        return finding.seen if plainly or not finding.limit else f"{finding.seen}; {finding.limit}"

    def _plain(self, node: Node, want: bool, values: Reference) -> Finding:
        """Return a condition that has no conditions below it."""
        match node:
            case Compare():
                read = self.clauses.comparisons.read(node, want, values)
                told = in_comparison((node.left, node.right), values, self.clauses.nouns) or read.is_
                return Finding(node, want, told, read.limit, read.seen, read.needed)
            case Contains(of=of) if is_choice(of):
                return self._choice(node, want, values)
            case Has(of=of):
                seen = self.clauses.formats.value(values.value(of), of.type)
                needed = self.clauses.clause(node, want, values)
                return Finding(node, want, self.clauses.state(node, not want, values), "", seen, needed)
            case Const():
                return Finding(node, want, self.clauses.phrases.switched_off)
            case _:
                phrases = self.clauses.phrases
                answers = (phrases.yes, phrases.no) if want else (phrases.no, phrases.yes)
                told = self.clauses.state(node, not want, values)
                return Finding(node, want, told, "", answers[1], answers[0])

    def _choice(self, node: Contains, want: bool, values: Reference) -> Finding:
        """Return that a value is not, or is, one of the policy's own list."""
        clauses = self.clauses
        seen = clauses.formats.value(values.value(node.item), node.item.type)
        choices = clauses.choices(node.of, values)
        state = clauses.comparisons.state(clauses.nouns.of(node.item, values), seen)
        if want:
            return Finding(node, want, clauses.phrases.instead.format(seen=state, needed=choices), "", seen, choices)
        return Finding(node, want, state, "", seen, clauses.phrases.anything_but.format(limit=choices))

    def _several(self, node: Quantify, want: bool, values: Reference) -> list[Finding]:
        pairs = values.items(node)
        by_item = (node.kind is Quantifier.ALL and want) or (node.kind is Quantifier.EXISTS and not want)
        if not by_item:
            return [self._whole(node, want, values)]
        found = [
            self._of_item(node, self.label(node, place, item), self.of(node.body, want, inner))
            for place, (item, inner) in enumerate(pairs, 1)
            if inner.value(node.body) is not None and inner.value(node.body) is not want
        ]
        if len(found) > MOST:
            more = self.clauses.phrases.more_items.format(count=len(found) - MOST)
            return [*found[:MOST], Finding(node, want, more)]
        return found

    def _of_item(self, node: Quantify, label: str, found: list[Finding]) -> Finding:
        """Return what is not as needed of one item of a list."""
        phrase = self.clauses.phrases.in_item
        if len(found) == 1:
            return replace(found[0], told=phrase.format(item=label, text=found[0].told))
        text = "; ".join(one.inside(self.clauses) for one in found)
        needed = self.clauses.formats.listed(list(dict.fromkeys(one.needed for one in found if one.needed)))
        seen = self.clauses.formats.listed([one.seen for one in found if one.seen])
        return Finding(node, True, phrase.format(item=label, text=text), seen=seen, needed=needed)

    def _whole(self, node: Quantify, want: bool, values: Reference) -> Finding:
        """Return that no item, or every item, is so."""
        phrases, items = self.clauses.phrases, self.clauses.nouns.items(node.over)
        needed = self.clauses.clause(node, want, values)
        pairs = values.items(node)
        if not pairs:
            return Finding(node, want, phrases.there_are_none.format(items=items), "", phrases.none, needed)
        seen = self.clauses.formats.language.count(len(pairs), items)
        return Finding(node, want, self.clauses.clause(node, not want, values), "", seen, needed)

    def label(self, node: Quantify, place: int, item: object) -> str:
        """Return what one item of a list is called: its place, and its own name where it has one."""
        phrases, nouns = self.clauses.phrases, self.clauses.nouns
        noun = self.clauses.formats.language.singular(nouns.items(node.over))
        name = name_of(item, node)
        if name:
            return phrases.item_called.format(item=noun, number=place, name=name)
        return phrases.item.format(item=noun, number=place)

    def _unknown(self, node: Node, want: bool, values: Reference) -> list[Finding]:
        """Return the facts that are missing, or else that the condition cannot be worked out."""
        gaps = list({gap.path: gap for gap in gaps_below(node, values)}.values())
        if not gaps:
            text = self.clauses.phrases.cannot_tell.format(clause=self.clauses.clause(node, want, values))
            return [Finding(node, want, text, known=False)]
        needed = self.clauses.clause(node, want, values)
        return [Finding(node, want, self.missing(gap), needed=needed, known=False) for gap in gaps[:MOST]]

    def missing(self, gap: Gap) -> str:
        """Return that a fact is not known."""
        noun = called(gap.path, self.clauses.nouns)
        phrases = self.clauses.phrases
        if noun.titled:
            return phrases.titled_not_known.format(title=noun.text)
        return phrases.not_known.format(noun=noun.text)


def is_negative(node: Node) -> bool:
    """Return whether a condition is that something is not so."""
    node, want = plain(node, True)
    return not want or (isinstance(node, Compare) and node.op is Comparison.NE)
