"""Conditions as clauses: what holds, or should, without what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.backends.reference import Reference
from engine.program.nodes import (
    And,
    Assume,
    AtLeast,
    Call,
    Case,
    Compare,
    Comparison,
    Const,
    Contains,
    Field,
    Given,
    Has,
    Input,
    Items,
    Named,
    Node,
    Not,
    Or,
    Quantifier,
    Quantify,
)
from engine.program.types import NULL, ListOf
from engine.wording.ages import bare
from engine.wording.comparisons import Comparisons
from engine.wording.formats import Formats, humanised
from engine.wording.nouns import Noun, Nouns
from engine.wording.phrases import Phrases
from engine.wording.signals import signal_clause, signal_of
from engine.wording.templates import said

TESTS: Final = frozenset({"contains", "starts_with", "ends_with", "matches"})


@dataclass(frozen=True, slots=True)
class Clauses:
    """Puts conditions into words in one pack's language."""

    nouns: Nouns

    @property
    def formats(self) -> Formats:
        """How values are written."""
        return self.nouns.formats

    @property
    def phrases(self) -> Phrases:
        """The phrases of the language."""
        return self.nouns.formats.language.phrases

    @property
    def comparisons(self) -> Comparisons:
        """The words of comparisons."""
        return Comparisons(self.nouns)

    def clause(self, node: Node, want: bool, values: Reference) -> str:
        """Return the clause that a condition holds, or (not `want`) does not."""
        node, want = plain(node, want)
        match node:
            case And(items=items) | Or(items=items):
                return self._joined(items, isinstance(node, And) == want, want, values)
            case AtLeast(count=count, items=items):
                texts = [self.clause(item, True, values) for item in items]
                text = self.phrases.needed_of.format(count=count, items="; ".join(texts))
                return text if want else self.phrases.not_so.format(clause=text)
            case Case():
                return self.clause(chosen(node, values), want, values)
            case Quantify():
                return self._several(node, want, values)
            case Named():
                return self._defined(node, want, values)
            case Compare():
                return self.comparisons.read(node, want, values).should
            case _:
                return self.state(node, want, values)

    def state(self, node: Node, holds: bool, values: Reference) -> str:
        """Return that a plain condition holds or not."""
        match node:
            case Contains(item=item, of=of):
                return self.contained(item, of, holds, values)
            case Has(of=of):
                return self._present(of, holds, values)
            case Call(function=name, args=(text, part, *_)) if name in TESTS:
                phrase = self.phrases.mentions if holds else self.phrases.mentions_not
                noun, value = self.nouns.of(text, values).text, self.nouns.of(part, values).text
                return phrase.format(noun=noun, value=value)
            case Const():
                return self.phrases.switched_off
            case _:
                return self._so(node, holds, values)

    def _so(self, node: Node, holds: bool, values: Reference) -> str:
        """Return a yes-or-no fact as a clause: by its title, its name, or with a yes or no."""
        noun = self.nouns.of(node, values)
        answer = self.phrases.yes if holds else self.phrases.no
        if noun.titled:
            told = (
                noun.text
                if holds and self._is_clause(noun.text)
                else None
                if holds
                else self.formats.language.negated(noun.text)
            )
            return told or self.phrases.titled.format(title=noun.text, value=answer)
        if isinstance(node, Field):
            told = self.formats.language.stated(self.nouns.owner(node), humanised(node.name), holds)
            if told is not None:
                return told
        return self.phrases.titled.format(title=noun.text, value=answer)

    def _is_clause(self, title: str) -> bool:
        return self.formats.language.negated(title) is not None

    def contained(self, item: Node, of: Node, holds: bool, values: Reference) -> str:
        """Return that a value is (not) one of a list, or that a list of facts (does not) include it."""
        if is_choice(of):
            noun, choices = self.nouns.of(item, values), self.choices(of, values)
            compare = self.comparisons
            return compare.state(noun, choices) if holds else compare.state_not(noun, choices)
        noun, value = self.nouns.of(of, values), self.nouns.of(item, values)
        phrase = self.phrases.includes if holds else self.phrases.lacks
        shown = self.formats.value(values.value(item), item.type) or value.text
        return phrase.format(noun=noun.text, value=shown)

    def choices(self, of: Node, values: Reference) -> str:
        """Return the values of a list as alternatives."""
        listed = values.value(of)
        item = of.type.item if isinstance(of.type, ListOf) else of.type
        texts = [self.formats.value(one, item) for one in listed] if isinstance(listed, tuple) else []
        return self.formats.listed(texts, "or")

    def _present(self, of: Node, holds: bool, values: Reference) -> str:
        noun = self.nouns.of(of, values)
        if not holds:
            return self._none(noun)
        value = self.formats.value(values.value(of), of.type)
        if values.value(of) in (None, NULL):
            return self.comparisons.state_not(noun, self.phrases.none)
        return self.comparisons.state(noun, value)

    def _none(self, noun: Noun) -> str:
        if noun.titled:
            return self.phrases.titled.format(title=noun.text, value=self.phrases.none)
        return self.phrases.missing_value.format(noun=noun.text)

    def _defined(self, node: Named, want: bool, values: Reference) -> str:
        if signal_of(node):
            return signal_clause(node, want, values, self.nouns)
        words = said(node.words, values, self.formats)
        if not words:
            return self.clause(node.of, want, values)
        return words if want else self.formats.language.negated(words) or self.phrases.not_so.format(clause=words)

    def _joined(self, items: tuple[Node, ...], every: bool, want: bool, values: Reference) -> str:
        texts = list(dict.fromkeys(self.clause(item, want, values) for item in items))
        return self.formats.listed(texts, "standard" if every else "or")

    def _several(self, node: Quantify, want: bool, values: Reference) -> str:
        item = self.formats.language.singular(self.nouns.items(node.over))
        inner = sample(node, values)
        match node.kind, want:
            case Quantifier.ALL, True:
                return self.phrases.for_every.format(item=item, clause=self.clause(node.body, True, inner))
            case Quantifier.ALL, False:
                clause = self.clause(node.body, False, inner)
                return self.phrases.there_is.format(item=self.formats.language.indefinite(item), clause=clause)
            case Quantifier.EXISTS_ONE, _:
                text = self.phrases.there_is_one.format(item=item, clause=self.clause(node.body, True, inner))
                return text if want else self.phrases.not_so.format(clause=text)
            case _, True:
                clause = self.clause(node.body, True, inner)
                return self.phrases.there_is.format(item=self.formats.language.indefinite(item), clause=clause)
            case _:
                return self.phrases.there_is_no.format(item=item, clause=self.clause(node.body, True, inner))


