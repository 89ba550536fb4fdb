import json
import pickle
import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from population_desk import (
    ANNA,
    DAY,
    MOMENT,
    NOW,
    asks,
    desk,
    framed,
    inputs,
    line,
    only,
    people,
    problems,
    written,
)
from random_values import Seeded
from test_columnar_rows import AWKWARD, NESTED, differences, random_rows

from engine.backends.columnar.rows import rows_of, table_of
from engine.backends.times import moment_of_text
from engine.language.cel.scope import Conventions
from engine.program.types import NULL, Record
from simulations.populations.columns.faults import Faults, Place
from simulations.populations.columns.filing import Filing
from simulations.populations.columns.groups import grouped
from simulations.populations.columns.structures import Reading
from simulations.populations.files import read_population
from simulations.populations.frames import Source, frames
from simulations.populations.population import Batch
from simulations.populations.problem import PopulationError
from simulations.populations.writing import to_frame, write_parquet

ZONE = "America/New_York"
IN_ENGINE: dict[str, object] = {
    "id": "A",
    "plan": "full",
    "since": 19_782,
    "seen": moment_of_text("2026-03-01T09:30:00", ZONE),
    "spend": 1250,
    "score": 0.25,
    "visits": 0,
    "wait": 36 * 3_600_000_000,
    "vip": True,
    "name": "Anna",
}
"""The single facts of Anna, as the engine has them."""
WRITTEN: dict[str, object] = {name: ANNA[name] for name in IN_ENGINE if name != "visits"}
"""The same as a file of texts has them."""


def read(folder: Path, columns: Mapping[str, Any], **settings: Any) -> Batch:
    """Return the one batch of a Parquet file."""
    return only(read_population(desk(), framed(folder, columns), **settings))


def refused(folder: Path, columns: Mapping[str, Any], name: str = "rows.parquet") -> list[str]:
    """Return what is wrong with a file."""
    with pytest.raises(PopulationError) as caught:
        only(read_population(desk(), framed(folder, columns, name)))
    return problems(caught)


def customer(**columns: object) -> dict[str, Any]:
    """Return columns of one row about one customer."""
    return {f"customer.{name}": value if isinstance(value, pl.Series) else [value] for name, value in columns.items()}


def test_facts_are_read_from_text_of_either_format(tmp_path: Path) -> None:
    for name in ("rows.csv", "rows.parquet"):
        batch = only(read_population(desk(), framed(tmp_path, customer(**WRITTEN), name)))
        assert people(batch) == [IN_ENGINE]
        assert batch.ids == ["A"]


def test_facts_are_read_from_the_types_that_fit_them_best(tmp_path: Path) -> None:
    fitting = {
        **WRITTEN,
        "since": date(2024, 2, 29),
        "seen": datetime.fromisoformat("2026-03-01T09:30:00"),
        "spend": Decimal("12.50"),
        "wait": timedelta(hours=36),
        "plan": pl.Series(["full"], dtype=pl.Categorical),
    }
    assert people(read(tmp_path, customer(**fitting))) == [IN_ENGINE]


@pytest.mark.parametrize("spend", ["12.50", 12.5, Decimal("12.500"), pl.Series([12.5], dtype=pl.Float64)])
def test_money_is_whole_currency_units_however_it_is_written(tmp_path: Path, spend: object) -> None:
    assert people(read(tmp_path, customer(spend=spend))) == [{"spend": 1250, "visits": 0}]


def test_money_of_an_int_column_is_whole_currency_units(tmp_path: Path) -> None:
    assert people(read(tmp_path, customer(spend=12))) == [{"spend": 1200, "visits": 0}]


@pytest.mark.parametrize("spend", ["12.505", 12.505, Decimal("12.505")])
def test_money_of_more_decimals_than_the_currency_is_refused(tmp_path: Path, spend: object) -> None:
    assert refused(tmp_path, customer(spend=spend)) == [
        "rows.parquet:1:1: money-decimals: row 1, column `customer.spend`: money has at most 2 decimals here"
    ]


