"""The meaning of every node, clause by clause of its docstring."""

from __future__ import annotations

import pytest

from engine.backends.reference import Reference, evaluate
from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    AtLeast,
    Call,
    Case,
    Compare,
    Comparison,
    Const,
    Contains,
    Failure,
    Field,
    Given,
    Has,
    Index,
    Input,
    Items,
    Known,
    Named,
    Node,
    Not,
    Operator,
    Or,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.types import BOOL, INT, NULL, NUMBER, TEXT, ListOf, MapOf, Member, Record, nullable

T, F = Const(True, BOOL), Const(False, BOOL)
U = Input("absent", BOOL)
UNKNOWN_INT = Input("absent_int", INT)
LISTED = ListOf(INT)
ITEM = Variable(0, "x", INT)
PERSON = Record((Member("name", TEXT), Member("age", INT)))


def value(node: Node, **inputs: object) -> object:
    return evaluate(node, inputs)


def number(of: int) -> Node:
    return Const(of, INT)


def numbers(*of: int) -> Node:
    return Const(of, LISTED)


def compare(left: Node, op: str, right: Node) -> Node:
    return Compare(Comparison(op), left, right, BOOL)


def quantify(kind: Quantifier, over: Node, body: Node, gives: object = BOOL) -> object:
    return value(Quantify(kind, 0, over, body, gives))  # type: ignore[arg-type]


def over(limit: int) -> Node:
    """The item is above the limit; unknown where it is 0."""
    return Case(((compare(ITEM, "==", number(0)), U),), compare(ITEM, ">", number(limit)), BOOL)


def test_a_constant_is_known_and_null_is_a_value() -> None:
    assert value(number(3)) == 3
    assert value(Const(NULL, nullable(TEXT))) is NULL


def test_a_failure_and_an_absent_input_are_unknown() -> None:
    assert value(Failure(INT)) is None
    assert value(U) is None
    assert value(Input("n", INT), n=3) == 3


def test_a_member_is_unknown_when_it_or_its_record_is_absent_and_fails_of_null() -> None:
    name = Field(Input("person", PERSON), "name", TEXT)
    assert value(name, person={"name": "Ada"}) == "Ada"
    assert value(name, person={}) is None
    assert value(name) is None
    assert value(name, person=NULL) is None


def test_an_index_fails_outside_of_the_list_or_map() -> None:
    assert [value(Index(numbers(7, 8), number(at), INT)) for at in (0, 1, 2, -1)] == [7, 8, None, None]
    entries = Const({"a": 1}, MapOf(INT))
    assert [value(Index(entries, Const(key, TEXT), INT)) for key in ("a", "b")] == [1, None]
    assert value(Index(numbers(7), UNKNOWN_INT, INT)) is None


def test_given_fails_of_null() -> None:
    assert value(Given(Input("n", nullable(INT)), INT), n=NULL) is None
    assert value(Given(Input("n", nullable(INT)), INT), n=3) == 3


def test_not_turns_true_and_false_around_and_keeps_unknown() -> None:
    assert [value(Not(of, BOOL)) for of in (T, F, U)] == [False, True, None]


@pytest.mark.parametrize(
    ("items", "gives"),
    [((), True), ((T, T), True), ((T, U), None), ((U, F), False), ((F, U), False), ((Failure(BOOL), F), False)],
)
def test_and_is_false_when_any_is_else_unknown_when_any_is(items: tuple[Node, ...], gives: bool | None) -> None:
    assert value(And(items, BOOL)) is gives


@pytest.mark.parametrize(
    ("items", "gives"),
    [((), False), ((F, F), False), ((F, U), None), ((U, T), True), ((T, U), True), ((Failure(BOOL), T), True)],
)
def test_or_is_true_when_any_is_else_unknown_when_any_is(items: tuple[Node, ...], gives: bool | None) -> None:
    assert value(Or(items, BOOL)) is gives


