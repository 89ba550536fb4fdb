from pathlib import Path

import pytest
import serving_desk
from population_desk import ANNA, MOMENT, desk, framed, line, written
from starter import leeway

from engine.program.nodes import Field, Input, Node
from engine.program.types import Record, Type
from schemas.description import FactSummary, PopulationSummary
from simulations.populations.describing import describe, summary_text
from simulations.populations.files import read_population

COLUMNS = {
    "customer.id": ["A", "B", "C", "D", "A"],
    "customer.plan": ["full", "basic", "full", None, "full"],
    "customer.spend": ["1", "2", "3", "10", "1"],
    "customer.@none": [None, None, None, ["plan"], None],
    "order.total": [None, "5.00", None, None, None],
    "ask.action": ["credit", "cancel", None, "credit", "credit"],
}


def plan() -> Node:
    """Return the expression `customer.plan`."""
    customer = desk().policy.inputs.find("customer")
    assert customer is not None
    assert isinstance(customer.type, Record)
    found: Type = next(one.type for one in customer.type if one.name == "plan")
    return Field(Input("customer", customer.type), "plan", found)


@pytest.fixture
def summary(tmp_path: Path) -> PopulationSummary:
    return describe(read_population(desk(), framed(tmp_path, COLUMNS)), desk().policy, plan())


def fact(summary: PopulationSummary, name: str) -> FactSummary:
    """Return the summary of a fact."""
    return next(one for one in summary.facts if one.fact == name)


def test_a_summary_says_how_many_ask_for_what(summary: PopulationSummary) -> None:
    assert (summary.customers, summary.described) == (4, 4)
    assert [(one.action, one.asks, one.customers) for one in summary.asks] == [
        ("credit", 3, 2),
        ("extend", 0, 0),
        ("cancel", 1, 1),
    ]


def test_a_summary_says_for_whom_a_fact_is_known_and_for_whom_it_is_none(summary: PopulationSummary) -> None:
    assert (fact(summary, "customer.plan").known, fact(summary, "customer.plan").none) == (1.0, 0.25)
    assert (fact(summary, "order.total").known, fact(summary, "order.total").none) == (0.25, 0.0)
    assert (fact(summary, "customer.score").known, fact(summary, "customer.score").distinct) == (0.0, 0)


def test_a_summary_says_where_values_lie(summary: PopulationSummary) -> None:
    spend = fact(summary, "customer.spend").spread
    assert spend is not None
    assert (spend.low, spend.median, spend.high, spend.mean) == ("1.00", "2.00", "10.00", 4.0)
    assert [(one.value, one.count) for one in fact(summary, "customer.plan").values] == [("full", 2), ("basic", 1)]


def test_a_summary_counts_what_is_about_persons_but_does_not_tell_it(summary: PopulationSummary) -> None:
    who = fact(summary, "customer.id")
    assert (who.distinct, who.values, who.spread) == (4, (), None)


def test_a_summary_goes_into_lists_and_maps(tmp_path: Path) -> None:
    found = describe(read_population(desk(), written(tmp_path, line(ANNA), line({}))), desk().policy)
    tags, kinds, limits = (fact(found, f"customer.{name}") for name in ("tags", "devices[].kind", "limits[]"))
    assert (tags.known, tags.spread and tags.spread.mean) == (0.5, 2.0)
    assert (kinds.of, kinds.known) == (2, 0.5)
    assert [one.value for one in limits.values] == [2, 1] or [one.value for one in limits.values] == [1, 2]


def test_segments_are_described_apart(summary: PopulationSummary) -> None:
    assert [(one.segment, one.customers) for one in summary.segments] == [("basic", 1), ("full", 2), ("unknown", 1)]


def test_a_summary_is_a_table_for_a_terminal_and_json_for_programs(summary: PopulationSummary) -> None:
    lines = [line.split() for line in summary_text(summary).splitlines()]
    assert ["credit", "3", "2"] in lines
    assert ["customer.plan", "100.0%", "25.0%", "2", "full", "2,", "basic", "1"] in lines
    assert ["customer.id", "100.0%", "4"] in lines
    assert ["segment", "full:", "2", "customers"] in lines
    assert PopulationSummary.model_validate_json(summary.model_dump_json()) == summary


def test_of_many_customers_every_second_is_looked_at(tmp_path: Path) -> None:
    count = 100_001
    columns = {"customer.id": [str(place) for place in range(count)], "customer.visits": [1] * count}
    found = describe(read_population(desk(), framed(tmp_path, columns), MOMENT), desk().policy)
    assert (found.customers, found.described) == (count, 50_001)


def test_the_decisions_that_a_ledger_keeps_are_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEEWAY_LEDGER", raising=False)
    pack, ledger = serving_desk.pack(tmp_path / "tiny"), tmp_path / "desk.db"
    asked = [serving_desk.asked(f"d{number}", customer=f"C-{number % 2}") for number in range(3)]
    lines = "".join(one.model_dump_json(exclude_none=True) + "\n" for one in asked)
    assert leeway("decide", "--pack", pack, "--ledger", ledger, stdin=lines).exit_code == 0
    said = leeway("population", "describe", "ledger", "--pack", pack, "--ledger", ledger, "--json")
    found = PopulationSummary.model_validate_json(said.stdout)
    assert [(one.action, one.asks, one.customers) for one in found.asks if one.asks] == [("credit", 3, 2)]
    nowhere = leeway("population", "describe", "ledger", "--pack", pack, "--ledger", tmp_path / "other.db")
    assert (nowhere.exit_code, "there is no ledger" in nowhere.stderr) == (1, True)
    file = tmp_path / "asks.jsonl"
    file.write_text(lines)
    mixed = leeway("population", "describe", file, "--pack", pack, "--ledger", ledger)
    assert (mixed.exit_code, "name `ledger` in the place of a file" in mixed.stderr) == (2, True)