def test_clocks_without_an_offset_are_the_packs_and_skipped_hours_too(tmp_path: Path) -> None:
    clocks = ["2024-03-10T02:30:00", "2024-11-03T01:30:00", "2024-07-01T00:00:00", "1800-01-01T00:00:00"]
    columns = {"customer.seen": [datetime.fromisoformat(clock) for clock in clocks]}
    found = [one["seen"] for one in people(read(tmp_path, columns))]
    assert found == [moment_of_text(clock, ZONE) for clock in clocks]


def test_structs_lists_and_maps_are_read_as_json_is(tmp_path: Path) -> None:
    limits = [{"key": "b", "value": 2}, {"key": "a", "value": 1}]
    frame = pl.DataFrame(
        {"customer": [{**WRITTEN, **{name: ANNA[name] for name in ("tags", "devices")}, "limits": limits}]}
    )
    batch = read(tmp_path, {"customer": frame["customer"]})
    wanted = only(read_population(desk(), written(tmp_path, line(ANNA))))
    assert people(batch) == people(wanted)
    assert people(batch)[0]["devices"] == ({"kind": "phone", "price": 9900}, {})
    assert list(people(batch)[0]["limits"]) == ["a", "b"]


def test_null_is_unknown_and_a_default_stands_in_where_the_record_is_there(tmp_path: Path) -> None:
    columns = {
        "customer.id": ["A", "B", None],
        "customer.plan": ["full", None, None],
        "customer.visits": [3, None, None],
    }
    assert people(read(tmp_path, columns)) == [{"id": "A", "plan": "full", "visits": 3}, {"id": "B", "visits": 0}, None]


def test_null_can_be_said_to_mean_none_where_a_fact_may_be_none(tmp_path: Path) -> None:
    columns = {"customer.id": ["A", None], "customer.plan": pl.Series([None, None], dtype=pl.String)}
    assert people(read(tmp_path, columns, nulls="none")) == [{"id": "A", "plan": NULL, "visits": 0}, None]


