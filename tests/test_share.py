"""Equal nodes are one object, and simpler ones mean the same."""

from __future__ import annotations

import random

from strategies import Seeded, program

from engine.backends.simplify import Simplifier, Stripper
from engine.program.nodes import (
    And,
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
    Not,
    Or,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.program import Program, Stage
from engine.program.share import share
from engine.program.types import BOOL, INT, NULL, NUMBER, TEXT, ListOf, Member, Record, nullable
from engine.program.walk import mentions, operands, postorder, rebuilt

T, F = Const(True, BOOL), Const(False, BOOL)
A, B = Input("a", BOOL), Input("b", BOOL)
N = Input("n", INT)


def shared(*nodes: Node) -> tuple[Node, ...]:
    stage = Stage("all", tuple((f"o{place}", node) for place, node in enumerate(nodes)))
    of = share(Program(Record(()), (("act", (stage,)),)))
    return tuple(node for _, node in of.stages("act")[0].outputs)


def simple(node: Node) -> Node:
    return Simplifier().rewrite([node])[0]


def limit(value: object = 3) -> Node:
    return Compare(Comparison.GT, Input("n", INT), Const(value, INT), BOOL)


def test_equal_nodes_become_one() -> None:
    one, other, third = shared(limit(), limit(), limit(4))
    assert one is other
    assert one is not third


def test_constants_that_only_compare_equal_stay_apart() -> None:
    values: tuple[object, ...] = (1, 1.0, True, 0.0, -0.0, (1,), (1.0,), {"a": 1}, {"a": True}, NULL)
    made = shared(*(Const(value, NUMBER) for value in values))
    assert len(set(made)) == len(values)


def test_nodes_of_other_types_stay_apart() -> None:
    one, other = shared(Input("a", TEXT), Input("a", nullable(TEXT)))
    assert one is not other


def test_quantifiers_that_differ_in_the_name_of_the_variable_alone_are_one() -> None:
    def some(name: str) -> Node:
        body = Compare(Comparison.GT, Variable(0, name, INT), Const(0, INT), BOOL)
        return Quantify(Quantifier.EXISTS, 0, Input("list", ListOf(INT)), body, BOOL)

    one, other = shared(some("s"), some("segment"))
    assert one is other


def test_words_are_shared_too_and_tell_names_apart() -> None:
    one, other, third = shared(
        Named("x", limit(), ("over ", limit()), BOOL),
        Named("x", limit(), ("over ", limit()), BOOL),
        Named("y", limit(), (), BOOL),
    )
    assert one is other
    assert one is not third
    assert isinstance(one, Named)
    assert isinstance(third, Named)
    assert one.of is third.of is one.words[1]


def test_a_program_is_shared_across_actions_and_stages() -> None:
    stages = (Stage("one", (("x", limit()),)), Stage("two", (("y", Not(limit(), BOOL)),)))
    of = share(Program(Record(()), (("a", stages), ("b", stages))))
    first = of.stages("a")[0].outputs[0][1]
    assert operands(of.stages("b")[1].outputs[0][1]) == (first,)


def test_sharing_twice_changes_nothing() -> None:
    once = program(Seeded(random.Random(1)))
    again = share(once)
    assert again == once


def test_a_deep_expression_is_shared() -> None:
    node: Node = A
    for _ in range(5000):
        node = Not(node, BOOL)
    (one,) = shared(node)
    assert len(postorder([one])) == 5001


def test_types_with_a_default_that_is_a_map_are_no_problem() -> None:
    record = Record((Member("options", ListOf(INT), default=({"a": 1},)),))
    one, other = shared(Input("r", record), Input("r", record))
    assert one is other


def test_every_node_is_rebuilt_from_its_parts() -> None:
    of = program(Seeded(random.Random(2)), outputs=12)
    for node in postorder([node for stage in of.stages("act") for _, node in stage.outputs], mentions):
        assert rebuilt(node, mentions(node)) is node
        if mentions(node):
            parts = tuple(Failure(part.type) for part in mentions(node))
            made = rebuilt(node, parts)
            assert type(made) is type(node)
            assert mentions(made) == parts


def test_constants_fold_and_failures_spread() -> None:
    folded = simple(Compare(Comparison.GT, Const(2, INT), Const(1, INT), BOOL))
    assert isinstance(folded, Const)
    assert folded.value is True
    assert isinstance(simple(Not(Failure(BOOL), BOOL)), Failure)


def test_logic_drops_what_does_not_matter() -> None:
    pairs = [
        (And((A, T, A), BOOL), A),
        (And((A, F), BOOL), F),
        (Or((F, A), BOOL), A),
        (Or((A, T), BOOL), T),
        (Not(Not(A, BOOL), BOOL), A),
        (AtLeast(0, (A,), BOOL), T),
        (AtLeast(3, (A, B), BOOL), F),
        (AtLeast(1, (A, B), BOOL), Or((A, B), BOOL)),
        (AtLeast(2, (A, B), BOOL), And((A, B), BOOL)),
        (Compare(Comparison.EQ, A, F, BOOL), Not(A, BOOL)),
        (Case(((F, B), (T, A)), B, BOOL), A),
        (Case(((A, T),), F, BOOL), A),
        (Case(((A, B),), Case(((B, T),), B, BOOL), BOOL), Case(((A, B), (B, T)), B, BOOL)),
        (Known(Failure(BOOL), BOOL), F),
        (Known(Known(A, BOOL), BOOL), T),
        (Assume(Failure(BOOL), A, BOOL), A),
        (Given(N, INT), N),
        (Quantify(Quantifier.ALL, 0, Const((), ListOf(INT)), A, BOOL), T),
        (Named("x", A, ("words",), BOOL), A),
    ]
    for node, smaller in pairs:
        rewritten = Simplifier().rewrite([node, smaller])
        assert rewritten[0] is rewritten[1], node


def test_what_may_be_unknown_is_not_folded_away() -> None:
    for node in (Or((A, Not(A, BOOL)), BOOL), Case(((A, T),), T, BOOL), Known(A, BOOL), Assume(A, T, BOOL)):
        assert not isinstance(simple(node), Const)


def test_stripping_makes_certain_and_possible_one_but_for_doubtful_inputs() -> None:
    ask = Field(Input("ask", Record((Member("x", BOOL),))), "x", BOOL)
    for of, same in ((A, True), (ask, False)):
        one, other = Stripper(Simplifier(), ["ask"]).rewrite([Assume(of, T, BOOL), Assume(of, F, BOOL)])
        assert (one is other) is same
