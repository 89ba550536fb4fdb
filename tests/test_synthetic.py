"""Synthetic populations: what is drawn is as the spec says, and the same however it is drawn."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_people import EVERY, asked, batches, customers, drawn, everybody, figures
from packs import write_pack
from population_desk import DAY, MOMENT, desk
from scipy.special import ndtri

from engine.backends.columnar.rows import rows_of
from engine.budgets import nothing_granted
from engine.language.diagnostics import Diagnostics
from engine.program.types import NULL
from engine.release import load_release
from engine.values.json import to_json
from simulations.populations.streams import uniforms
from simulations.populations.synthetic import read_population

ASKING = """\
role: {categorical: {ai: 0.6, agent: 0.4}, none: 0.2}
asks:
  credit:
    rate: {given: customer.visits > 1, table: {true: 0.9, false: 0.2}}
    when: customer.visits > 0
    amount: {uniform: {low: 5, high: 20}, round: 5, missing: 0.3}
    inputs: {why: {categorical: {late: 0.8, lost: 0.2}}}
  extend:
    share: 0.25
    inputs: {why: {given: ask.count, table: {1: lost, else: ill}}, count: {categorical: {1: 0.5, 2: 0.5}}}
  cancel: {share: 0.1, role: boss, channel: phone}
"""
VISITS = 'facts: {customer.id: {numbered: "C-{n}"}, customer.visits: {poisson: 1.2}}\n'


def different(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[Any]:
    """Return the first rows that differ."""
    return [pair for pair in zip(some, others, strict=True) if pair[0] != pair[1]][:3]


@pytest.mark.property
def test_drawn_facts_are_what_the_pack_declares(tmp_path: Path) -> None:
    policy = desk().policy
    for facts in everybody(drawn(tmp_path, EVERY)):
        written = to_json(facts, policy.pack.facts, policy.conventions.digits, policy.conventions.zone)
        assert desk().facts(written) == facts


def test_a_customer_is_the_same_in_batches_of_any_size(tmp_path: Path) -> None:
    whole = drawn(tmp_path, EVERY + ASKING.split("\n", 1)[1], batch=65536)
    assert len(whole) == 1
    for batch in (1000, 333):
        parts = drawn(tmp_path, EVERY + ASKING.split("\n", 1)[1], batch=batch)
        assert not different(everybody(whole), everybody(parts))
        one, other = asked(whole), asked(parts)
        assert one.keys() == other.keys()
        assert not [number for number in one if one[number] != other[number]][:3]


def test_a_batch_is_the_same_alone_and_in_another_process(tmp_path: Path) -> None:
    population = drawn(tmp_path, EVERY, batch=500)
    after_others = batches(population)[5]
    alone = pickle.loads(pickle.dumps(drawn(tmp_path, EVERY, batch=500))).batch(5)
    assert not different(*(rows_of(one.people, desk().policy.pack.facts) for one in (after_others, alone)))
    assert alone.numbers.tolist() == list(range(2500, 3000))


def test_another_fact_or_ask_shifts_no_draw(tmp_path: Path) -> None:
    before = drawn(tmp_path, VISITS + "asks: {cancel: {share: 0.3}}\n")
    more = VISITS.replace("facts: {", "facts: {customer.score: {uniform: {low: 0, high: 1}}, ")
    after = drawn(tmp_path, more + "asks: {extend: {rate: 0.5}, cancel: {share: 0.3}, credit: {share: 0.2}}\n")
    assert [row["visits"] for row in customers(before)] == [row["visits"] for row in customers(after)]
    old, new = asked(before), asked(after)
    assert old.keys() == {number for number, (_, _, row) in new.items() if row["ask"]["action"] == "cancel"}


def test_more_customers_are_the_same_customers_and_some_more(tmp_path: Path) -> None:
    population = drawn(tmp_path, EVERY)
    more = population.of(4100)
    assert more.customers == 4100
    assert not different(everybody(population), everybody(more)[:4000])
    assert not asked(population).keys() - asked(more).keys()


MARGINALS = {
    "{normal: {mean: 50, sd: 10}, min: 0}": (50, 10),
    "{lognormal: {mean: 40, sd: 20}}": (40, 20),
    "{poisson: 3}": (3, 3**0.5),
    "{poisson: 40}": (40, 40**0.5),
    "{beta: {mean: 30, sd: 10, low: 10, high: 60}}": (30, 10),
    "{uniform: {low: 2, high: 8}}": (5, 3**0.5),
    "{empirical: {values: [10, 1, 4], weights: [1, 1, 2]}}": (4.75, 10.6875**0.5),
    "{empirical: {quantiles: [0, 2, 10]}}": (3.5, 9.0833**0.5),
    "{categorical: {1: 0.75, 5: 0.25}}": (2, 3**0.5),
    "{given: mood, table: {good: {constant: 1}, bad: {constant: 3}}}": (1.4, 0.8),
}


@pytest.mark.parametrize("draw", MARGINALS)
def test_a_distribution_has_its_mean_and_spread(draw: str, tmp_path: Path) -> None:
    mean, sd = MARGINALS[draw]
    text = f"draws: {{mood: {{categorical: {{good: 0.8, bad: 0.2}}}}}}\nfacts: {{customer.spend: {draw}}}\n"
    spend = figures(drawn(tmp_path, text, customers=20000), "spend") / 100
    assert abs(spend.mean() - mean) < 4 * sd / len(spend) ** 0.5
    assert spend.std() == pytest.approx(sd, rel=0.05)


def test_a_lognormal_has_its_median_and_percentile(tmp_path: Path) -> None:
    spend = figures(drawn(tmp_path, "facts: {customer.spend: {lognormal: {median: 30, p90: 90}}}\n"), "spend") / 100
    assert (spend < 30).mean() == pytest.approx(0.5, abs=4 * (0.25 / len(spend)) ** 0.5)
    assert (spend < 90).mean() == pytest.approx(0.9, abs=4 * (0.09 / len(spend)) ** 0.5)


def test_shares_are_as_written(tmp_path: Path) -> None:
    people = customers(drawn(tmp_path, EVERY, customers=20000))
    plans = [row.get("plan") for row in people]
    wanted = {None: 0.1, NULL: 0.18, "basic": 0.504, "full": 0.216}
    for plan, share in wanted.items():
        assert plans.count(plan) / len(plans) == pytest.approx(share, abs=4 * (share / len(plans)) ** 0.5)
    vip = [row["vip"] for row in people]
    assert vip.count(True) / len(vip) == pytest.approx(0.32, abs=0.015)


def test_figures_are_rounded_and_cut(tmp_path: Path) -> None:
    text = "facts: {customer.spend: {normal: {mean: 20, sd: 20}, min: 5, max: 30, round: 2.5}, customer.score: 0.5}\n"
    people = customers(drawn(tmp_path, text))
    assert {row["spend"] for row in people} == {500 + 250 * step for step in range(11)}
    assert {row["score"] for row in people} == {0.5}


def test_days_count_from_now(tmp_path: Path) -> None:
    text = "facts: {customer.since: {days_ago: {uniform: {low: -1, high: 9}}}, customer.seen: {days_ahead: 0.5}}\n"
    people = customers(drawn(tmp_path, text))
    assert {DAY - row["since"] for row in people} == set(range(-1, 10))
    assert {row["seen"] for row in people} == {MOMENT + 43_200_000_000}


def test_segments_are_drawn_apart(tmp_path: Path) -> None:
    spend = figures(drawn(tmp_path, EVERY), "spend") / 100
    old = (spend >= 5) & (spend <= 9)
    assert 0.7 < old.mean() < 0.8
    assert np.allclose(spend * 2, np.rint(spend * 2))


def test_a_table_is_kept_to_in_every_item(tmp_path: Path) -> None:
    devices = [one for row in customers(drawn(tmp_path, EVERY)) for one in row["devices"]]
    assert {one["price"] for one in devices if one["kind"] == "tablet"} == {15000}
    phones = np.array([one["price"] for one in devices if one["kind"] == "phone"]) / 100
    assert abs(phones.mean() - 300) < 4 * 50 / len(phones) ** 0.5
    assert len(phones) / len(devices) == pytest.approx(0.7, abs=0.03)


def test_lists_are_as_long_as_counted(tmp_path: Path) -> None:
    counts = np.array([len(row["devices"]) for row in customers(drawn(tmp_path, EVERY))])
    assert counts.max() == 5
    assert abs(counts.mean() - 1.2) < 4 * 1.2**0.5 / len(counts) ** 0.5


def test_a_list_of_texts_holds_each_by_its_own_chance(tmp_path: Path) -> None:
    tags = [row["tags"] for row in customers(drawn(tmp_path, EVERY)) if "tags" in row]
    assert len(tags) / 4000 == pytest.approx(0.9, abs=0.02)
    assert sum("loud" in one for one in tags) / len(tags) == pytest.approx(0.5, abs=0.035)
    assert sum("kind" in one for one in tags) / len(tags) == pytest.approx(0.66, abs=0.035)


def test_a_map_has_each_key_once(tmp_path: Path) -> None:
    maps = [row["limits"] for row in customers(drawn(tmp_path, EVERY))]
    assert {key for one in maps for key in one} == {"a", "b", "10", "9"}
    assert all(list(one) == sorted(one) for one in maps)
    assert {value for one in maps for value in one.values()} == set(range(10))


def test_an_expression_sees_what_was_drawn(tmp_path: Path) -> None:
    for row in everybody(drawn(tmp_path, EVERY)):
        customer: dict[str, Any] = row["customer"]
        assert row["order"]["total"] == sum(one["price"] for one in customer["devices"]) + 2 * customer["spend"]
        assert customer["wait"] == customer["visits"] * 3_600_000_000


def test_what_is_missing_takes_its_default(tmp_path: Path) -> None:
    visits = figures(drawn(tmp_path, EVERY), "visits")
    assert len(visits) == 4000
    assert (visits == 0).mean() > 0.3 + 0.7 * 0.2
    unlisted = customers(drawn(tmp_path, "facts: {customer.vip: true}\n"))
    assert {row["visits"] for row in unlisted} == {0}


def test_correlated_facts_go_together(tmp_path: Path) -> None:
    text = """\