def test_a_row_may_name_the_facts_that_are_none(tmp_path: Path) -> None:
    columns = {"customer.id": ["A", "B"], "customer.plan": [None, "full"], "customer.@none": [["plan"], None]}
    assert [one["plan"] for one in people(read(tmp_path, columns))] == [NULL, "full"]
    assert refused(tmp_path, {**columns, "customer.@none": [["id"], None]}) == [
        "rows.parquet:1:1: wrong-type: row 1, column `customer.id`: this may not be null"
    ]


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        (
            customer(plan="fulll"),
            "value-not-in-enum: row 1, column `customer.plan`: this is not one of `basic`, `full`; "
            "did you mean `full`?",
        ),
        (customer(spend="-1"), "out-of-range: row 1, column `customer.spend`: this is below 0"),
        (customer(spend=-1.0), "out-of-range: row 1, column `customer.spend`: this is below 0"),
        (customer(score=1.5), "out-of-range: row 1, column `customer.score`: this is above 1"),
        (customer(score=float("nan")), "wrong-type: row 1, column `customer.score`: this is not a finite number"),
        (customer(name="anna"), "out-of-range: row 1, column `customer.name`: this is not written as declared"),
        (
            customer(name="Annabelle-Lee"),
            "out-of-range: row 1, column `customer.name`: this has more than 9 characters",
        ),
        (
            customer(since="2024-02-30"),
            "wrong-type: row 1, column `customer.since`: this is not a day such as 2026-03-01",
        ),
        (
            customer(since=datetime.fromisoformat("2024-02-28T09:00:00")),
            "wrong-type: row 1, column `customer.since`: this is not a day such as 2026-03-01",
        ),
        (customer(vip=1), "wrong-type: row 1, column `customer.vip`: this is not true or false"),
        (customer(visits=1.5), "wrong-type: row 1, column `customer.visits`: this is not a whole number"),
        (customer(id=7), "wrong-type: row 1, column `customer.id`: this is not a text"),
        (customer(plam="full"), "unknown-fact: column `customer.plam`: this is not declared; did you mean `plan`?"),
        ({"custmer.id": ["A"]}, "unknown-fact: column `custmer`: this is not declared; did you mean `customer`?"),
        (
            customer(tags="loud"),
            "wrong-type: row 1, column `customer.tags`: this is not a list; a list is kept in Parquet, as a list",
        ),
        (
            customer(tags=["loud", "lout"]),
            "value-not-in-enum: row 1, column `customer.tags[]`: this is not one of `loud`, `kind`; "
            "did you mean `loud`?",
        ),
        (customer(tags=["loud", None]), "wrong-type: row 1, column `customer.tags[]`: this may not be null"),
        (customer(tags=["loud"] * 3), "out-of-range: row 1, column `customer.tags`: this has more than 2 items"),
        (
            customer(devices=[{"price": "0.99"}]),
            "out-of-range: row 1, column `customer.devices[].price`: this is below 1",
        ),
        (
            customer(devices=[{"prize": 1}]),
            "unknown-fact: column `customer.devices[].prize`: this is not declared; did you mean `price`?",
        ),
        (
            customer(limits=[{"key": "a", "value": -1}]),
            "out-of-range: row 1, column `customer.limits[].value`: this is below 0",
        ),
        (
            customer(limits=[{"key": "a", "value": 1}] * 2),
            "duplicate-key: row 1, column `customer.limits[].key`: a map has a key twice",
        ),
        (
            customer(limits=[1]),
            "wrong-type: row 1, column `customer.limits[]`: this is not a map; "
            "a map is kept in Parquet, as a list of `key` and `value`",
        ),
        (
            {"customer": ["A"]},
            "wrong-type: row 1, column `customer`: this is not an object; give a column to each member, or a struct",
        ),
        (
            {"ask.action": ["cancle"]},
            "unknown-action: row 1, column `ask.action`: the pack has no such action; did you mean `cancel`?",
        ),
        (
            {"ask": ["cancel"]},
            "wrong-type: row 1, column `ask`: this is not an object; give a column to each member, or a struct",
        ),
        (
            {"ask.action": ["credit"], "ask.amount": [0]},
            "amount-not-positive: row 1, column `ask.amount`: an amount asked for is above 0",
        ),
        ({"ask.action": ["cancel"], "ask.amount": [1]}, "unknown-fact: column `ask.amount`: this is not declared"),
        (
            {"ask.action": ["credit"], "ask.why": ["ill"]},
            "value-not-in-enum: row 1, column `ask.why`: this is not one of `late`, `lost`",
        ),
        (
            {"ask.action": ["credit"], "ask.count": [1]},
            "unknown-fact: column `ask.count`: this is not declared; did you mean `amount`?",
        ),
        (
            {"ask.action": ["credit"], "ask.wy": ["late"]},
            "unknown-fact: column `ask.wy`: this is not declared; did you mean `why`?",
        ),
        (
            {"agent.role": ["bos"]},
            "unknown-role: row 1, column `agent.role`: this role is not on the pack's ladder; did you mean `boss`?",
        ),
        (
            {"now": [None], "ask.action": ["cancel"]},
            "missing-now: row 1, column `now`: the moment of the ask is missing; say `now` in the row, or for all",
        ),
    ],
)
def test_a_wrong_value_is_told_by_column_and_row(tmp_path: Path, columns: dict[str, Any], wanted: str) -> None:
    found = refused(tmp_path, columns)
    assert [one.split(": ", 1)[1] for one in found] == [wanted]


def test_all_rows_with_the_same_mistake_are_counted(tmp_path: Path) -> None:
    ids = [f"C{place}" for place in range(20)]
    columns = {"customer.id": ids, "customer.plan": [*["full"] * 10, *["secret", "hidden"] * 5]}
    assert refused(tmp_path, columns) == [
        "rows.parquet:11:1: value-not-in-enum: row 11, column `customer.plan`: this is not one of `basic`, `full`, "
        "and in 9 more rows"
    ]


def test_columns_that_say_the_same_are_refused(tmp_path: Path) -> None:
    columns = {"customer": [{"id": "A"}], "customer.plan": ["full"]}
    assert refused(tmp_path, columns)[0].startswith("rows.parquet:1:1: duplicate-key: column `customer`: ")


