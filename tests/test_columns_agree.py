"""Columns give what the generated Python and the reference give: on random programs and rows, and on real packs."""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path

import pytest
from asked_rows import step_request
from random_rows import Drawing, answers, differences
from strategies import Seeded, program

from engine.backends.columnar.rows import table_of
from engine.backends.columnar.shape import shape_of
from engine.backends.columns import compile_columns
from engine.backends.python import compile_program
from engine.backends.reference import Reference
from engine.case import asked, asked_of, case_of
from engine.language.diagnostics import Diagnostics
from engine.program.nodes import And, Arithmetic, Assume, Call, Case, Const, Input, Node, Not, Operator, Or
from engine.program.program import Program, Stage
from engine.program.types import BOOL, MONEY, NUMBER, ListOf, MapOf, Member, Record, Type
from engine.program.walk import Free, postorder
from engine.release import Release, load_release
from simulations.scenarios.read import scenarios_of

pytestmark = pytest.mark.property
ROUNDS = int(os.environ.get("LEEWAY_FUZZ", "1"))
PARTS = 20
PROGRAMS = 15 * ROUNDS
ROWS = 10_000
BY_REFERENCE = 100
FIRST = 0 if "CI" in os.environ else random.randrange(2**32)
RULES = Path(__file__).parent.parent / "rules"

Outputs = list[tuple[str, Node]]
Rows = list[dict[str, object]]
Answers = list[tuple[object, ...]]


def outputs_of(of: Program) -> Outputs:
    """Return all outputs of the only action."""
    return [output for stage in of.stages("act") for output in stage.outputs]


def by_python(of: Program, rows: Rows) -> Answers:
    """Return what the generated Python gives for all stages of the only action."""
    compiled = compile_program(of)
    first, *others = [compiled.stage("act", stage.name) for stage in of.stages("act")]
    found = []
    for row in rows:
        earlier = first(row)
        found.append((*earlier, *(value for run in others for value in run(row, earlier))))
    return found


def by_reference(outputs: Outputs, rows: Rows) -> Answers:
    """Return what the reference gives."""
    free: Free = {}
    found = []
    for row in rows:
        reference = Reference(row, free=free)
        found.append(tuple(reference.value(node) for _, node in outputs))
    return found


def read_by(of: Program) -> Record:
    """Return the inputs that the only action reads."""
    read = {node.name for node in postorder(node for _, node in outputs_of(of)) if isinstance(node, Input)}
    return Record(tuple(member for member in of.inputs if member.name in read))