def sample(node: Quantify, values: Reference) -> Reference:
    """Return the evaluation of one item of a quantifier, or of none where the list is empty or not known."""
    items = values.items(node)
    return items[0][1] if items else Reference(values.inputs, values, None)


def plain(node: Node, want: bool) -> tuple[Node, bool]:
    """Return a condition without what only turns it round, such as not and comparisons with true, false or null."""
    while True:
        match node:
            case Not(of=of):
                node, want = of, not want
            case Given(of=of) | Assume(of=of):
                node = of
            case Named(words=(), of=of) if not isinstance(of, (Field, Input)):
                node = of
            case Compare(op=Comparison.EQ | Comparison.NE as op, left=left, right=Const(value=bool() as value)):
                node, want = left, want == ((op is Comparison.EQ) == value)
            case Compare(op=Comparison.EQ | Comparison.NE as op, left=left, right=Const(value=value)) if value is NULL:
                return Has(left, node.type), want == (op is Comparison.NE)
            case _:
                return node, want


def chosen(node: Case, values: Reference) -> Node:
    """Return the value of the branch that holds here; the last resort where that is not known."""
    for condition, value in node.branches:
        if values.value(condition) is True:
            return value
    return node.otherwise


def is_choice(of: Node) -> bool:
    """Return whether a list is written out in the policy."""
    of = bare(of)
    return isinstance(of, (Items, Const))
