"""Source of expressions: one line each, with what does not fit in a line written as statements before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from engine.backends.python_dispatch import dispatch
from engine.backends.python_lines import Lines
from engine.backends.python_plan import Plan
from engine.backends.python_risk import Form
from engine.backends.python_strict import strict_text
from engine.backends.reference import Strict
from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    AtLeast,
    Case,
    Compare,
    Comparison,
    Const,
    Failure,
    Field,
    Given,
    Input,
    Known,
    Named,
    Node,
    Or,
    Quantify,
    Variable,
)
from engine.program.walk import operands


class Expressions:
    """Writes the expressions of one function, as its plan says.

    `careful` asks for an expression that gives None where the node is unknown; without it, one that gives up.
    """

    def __init__(self, plan: Plan, leaves: Mapping[Node, str], lines: Lines) -> None:
        """Begin with what is read from elsewhere, as locals."""
        self.plan = plan
        self.lines = lines
        self.locals = dict(leaves)

    def assign(self, target: str, node: Node, careful: bool) -> None:
        """Write statements that put a node's value into a local."""
        raise NotImplementedError

    def expression(self, node: Node, careful: bool) -> str:
        """Return an expression of the node; what it needs is written first."""
        if node in self.locals:
            return self._read(node, careful)
        if node in self.plan.staged and isinstance(node, Quantify | And | Or | Case):
            target = self.lines.fresh()
            self.assign(target, node, careful)
            return target
        return self.inline(node, careful)

    def _read(self, node: Node, careful: bool) -> str:
        """Return the local of a node, checked where it may be unknown and must not be."""
        name = self.locals[node]
        if careful or self.plan.careful or node not in self.plan.risky:
            return name
        return f"({name} if {name} is not None else fail())"

    def unsure(self, node: Node, careful: bool) -> bool:
        """Return whether the node's expression may give None."""
        return node in self.plan.risky and (careful or self.plan.careful)

    def inline(self, node: Node, careful: bool) -> str:
        """Return an expression of a node that has no local."""
        careful = self.unsure(node, careful) or self.plan.careful
        match node:
            case Const(value=value):
                return self.lines.constants.text(value)
            case Failure():
                return "None" if careful else "fail()"
            case Input() | Variable() | Named() | Quantify():
                return self._name(node, careful)
            case And() | Or():
                return self._joined(node, careful)
            case Case():
                return self._chosen(node, careful)
            case AtLeast(count=count, items=items):
                return self._counted(count, [self.expression(item, careful) for item in items], node, careful)
            case Known() | Assume():
                return self._assumed(node, careful)
            case _:
                return self._strict(node, careful)

    def _name(self, node: Input | Variable | Named | Quantify, careful: bool) -> str:
        """Return the name of what is a local by itself."""
        match node:
            case Variable(depth=depth):
                return f"v{depth}"
            case Input() | Named() | Quantify():
                raise AssertionError(node)
            case _ as never:
                assert_never(never)

    def _strict(self, node: Strict, careful: bool) -> str:
        """Return an operation: None where an operand is unknown, if it may be."""
        parts = operands(node)
        texts = [self._operand(node, part, careful) for part in parts]
        unsure = [self.unsure(part, careful) for part in parts]
        if isinstance(node, Field) and unsure[0] and not node.of.type.nullable:
            return f"({texts[0]} or EMPTY).get({node.name!r})"
        tests = []
        for place, text in enumerate(texts):
            if unsure[place]:
                first, texts[place] = self.lines.twice(text)
                tests.append(f"{first} is None")
        text = strict_text(node, texts, self.lines, careful)
        return f"(None if {' or '.join(tests)} else {text})" if tests else text

    def _operand(self, node: Strict, part: Node, careful: bool) -> str:
        """Return an operand, unchecked where the operation refuses a null or unknown one anyway."""
        refuses = isinstance(node, Compare) and node.op not in {Comparison.EQ, Comparison.NE}
        if careful or not (refuses or isinstance(node, Arithmetic)):
            return self.expression(part, careful)
        while isinstance(part, Given) and part not in self.locals:
            part = part.of
        return self.locals[part] if part in self.locals else self.expression(part, careful)

    def _counted(self, count: int, items: list[str], node: AtLeast, careful: bool) -> str:
        """Return whether at least so many of the items are true."""
        if self.unsure(node, careful):
            return f"at_least({count}, ({''.join(f'{item}, ' for item in items)}))"
        return f"({' + '.join(items)} >= {count})"

    def _assumed(self, node: Known | Assume, careful: bool) -> str:
        """Return whether the operand is known, or what is taken for it when it is not."""
        tolerant = careful or self.plan.form is not Form.FAST
        of = self.expression(node.of, tolerant)
        if isinstance(node, Known):
            return f"({of} is not None)"
        if not self.unsure(node.of, tolerant):
            return of
        first, again = self.lines.twice(of)
        return f"({again} if {first} is not None else {self.expression(node.otherwise, careful)})"

    def _joined(self, node: And | Or, careful: bool) -> str:
        """Return an `and` or an `or` in one expression."""
        items = [self.expression(item, careful) for item in node.items]
        decides = "False" if isinstance(node, And) else "True"
        if not self.unsure(node, careful):
            return f"({(' and ' if isinstance(node, And) else ' or ').join(items)})"
        rest = items[-1]
        for item, text in zip(node.items[-2::-1], items[-2::-1], strict=True):
            if self.unsure(item, careful):
                first, again = self.lines.twice(text)
                name = self.lines.fresh()
                neutral = "True" if decides == "False" else "False"
                after = f"{again} if ({name} := {rest}) is {neutral} else {name}"
                rest = f"({again} if {first} is {decides} else {after})"
            else:
                rest = f"({rest} if {text} else False)" if decides == "False" else f"({text} or {rest})"
        return rest

    def _chosen(self, node: Case, careful: bool) -> str:
        """Return a choice in one expression."""
        found = self.looked_up(node, careful)
        if found:
            first, again = self.lines.twice(found)
            return f"({again} if {first} is not None else {self.expression(node.otherwise, careful)})"
        text = ""
        for condition, value in node.branches:
            test, again = self.expression(condition, careful), ""
            if self.unsure(condition, careful):
                test, again = self.lines.twice(test)
            text += f"{self.expression(value, careful)} if {test} else "
            text += f"None if {again} is None else " * bool(again)
        return f"({text}{self.expression(node.otherwise, careful)})"

    def looked_up(self, node: Case, careful: bool) -> str:
        """Return an expression that looks a choice among constants up (else None), or nothing."""
        found = dispatch(node)
        if found is None or any(self.unsure(subject, careful) for subject in found.subjects):
            return ""
        subjects = [self.expression(subject, careful) for subject in found.subjects]
        key = subjects[0] if len(subjects) == 1 else f"({', '.join(subjects)})"
        return f"{self.lines.constants.text(found.values)}.get({key})"
