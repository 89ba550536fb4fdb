"""Asks decided in columns, against the engine's decision on each."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked_rows import Rows, rows, scenario_requests
from random_packs import knocked_out, random_release, request, write

from engine.alternatives import alternatives
from engine.answer import Answer
from engine.backends.columnar.rows import joined
from engine.language.packs.inputs import RUNG
from engine.offer import offers_something
from engine.release import Release, load_release
from schemas.decision import Alternative
from schemas.request import DecisionRequest
from simulations.deciding.alternatives import Context, Wanted, counts, wanted, without
from simulations.deciding.contrast import others_offered
from simulations.deciding.deciding import Decided, Decider, whole
from simulations.deciding.options import Options
from simulations.deciding.positions import APPROVE, POSITIONS, Ints
from simulations.deciding.programs import ECONOMICS, Setting
from simulations.deciding.same import same_actions

RULES = Path(__file__).parent.parent / "rules"
PACKS = ("airline", "telecom")
RANDOM = int(os.environ.get("LEEWAY_FUZZ", "1")) * 12
CASES = 60


@cache
def release(pack: str) -> Release:
    return load_release(RULES / pack)


@cache
def real(pack: str) -> list[Rows]:
    """Return every step of a pack's scenarios, and each once more with some of its facts left out."""
    draw = random.Random(7)
    whole = scenario_requests(release(pack), RULES / pack)
    fewer = [parsed(less(draw, one)) for one in whole]
    return rows(release(pack), [*whole, *fewer])


def less(draw: random.Random, one: DecisionRequest) -> dict[str, Any]:
    """Return a request with some facts, and sometimes its role, left out."""
    made: dict[str, Any] = json.loads(one.model_dump_json(exclude_none=True, exclude_defaults=True))
    made["facts"] = {name: value for name, value in made["facts"].items() if draw.random() < 0.8}
    if draw.random() < 0.1:
        made.pop("agent", None)
    return made


def parsed(one: dict[str, Any]) -> DecisionRequest:
    return DecisionRequest.model_validate_json(json.dumps(one))


def made_up(seed: int, folder: Path) -> tuple[Release, list[Rows]]:
    """Return a random pack with random asks, half of them with facts left out."""
    _, made = random_release(seed, folder)
    draw = random.Random(seed)
    whole = [request(draw) for _ in range(CASES)]
    some = [one if draw.random() < 0.5 else knocked_out(draw, one, 0.2) for one in whole]
    return made, rows(made, [parsed(one) for one in some])


def position(answer: Answer) -> str:
    if answer.undecided:
        return "undecided"
    return "refer" if answer.desk else answer.verdict


def differences(made: Release, some: list[Rows]) -> Iterator[str]:
    """Yield where columns and the engine differ."""
    decider = Decider(made, {})
    for one in some:
        decided = decider.decide(one.asks)
        for row, answer in enumerate(one.answers(made)):
            seen, expected = columnar(decided, row), engine(answer)
            yield from (
                f"{one.asks.action} {row} {name}: {seen[name]!r}, not {value!r}"
                for name, value in expected.items()
                if seen[name] != value
            )


def columnar(decided: Decided, row: int) -> dict[str, object]:
    offered = bool(decided.offered[row])
    names = [*ECONOMICS, "rank"]
    found = {name: decided.found.known(name) for name in names} if offered else {}
    return {
        "position": POSITIONS[decided.position[row]],
        "rung": int(decided.rung[row]),
        "final": bool(decided.final[row]),
        "granted": int(decided.granted[row]),
        "within": int(decided.within[row]),
        "offered": offered,
        "reasons": decided.voices[decided.voice[row]].reasons,
        "economics": tuple(int(value[row]) if known[row] else None for value, known in found.values()),
    }


def engine(answer: Answer) -> dict[str, object]:
    offered = offers_something(answer)
    return {
        "position": position(answer),
        "rung": answer.rung,
        "final": answer.final,
        "granted": answer.granted,
        "within": answer.within,
        "offered": offered,
        "reasons": answer.reasons(),
        "economics": answer.stage("offer")[len(answer.plan.terms) :][:4] if offered else (),
    }


@pytest.mark.parametrize("pack", PACKS)
def test_scenarios_are_decided_in_columns_as_one_by_one(pack: str) -> None:
    found = list(differences(release(pack), real(pack)))
    assert not found[:3]


@pytest.mark.property
@pytest.mark.parametrize("seed", range(RANDOM))
def test_random_packs_are_decided_in_columns_as_one_by_one(seed: int, tmp_path: Path) -> None:
    found = list(differences(*made_up(seed, tmp_path)))
    assert not found[:3]


def context_of(decider: Decider, some: list[Rows]) -> Context:
    """Return what is known in asks beside the asks."""
    table = joined([decider.table(one.asks.table) for one in some])
    return Context(table, whole(RUNG, table, {}), np.arange(table.rows))


def wants(made: Release, options: Options, some: list[Rows]) -> tuple[Wanted, np.ndarray]:
    """Return what is looked at instead, and where each ask stands."""
    decider = Decider(made, {})
    decided = [decider.decide(one.asks) for one in some]
    actions = [one.asks.action for one in some]
    return wanted(options, list(zip(actions, decided, strict=True))), np.concatenate([one.position for one in decided])


def listed(made: Release, some: list[Rows]) -> list[tuple[Alternative, ...]]:
    """Return what the engine offers instead in each ask."""
    return [
        alternatives(made, case, answer)
        for one in some
        for case, answer in zip(one.cases, one.answers(made), strict=True)
    ]


