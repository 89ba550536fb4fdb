import pickle
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from population_desk import ANNA, MOMENT, asks, desk, inputs, line, only, people, problems, written

from engine.case import asked_of, case_of
from engine.language.diagnostics import Mark
from schemas.request import DecisionRequest
from simulations.populations.asks_lines import lines_of
from simulations.populations.files import read_population
from simulations.populations.population import Numbers, Origin
from simulations.populations.problem import PopulationError
from simulations.populations.recorded import Past
from simulations.populations.requests import requests

CREDIT = {"action": "credit", "amount": "5.00", "why": "late"}
CANCEL = {"action": "cancel"}


def test_asks_of_lines_have_the_inputs_that_decisions_read(tmp_path: Path) -> None:
    request = line(ANNA, CREDIT, agent={"role": "agent"}, channel="phone", history=[])
    found = inputs(asks(only(read_population(desk(), written(tmp_path, request))), "credit"))
    asked = DecisionRequest.model_validate(request)
    case = case_of(desk(), asked, "d")
    assert asked.ask is not None
    wanted = dict(asked_of(desk(), case, asked.ask).inputs)
    assert found[0].keys() == wanted.keys()
    assert [name for name, value in wanted.items() if found[0][name] != value] == []


def test_asks_are_grouped_by_action_and_customers_by_their_id(tmp_path: Path) -> None:
    bob = {"id": "B"}
    file = written(tmp_path, line(ANNA, CREDIT), line(bob, CANCEL), "", line(ANNA, CANCEL, id="last"))
    batch = only(read_population(desk(), file))
    assert batch.ids == ["A", "B"]
    assert [one.action for one in batch.asks] == ["credit", "cancel"]
    cancel = asks(batch, "cancel")
    assert cancel.people.tolist() == [1, 0]
    assert cancel.numbers.tolist() == [1, 2]
    assert cancel.ids[1] == "last"
    assert cancel.accepted is None


def test_several_asks_of_a_request_each_see_its_facts(tmp_path: Path) -> None:
    file = written(tmp_path, line({"id": "B"}, CANCEL), line(ANNA, CREDIT, CANCEL, id="d"))
    population = read_population(desk(), file)
    batch = only(population)
    assert [(one.action, one.numbers.tolist(), list(one.ids)[-1]) for one in batch.asks] == [
        ("credit", [1], "d.1"),
        ("cancel", [0, 2], "d.2"),
    ]
    assert [row["customer"]["id"] for row in inputs(asks(batch, "cancel"))] == ["B", "A"]


def test_a_customer_has_the_facts_of_the_first_ask(tmp_path: Path) -> None:
    file = written(tmp_path, line({"id": "A", "visits": 1}, CANCEL), line({"id": "A", "visits": 2}, CANCEL))
    batch = only(read_population(desk(), file))
    assert people(batch) == [{"id": "A", "visits": 1}]
    assert [row["customer"]["visits"] for row in inputs(asks(batch, "cancel"))] == [1, 2]


def test_requests_of_nobody_known_are_each_about_somebody_else(tmp_path: Path) -> None:
    batch = only(
        read_population(desk(), written(tmp_path, line({}, CANCEL), line({}, CANCEL, id="x"), line({}, CANCEL)))
    )
    assert len(batch.ids) == 3
    assert batch.ids[1] == "x"


def test_a_line_may_ask_nothing(tmp_path: Path) -> None:
    batch = only(read_population(desk(), written(tmp_path, line(ANNA))))
    assert batch.ids == ["A"]
    assert batch.asks == ()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_nobody_is_in_two_batches_and_every_ask_in_one(tmp_path: Path, size: int) -> None:
    generator = random.Random(size)
    whose = [generator.choice("ABCDEFG") for _ in range(40)]
    file = written(tmp_path, *(line({"id": one}, CANCEL, id=str(place)) for place, one in enumerate(whose)))
    population = requests(desk(), lines_of(file), rows=size)
    batches = [population.batch(number) for number in range(len(population))]
    assert [id_ for batch in batches for id_ in batch.ids] == list(dict.fromkeys(whose))
    assert np.concatenate([batch.numbers for batch in batches]).tolist() == list(range(population.customers))
    found: dict[int, str] = {}
    for batch in batches:
        of = asks(batch, "cancel")
        assert of.table.rows <= max(size, *map(whose.count, batch.ids))
        found |= {number: batch.ids[person] for number, person in zip(of.numbers.tolist(), of.people, strict=True)}
        assert [whose[int(id_)] for id_ in of.ids] == [batch.ids[person] for person in of.people]
    assert [found[number] for number in range(40)] == whose


