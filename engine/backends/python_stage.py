"""Source of one form of a stage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from engine.backends.python_lines import Constants, Lines
from engine.backends.python_plan import plan, trivial
from engine.backends.python_risk import Form
from engine.backends.python_source import Source
from engine.backends.simplify import Simplifier, Stripper
from engine.program.nodes import Input, Node
from engine.program.program import Program, Stage
from engine.program.walk import Free

CLASSES: Final = {Form.FAST: "", Form.PARTIAL: "Partial", Form.CAREFUL: "Careful"}
"""What a form's outputs are, so that a later stage knows what it may take as known."""


def function_name(number: int, stage: str, form: Form) -> str:
    """Return the name of the function of a form of a stage."""
    name = f"stage_{number}_{stage}" if stage.isidentifier() else f"stage_{number}"
    return name if form is Form.FAST else f"{name}_{form}"


class StageWriter:
    """Writes the stages of a program in one form."""

    def __init__(self, program: Program, form: Form, doubtful: Collection[str], simplifier: Simplifier) -> None:
        """Begin with nothing written."""
        self._actions = dict(program.actions)
        self._form = form
        self._doubtful = doubtful
        known = frozenset[str]() if form is Form.FAST else doubtful
        self._rewriter = simplifier if form is Form.CAREFUL else Stripper(simplifier, known)
        self._free: Free = {}

    def write(self, action: str, number: int, name: str, fallback: str) -> tuple[str, dict[str, object]]:
        """Return the source of a function and its constants; it leaves to the fallback what it gives up on."""
        lines = Lines(Constants())
        first, stage = self._actions[action][0], self._actions[action][number]
        stages = (first, stage) if number else (first,)
        if fallback:
            with lines.block("try:"):
                if number:
                    self._check_earlier(fallback, lines)
                self._body(stages, lines)
            with lines.block("except GIVE_UP:"):
                lines.add(f"return {fallback}(inputs, earlier)")
        else:
            self._body(stages, lines)
        return f"def {name}(inputs, earlier=()):\n{lines.text()}", lines.constants.values

    def _check_earlier(self, fallback: str, lines: Lines) -> None:
        """Write that what the first stage found unknown is left to the fallback, where this form has it as known."""
        test = "is not tuple" if self._form is Form.FAST else "is Careful"
        with lines.block(f"if earlier.__class__ {test}:"):
            lines.add(f"return {fallback}(inputs, earlier)")

    def _body(self, stages: Sequence[Stage], lines: Lines) -> None:
        """Write the statements of the last of one or two stages, of which it may read the first."""
        rewritten = [self._rewriter.rewrite([node for _, node in stage.outputs]) for stage in stages]
        leaves = _leaves(rewritten[0] if len(rewritten) > 1 else ())
        planned = plan(rewritten[-1], leaves.keys(), self._form, self._doubtful, self._free)
        known: dict[Node, str] = {}
        for node in planned.order:
            if node in leaves:
                known[node] = f"e{len(known)}"
                lines.add(f"{known[node]} = {leaves[node]}")
            elif isinstance(node, Input):
                known[node] = _input_name(node)
                lines.add(f"{known[node]} = {self._input(node)}")
        values = Source(planned, known, lines).outputs(rewritten[-1])
        text = "".join(f"{value}, " for value in values)
        lines.add(f"return {CLASSES[self._form]}(({text}))")

    def _input(self, node: Input) -> str:
        """Return the source that reads an input."""
        doubtful = self._form is Form.PARTIAL and node.name in self._doubtful
        missing = doubtful or self._form is Form.CAREFUL
        return f"inputs.get({node.name!r})" if missing else f"inputs[{node.name!r}]"


def _leaves(rewritten: Sequence[Node]) -> dict[Node, str]:
    """Return what the first stage gave, with the source that reads it."""
    leaves: dict[Node, str] = {}
    for position, node in enumerate(rewritten):
        if not trivial(node):
            leaves.setdefault(node, f"earlier[{position}]")
    return leaves


def _input_name(node: Input) -> str:
    """Return the local of an input."""
    plain = node.name.isidentifier() and node.name.isascii()
    return f"in_{node.name}" if plain else f"in_{node.name.encode().hex()}"