def wrong_counts(made: Release, some: list[Rows]) -> list[str]:
    """Return where columns and the engine find another number of alternatives."""
    context, options = context_of(Decider(made, {}), some), Options(Setting(made, {}))
    want, position = wants(made, options, some)
    refused = np.flatnonzero(position != APPROVE)
    none = without(want, context, refused)
    found = counts(want, context, refused)
    expected = [len(one) for one in listed(made, some)]
    return [
        f"{row}: {found[place]} ({none[place]}), not {expected[row]}"
        for place, row in enumerate(refused.tolist())
        if found[place] != expected[row] or none[place] != (expected[row] == 0)
    ]


@pytest.mark.parametrize("pack", PACKS)
def test_alternatives_of_scenarios_are_found_in_columns_as_one_by_one(pack: str) -> None:
    assert not wrong_counts(release(pack), real(pack))[:3]


@pytest.mark.property
@pytest.mark.parametrize("seed", range(RANDOM))
def test_alternatives_of_random_packs_are_found_in_columns_as_one_by_one(seed: int, tmp_path: Path) -> None:
    assert not wrong_counts(*made_up(seed, tmp_path))[:3]


@dataclass(frozen=True, eq=False)
class Before:
    """What one release answers to asks, and offers instead, in columns and one by one."""

    release: Release
    some: list[Rows]
    context: Context
    options: Options
    wanted: Wanted
    position: Ints
    listed: list[tuple[Alternative, ...]]


def before(made: Release, some: list[Rows]) -> Before:
    options = Options(Setting(made, {}))
    want, position = wants(made, options, some)
    return Before(made, some, context_of(Decider(made, {}), some), options, want, position, listed(made, some))


@cache
def unedited() -> Before:
    return before(release("telecom"), real("telecom"))


def wrong_contrasts(one: Before, after: Release) -> tuple[int, list[str]]:
    """Return how many asks have other alternatives under another policy, and where columns miss or invent that."""
    kept = dict.fromkeys(same_actions(one.release, after), one.options)
    other, position = wants(after, Options(Setting(after, {}), kept), one.some)
    refused = np.flatnonzero((one.position != APPROVE) & (position != APPROVE))
    found = others_offered(one.wanted, other, one.context, refused)
    expected = [a != b for a, b in zip(one.listed, listed(after, one.some), strict=True)]
    wrong = [
        f"{row}: {found[place]}" for place, row in enumerate(refused.tolist()) if bool(found[place]) != expected[row]
    ]
    return int(found.sum()), wrong


@pytest.mark.property
@pytest.mark.parametrize("seed", range(RANDOM))
def test_other_alternatives_are_seen_in_columns_as_one_by_one(seed: int, tmp_path: Path) -> None:
    pack, made = random_release(seed, tmp_path / "before")
    draw = random.Random(seed)
    pack["rules"].pop(draw.randrange(len(pack["rules"])))
    for rule in pack["rules"]:
        rule.pop("overrides", None)
    after = load_release(write(pack, tmp_path / "after"))
    _, some = made_up(seed, tmp_path / "again")
    assert not wrong_contrasts(before(made, some), after)[1][:3]


EDITS = (
    ("credits.yaml", "company_cost: 2\n", "company_cost: 3\n"),
    ("credits.yaml", "gigabytes: 50 *", "gigabytes: 60 *"),
    ("credits.yaml", "    instead:\n      - callback\n", "    instead:\n      - data_boost\n      - callback\n"),
    ("credits.yaml", "    instead: payment_arrangement\n", "    instead: [callback, data_boost]\n"),
    ("pack.yaml", "rank: customer_value + company_gain - company_cost", "rank: company_cost - company_gain"),
    ("pack.yaml", "    callback: true\n", "    callback: false\n"),
    ("retention.yaml", "      - new_customer_price\n      - data_boost\n", "      - data_boost\n"),
)


@pytest.mark.parametrize(("file", "old", "new"), EDITS, ids=[new.strip()[:30] for _, _, new in EDITS])
def test_an_edit_changes_the_alternatives_in_columns_that_it_changes_one_by_one(
    file: str, old: str, new: str, tmp_path: Path
) -> None:
    for name in ("company", "telecom"):
        shutil.copytree(RULES / name, tmp_path / name)
    edited = tmp_path / "telecom" / file
    text = edited.read_text(encoding="utf-8")
    assert old in text
    edited.write_text(text.replace(old, new, 1), encoding="utf-8")
    count, wrong = wrong_contrasts(unedited(), load_release(tmp_path / "telecom"))
    assert not wrong[:3]
    assert count


def test_the_day_whose_rules_hold_is_worked_out_where_asks_do_not_say_it() -> None:
    decider = Decider(release("telecom"), {})
    for one in real("telecom")[:3]:
        table = one.asks.table
        bare = replace(table, cells={path: cells for path, cells in table.cells.items() if path != "as_of"})
        assert decider.table(bare).cells["as_of"].to_list() == table.cells["as_of"].to_list()


def test_an_action_is_the_same_in_a_release_that_was_made_again_and_another_where_it_was_edited(tmp_path: Path) -> None:
    pack, made = random_release(4, tmp_path / "before")
    again = load_release(tmp_path / "before")
    assert same_actions(made, again) == {"alpha", "beta", "gamma"}
    first = next(rule for rule in pack["rules"] if rule["action"] == "alpha")
    first["reason"] = "another_reason"
    assert same_actions(made, load_release(write(pack, tmp_path / "after"))) == {"beta", "gamma"}