def facts_for(inputs: Record, seed: int, count: int) -> Rows:
    """Return rows of which all, many or few facts are known."""
    draw = random.Random(seed)
    missing = (0, 0, 0, 0, 0) if seed % 4 == 0 else (0, 40, 12, 5, 3)
    return [
        row
        for place, one in enumerate(missing)
        for row in Drawing(draw, one, calm=(seed + place) % 3 == 0).rows(inputs, count // len(missing))
    ]


@pytest.mark.parametrize("part", range(PARTS))
def test_columns_give_what_python_and_the_reference_give(part: int) -> None:
    for seed in range(FIRST + part * PROGRAMS, FIRST + (part + 1) * PROGRAMS):
        of = program(Seeded(random.Random(seed)), 1 + seed % 4, 2 + seed % 3, calm=seed % 3 == 0)
        outputs, inputs = outputs_of(of), read_by(of)
        rows = facts_for(inputs, seed, ROWS)
        compiled = compile_columns(outputs, {}, inputs)
        found = answers(compiled, compiled.run(table_of(inputs, rows)), outputs)
        names = [name for name, _ in outputs]
        assert not differences(by_python(of, rows), found, names), seed
        some = range(seed % 7, ROWS, ROWS // BY_REFERENCE)
        expected = by_reference(outputs, [rows[place] for place in some])
        assert not differences(expected, [found[place] for place in some], names), seed


def test_both_forms_answer_a_good_share_of_rows_and_agree() -> None:
    fast = careful = 0
    for seed in range(30):
        of = program(Seeded(random.Random(seed)), 3, 3, calm=True)
        outputs, rows = outputs_of(of), Drawing(random.Random(seed), 30, calm=True).rows(of.inputs, 100)
        table = table_of(of.inputs, rows)
        compiled = compile_columns(outputs, {}, of.inputs)
        forms = compiled.forms_for(shape_of(table))
        expected, names = by_reference(outputs, rows), [name for name, _ in outputs]
        assert not differences(expected, answers(compiled, forms.careful.run(table)[0], outputs), names)
        quick, sure = forms.fast.run(table)
        known = range(len(rows)) if sure is None else sure.arg_true().to_list()
        found = answers(compiled, quick, outputs)
        assert not differences([expected[row] for row in known], [found[row] for row in known], names)
        fast, careful = fast + len(known), careful + len(rows) - len(known)
    assert min(fast, careful) > 300, (fast, careful)


FACTS = Record(
    (*(Member(f"b{place}", BOOL) for place in range(5)), *(Member(f"m{place}", MONEY) for place in range(2)))
)


def ceiling(draw: random.Random) -> Node:
    """Return the largest or smallest of amounts under conditions, as rules that allow, deny and cap give them."""
    hits: list[Node] = [Input(f"b{place}", BOOL) for place in range(5)]
    gates: list[Node] = [Not(Or(tuple(draw.sample(hits, 2)), BOOL), BOOL), *hits[:1]]
    neutral = Const(draw.choice((0, 0, 2**62, 5)), MONEY)
    operands = [Case(((condition(draw, hits, gates), amount(draw)),), neutral, MONEY) for _ in range(12)]
    return Call(draw.choice(("max", "max", "min")), (*operands, *draw.choice(((), (Input("m0", MONEY),)))), MONEY)


def condition(draw: random.Random, hits: list[Node], gates: list[Node]) -> Node:
    """Return a condition, behind a gate or not, with something assumed of it or not."""
    hit = draw.choice(hits)
    if draw.randrange(3):
        hit = And((hit, draw.choice(gates)), BOOL)
    return Assume(hit, Const(draw.random() < 0.5, BOOL), BOOL) if draw.randrange(3) else hit


def amount(draw: random.Random) -> Node:
    """Return a constant, a fact or a multiple of one, with something assumed of it or not."""
    fact = Input(draw.choice(("m0", "m1")), MONEY)
    factor = Const(draw.choice((0.1, 0.25, 0.5, 1.5, -0.5, 1e-7)), NUMBER)
    found = draw.choice((fact, Arithmetic(Operator.MUL, fact, factor, MONEY)))
    assumed = Assume(found, Const(0, MONEY), MONEY)
    return draw.choice((found, assumed, Const(draw.choice((0, 3, 50, 900, -4)), MONEY)))


def test_amounts_under_conditions_are_those_of_the_reference() -> None:
    for seed in range(FIRST, FIRST + 40 * ROUNDS):
        draw = random.Random(seed)
        outputs = [("most", ceiling(draw))]
        rows = Drawing(draw, 4 + seed % 20).rows(FACTS, 200)
        compiled = compile_columns(outputs, {}, FACTS)
        found = answers(compiled, compiled.run(table_of(FACTS, rows)), outputs)
        assert not differences(by_reference(outputs, rows), found, ["most"]), seed


@cache
def release(pack: str) -> Release:
    return load_release(RULES / pack)


def spoilt(value: object, type_: Type, draw: random.Random, share: int) -> object:
    """Return a value with one member in so many absent from its records."""
    match value, type_:
        case dict(), Record():
            there = [member for member in type_ if member.name in value and draw.randrange(share)]
            return {member.name: spoilt(value[member.name], member.type, draw, share) for member in there}
        case tuple(), ListOf(item=item):
            return tuple(spoilt(each, item, draw, share) for each in value)
        case dict(), MapOf(value=of):
            return {key: spoilt(each, of, draw, share) for key, each in value.items()}
        case _:
            return value


def rows_for(pack: str, action: str) -> Rows:
    """Return what an action reads of every scenario of a pack, as it is and with facts left out."""
    of, draw = release(pack), random.Random(action)
    rows: Rows = []
    for one in scenarios_of(RULES / pack, Diagnostics()):
        request = step_request(of, one)
        case = case_of(of, request, "r")
        if request.ask is not None and request.ask.action == action:
            inputs = asked_of(of, case, request.ask).inputs
        else:
            inputs = asked(of.policy.plans[action], case, 0, {}).inputs
        rows.append(inputs)
        for share in (30, 6):
            left = spoilt(inputs, of.policy.inputs, draw, share)
            assert isinstance(left, dict)
            rows.append(left)
    return rows


def decided(of: Release, action: str, stages: tuple[Stage, ...], row: dict[str, object]) -> tuple[object, ...]:
    """Return what all stages of an action give."""
    first, *others = [of.compiled.stage(action, stage.name) for stage in stages]
    earlier = first(row)
    return (*earlier, *(value for run in others for value in run(row, earlier)))


@pytest.mark.parametrize("part", range(6))
@pytest.mark.parametrize("pack", ["airline", "telecom"])
def test_every_stage_of_a_real_pack_gives_the_same_in_columns(pack: str, part: int) -> None:
    of = release(pack)
    for action, stages in of.policy.program.actions[part::6]:
        rows = rows_for(pack, action)
        named = [(f"{stage.name}:{name}", node) for stage in stages for name, node in stage.outputs]
        outputs = [(f"{place} {name}", node) for place, (name, node) in enumerate(named)]
        compiled = compile_columns(outputs, {}, of.policy.inputs)
        found = answers(compiled, compiled.run(table_of(of.policy.inputs, rows)), outputs)
        expected = [decided(of, action, stages, row) for row in rows]
        assert not differences(expected, found, [name for name, _ in outputs]), action