def test_a_population_is_the_same_from_a_compressed_file_and_after_pickling(tmp_path: Path) -> None:
    lines = [line(ANNA, CREDIT), line({"id": "B"}, CANCEL)]
    plain = read_population(desk(), written(tmp_path, *lines))
    packed = read_population(desk(), written(tmp_path, *lines, name="asks.jsonl.gz"))
    again = pickle.loads(pickle.dumps(packed))
    assert plain.hash == packed.hash == again.hash
    for other in (packed, again):
        assert inputs(asks(only(other), "credit")) == inputs(asks(only(plain), "credit"))


def test_a_moment_can_be_given_for_requests_that_do_not_say(tmp_path: Path) -> None:
    file = written(tmp_path, {"facts": {}, "ask": CANCEL}, line({}, CANCEL, now="2026-01-01T00:00:00"))
    with pytest.raises(PopulationError) as caught:
        read_population(desk(), file)
    assert problems(caught) == ["asks.jsonl:1:1: missing-now: the engine has no clock; say `now`, ISO 8601"]
    found = inputs(asks(only(read_population(desk(), file, MOMENT)), "cancel"))
    assert [row["now"] for row in found] == [MOMENT, 1_767_243_600_000_000]


def test_all_malformed_lines_are_told_by_place_and_never_echoed(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        line(ANNA, CREDIT),
        line({"id": "A", "plan": "fulll", "spend": "1.234"}, CANCEL),
        "{",
        line(ANNA, {"action": "cancle"}),
        line(ANNA, {**CREDIT, "why": "ill"}),
        line(ANNA, CANCEL, nows="secret"),
    )
    with pytest.raises(PopulationError) as caught:
        read_population(desk(), file)
    assert problems(caught) == [
        "asks.jsonl:2:1: value-not-in-enum: `/facts/customer/plan`: this is not one of `basic`, `full`; "
        "did you mean `full`?",
        "asks.jsonl:2:1: money-decimals: `/facts/customer/spend`: money has at most 2 decimals here",
        "asks.jsonl:3:1: invalid-request: the request is not JSON: expecting property name enclosed in double "
        "quotes at character 2",
        "asks.jsonl:4:1: unknown-action: `/ask/action`: the pack has no such action; did you mean `cancel`?",
        "asks.jsonl:5:1: value-not-in-enum: `/ask/why`: this is not one of `late`, `lost`",
        "asks.jsonl:6:1: extra-forbidden: `/nows`: extra inputs are not permitted",
    ]
    assert pickle.loads(pickle.dumps(caught.value)).diagnostics == caught.value.diagnostics


def test_no_more_than_twenty_findings_are_told(tmp_path: Path) -> None:
    with pytest.raises(PopulationError) as caught:
        read_population(desk(), written(tmp_path, *["{"] * 30))
    assert len(caught.value.diagnostics) == 20


@pytest.mark.parametrize("name", ["asks.jsonl", "asks.jsonl.gz", "rows.parquet", "rows.csv", "rows.txt"])
def test_what_is_no_file_of_its_kind_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(PopulationError) as caught:
        read_population(desk(), tmp_path / name)
    assert problems(caught)[0].startswith(f"{name}:1:1: not-a-")


@dataclass(frozen=True)
class Kept:
    """Requests in memory, as a ledger may have them."""

    kept: tuple[Past, ...]
    origin: Origin = "ledger"
    hash: str = "sha256:0"

    def __len__(self) -> int:
        return len(self.kept)

    def read(self, places: Numbers) -> Iterator[Past]:
        for place in places:
            yield self.kept[place]


def past(customer: str | None, accepted: bool | None) -> Past:
    request = DecisionRequest.model_validate(line(ANNA, CANCEL))
    return Past(request, Mark("ledger", 1), customer, accepted)


def test_recorded_requests_say_whose_they_were_and_what_came_of_them() -> None:
    population = requests(desk(), Kept((past("one", True), past("two", None), past("one", False), past(None, None))))
    batch = only(population)
    assert population.origin == "ledger"
    assert batch.ids == ["one", "two", "A"]
    found = asks(batch, "cancel")
    assert found.accepted is not None
    assert found.accepted.to_list() == [True, None, False, None]
    assert found.people.tolist() == [0, 1, 0, 2]