def test_a_population_without_a_moment_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"ask.action": ["cancel"]}).write_parquet(tmp_path / "rows.parquet")
    with pytest.raises(PopulationError) as caught:
        read_population(desk(), tmp_path / "rows.parquet")
    assert problems(caught)[0].startswith("rows.parquet:1:1: missing-now: column `now`: ")
    population = read_population(desk(), tmp_path / "rows.parquet", MOMENT)
    assert population.fixed == {
        "now": MOMENT,
        "as_of": DAY,
        "agent": {"role": NULL, "id": NULL, "team": NULL},
        "channel": NULL,
        "@rung": 0,
    }


def test_rows_ask_what_requests_ask(tmp_path: Path) -> None:
    credit = {"action": "credit", "amount": "5.00", "why": "late"}
    lines = [
        line({"id": "A", "plan": "full"}, credit, agent={"role": "boss"}, channel="phone", history=[]),
        line({"id": "A", "plan": "full"}, {"action": "extend", "amount": 3, "why": "ill"}, as_of="2026-01-01"),
        line({"id": "B"}, {"action": "credit", "note": "x"}, now="2026-03-01T23:30:00"),
        line({"id": "C"}),
    ]
    columns: dict[str, Any] = {
        "customer.id": ["A", "A", "B", "C"],
        "customer.plan": ["full", "full", None, None],
        "ask.action": ["credit", "extend", "credit", None],
        "ask.amount": ["5.00", "3", None, None],
        "ask.why": ["late", "ill", None, None],
        "ask.note": [None, None, "x", None],
        "agent.role": ["boss", None, None, None],
        "channel": ["phone", None, None, None],
        "history": [[], None, None, None],
        "as_of": [None, "2026-01-01", None, None],
        "now": [NOW, NOW, "2026-03-01T23:30:00", NOW],
    }
    found, wanted = read(tmp_path, columns), only(read_population(desk(), written(tmp_path, *lines)))
    assert found.ids == wanted.ids == ["A", "B", "C"]
    assert people(found) == people(wanted)
    for mine, theirs in zip(found.asks, wanted.asks, strict=True):
        assert mine.action == theirs.action
        assert mine.people.tolist() == theirs.people.tolist()
        assert mine.numbers.tolist() == theirs.numbers.tolist()
        assert not differences(inputs(mine), inputs(theirs))


def test_names_of_asks_and_customers_and_what_was_accepted_stand_beside_the_inputs(tmp_path: Path) -> None:
    columns = {
        "ask.action": ["cancel"] * 3,
        "@customer": [7, 8, 7],
        "@id": ["x", "y", "z"],
        "@accepted": [True, None, False],
    }
    batch = read(tmp_path, columns)
    found = asks(batch, "cancel")
    assert batch.ids == ["7", "8"]
    assert found.ids == ["x", "y", "z"]
    assert found.accepted is not None
    assert found.accepted.to_list() == [True, None, False]
    assert asks(read(tmp_path, {"ask.action": ["cancel"] * 2}), "cancel").ids == ["row 1", "row 2"]


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv"])
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_customers_rows_are_in_one_batch_wherever_they_stand(tmp_path: Path, name: str, size: int) -> None:
    generator = random.Random(size)
    whose = [generator.choice("ABCDEFG") for _ in range(40)]
    columns = {"customer.id": whose, "ask.action": ["cancel"] * 40, "@id": [str(place) for place in range(40)]}
    population = frames(desk(), Source(framed(tmp_path, columns, name)), size)
    again = pickle.loads(pickle.dumps(population))
    found = []
    for number in range(len(population)):
        batch = again.batch(number)
        of = asks(batch, "cancel")
        assert [whose[int(id_)] for id_ in of.ids] == [batch.ids[person] for person in of.people]
        assert of.numbers.tolist() == [int(id_) for id_ in of.ids]
        assert of.table.rows == sum(map(whose.count, batch.ids))
        found += batch.ids
    assert found == list(dict.fromkeys(whose))