@pytest.mark.parametrize(
    ("count", "items", "gives"),
    [
        (2, (T, T, U), True),
        (2, (T, U, F), None),
        (2, (U, F, F), False),
        (0, (), True),
        (1, (), False),
        (2, (U, U, F), None),
    ],
)
def test_at_least_is_decided_when_the_unknown_ones_cannot_change_it(
    count: int, items: tuple[Node, ...], gives: bool | None
) -> None:
    assert value(AtLeast(count, items, BOOL)) is gives


def test_comparing_takes_null_as_equal_to_null_alone() -> None:
    null, text = Const(NULL, nullable(TEXT)), Const("a", nullable(TEXT))
    assert [value(compare(null, op, text)) for op in ("==", "!=")] == [False, True]
    assert value(compare(null, "==", null)) is True
    assert value(compare(null, "==", Input("absent", TEXT))) is None


def test_comparing_an_int_with_a_number_is_exact() -> None:
    assert value(compare(number(2**53 + 1), ">", Const(float(2**53), NUMBER))) is True
    assert value(compare(number(1), "==", Const(1.0, NUMBER))) is True


def test_comparing_lists_goes_item_by_item_and_texts_by_code_point() -> None:
    assert value(compare(numbers(1, 2), "==", numbers(1, 2))) is True
    assert value(compare(numbers(1, 2), "!=", numbers(2, 1))) is True
    assert value(compare(Const("Z", TEXT), "<", Const("a", TEXT))) is True
    assert value(compare(Const("\U00010000", TEXT), ">", Const("\uffff", TEXT))) is True
    assert value(compare(F, "<", T)) is True


def test_arithmetic_is_unknown_of_an_unknown_and_when_it_fails() -> None:
    assert value(Arithmetic(Operator.ADD, number(1), number(2), INT)) == 3
    assert value(Arithmetic(Operator.ADD, number(1), UNKNOWN_INT, INT)) is None
    assert value(Arithmetic(Operator.ADD, number(2**63 - 1), number(1), INT)) is None


def test_a_choice_takes_the_first_true_branch_and_is_unknown_behind_an_unknown_condition() -> None:
    def choice(*branches: tuple[Node, Node]) -> object:
        return value(Case(branches, number(9), INT))

    assert choice((F, number(1)), (T, number(2)), (U, number(3))) == 2
    assert choice((F, number(1)), (U, number(2)), (T, number(3))) is None
    assert choice((T, number(1)), (T, UNKNOWN_INT)) == 1
    assert choice((T, UNKNOWN_INT), (T, number(1))) is None
    assert choice((F, number(1))) == 9
    assert value(Case(((T, Const(NULL, nullable(INT))),), number(1), nullable(INT))) is NULL


def test_contains_finds_an_item_in_a_list_null_included_and_a_key_in_a_map() -> None:
    items = Const(("a", NULL), ListOf(nullable(TEXT)))
    assert value(Contains(Const(NULL, nullable(TEXT)), items, BOOL)) is True
    assert value(Contains(Const("b", TEXT), items, BOOL)) is False
    assert value(Contains(Const("a", TEXT), Const({"a": 1}, MapOf(INT)), BOOL)) is True
    assert value(Contains(Input("absent", TEXT), items, BOOL)) is None


def test_has_tells_null_from_a_value_and_is_unknown_of_an_unknown() -> None:
    of = Has(Input("n", nullable(INT)), BOOL)
    assert [value(of, n=3), value(of, n=NULL), value(of)] == [True, False, None]


def test_a_call_is_unknown_of_an_unknown_and_when_it_fails() -> None:
    assert value(Call("size_text", (Const("né", TEXT),), INT)) == 2
    assert value(Call("int_of_text", (Const("x", TEXT),), INT)) is None
    assert value(Call("max", (number(1), UNKNOWN_INT), INT)) is None


