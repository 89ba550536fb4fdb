"""The generated Python gives what the reference gives, on random programs and random facts with some knocked out."""

from __future__ import annotations

import os
import pickle
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import Seeded, facts, program, programs

from engine.backends.python import Compiled, compile_program
from engine.backends.python_runtime import Careful, Partial
from engine.backends.reference import Reference
from engine.backends.simplify import Simplifier
from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    Call,
    Case,
    Compare,
    Comparison,
    Const,
    Field,
    Given,
    Has,
    Input,
    Known,
    Node,
    Not,
    Operator,
    Or,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.program import Program, Stage
from engine.program.share import share
from engine.program.types import BOOL, INT, MONEY, NULL, TEXT, ListOf, Member, Record, nullable
from engine.program.walk import Free

ROUNDS = int(os.environ.get("LEEWAY_FUZZ", "1"))
PROGRAMS = 50 * ROUNDS
FACTS = 30
MISSING = (0, 3, 12, 5, 30)
fuzz = settings(max_examples=PROGRAMS, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


def stage_values(of: Program, inputs: dict[str, object], free: Free | None = None) -> list[tuple[object, ...]]:
    """Return what the reference gives for each stage of the only action."""
    reference = Reference(inputs, free=free)
    return [tuple(reference.value(node) for _, node in stage.outputs) for stage in of.stages("act")]


def run(of: Program, compiled: Compiled, inputs: dict[str, object]) -> list[tuple[object, ...]]:
    """Return what the generated functions give for each stage of the only action."""
    given: list[tuple[object, ...]] = []
    for stage in of.stages("act"):
        given.append(compiled.stage("act", stage.name)(inputs, given[0] if given else ()))
    return given


def written(outputs: list[tuple[object, ...]]) -> list[str]:
    """Return outputs so that 1, 1.0 and true differ."""
    return [repr(tuple(stage)) for stage in outputs]


def check(of: Program, compiled: Compiled, seed: int, doubtful: list[str], calm: bool) -> None:
    chooser, free = Seeded(random.Random(seed)), Free()
    for place in range(FACTS):
        only = doubtful if place % 4 else ()
        inputs = facts(of.inputs, chooser, MISSING[place % len(MISSING)], calm or place % 7 == 0, only)
        assert written(run(of, compiled, inputs)) == written(stage_values(of, inputs, free)), inputs


SEEDS = st.integers(0, 2**32)
"""A seed does not shrink; the number of outputs and the depth beside it do."""


@pytest.mark.property
@pytest.mark.parametrize("calm", [True, False])
@pytest.mark.parametrize("doubt", [0, 1, 2, 3])
def test_python_gives_what_the_reference_gives(calm: bool, doubt: int) -> None:
    @fuzz
    @given(SEEDS, st.integers(1, 6), st.integers(2, 4))
    def holds(seed: int, outputs: int, depth: int) -> None:
        of = program(Seeded(random.Random(seed)), outputs, depth, calm)
        doubtful = [
            member.name for place, member in enumerate(of.inputs) if doubt and (place + seed) % (5 - doubt) == 0
        ]
        check(of, compile_program(of, doubtful), seed, doubtful, calm)

    holds()


@pytest.mark.property
@settings(fuzz, max_examples=20 * ROUNDS)
@given(programs(outputs=2, depth=3), SEEDS)
def test_python_gives_what_the_reference_gives_on_programs_that_shrink(of: Program, seed: int) -> None:
    check(of, compile_program(of), seed, [], calm=False)


@pytest.mark.property
@fuzz
@given(SEEDS, st.integers(1, 4), st.integers(2, 4))
def test_simplifying_keeps_the_meaning(seed: int, outputs: int, depth: int) -> None:
    chooser, free = Seeded(random.Random(seed)), Free()
    of = program(chooser, outputs, depth)
    nodes = [node for stage in of.stages("act") for _, node in stage.outputs]
    simple = Simplifier().rewrite(nodes)
    for place in range(FACTS):
        inputs = facts(of.inputs, chooser, MISSING[place % len(MISSING)], place % 3 == 0)
        reference = Reference(inputs, free=free)
        assert [repr(reference.value(node)) for node in simple] == [repr(reference.value(node)) for node in nodes]


def test_every_form_answers_a_good_share_of_random_cases() -> None:
    answered: Counter[type] = Counter()
    for seed in range(40):
        chooser = Seeded(random.Random(seed))
        of = program(chooser, calm=True)
        doubtful = [member.name for member in of.inputs][::3]
        compiled = compile_program(of, doubtful)
        for missing in (0, 0, 8, 8):
            inputs = facts(of.inputs, chooser, missing, calm=True, only=doubtful if missing else ())
            answered.update(map(type, run(of, compiled, inputs)))
        answered.update(map(type, run(of, compiled, facts(of.inputs, chooser, 4, calm=True))))
    assert min(answered[form] for form in (tuple, Partial, Careful)) > 40


NUMBERS = Input("numbers", ListOf(INT))
N = Input("n", INT)
ASKED = Record((Member("amount", MONEY),))
CUSTOMER = Record((Member("tier", TEXT), Member("since", nullable(INT))))
INPUTS = Record((Member("n", INT), Member("numbers", ListOf(INT)), Member("ask", ASKED), Member("customer", CUSTOMER)))
TIER = Field(Input("customer", CUSTOMER), "tier", TEXT)
SINCE = Field(Input("customer", CUSTOMER), "since", nullable(INT))


def programmed(*stages: tuple[Node, ...]) -> Program:
    made = tuple(
        Stage(f"s{place}", tuple((f"o{number}", node) for number, node in enumerate(nodes)))
        for place, nodes in enumerate(stages)
    )
    return share(Program(INPUTS, (("act", made),)))


def is_(left: Node, value: object) -> Node:
    return Compare(Comparison.EQ, left, Const(value, left.type), BOOL)


def agree(of: Program, *cases: dict[str, object]) -> list[list[tuple[object, ...]]]:
    compiled = compile_program(of)
    given = [run(of, compiled, case) for case in cases]
    assert [written(one) for one in given] == [written(stage_values(of, case)) for case in cases]
    return given


def test_an_expression_nested_two_thousand_deep_is_no_problem() -> None:
    total: Node = N
    choice: Node = is_(N, 0)
    for step in range(2000):
        total = Arithmetic(Operator.ADD, total, N, INT)
        choice = Or((And((choice, Not(is_(N, step), BOOL)), BOOL), is_(N, -step)), BOOL)
    given = agree(programmed((total, choice)), {"n": 3}, {})
    assert given[0][0] == (6003, False)
    assert given[1][0] == (None, None)


def test_a_loop_within_eight_loops_is_no_problem() -> None:
    body: Node = Compare(Comparison.GT, Variable(8, "v8", INT), Variable(0, "v0", INT), BOOL)
    for depth in reversed(range(9)):
        body = Quantify(Quantifier.EXISTS, depth, NUMBERS, body, BOOL)
    assert agree(programmed((body,)), {"numbers": (1, 2)}, {"numbers": ()}, {})[0][0] == (True,)


def test_a_conjunction_and_a_choice_of_a_thousand_are_no_problem() -> None:
    conditions = tuple(Not(is_(N, step), BOOL) for step in range(1000))
    branches = tuple((is_(N, step), Arithmetic(Operator.MUL, N, Const(step, INT), INT)) for step in range(1000))
    given = agree(programmed((And(conditions, BOOL), Case(branches, N, INT))), {"n": 999}, {"n": 1000}, {})
    assert [stages[0] for stages in given] == [(False, 998001), (True, 1000), (None, None)]


def test_a_choice_among_constants_is_looked_up_in_a_table() -> None:
    branches = tuple((is_(TIER, f"t{step}"), Const(step, INT)) for step in range(50))
    pairs = tuple((And((is_(TIER, f"t{step}"), is_(N, step)), BOOL), Const(step, INT)) for step in range(50))
    of = programmed((Case(branches, N, INT), Case(pairs, Const(-1, INT), INT)))
    known = {"n": 7, "customer": {"tier": "t7"}}
    given = agree(of, known, {**known, "n": 8}, {"n": 8}, {"customer": {"tier": "x"}})
    assert [stages[0] for stages in given] == [(7, 7), (7, -1), (None, None), (None, -1)]
    assert ".get(" in compile_program(of).source("act").split("def stage_0_s0_partial")[0]


def test_a_guard_keeps_a_null_from_giving_up_the_fast_form() -> None:
    """A comparison behind `has` is used twice, so it is computed early; a null must not fail it."""
    since = Given(SINCE, INT)
    old = Compare(Comparison.GT, Arithmetic(Operator.SUB, N, since, INT), Const(5, INT), BOOL)
    both = (And((Has(SINCE, BOOL), old), BOOL), Or((Not(Has(SINCE, BOOL), BOOL), old), BOOL))
    given = agree(programmed(both), {"n": 9, "customer": {"since": NULL}}, {"n": 9, "customer": {"since": 1}})
    assert [stages[0] for stages in given] == [(False, True), (True, True)]
    assert [type(stages[0]) for stages in given] == [tuple, tuple]


def test_what_is_assumed_of_a_doubtful_input_is_kept_in_the_partial_form() -> None:
    amount = Field(Input("ask", ASKED), "amount", MONEY)
    over = Compare(Comparison.GT, amount, Const(100, MONEY), BOOL)
    certain, possible = Assume(over, Const(False, BOOL), BOOL), Assume(over, Const(True, BOOL), BOOL)
    of = programmed((over, certain, possible, is_(TIER, "a")), (Not(certain, BOOL), Known(over, BOOL)))
    known: dict[str, object] = {"customer": {"tier": "a"}, "ask": {}}
    given = agree(of, known, {**known, "ask": {"amount": 200}}, {"ask": {"amount": 200}, "customer": {}})
    assert [type(stages[0]) for stages in given] == [Partial, tuple, Careful]
    assert given[0] == [(None, False, True, True), (True, False)]


def test_a_later_stage_takes_nothing_as_known_that_an_earlier_one_did_not_find() -> None:
    """`assumed` has a value although `over` has none; the second stage must not take it for that of `over`."""
    over = Compare(Comparison.GT, N, Const(100, INT), BOOL)
    assumed, possible = Assume(over, Const(False, BOOL), BOOL), Assume(over, Const(True, BOOL), BOOL)
    given = agree(programmed((assumed,), (possible, is_(TIER, "a"))), {"customer": {"tier": "a"}})
    assert given[0] == [(False,), (True, True)]


def test_a_later_stage_reads_what_an_earlier_one_found() -> None:
    total = Call("sum_list", (NUMBERS,), INT)
    source = compile_program(programmed((total,), (Arithmetic(Operator.ADD, total, N, INT),))).source("act")
    fast = source.split("def stage_1_s1(")[1].split("def ")[0]
    assert "earlier[0]" in fast
    assert "sum_list" not in fast


def test_source_is_the_same_on_every_compilation() -> None:
    one, other = (program(Seeded(random.Random(5))) for _ in range(2))
    assert compile_program(one).source("act") == compile_program(other).source("act")
    run(one, late := compile_program(one), {})
    assert late.source("act") == compile_program(one).source("act")


def test_compiled_programs_pickle_without_the_program() -> None:
    of = program(Seeded(random.Random(3)), calm=True)
    compiled = compile_program(of)
    again = pickle.loads(pickle.dumps(compiled))
    inputs = facts(of.inputs, Seeded(random.Random(4)), 20)
    assert written(run(of, again, inputs)) == written(run(of, compiled, inputs))
    assert again.source("act") == compiled.source("act")


def test_an_unknown_action_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        compile_program(programmed((N,))).stage("other", "decide")
