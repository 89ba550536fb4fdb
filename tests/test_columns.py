"""Expressions over the rows of a table: what each form of value gives, unknown and none included."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import polars as pl
import pytest
from random_rows import answers, differences

from engine.backends.columnar.rows import table_of, take
from engine.backends.columnar.shape import shape_of
from engine.backends.columnar.table import Items as Lists
from engine.backends.columnar.table import Table
from engine.backends.columns import compile_columns
from engine.backends.reference import evaluate
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
    Field,
    Given,
    Has,
    Index,
    Input,
    Items,
    Known,
    Node,
    Not,
    Operator,
    Or,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.types import (
    BOOL,
    INT,
    MONEY,
    NULL,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Enum,
    ListOf,
    MapOf,
    Member,
    Null,
    Record,
    Type,
    nullable,
)

COLOUR = Enum(("red", "green", "blue"))
SHADE = Enum(("blue", "black"))
THING = Record((Member("n", INT), Member("kind", COLOUR), Member("tags", ListOf(TEXT))))
INPUTS = Record(
    (
        Member("n", INT),
        Member("flag", BOOL),
        Member("share", NUMBER),
        Member("total", MONEY),
        Member("colour", COLOUR),
        Member("shade", SHADE),
        Member("note", TEXT),
        Member("maybe", nullable(INT)),
        Member("numbers", ListOf(INT)),
        Member("others", ListOf(INT)),
        Member("shares", ListOf(NUMBER)),
        Member("spare", nullable(ListOf(INT))),
        Member("things", ListOf(THING)),
        Member("prices", MapOf(MONEY)),
        Member("now", TIMESTAMP),
        Member("box", nullable(Record((Member("n", INT), Member("numbers", ListOf(INT)))))),
    )
)
Rows = Sequence[Mapping[str, object]]
Plainly: TypeAlias = "int | float | str | tuple[object, ...] | Null"


def fact(name: str) -> Node:
    member = INPUTS.find(name)
    assert member is not None
    return Input(name, member.type)


def compare(op: Comparison, left: Node, right: Node | Plainly) -> Node:
    if isinstance(right, int | float | str | tuple | Null):
        right = Const(right, left.type)
    return Compare(op, left, right, BOOL)


def above(left: Node, right: Node | Plainly) -> Node:
    return compare(Comparison.GT, left, right)


def is_(left: Node, right: Node | Plainly) -> Node:
    return compare(Comparison.EQ, left, right)


def each(kind: Quantifier, over: Node, body: Node, gives: Type = BOOL, depth: int = 0) -> Node:
    return Quantify(kind, depth, over, body, gives)


def given(rows: Rows, *nodes: Node) -> list[tuple[object, ...]]:
    """Return what columns give of nodes for each row, having seen that all forms and the reference agree."""
    outputs = [(f"o{place}", node) for place, node in enumerate(nodes)]
    expected = [tuple(evaluate(node, row) for node in nodes) for row in rows]
    names = [name for name, _ in outputs]
    compiled, table = compile_columns(outputs, {}, INPUTS), table_of(INPUTS, rows)
    found = answers(compiled, compiled.run(table), outputs)
    careful = compiled.forms_for(shape_of(table)).careful.run(table)[0]
    assert not differences(expected, found, names)
    assert not differences(expected, answers(compiled, careful, outputs), names)
    return found


def values(rows: Rows, node: Node) -> list[object]:
    return [one for (one,) in given(rows, node)]


N, NUMBERS, OTHERS, THINGS = fact("n"), fact("numbers"), fact("others"), fact("things")
ITEM = Variable(0, "i", INT)
THING_ITEM = Variable(0, "t", THING)


def test_an_expression_nested_two_thousand_deep_is_no_problem() -> None:
    total: Node = N
    choice: Node = is_(N, 0)
    for step in range(2000):
        total = Arithmetic(Operator.ADD, total, N, INT)
        choice = Or((And((choice, Not(is_(N, step), BOOL)), BOOL), is_(N, -step)), BOOL)
    outputs = [("total", total), ("choice", choice)]
    compiled = compile_columns(outputs, {}, INPUTS)
    found = answers(compiled, compiled.run(table_of(INPUTS, [{"n": 3}, {}])), outputs)
    assert found == [(6003, False), (None, None)]


def test_a_loop_within_eight_loops_is_no_problem() -> None:
    body: Node = above(Variable(8, "v8", INT), Variable(0, "v0", INT))
    for depth in reversed(range(9)):
        body = each(Quantifier.EXISTS, NUMBERS, body, depth=depth)
    assert values([{"numbers": (1, 2)}, {"numbers": ()}, {}, {"numbers": (3, 3)}], body) == [True, False, None, False]


def test_a_conjunction_and_a_choice_of_a_thousand_are_no_problem() -> None:
    conditions = tuple(Not(is_(N, step), BOOL) for step in range(1000))
    constants = tuple((is_(N, step), Const(step * step, INT)) for step in range(1000))
    products = tuple((is_(N, step), Arithmetic(Operator.MUL, N, Const(step, INT), INT)) for step in range(1000))
    nodes = (And(conditions, BOOL), Case(constants, Const(-1, INT), INT), Case(products, N, INT))
    found = given([{"n": 999}, {"n": 1000}, {}], *nodes)
    assert found == [(False, 998001, 998001), (True, -1, 1000), (None, None, None)]


def test_unknown_and_none_stay_apart() -> None:
    maybe = fact("maybe")
    assumed = Assume(maybe, Const(7, nullable(INT)), nullable(INT))
    rows: Rows = [{"maybe": 1}, {"maybe": NULL}, {}]
    found = given(rows, maybe, Has(maybe, BOOL), Known(maybe, BOOL), Given(maybe, INT), is_(maybe, NULL), assumed)
    assert found == [
        (1, True, True, 1, False, 1),
        (NULL, False, True, None, True, NULL),
        (None, None, False, None, None, 7),
    ]


def test_a_record_may_be_there_none_or_unknown() -> None:
    box = fact("box")
    inner = Field(Given(box, replace(box.type, nullable=False)), "n", INT)
    rows: Rows = [{"box": {"n": 1, "numbers": ()}}, {"box": {}}, {"box": NULL}, {}]
    found = given(rows, Known(box, BOOL), Has(box, BOOL), inner, box)
    assert [one[:3] for one in found] == [(True, True, 1), (True, True, None), (True, False, None), (False, None, None)]


def test_a_choice_before_which_a_condition_is_unknown_is_unknown() -> None:
    choice = Case(((fact("flag"), Const(1, INT)), (above(N, 5), N)), Const(0, INT), INT)
    rows: Rows = [{"flag": True}, {"flag": False, "n": 9}, {"flag": False, "n": 1}, {"n": 9}, {"flag": False}]
    assert values(rows, choice) == [1, 9, 0, None, None]


def test_at_least_counts_what_may_still_be_true() -> None:
    node = AtLeast(2, (fact("flag"), above(N, 0), above(N, 5)), BOOL)
    rows: Rows = [{"flag": True, "n": 9}, {"flag": True}, {"n": 9}, {"n": -1}, {"n": 1, "flag": False}, {}]
    assert values(rows, node) == [True, None, True, False, False, None]


def test_a_quantifier_takes_unknown_bodies_as_documented() -> None:
    over = Field(THING_ITEM, "n", INT)
    known = {"kind": "red", "tags": ()}
    rows: Rows = [
        {"things": ({"n": 1, **known}, {"n": 9, **known}, {"n": 8, **known})},
        {"things": ({"n": 9, **known}, known)},
        {"things": (known, {"n": 9, **known})},
        {"things": ({"n": 1, **known}, known)},
        {"things": ()},
        {},
    ]
    kinds = (Quantifier.ALL, Quantifier.EXISTS, Quantifier.EXISTS_ONE)
    found = given(rows, *(each(kind, THINGS, above(over, 5)) for kind in kinds))
    assert found[:4] == [(False, True, False), (None, True, None), (None, True, None), (False, None, None)]
    assert found[4:] == [(True, False, False), (None, None, None)]
    counted = each(Quantifier.COUNT, THINGS, above(over, 5), INT)
    first = Field(each(Quantifier.FIND, THINGS, above(over, 5), THING), "n", INT)
    total = Call("sum_list", (each(Quantifier.MAP, THINGS, over, ListOf(INT)),), INT)
    expected = [(2, 9, 18), (None, 9, None), (None, None, None), (None, None, None), (0, None, 0), (None, None, None)]
    assert given(rows, counted, first, total) == expected


def test_an_inner_loop_reads_the_outer_item_and_the_row() -> None:
    inner = Variable(1, "m", INT)
    both = And((above(inner, Field(THING_ITEM, "n", INT)), above(inner, N)), BOOL)
    node = each(Quantifier.FILTER, THINGS, each(Quantifier.EXISTS, NUMBERS, both, depth=1), ListOf(THING))
    count = Call("size_list", (node,), INT)
    things = tuple({"n": place, "kind": "red", "tags": ()} for place in (1, 5, 9))
    rows: Rows = [
        {"n": 0, "numbers": (2, 6), "things": things},
        {"n": 9, "numbers": (2, 6), "things": things},
        {"n": 0, "numbers": (), "things": things},
        {"n": 0, "things": things},
    ]
    assert values(rows, count) == [2, 0, 0, None]


def test_a_list_within_each_item_is_a_list_of_its_own() -> None:
    tags = Field(THING_ITEM, "tags", ListOf(TEXT))
    sizes = each(Quantifier.MAP, THINGS, Call("size_list", (tags,), INT), ListOf(INT))
    second = Index(
        Index(each(Quantifier.MAP, THINGS, tags, ListOf(ListOf(TEXT))), N, ListOf(TEXT)), Const(1, INT), TEXT
    )
    things = ({"n": 1, "kind": "red", "tags": ("a", "b")}, {"n": 2, "kind": "blue", "tags": ()})
    rows: Rows = [{"things": things, "n": 0}, {"things": things, "n": 1}, {"things": (), "n": 0}, {"n": 0}]
    assert given(rows, sizes, second) == [((2, 0), "b"), ((2, 0), None), ((), None), (None, None)]


def test_a_position_outside_of_the_list_fails() -> None:
    rows: Rows = [{"numbers": (4, 5), "n": place} for place in (-1, 0, 1, 2, 2**40)] + [{"n": 0}, {"numbers": (4,)}]
    assert values(rows, Index(NUMBERS, N, INT)) == [None, 4, 5, None, None, None, None]
    kept = each(Quantifier.FILTER, NUMBERS, above(ITEM, 4), ListOf(INT))
    assert values(rows, Index(kept, N, INT)) == [None, 5, None, None, None, None, None]


def test_a_map_is_read_by_key_and_gone_over_by_its_keys() -> None:
    prices, key = fact("prices"), Variable(0, "k", TEXT)
    long = each(Quantifier.FILTER, prices, above(Call("size_text", (key,), INT), 1), ListOf(TEXT))
    dear = each(Quantifier.EXISTS, prices, above(Index(prices, key, MONEY), 5))
    rows: Rows = [{"prices": {"b": 9, "aa": 1}, "note": "aa"}, {"prices": {}, "note": "b"}, {"prices": {"b": 1}}, {}]
    nodes = (Index(prices, fact("note"), MONEY), Index(prices, Const("b", TEXT), MONEY), Call("keys", (prices,), TEXT))
    keys = replace(nodes[2], type=ListOf(TEXT))
    found = given(rows, nodes[0], nodes[1], keys, long, dear, Contains(fact("note"), prices, BOOL))
    assert found[0] == (1, 9, ("aa", "b"), ("aa",), True, True)
    assert found[1:3] == [(None, None, (), (), False, False), (None, 1, ("b",), (), False, None)]


def test_lists_are_joined_chosen_and_compared_item_by_item() -> None:
    joined = Arithmetic(
        Operator.ADD, NUMBERS, each(Quantifier.FILTER, OTHERS, above(ITEM, 1), ListOf(INT)), ListOf(INT)
    )
    chosen = Case(((fact("flag"), NUMBERS),), OTHERS, ListOf(INT))
    written = Items((N, Const(7, INT), Index(NUMBERS, Const(0, INT), INT)), ListOf(INT))
    same = is_(NUMBERS, OTHERS)
    rows: Rows = [
        {"numbers": (1, 2), "others": (1, 2), "flag": True, "n": 3},
        {"numbers": (1, 2), "others": (1, 3), "flag": False, "n": 3},
        {"numbers": (1,), "others": (), "flag": False, "n": 3},
        {"numbers": (1,), "flag": True, "n": 3},
        {"numbers": (), "others": (), "n": 3},
    ]
    found = given(rows, joined, chosen, written, same, Assume(OTHERS, NUMBERS, ListOf(INT)))
    assert found[0] == ((1, 2, 2), (1, 2), (3, 7, 1), True, (1, 2))
    assert found[1] == ((1, 2, 3), (1, 3), (3, 7, 1), False, (1, 3))
    assert found[2] == ((1,), (), (3, 7, 1), False, ())
    assert found[3] == (None, (1,), (3, 7, 1), None, (1,))
    assert found[4] == ((), None, None, True, ())


def test_a_list_that_may_be_none_equals_none_alone() -> None:
    spare = fact("spare")
    rows: Rows = [{"spare": (1,)}, {"spare": ()}, {"spare": NULL}, {}]
    size = Call("size_list", (Given(spare, ListOf(INT)),), INT)
    found = given(rows, spare, is_(spare, NULL), is_(spare, (1,)), Has(spare, BOOL), size)
    assert found[0] == ((1,), False, True, True, 1)
    assert found[2:] == [(NULL, True, False, False, None), (None, None, None, None, None)]


def test_a_list_of_records_may_be_written_and_searched() -> None:
    box = Record((Member("n", INT), Member("numbers", ListOf(INT))))
    chosen = Given(fact("box"), box)
    written = Items((chosen, chosen), ListOf(box))
    found = each(Quantifier.FIND, written, above(Field(Variable(0, "b", box), "n", INT), 3), box)
    rows: Rows = [{"box": {"n": 4, "numbers": (1,)}}, {"box": {"n": 1, "numbers": ()}}, {"box": {"numbers": ()}}, {}]
    assert values(rows, Field(found, "numbers", ListOf(INT))) == [(1,), None, None, None]
    assert [len(one) if isinstance(one, tuple) else one for one in values(rows, written)] == [2, 2, 2, None]


def test_numbers_add_up_in_their_order() -> None:
    rows: Rows = [{"shares": one} for one in ((0.1, 0.2, 0.3), (0.3, 0.2, 0.1), (1e308, 1e308, -1e308), (-0.0,), ())]
    total = Call("sum_list", (fact("shares"),), NUMBER)
    assert [repr(one) for one in values(rows, total)] == ["0.6000000000000001", "0.6", "None", "0.0", "0.0"]


def test_a_sum_of_ints_beyond_64_bits_fails() -> None:
    top = 2**63 - 1
    rows: Rows = [{"numbers": one} for one in ((top, 1), (top, 1, -1), (-top, -1), (-top, -2), (1, 2))]
    assert values(rows, Call("sum_list", (NUMBERS,), INT)) == [None, top, -(2**63), None, 3]


def test_the_largest_few_come_first_and_equals_as_they_stand() -> None:
    shares = fact("shares")
    best = Call("top", (shares, N), ListOf(NUMBER))
    least = Call("bottom", (shares, N), ListOf(NUMBER))
    extremes = (Call("max_list", (shares,), NUMBER), Call("min_list", (shares,), NUMBER))
    rows: Rows = [{"shares": (0.0, -0.0, 2.0), "n": count} for count in (2, 9, 0, -1)] + [{"shares": (), "n": 1}]
    found = [repr(one) for one in given(rows, best, least, *extremes)]
    assert found[0] == "((2.0, 0.0), (0.0, -0.0), 2.0, 0.0)"
    assert found[1:3] == ["((2.0, 0.0, -0.0), (0.0, -0.0, 2.0), 2.0, 0.0)", "((), (), 2.0, 0.0)"]
    assert found[3:] == ["(None, None, 2.0, 0.0)", "((), (), None, None)"]


def test_texts_mean_the_same_as_codes_and_as_texts() -> None:
    colour, shade, note = fact("colour"), fact("shade"), fact("note")
    nodes = (
        is_(colour, "red"),
        is_(colour, "pink"),
        is_(colour, shade),
        above(colour, shade),
        above(Const("c", TEXT), colour),
        is_(colour, note),
        Contains(colour, Const(("red", "blue", "pink"), ListOf(TEXT)), BOOL),
        Call("upper_ascii", (colour,), TEXT),
        Arithmetic(Operator.ADD, colour, note, TEXT),
        Case(((fact("flag"), colour),), shade, TEXT),
        Call("max", (colour, shade), TEXT),
    )
    rows: Rows = [
        {"colour": "red", "shade": "blue", "note": "red", "flag": True},
        {"colour": "blue", "shade": "blue", "note": "é", "flag": False},
        {"shade": "black", "note": "", "flag": False},
        {"colour": "green", "flag": True},
    ]
    expected = given(rows, *nodes)
    outputs = [(f"o{place}", node) for place, node in enumerate(nodes)]
    coded = table_of(INPUTS, rows)
    cells = {**coded.cells, **{name: text_of(coded, name) for name in ("colour", "shade")}}
    for table in (replace(coded, cells=cells), replace(coded, cells={**cells, "colour": as_enum(cells["colour"])})):
        compiled = compile_columns(outputs)
        assert answers(compiled, compiled.run(table), outputs) == expected


def text_of(table: Table, name: str) -> pl.Series:
    type_ = fact(name).type
    assert isinstance(type_, Enum)
    return pl.Series([None if code is None else type_.values[code] for code in table.cells[name]], dtype=pl.String)


def as_enum(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Enum(["green", "blue", "red"]))


def test_codes_stand_for_what_the_inputs_declare_whatever_an_expression_reads() -> None:
    narrow = Input("colour", Enum(("green", "red")))
    outputs = [("green", is_(narrow, "green"))]
    compiled = compile_columns(outputs, {}, INPUTS)
    table = table_of(INPUTS, [{"colour": "green"}, {"colour": "red"}])
    assert answers(compiled, compiled.run(table), outputs) == [(True,), (False,)]


def test_codes_of_what_is_no_enum_are_an_error() -> None:
    table = Table(1, {"note": pl.Series([0], dtype=pl.UInt16)})
    with pytest.raises(TypeError, match="what the codes at `note` stand for is not declared"):
        compile_columns([("note", is_(fact("note"), "a"))]).run(table)


def test_a_choice_among_texts_comes_as_codes() -> None:
    word = Case(((above(N, 5), Const("many", TEXT)), (above(N, 0), Const("some", TEXT))), Const("none", TEXT), TEXT)
    compiled = compile_columns([("word", word), ("note", fact("note"))])
    found = compiled.run(table_of(INPUTS, [{"n": 9}, {"n": 0}, {}]))
    assert compiled.texts == {"word": ("many", "some", "none")}
    assert found.cells["word"].to_list() == [0, 2, None]
    assert [found.cells[name].dtype for name in ("word", "note")] == [pl.UInt16, pl.String]


def test_a_fixed_input_has_one_value_in_every_row() -> None:
    later = above(fact("now"), Const(5, TIMESTAMP))
    total = Call("sum_list", (NUMBERS,), INT)
    beyond = each(Quantifier.COUNT, NUMBERS, above(ITEM, N), INT)
    outputs = [("later", later), ("total", total), ("beyond", beyond)]
    compiled = compile_columns(outputs, {"now": 9, "numbers": (1, 2, 3)}, INPUTS)
    found = answers(compiled, compiled.run(table_of(INPUTS, [{"n": 1}, {"n": 2}, {}])), outputs)
    assert found == [(True, 6, 2), (True, 6, 1), (True, 6, None)]


def test_tables_that_have_and_lack_different_things_may_follow_each_other() -> None:
    node = Case(((above(N, 5), Call("sum_list", (NUMBERS,), INT)),), fact("maybe"), nullable(INT))
    outputs = [("o", node)]
    compiled = compile_columns(outputs, {}, INPUTS)
    tables: list[Rows] = [
        [{"n": 9, "numbers": (1,), "maybe": 1}, {"n": 1, "numbers": (), "maybe": 2}],
        [{"n": 9, "maybe": 1}, {"n": 1, "maybe": NULL}],
        [{"maybe": 1}],
        [{"n": 2**62, "numbers": (2**62, 2**62)}, {"n": 2**40}],
        [{"n": 9, "numbers": (1,), "maybe": 1}],
        [],
    ]
    for rows in tables:
        found = answers(compiled, compiled.run(table_of(INPUTS, rows)), outputs)
        assert found == [(evaluate(node, row),) for row in rows]


@pytest.mark.parametrize("largest", [2**7, 2**15 - 1, 2**15, 2**31, 2**43, 2**58, 2**63 - 1])
def test_ints_of_any_size_are_exact(largest: int) -> None:
    rows: Rows = [{"n": value, "total": value} for value in (largest, -largest, 0, 1 - largest, 300)] + [{}]
    twice = Arithmetic(Operator.ADD, N, N, INT)
    half = Arithmetic(Operator.MUL, fact("total"), Const(0.5, NUMBER), MONEY)
    limits = [compare(op, N, limit) for op in Comparison for limit in (largest, 300, 2**15)]
    given(rows, twice, half, *limits)


def test_the_largest_of_many_amounts_is_that_of_the_reference() -> None:
    """Rules that allow: constants, equal amounts and multiples, some of them behind one gate."""
    draw, total = random.Random(3), fact("total")
    gate = Not(Or((fact("flag"), above(N, 7)), BOOL), BOOL)
    shares: list[tuple[Node, Node]] = []
    for place in range(24):
        hit = And((above(N, place % 5), compare(Comparison.LT, fact("share"), place / 10)), BOOL)
        amounts = (Const(draw.choice((100, 250, 900, -50)), MONEY), multiple(total, draw.choice((0.25, 0.5, 0.1, 3.0))))
        shares.append((And((hit, gate), BOOL) if place % 3 else hit, amounts[place % 2]))
    zero, most = Const(0, MONEY), Const(2**62, MONEY)
    up = Call("max", tuple(Case(((hit, amount),), zero, MONEY) for hit, amount in shares), MONEY)
    cut = Call("min", (up, *(Case(((hit, amount),), most, MONEY) for hit, amount in shares[:9])), MONEY)
    certain = [(Assume(hit, Const(False, BOOL), BOOL), Assume(amount, zero, MONEY)) for hit, amount in shares]
    sure = Call("max", tuple(Case((share,), zero, MONEY) for share in certain), MONEY)
    facts: dict[str, tuple[object, ...]] = {
        "n": (0, 3, 6, 9),
        "share": (0.0, 0.75, 2.0),
        "total": (1001, -1001, 5, 2**62),
        "flag": (True, False),
    }
    rows: Rows = [{name: draw.choice(some) for name, some in facts.items() if draw.randrange(8)} for _ in range(400)]
    found = given(rows, up, cut, sure)
    assert len(set(found)) > 15


def test_amounts_under_conditions_that_nothing_is_assumed_of_are_unknown_with_one() -> None:
    total = fact("total")
    hits = (fact("flag"), above(N, 3), compare(Comparison.LT, fact("share"), 0.5))
    amounts = (Const(100, MONEY), multiple(total, 0.5), multiple(total, 0.25), total)
    shares = [Case(((hit, amount),), Const(0, MONEY), MONEY) for amount in amounts for hit in hits]
    every: list[dict[str, object]] = [{}]
    for name, some in (("flag", (True, False)), ("n", (1, 9)), ("share", (0.0, 1.0)), ("total", (7, -7, 2**61))):
        every = [{**row, **one} for row in every for one in ({}, *({name: value} for value in some))]
    found = values(every, Call("max", tuple(shares), MONEY))
    assert found.count(None) > 60


def multiple(amount: Node, factor: float) -> Node:
    return Arithmetic(Operator.MUL, amount, Const(factor, NUMBER), MONEY)


def test_what_does_not_fit_the_fast_form_is_answered_by_the_careful_one() -> None:
    certain = Assume(above(N, 5), Const(False, BOOL), BOOL)
    possible = Assume(above(N, 5), Const(True, BOOL), BOOL)
    outputs = [("certain", certain), ("possible", possible), ("numbers", NUMBERS), ("maybe", fact("maybe"))]
    rows: Rows = [
        {"n": 9, "numbers": (1,)},
        {"maybe": NULL},
        {"n": 1, "numbers": (2, 3)},
        {"numbers": (4,), "maybe": 1},
    ]
    table = table_of(INPUTS, rows)
    compiled = compile_columns(outputs, {}, INPUTS)
    _, sure = compiled.forms_for(shape_of(table)).fast.run(table)
    assert sure is not None
    assert sure.to_list() == [True, False, True, False]
    found = answers(compiled, compiled.run(table), outputs)
    assert [one[:2] for one in found] == [(True, True), (False, True), (False, False), (False, True)]
    assert [one[2:] for one in found] == [((1,), None), (None, NULL), ((2, 3), None), ((4,), 1)]


def test_a_list_of_some_rows_of_a_table_begins_anywhere() -> None:
    table = Table(3, {"": pl.Series([7, 1, 2])})
    items = Lists(np.array([1, 2, 2]), table)
    rows = Table(2, {}, lists={"numbers": items})
    total = Call("sum_list", (NUMBERS,), INT)
    assert compile_columns([("o", total)]).run(rows).cells["o"].to_list() == [1, 0]


def test_no_rows_and_one_row_are_no_problem() -> None:
    outputs = [("o", each(Quantifier.MAP, NUMBERS, Arithmetic(Operator.ADD, ITEM, N, INT), ListOf(INT)))]
    compiled = compile_columns(outputs, {}, INPUTS)
    one = table_of(INPUTS, [{"numbers": (1, 2), "n": 1}])
    assert answers(compiled, compiled.run(one), outputs) == [((2, 3),)]
    assert answers(compiled, compiled.run(take(one, np.array([], dtype=np.int64))), outputs) == []


def test_two_outputs_of_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match="two outputs have the same name"):
        compile_columns([("o", N), ("o", NUMBERS)])