def test_items_are_unknown_when_any_is() -> None:
    assert value(Items((number(1), number(2)), LISTED)) == (1, 2)
    assert value(Items((number(1), UNKNOWN_INT), LISTED)) is None


@pytest.mark.parametrize(
    ("kind", "items", "gives"),
    [
        (Quantifier.ALL, (), True),
        (Quantifier.ALL, (2, 0), None),
        (Quantifier.ALL, (0, 1), False),
        (Quantifier.EXISTS, (), False),
        (Quantifier.EXISTS, (1, 0), None),
        (Quantifier.EXISTS, (0, 2), True),
        (Quantifier.EXISTS_ONE, (2, 1), True),
        (Quantifier.EXISTS_ONE, (2, 0), None),
        (Quantifier.EXISTS_ONE, (2, 0, 3), False),
        (Quantifier.EXISTS_ONE, (1,), False),
        (Quantifier.COUNT, (2, 3, 1), 2),
        (Quantifier.COUNT, (2, 0), None),
        (Quantifier.FILTER, (2, 1, 3), (2, 3)),
        (Quantifier.FILTER, (2, 0), None),
        (Quantifier.MAP, (2, 1), (True, False)),
        (Quantifier.MAP, (2, 0), None),
        (Quantifier.FIND, (1, 3, 2), 3),
        (Quantifier.FIND, (3, 0), 3),
        (Quantifier.FIND, (0, 3), None),
        (Quantifier.FIND, (1,), None),
    ],
)
def test_quantifiers_by_what_their_bodies_are(kind: Quantifier, items: tuple[int, ...], gives: object) -> None:
    assert quantify(kind, numbers(*items), over(1)) == gives


def test_a_quantifier_over_an_unknown_list_is_unknown() -> None:
    assert [quantify(kind, Input("absent", LISTED), T) for kind in Quantifier] == [None] * len(Quantifier)


def test_a_quantifier_over_a_map_goes_over_its_keys_in_order() -> None:
    key = Variable(0, "k", TEXT)
    assert quantify(Quantifier.MAP, Const({"b": 1, "a": 2}, MapOf(INT)), key, ListOf(TEXT)) == ("a", "b")


def test_inner_quantifiers_read_the_variables_of_outer_ones() -> None:
    inner = Quantify(Quantifier.ALL, 1, numbers(1, 2, 3), compare(Variable(1, "y", INT), "<=", ITEM), BOOL)
    assert quantify(Quantifier.FILTER, numbers(2, 3, 4), inner, LISTED) == (3, 4)


def test_known_and_assume_are_never_unknown_themselves() -> None:
    assert [value(Known(of, BOOL)) for of in (T, F, U)] == [True, True, False]
    assert [value(Assume(of, T, BOOL)) for of in (T, F, U)] == [True, False, True]
    assert value(Assume(U, U, BOOL)) is None


def test_a_name_changes_nothing() -> None:
    assert value(Named("limit", number(3), ("the limit of ", U), INT)) == 3


def test_an_explanation_can_look_at_the_value_of_each_item() -> None:
    positive = compare(ITEM, ">", number(0))
    some = Quantify(Quantifier.ALL, 0, Input("numbers", LISTED), positive, BOOL)
    reference = Reference({"numbers": (1, -1)})
    assert reference.value(some) is False
    assert [(item, inner.value(positive)) for item, inner in reference.items(some)] == [(1, True), (-1, False)]
    assert Reference({}).items(some) == ()


def test_cases_may_share_what_is_known_of_variables() -> None:
    some = Quantify(Quantifier.EXISTS, 0, Input("numbers", LISTED), compare(ITEM, "==", number(1)), BOOL)
    free: dict[Node, frozenset[int]] = {}
    assert Reference({"numbers": (1,)}, free=free).value(some) is True
    assert free[some] == frozenset()
    assert Reference({"numbers": (2,)}, free=free).value(some) is False