facts:
  customer.spend: {lognormal: {median: 30, p90: 90}}
  customer.score: {uniform: {low: 0, high: 1}}
  customer.since: {days_ago: {uniform: {low: 0, high: 100000}}, max: 36000}
correlations:
  - {between: [customer.spend, customer.score], is: -0.6}
"""
    population = drawn(tmp_path, text, customers=10000)
    people = customers(population)
    spend = np.array([row["spend"] for row in people])
    scores = [ndtri((np.argsort(np.argsort(one)) + 0.5) / len(one)) for one in (spend, figures(population, "score"))]
    assert np.corrcoef(scores)[0, 1] == pytest.approx(-0.6, abs=4 * 0.64 / 100)
    alone = customers(drawn(tmp_path, text.split("correlations", maxsplit=1)[0], customers=10000))
    assert [row["since"] for row in people] == [row["since"] for row in alone]


def test_items_are_made_for_items_of_another_list(tmp_path: Path) -> None:
    text = """\
facts:
  customer.devices:
    count: {poisson: 2}
    items: {kind: {categorical: {phone: 0.5, tablet: 0.5}}, price: {expression: n * 10}}
  customer.limits:
    for_each: customer.devices
    where: kind == "phone"
    keys: {numbered: "k{n}"}
    item: {expression: "each.price > 15.0 ? 2 : 1"}
