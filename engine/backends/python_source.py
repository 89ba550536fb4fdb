"""Source of one function: locals, loops, and what else needs statements."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from engine.backends.python_expressions import Expressions
from engine.backends.python_risk import Form
from engine.program.nodes import And, Case, Node, Or, Quantifier, Quantify
from engine.program.types import MapOf
from engine.program.walk import postorder

SURE: Final = {
    Quantifier.ALL: ("{t} = True", "if not {b}:\n    {t} = False\n    break", ""),
    Quantifier.EXISTS: ("{t} = False", "if {b}:\n    {t} = True\n    break", ""),
    Quantifier.EXISTS_ONE: (
        "{t} = 0",
        "if {b}:\n    {t} += 1\n    if {t} > 1:\n        break",
        "{t} = {t} == 1",
    ),
    Quantifier.FILTER: ("{t} = []", "if {b}:\n    {t}.append({v})", "{t} = tuple({t})"),
    Quantifier.MAP: ("{t} = []", "{t}.append({b})", "{t} = tuple({t})"),
    Quantifier.FIND: ("{t} = None", "if {b}:\n    {t} = {v}\n    break", "if {t} is None:\n    fail()"),
    Quantifier.COUNT: ("{t} = 0", "if {b}:\n    {t} += 1", ""),
}
"""What stands before a loop, in it, and after it, when the body is known."""

_STOP: Final = "if {b} is None:\n    {t} = None\n    break\n"
_TUPLE: Final = "if {t} is not None:\n    {t} = tuple({t})"

UNSURE: Final = {
    Quantifier.ALL: (
        "{t} = True",
        "if {b} is not True:\n    {t} = {b}\n    if {b} is False:\n        break",
        "",
    ),
    Quantifier.EXISTS: (
        "{t} = False",
        "if {b} is not False:\n    {t} = {b}\n    if {b} is True:\n        break",
        "",
    ),
    Quantifier.EXISTS_ONE: (
        "{t} = []",
        "if {b} is not False:\n    {t}.append({b})\n    if {t}.count(True) > 1:\n        break",
        "{t} = False if {t}.count(True) > 1 else None if None in {t} else {t} == [True]",
    ),
    Quantifier.FILTER: ("{t} = []", _STOP + "if {b}:\n    {t}.append({v})", _TUPLE),
    Quantifier.MAP: ("{t} = []", _STOP + "{t}.append({b})", _TUPLE),
    Quantifier.FIND: ("{t} = None", "if {b} is not False:\n    {t} = {v} if {b} else None\n    break", ""),
    Quantifier.COUNT: ("{t} = 0", _STOP + "if {b}:\n    {t} += 1", ""),
}
"""The same when the body may be unknown."""


class Source(Expressions):
    """Writes the statements of one function."""

    def outputs(self, outputs: Sequence[Node]) -> list[str]:
        """Write what the outputs need and return their expressions."""
        self._bind(self.plan.order, -1)
        return [self.expression(node, self.plan.form is not Form.FAST) for node in outputs]

    def assign(self, target: str, node: Node, careful: bool) -> None:
        """Write statements that put a node's value into a local."""
        careful = self.unsure(node, careful) or self.plan.careful
        match node:
            case Quantify():
                self._loop(target, node, careful)
            case And() | Or() if node in self.plan.staged:
                self._logic(target, node, careful)
            case Case() if node in self.plan.staged:
                self._choice(target, node, careful)
            case _:
                self.lines.add(f"{target} = {self.inline(node, careful)}")

    def _bind(self, nodes: Sequence[Node], scope: int) -> list[Node]:
        """Write the locals of a scope and return their nodes."""
        bound = [node for node in nodes if node in self.plan.hoisted and self.plan.scope(node) == scope]
        for node in bound:
            target = self.lines.fresh()
            self.assign(target, node, node in self.plan.risky)
            self.locals[node] = target
        return bound

    def _loop(self, target: str, node: Quantify, careful: bool) -> None:
        """Write a quantifier; of an unknown list, None."""
        over = self.expression(node.over, careful)
        if not self.unsure(node.over, careful):
            self._iterate(target, node, over, careful)
            return
        first, again = self.lines.twice(over)
        self.lines.add(f"{target} = None")
        with self.lines.block(f"if {first} is not None{f' and {again} is not NULL' * node.over.type.nullable}:"):
            self._iterate(target, node, again, careful)

    def _iterate(self, target: str, node: Quantify, over: str, careful: bool) -> None:
        """Write the loop of a quantifier over a known list, or the keys of a map."""
        unsure = self.unsure(node.body, careful) or (careful and node.kind is Quantifier.FIND)
        before, within, after = (UNSURE if unsure else SURE)[node.kind]
        item = f"v{node.depth}"
        self._template(before, target)
        with self.lines.block(f"for {item} in {f'sorted({over})' if isinstance(node.over.type, MapOf) else over}:"):
            bound = self._bind(postorder([node.body]), node.depth)
            body = self.expression(node.body, careful)
            if unsure:
                name = self.lines.fresh()
                self.lines.add(f"{name} = {body}")
                body = name
            self._template(within, target, body, item)
        self._template(after, target)
        for each in bound:
            del self.locals[each]

    def _template(self, template: str, target: str, body: str = "", item: str = "") -> None:
        """Write lines with their places filled."""
        for line in template.format(t=target, b=body, v=item).splitlines():
            self.lines.add(line)

    def _logic(self, target: str, node: And | Or, careful: bool) -> None:
        """Write an `and` or an `or` item by item, each only where it matters."""
        neutral = isinstance(node, And)
        if self.unsure(node, careful):
            self._three_valued(target, node, careful, neutral)
            return
        word, test = ("and", target) if neutral else ("or", f"not {target}")
        started = False
        for staged, items in groupby(node.items, self._stages):
            for group in ([each] for each in items) if staged else [list(items)]:
                if started:
                    with self.lines.block(f"if {test}:"):
                        self._run(target, group, word, careful)
                else:
                    self._run(target, group, word, careful)
                started = True

    def _stages(self, node: Node) -> bool:
        """Return whether an operand needs statements of its own here."""
        return node in self.plan.staged and node not in self.locals

    def _run(self, target: str, items: Sequence[Node], word: str, careful: bool) -> None:
        """Write a row of items joined by a word."""
        if len(items) == 1:
            self._put(target, items[0], careful)
        else:
            texts = [self.expression(item, careful) for item in items]
            self.lines.add(f"{target} = {f' {word} '.join(texts)}")

    def _put(self, target: str, node: Node, careful: bool) -> None:
        """Write that a local takes the value of a node, which may have a local of its own."""
        if node in self.locals:
            self.lines.add(f"{target} = {self.expression(node, careful)}")
        else:
            self.assign(target, node, careful)

    def _three_valued(self, target: str, node: And | Or, careful: bool, neutral: bool) -> None:
        """Write a Kleene `and` or `or` item by item, until one decides."""
        self._put(target, node.items[0], careful)
        for item in node.items[1:]:
            with self.lines.block(f"if {target} is not {not neutral}:"):
                name = self.lines.fresh()
                self._put(name, item, careful)
                with self.lines.block(f"if {name} is not {neutral}:"):
                    self.lines.add(f"{target} = {name}")

    def _choice(self, target: str, node: Case, careful: bool) -> None:
        """Write a choice branch by branch, left when one is taken."""
        found = self.looked_up(node, careful)
        if found:
            self.lines.add(f"{target} = {found}")
            with self.lines.block(f"if {target} is None:"):
                self._put(target, node.otherwise, careful)
            return
        with self.lines.block("while True:"):
            for condition, value in node.branches:
                self._branch(target, condition, value, careful)
            self._put(target, node.otherwise, careful)
            self.lines.add("break")

    def _branch(self, target: str, condition: Node, value: Node, careful: bool) -> None:
        """Write one branch of a choice."""
        test = self.expression(condition, careful)
        unsure = self.unsure(condition, careful)
        first, again = self.lines.twice(test) if unsure else (test, test)
        with self.lines.block(f"if {first}:"):
            self._put(target, value, careful)
            self.lines.add("break")
        if unsure:
            with self.lines.block(f"if {again} is None:"):
                self.lines.add(f"{target} = None")
                self.lines.add("break")