def reread(type_: Record, rows: Sequence[Mapping[str, object]], file: Path) -> list[dict[str, object]]:
    """Return rows as they come back from a file."""
    pl.DataFrame(list(Filing(2).members(table_of(type_, rows), "", type_))).write_parquet(file)
    frame = pl.read_parquet(file)
    reading = Reading(Conventions(ZONE, "US", 2), "unknown", Faults(file))
    table = reading.members(grouped(frame, frame.height), type_, Place("", np.arange(frame.height)))
    reading.faults.check()
    return rows_of(table, type_)


@pytest.mark.parametrize("seed", range(20))
def test_what_comes_back_from_parquet_is_what_went_in(tmp_path: Path, seed: int) -> None:
    type_, rows = random_rows(Seeded(random.Random(seed)), 60)
    assert not differences(reread(type_, rows, tmp_path / "rows.parquet"), rows)


def test_unknown_none_and_empty_stay_apart_in_parquet(tmp_path: Path) -> None:
    type_ = Record(tuple(one for one in NESTED if one.name != "nothing"))
    rows = [{name: value for name, value in row.items() if name != "nothing"} for row in AWKWARD]
    assert not differences(reread(type_, rows, tmp_path / "rows.parquet"), rows)


def test_a_population_that_was_written_reads_back_the_same(tmp_path: Path) -> None:
    credit = {"action": "credit", "amount": "5.00", "why": "late"}
    requests = [
        line(ANNA, credit, agent={"role": "boss"}, history=[], id="a1"),
        line({"id": "B", "plan": None}, {"action": "extend", "amount": 3, "why": "ill"}, id="b1"),
        line({"id": "C"}, id="c1"),
        line({}, {"action": "cancel"}, channel="phone", id="d1"),
        line(ANNA, {"action": "cancel"}, id="a2"),
    ]
    wanted = only(read_population(desk(), written(tmp_path, *requests)))
    to_frame(desk().policy, wanted, {"signals": {}}).write_parquet(tmp_path / "rows.parquet")
    found = only(read_population(desk(), tmp_path / "rows.parquet"))
    assert found.ids == wanted.ids
    assert people(found) == people(wanted)
    for mine, theirs in zip(found.asks, wanted.asks, strict=True):
        order = np.lexsort((theirs.numbers, theirs.people))
        assert [theirs.ids[place] for place in order] == list(mine.ids)
        rows = [{**inputs(theirs)[place], "signals": {}} for place in order]
        assert not differences(inputs(mine), rows)


def test_a_population_is_written_whole_batch_by_batch(tmp_path: Path) -> None:
    columns = {"customer.id": list("ABCABC"), "ask.action": ["cancel", "credit"] * 3, "ask.why": [None, "late"] * 3}
    population = frames(desk(), Source(framed(tmp_path, columns)), rows=2)
    steps: list[None] = []
    assert write_parquet(desk().policy, population, tmp_path / "written.parquet", lambda: steps.append(None)) == 6
    assert len(steps) == len(population) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.parquet", "written.parquet"]
    found = only(read_population(desk(), tmp_path / "written.parquet"))
    assert found.ids == ["A", "B", "C"]
    assert asks(found, "credit").ids == ["row 4", "row 2", "row 6"]


def test_nothing_is_left_of_a_population_that_could_not_be_written(tmp_path: Path) -> None:
    columns = {"customer.id": list("AB"), "order.total": ["1.00", "1.001"]}
    population = frames(desk(), Source(framed(tmp_path, columns)), rows=1)
    with pytest.raises(PopulationError):
        write_parquet(desk().policy, population, tmp_path / "written.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def test_batches_of_a_population_are_written_with_the_same_columns(tmp_path: Path) -> None:
    lines = [line(ANNA, {"action": "credit", "amount": 1}), line({}), line({"id": "B"}, {"action": "cancel"})]
    made = [to_frame(desk().policy, only(read_population(desk(), written(tmp_path, one))), {}) for one in lines]
    assert len({json.dumps({name: str(dtype) for name, dtype in frame.schema.items()}) for frame in made}) == 1
    assert pl.concat(made).height == 3