"""
    for row in customers(drawn(tmp_path, text)):
        phones = [one for one in row["devices"] if one["kind"] == "phone"]
        assert list(row["limits"].values()) == [2 if one["price"] > 1500 else 1 for one in phones]


def test_lists_lie_in_lists(tmp_path: Path) -> None:
    person = "{properties: {nr: {type: integer}, of: {type: integer}}}"
    team = f"{{properties: {{size: {{type: integer}}, people: {{type: array, items: {person}}}}}}}"
    facts = f"type: object\nproperties: {{teams: {{type: array, items: {team}}}}}\n"
    rules = "actions: {nothing: {}}\nrules: [{id: a, action: nothing, allow: true, source: x}]\n"
    release = load_release(write_pack(tmp_path / "tiny", rules, facts=facts))
    spec = """\
population: teams
pack: tiny
seed: 1
customers: 500
batch: 200
now: 2026-03-05T10:00:00
facts:
  teams:
    count: {poisson: 2}
    items:
      size: {poisson: 1.5}
      people: {count: {expression: size}, items: {of: {expression: size}, nr: {expression: n}}}
asks: {nothing: {share: 1}}
"""
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    population = read_population(tmp_path / "spec.yaml", release, Diagnostics())
    type_ = release.policy.pack.facts
    rows: list[dict[str, Any]] = [row for batch in batches(population) for row in rows_of(batch.people, type_)]
    teams: list[Any] = [team for row in rows for team in row["teams"]]
    assert len(teams) == pytest.approx(1000, abs=130)
    assert {team["size"] for team in teams} >= {0, 1, 2, 3}
    assert all([one["nr"] for one in team["people"]] == list(range(1, team["size"] + 1)) for team in teams)
    assert all([one["of"] for one in team["people"]] == [team["size"]] * team["size"] for team in teams)


def test_asks_come_as_often_as_written(tmp_path: Path) -> None:
    population = drawn(tmp_path, VISITS + ASKING, customers=10000)
    visits = {f"C-{number}": row["visits"] for number, row in enumerate(customers(population), 1)}
    found = [(who, row["ask"]) for _, who, row in asked(population).values()]
    often = sum(visits[who] > 1 for who, ask in found if ask["action"] == "credit")
    assert often / sum(one > 1 for one in visits.values()) == pytest.approx(0.9, abs=0.08)
    assert not any(visits[who] == 0 for who, ask in found if ask["action"] == "credit")
    once = [who for who, ask in found if ask["action"] == "cancel"]
    assert len(once) == len(set(once)) == pytest.approx(1000, abs=120)


def test_an_ask_has_its_inputs_amount_and_agent(tmp_path: Path) -> None:
    rows = [row for _, _, row in asked(drawn(tmp_path, VISITS + ASKING)).values()]
    credits_, extends, cancels = ([row for row in rows if row["ask"]["action"] == one] for one in desk().policy.plans)
    amounts = [row["ask"].get("amount", 0) for row in credits_]
    assert amounts == [row["@amount"] for row in credits_]
    assert set(amounts) == {0, 500, 1000, 1500, 2000}
    assert amounts.count(0) / len(amounts) == pytest.approx(0.3, abs=0.05)
    assert {row["ask"]["note"] for row in credits_} == {NULL}
    assert {(row["ask"]["why"], row["ask"]["count"]) for row in extends} == {("lost", 1), ("ill", 2)}
    assert {(row["agent"]["role"], row["@rung"]) for row in extends} == {("ai", 1), ("agent", 2), (NULL, 0)}
    assert {(row["agent"]["role"], row["@rung"], row["channel"]) for row in cancels} == {("boss", 3, "phone")}
    assert {row["channel"] for row in extends} == {NULL}


def test_asks_are_numbered_and_named_apart(tmp_path: Path) -> None:
    population = drawn(tmp_path, VISITS + ASKING, batch=900)
    rows = [
        (asks.numbers[place], asks.ids[place])
        for batch in batches(population)
        for asks in batch.asks
        for place in range(asks.table.rows)
    ]
    assert len(rows) == len({number for number, _ in rows}) == len({id_ for _, id_ in rows})
    assert all(re.fullmatch(r"C-\d+/(credit|extend|cancel)/\d", id_) for _, id_ in rows)


def test_a_customer_asks_at_a_moment_of_the_span(tmp_path: Path) -> None:
    text = "facts: {customer.since: {days_ago: 10}, customer.seen: {days_ago: 0}}\nasks: {cancel: {share: 0.5}}\n"
    population = drawn(tmp_path, text, now="{from: 2026-03-05T10:00:00, to: 2026-04-05T10:00:00}")
    assert "now" not in population.fixed
    rows = [row for _, _, row in asked(population).values()]
    assert all(row["now"] == row["customer"]["seen"] for row in rows)
    assert all(row["as_of"] - 10 == row["customer"]["since"] for row in rows)
    assert {row["as_of"] for row in rows} == set(range(DAY, DAY + 32))


def test_earlier_decisions_are_none_unless_drawn(tmp_path: Path) -> None:
    nothing = {"granted": nothing_granted(desk().policy.pack), "history": (), "promises": (), "signals": {}}
    assert drawn(tmp_path, VISITS).fixed == {"now": MOMENT, "as_of": DAY, **nothing}
    history = "history: {count: {poisson: 1}, items: {action: credit, amount: 5, at: {days_ago: 9}}}\n"
    population = drawn(tmp_path, VISITS + history + "asks: {cancel: {share: 0.5}}\n")
    entries = [one for _, _, row in asked(population).values() for one in row["history"]]
    assert {(one["action"], one["amount"], one["verdict"]) for one in entries} == {("credit", 500, "approve")}


def test_a_picked_item_fits_its_condition(tmp_path: Path) -> None:
    text = """\
