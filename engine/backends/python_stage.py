"""Source of a stage: one function for each form, each falling back on the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from engine.backends.python_lines import Constants, Lines
from engine.backends.python_plan import plan, trivial
from engine.backends.python_risk import Form
from engine.backends.python_source import Source
from engine.backends.simplify import Simplifier
from engine.program.nodes import Assume, Input, Named, Node
from engine.program.program import Stage

CLASSES: Final = {Form.FAST: "", Form.PARTIAL: "Partial", Form.CAREFUL: "Careful"}
"""What a form's outputs are, so that a later stage knows what it may take as known."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What a form of the last of some stages is written from."""

    stages: Sequence[Stage]
    form: Form
    doubtful: Collection[str]
    lines: Lines

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The outputs of all the stages."""
        return tuple(node for stage in self.stages for _, node in stage.outputs)


def stage_source(stages: Sequence[Stage], constants: Constants, doubtful: Collection[str]) -> tuple[str, str]:
    """Return the name and the source of the last of some stages."""
    place, stage = len(stages) - 1, stages[-1]
    name = f"stage_{place}_{stage.name}" if stage.name.isidentifier() else f"stage_{place}"
    names = {Form.CAREFUL: f"{name}_careful", Form.PARTIAL: f"{name}_partial", Form.FAST: name}
    forms = [form for form in names if form is not Form.PARTIAL or doubtful]
    texts = []
    for form, fallback in zip(forms, [None, *forms], strict=False):
        writing = Writing(stages, form, doubtful, Lines(constants))
        _form(writing, names[fallback] if fallback else "")
        texts.append(f"def {names[form]}(inputs, earlier=()):\n{writing.lines.text()}")
    return name, "\n\n".join(texts)


def _form(writing: Writing, fallback: str) -> None:
    """Write a form, which falls back on another where it gives up."""
    if not fallback:
        _body(writing)
        return
    lines = writing.lines
    with lines.block("try:"):
        for place in range(len(writing.stages) - 1):
            fast = writing.form is Form.FAST
            test = "is not tuple" if fast else "is Careful"
            with lines.block(f"if earlier[{place}].__class__ {test}:"):
                lines.add(f"return {fallback}(inputs, earlier)")
        _body(writing)
    with lines.block("except GIVE_UP:"):
        lines.add(f"return {fallback}(inputs, earlier)")


def _body(writing: Writing) -> None:
    """Write the statements of a form."""
    rewritten = _simplifier(writing).rewrite(writing.outputs)
    outputs = rewritten[len(rewritten) - len(writing.stages[-1].outputs) :]
    leaves = _leaves(writing.stages[:-1], rewritten)
    planned = plan(outputs, leaves.keys(), writing.form, writing.doubtful)
    known: dict[Node, str] = {}
    for node in planned.order:
        if node in leaves:
            known[node] = f"e{len(known)}"
            writing.lines.add(f"{known[node]} = {leaves[node]}")
        elif isinstance(node, Input):
            known[node] = _input_name(node)
            writing.lines.add(f"{known[node]} = {_input(node, writing)}")
    values = Source(planned, known, writing.lines).outputs(outputs)
    text = "".join(f"{value}, " for value in values)
    writing.lines.add(f"return {CLASSES[writing.form]}(({text}))")


def _simplifier(writing: Writing) -> Simplifier:
    """Return what rewrites the outputs for a form."""
    match writing.form:
        case Form.FAST:
            return Simplifier(frozenset(), _evaluated(writing.outputs))
        case Form.PARTIAL:
            return Simplifier(frozenset(writing.doubtful), _evaluated(writing.outputs))
        case Form.CAREFUL:
            return Simplifier()


def _evaluated(outputs: Sequence[Node]) -> set[Node]:
    """Return the nodes that a form evaluates in any case: outputs, and what these are assumed of."""
    found = set(outputs)
    for node in outputs:
        inner = node
        while isinstance(inner, Named | Assume):
            inner = inner.of
            found.add(inner)
    return found


def _leaves(stages: Sequence[Stage], rewritten: Sequence[Node]) -> dict[Node, str]:
    """Return what earlier stages gave, with the source that reads it."""
    leaves: dict[Node, str] = {}
    nodes = iter(rewritten)
    for number, stage in enumerate(stages):
        for position, (_, node) in enumerate(zip(stage.outputs, nodes, strict=False)):
            if not trivial(node):
                leaves.setdefault(node, f"earlier[{number}][{position}]")
    return leaves


def _input(node: Input, writing: Writing) -> str:
    """Return the source that reads an input."""
    doubtful = writing.form is Form.PARTIAL and node.name in writing.doubtful
    return f"inputs.get({node.name!r})" if doubtful or writing.form is Form.CAREFUL else f"inputs[{node.name!r}]"


def _input_name(node: Input) -> str:
    """Return the local of an input."""
    plain = node.name.isidentifier() and node.name.isascii()
    return f"in_{node.name}" if plain else f"in_{node.name.encode().hex()}"
