"""What a value is called: facts by their titles or paths, definitions by their words, the rest by how it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.backends.reference import Reference
from engine.language.packs.signals import FACTS
from engine.program.nodes import (
    Arithmetic,
    Assume,
    Call,
    Case,
    Const,
    Field,
    Given,
    Index,
    Input,
    Items,
    Named,
    Node,
    Operator,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.types import BOOL, Member, Record, required
from engine.wording.formats import Formats, humanised
from engine.wording.phrases import Phrases
from engine.wording.templates import said

OPENERS: Final = {
    Operator.ADD: "plus",
    Operator.SUB: "minus",
    Operator.MUL: "times",
    Operator.DIV: "divided",
    Operator.MOD: "remainder",
}
SEEN: Final = {
    "count": "signal_count",
    "since": "signal_since",
    "last": "signal_last",
    "about": "signal_about",
    "events": "signal_events",
}
"""The phrases for parts of what was seen of a customer."""
PASSING: Final = frozenset(
    {"date_of", "number_of_int", "money_of_int", "money_of_number", "number_of_money", "lower_ascii", "upper_ascii",
     "trim", "at", "int_of_number", "floor", "ceil", "abs", "date_of_text", "timestamp_of_text", "duration_of_text"}
)  # fmt: skip
"""Functions whose result is called as their operand is."""


@dataclass(frozen=True, slots=True)
class Noun:
    """What a value is called; a title stands before a colon, as it may be any kind of phrase."""

    text: str
    titled: bool = False


@dataclass(frozen=True, slots=True)
class Nouns:
    """Names values in one pack's language; `inputs` has the titles of top-level facts."""

    formats: Formats
    inputs: Record

    def of(self, node: Node, values: Reference) -> Noun:
        """Return what a value is called; `values` give what placeholders in its words stand for."""
        phrases = self.formats.language.phrases
        match node:
            case Given(of=of) | Assume(of=of):
                return self.of(of, values)
            case Input(name="as_of"):
                return Noun(phrases.day_that_counts)
            case Input(name="now"):
                return Noun(phrases.now)
            case Input(name="@amount"):
                return Noun(phrases.amount_asked)
            case Input() | Field() | Variable():
                return self._fact(node)
            case Named():
                return self._named(node, values)
            case _:
                return self._made(node, values)

    def _fact(self, node: Input | Field | Variable) -> Noun:
        phrases = self.formats.language.phrases
        member = self.member(node)
        if member is not None and member.title:
            return self.titled(member.title, required(node.type) == BOOL)
        match node:
            case Variable():
                return Noun(phrases.it)
            case Input(name="history"):
                return Noun(phrases.earlier_decisions, titled=True)
            case Input(name=name):
                return self.called(phrases.the.format(name=humanised(name)), humanised(name))
            case Field(of=Input(name="agent"), name="role"):
                return Noun(phrases.role)
            case Field(of=Field(of=Field(of=Input(name="granted"), name=whose), name=action), name=span):
                return granted_lately(("granted", whose, action, span), self.formats)
            case Field(of=Field(of=Input(name="signals"), name=signal), name=part):
                return self.signal(signal, part)
            case Field(name=name):
                return self.called(self._member_of(node, humanised(name)), humanised(name))

    def called(self, text: str, name: str) -> Noun:
        """Return a name with its article and owner; before a colon where it is a plural or no noun."""
        if self.formats.language.noun(name) is not None:
            return Noun(text)
        return Noun(name if text == self.formats.language.phrases.the.format(name=name) else text, titled=True)

    def titled(self, title: str, answered: bool = False) -> Noun:
        """Return a title as a noun where it is one; before a colon otherwise, as for what is `answered` yes or no."""
        text = self.formats.language.within(title)
        noun = None if answered else self.formats.language.noun(text)
        return Noun(text, titled=True) if noun is None else Noun(noun)

    def _member_of(self, node: Field, name: str) -> str:
        phrases = self.formats.language.phrases
        owner = self.owner(node)
        if owner in ("", phrases.it):
            return phrases.the.format(name=name)
        return phrases.owned.format(owner=_bare(owner, phrases.the), name=name)

    def owner(self, node: Field) -> str:
        """Return what a fact is of, with its article; nothing for the ask's inputs."""
        phrases = self.formats.language.phrases
        of = node.of
        while isinstance(of, (Given, Assume)):
            of = of.of
        match of:
            case Input(name="ask") | Field(name="ask"):
                return ""
            case Variable():
                return phrases.it
            case Input(name=name) | Field(name=name) | Named(name=name):
                return phrases.the.format(name=self.formats.language.within(humanised(name.rpartition(".")[2])))
            case Quantify(kind=Quantifier.FIND, over=over):
                return phrases.the.format(name=self.formats.language.singular(self.items(over)))
            case Index(of=over):
                return phrases.the.format(name=self.formats.language.singular(self.items(over)))
            case _:
                return ""

    def member(self, node: Node) -> Member | None:
        """Return how a fact is declared."""
        match node:
            case Input(name=name):
                return self.inputs.find(name)
            case Field(of=of, name=name) if isinstance(of.type, Record):
                return of.type.find(name)
            case _:
                return None

    def items(self, over: Node) -> str:
        """Return what a list's items are called together."""
        match over:
            case Input(name="history"):
                return self.formats.language.phrases.earlier_decisions
            case Input(name=name) | Field(name=name) | Named(name=name):
                return humanised(name.rpartition(".")[2])
            case Given(of=of) | Quantify(over=of) | Call(args=(of, *_)):
                return self.items(of)
            case _:
                return humanised("items")

    def signal(self, name: str, part: str = "active") -> Noun:
        """Return what a signal is called, by its title; or a part of what was seen of it."""
        member = self.inputs.find("signals")
        own = member.type.find(name) if member is not None and isinstance(member.type, Record) else None
        title = self.formats.language.within(own.title if own is not None else humanised(name))
        phrase = getattr(self.formats.language.phrases, SEEN[part]) if part in SEEN else "{signal}"
        return Noun(phrase.format(signal=title), titled=True)

    def _named(self, node: Named, values: Reference) -> Noun:
        if node.name.startswith(FACTS):
            return self.signal(*node.name.split(".")[1:])
        if node.words:
            return Noun(said(node.words, values, self.formats) or humanised(node.name), titled=True)
        if node.name.startswith("params."):
            return Noun(self.formats.value(values.value(node), node.type))
        if isinstance(node.of, (Field, Input)) and not node.name.startswith("tables."):
            return self._fact(node.of)
        return self._own(node.name.removeprefix("tables."))

    def _own(self, name: str) -> Noun:
        """Return what a definition, or a table's output, is called."""
        phrases = self.formats.language.phrases
        owner, _, last = name.rpartition(".")
        if owner:
            text = phrases.owned.format(owner=humanised(owner), name=humanised(last))
            return self.called(text, humanised(last))
        return self.called(phrases.the.format(name=humanised(last)), humanised(last))

    def _made(self, node: Node, values: Reference) -> Noun:
        phrases = self.formats.language.phrases
        match node:
            case Const(value=value, type=type_):
                return Noun(self.formats.value(value, type_))
            case Arithmetic(op=op, left=left, right=right):
                words = getattr(phrases, OPENERS[op])
                return Noun(words.format(left=self.of(left, values).text, right=self.of(right, values).text))
            case Quantify():
                return Noun(self._quantity(node, values))
            case Call():
                return self._call(node, values)
            case Index(of=of):
                return Noun(phrases.the.format(name=self.formats.language.singular(self.items(of))))
            case Items(items=items):
                return Noun(self.formats.listed([self.of(item, values).text for item in items]))
            case Case(branches=branches, otherwise=otherwise):
                return self._chosen(branches, otherwise, values)
            case _:
                return Noun(phrases.it)

    def _chosen(self, branches: tuple[tuple[Node, Node], ...], otherwise: Node, values: Reference) -> Noun:
        """Return what the branch that holds here is called."""
        for condition, value in branches:
            if values.value(condition) is True:
                return self.of(value, values)
        return self.of(otherwise, values)

    def _quantity(self, node: Quantify, values: Reference) -> str:
        phrases = self.formats.language.phrases
        items = self.items(node.over)
        if node.kind is Quantifier.COUNT:
            return phrases.number_counted.format(items=items)
        return phrases.the.format(name=items)

    def _call(self, node: Call, values: Reference) -> Noun:
        phrases = self.formats.language.phrases
        first = node.args[0]
        match node.function:
            case name if name in PASSING:
                return self.of(first, values)
            case "size_list" | "size_map" | "keys":
                return Noun(phrases.number_of.format(items=self.items(first)))
            case "size_text":
                return Noun(phrases.length.format(noun=self.of(first, values).text))
            case "sum_list":
                return Noun(self._total(first))
            case "min" | "bottom" | "min_list":
                return Noun(phrases.smallest_of.format(items=self._several(node, values)))
            case "max" | "top" | "max_list":
                return Noun(phrases.largest_of.format(items=self._several(node, values)))
            case "add_months" | "add_months_time":
                return self._months_after(node, values)
            case "round_to":
                second = self.of(node.args[1], values).text
                return Noun(phrases.rounded.format(left=self.of(first, values).text, right=second))
            case _:
                return self.of(first, values)

    def _several(self, node: Call, values: Reference) -> str:
        parts = node.args if node.function in ("min", "max") else node.args[:1]
        return self.formats.listed([self.of(part, values).text for part in parts])

    def _months_after(self, node: Call, values: Reference) -> Noun:
        months = values.value(node.args[1])
        count = self.formats.count(months, "month") if isinstance(months, int) else ""
        moment = self.of(node.args[0], values).text
        return Noun(self.formats.language.phrases.after.format(count=count, moment=moment))

    def _total(self, of: Node) -> str:
        phrases = self.formats.language.phrases
        inner = of
        while isinstance(inner, (Given, Named)):
            inner = inner.of
        if isinstance(inner, Quantify) and isinstance(inner.body, Field):
            name = humanised(inner.body.name)
            return phrases.total_of.format(name=name, items=self.items(inner.over))
        return phrases.total_of.format(name="", items=self.items(of)).replace("  ", " ")


def _bare(owner: str, the: str) -> str:
    """Return the owner without its article, which the phrase around it brings."""
    article, _, end = the.partition("{name}")
    return owner.removeprefix(article).removesuffix(end)


def granted_lately(path: tuple[str, ...], formats: Formats) -> Noun:
    """Return what is called that an agent, or their team, granted of an action in a span."""
    _, whose, action, span = path
    phrases = formats.language.phrases
    phrase = phrases.granted_agent if whose == "agent" else phrases.granted_team
    return Noun(phrase.format(action=formats.code(action), span=span_words(span, phrases)), titled=True)


def span_words(span: str, phrases: Phrases) -> str:
    """Return the present day, week or month in words."""
    return {"day": phrases.today, "week": phrases.this_week, "month": phrases.this_month}[span]