facts:
  customer.devices:
    count: {poisson: 1.5}
    items: {kind: {categorical: {phone: 0.5, tablet: 0.5}}, price: {expression: n * 10}}
  order.total: {pick: customer.devices.price, where: kind == "phone", else: 7}
"""
    for row in everybody(drawn(tmp_path, text)):
        phones = {one["price"] for one in row["customer"]["devices"] if one["kind"] == "phone"}
        assert row["order"]["total"] in (phones or {700})


def test_the_hash_tells_populations_apart(tmp_path: Path) -> None:
    one = drawn(tmp_path, VISITS)
    assert re.fullmatch("sha256:[0-9a-f]{64}", one.hash)
    assert one.hash == drawn(tmp_path, VISITS, batch=100).hash
    later = drawn(tmp_path, VISITS, now="2026-03-06T10:00:00")
    others = (drawn(tmp_path, VISITS, seed=6), later, drawn(tmp_path, EVERY), one.of(9))
    assert len({one.hash, *(other.hash for other in others)}) == 5


def test_uniform_numbers_belong_to_seed_purpose_and_number() -> None:
    numbers = np.arange(10_000)
    drawn_ = uniforms(1, "accepts", numbers)
    assert drawn_.min() > 0
    assert drawn_.max() < 1
    assert drawn_.mean() == pytest.approx(0.5, abs=4 / 12**0.5 / 100)
    assert (uniforms(1, "accepts", numbers[::-7]) == drawn_[::-7]).all()
    far = uniforms(1, "accepts", np.array([10**12, 5, 10**12 + 1, 5]))
    assert far.tolist() == [*uniforms(1, "accepts", np.array([10**12])), drawn_[5], far[2], drawn_[5]]
    assert abs(np.corrcoef(drawn_, uniforms(1, "stays", numbers))[0, 1]) < 0.04
    assert abs(np.corrcoef(drawn_, uniforms(2, "accepts", numbers))[0, 1]) < 0.04
    assert len(uniforms(1, "accepts", numbers[:0])) == 0
