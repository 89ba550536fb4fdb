"""What is wrong with the spec of a population: found before anything is drawn, and said where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_people import EVERY, drawn, wrong

from engine.language.codes import CODES

UNIFORM = "{uniform: {low: 0, high: 9}}"
FACTS = {
    "customer.plna: basic": (
        "6:9: unknown-fact: there is no fact `customer.plna`; did you mean `plan`?",
        "a fact that is not declared",
    ),
    "customer: basic": (
        "6:9: wrong-distribution: `customer` has members; write each by itself",
        "a record as a whole",
    ),
    "customer.plan: baisc": (
        "6:24: value-not-in-enum: `customer.plan`: this is not one of `basic`, `full`; did you mean `basic`?",
        "a value outside the enum",
    ),
    "customer.plan: {categorical: {baisc: 0.4, full: 0.6}}": (
        "6:39: value-not-in-enum: `customer.plan`: this is not one of `basic`, `full`; did you mean `basic`?",
        "a share of a value outside the enum",
    ),
    "customer.plan: {categorical: {basic: 0.4, full: 0.5}}": (
        "6:24: shares-total: `customer.plan`: the shares add up to 0.9; make them add up to 1",
        "shares that are not all",
    ),
    "customer.plan: {poisson: 2}": (
        "6:24: wrong-distribution: `customer.plan` cannot be drawn like this: it is one of basic, full, and `poisson` "
        "draws numbers; write `categorical`, its texts with their shares",
        "a number for a text",
    ),
    "customer.since: {normal: {mean: 1, sd: 1}}": (
        "6:25: wrong-distribution: `customer.since` cannot be drawn like this: it is date, and `normal` draws numbers; "
        "write `days_ago` or `days_ahead` around it",
        "a number for a date",
    ),
    "customer.spend: {days_ago: 3}": (
        "6:25: wrong-distribution: `customer.spend` cannot be drawn like this: it is money, neither a day nor a "
        "moment; leave the days out",
        "days for money",
    ),
    "customer.spend: {bernoulli: 0.5}": (
        "6:25: wrong-distribution: `customer.spend` cannot be drawn like this: it is money, not true or false; "
        "write `categorical`",
        "a chance for money",
    ),
    "customer.vip: {numbered: 'V{n}'}": (
        "6:23: wrong-distribution: `customer.vip` cannot be drawn like this: it is bool, not any text; "
        "write `categorical`",
        "a numbered bool",
    ),
    "customer.spend: {constant: 1, none: 0.1}": (
        "6:25: wrong-distribution: `customer.spend` cannot be drawn like this: it can never be none; "
        "leave `none` out, or write `missing`",
        "none of what is never none",
    ),
    "customer.spend: {normal: {mean: 9, sd: 2}}": (
        "6:25: out-of-limits: `customer.spend` may come out below 0, which its declaration does not allow; "
        "add `min: 0` beside it",
        "a normal below the minimum",
    ),
    "customer.score: {lognormal: {median: 0.2, p90: 0.4}}": (
        "6:25: out-of-limits: `customer.score` may come out above 1, which its declaration does not allow; "
        "add `max: 1` beside it",
        "a lognormal above the maximum",
    ),
    "customer.score: 1.5": ("6:25: out-of-limits: `customer.score`: this is above 1", "a constant above the maximum"),
    "customer.spend: 1.234": (
        "6:25: money-decimals: `customer.spend`: money has at most 2 decimals here",
        "a constant with too many decimals",
    ),
    "customer.name: {numbered: 'c-{n}'}": (
        "6:35: out-of-limits: `customer.name`: this is not written as declared",
        "a numbered text against its pattern",
    ),
    "customer.name: {expression: customer.id}": (
        "6:24: out-of-limits: `customer.name` says how its texts are written, which nothing here makes sure of; "
        "write `categorical` or `numbered`",
        "a computed text that has a pattern",
    ),
    "customer.score: {lognormal: {median: 3, p90: 2}, max: 1}": (
        "6:25: bad-distribution: `customer.score`: `p90` is not above the median; write a larger one",
        "a percentile below the median",
    ),
    "customer.score: {beta: {mean: 0.5, sd: 0.6}}": (
        "6:25: bad-distribution: `customer.score`: `sd` is larger than it can be between `low` and `high`; "
        "write a smaller one",
        "a beta that is too wide",
    ),
    "customer.score: {beta: {mean: 2, sd: 0.1}}": (
        "6:25: bad-distribution: `customer.score`: the mean does not lie between `low` and `high`; write one that does",
        "a beta whose mean lies outside",
    ),
    "customer.score: {uniform: {low: 1, high: 0}}": (
        "6:25: bad-distribution: `customer.score`: `low` is above `high`; exchange them",
        "a uniform upside down",
    ),
    "customer.score: {empirical: {quantiles: [0, 1, 0.5]}}": (
        "6:25: bad-distribution: `customer.score`: quantiles come from the least to the largest; put them in order",
        "quantiles out of order",
    ),
    "customer.score: {empirical: {values: [0, 1], weights: [1]}}": (
        "6:25: bad-distribution: `customer.score`: every value has one weight, and some weight is above 0; "
        "write a weight for each value",
        "weights that are too few",
    ),
    "customer.vip: {given: customer.plan, table: {basic: true}}": (
        "6:53: table-hole: `customer.vip` has no row for `full`; add it, or `else:`",
        "a table with a hole",
    ),
    "customer.vip: {given: customer.plan, table: {basic: true, ful: false, else: true}}": (
        "6:67: value-not-in-enum: `customer.vip`: this is not one of `basic`, `full`; did you mean `full`?",
        "a table with a row for no value",
    ),
    "customer.vip: {given: customer.tags, table: {basic: true, else: true}}": (
        "6:31: wrong-type: `customer.vip` is chosen by list of one of loud, kind, which no row can name; "
        "choose by a text, a number, or true and false",
        "a table over a list",
    ),
    "customer.vip: {by_segment: {young: true, odl: false}}": (
        "6:36: table-hole: `customer.vip` has no row for `old`; add it, or `else:`",
        "a segment that is left out",
    ),
    "customer.vip: {expression: customer.spnd > 3.0}": (
        "6:36: unknown-fact: `customer.vip` reads unknown fact `customer.spnd`; did you mean `customer.spend`?",
        "an expression over an unknown fact",
    ),
    "customer.vip: {expression: order.total > 3.0}": (
        "6:9: not-drawn: `customer.vip` reads `order.total`, which is not drawn; draw it too, or read another",
        "an expression over a fact that is not drawn",
    ),
    "customer.visits: {expression: customer.visits + 1}": (
        "6:9: cyclic-draw: `customer.visits` needs itself before it; take one out of the circle",
        "a fact that needs itself",
    ),
    "customer.devices: 3": (
        "6:27: wrong-distribution: `customer.devices` is a list of record; write `count`, `for_each` or `each_of`",
        "a list as a number",
    ),
    f"customer.devices: {{count: 1, item: {UNIFORM}}}": (
        "6:38: too-many-keys: `customer.devices` has no `item`; write `items`",
        "an item of a list of records",
    ),
    "customer.devices: {count: 1, items: {prize: 3}}": (
        "6:46: unknown-fact: there is no fact `customer.devices.prize`; did you mean `price`?",
        "a member that is not declared",
    ),
    "customer.devices: {count: {normal: {mean: 1, sd: 1}, min: -2}, items: {}}": (
        "6:35: out-of-limits: `customer.devices.count` may come out below 0, which its declaration does not allow; "
        "add `min: 0` beside it",
        "a count below 0",
    ),
    "customer.devices: {count: 1, items: {price: 0.5}}": (
        "6:53: out-of-limits: `customer.devices.price`: this is below 1",
        "a member below its minimum",
    ),
    "customer.tags: {count: {poisson: 1}, item: loud}": (
        "6:24: out-of-limits: `customer.tags` may come out against its `maxItems`; "
        "draw a `count` within it, or write `each_of`",
        "a list that may be too long",
    ),
    "customer.tags: {each_of: {quiet: 0.5}}": (
        "6:35: value-not-in-enum: `customer.tags`: this is not one of `loud`, `kind`",
        "a text that no item can be",
    ),
    f"customer.limits: {{count: 1, item: {UNIFORM}}}": (
        "6:26: missing-key: `customer.limits` needs `keys`; add `keys:`",
        "a map without keys",
    ),
    f"customer.limits: {{for_each: customer.tags, keys: a, item: {UNIFORM}}}": (
        "6:37: unknown-fact: there is no list `customer.tags`; name a list of records",
        "items for each text",
    ),
    "customer.devices: {count: 1, items: {}}, customer.limits: {for_each: order.items, keys: a, item: 1}": (
        "6:78: unknown-fact: there is no list `order.items`; name a list of records",
        "items for each of what is no list",
    ),
    "order.total: {pick: customer.devices.prize}": (
        "6:29: unknown-fact: there is no member `prize`; did you mean `price`?",
        "a member that no item has",
    ),
    "order.total: {pick: customer.spend}": (
        "6:29: unknown-fact: `customer.spend` is no member of the items of a list; "
        "write the list's path, a dot and the member",
        "a pick from what is no list",
    ),
    "customer.spend: {nrmal: {mean: 1, sd: 1}}": ("6:26: unknown-key: unknown key `nrmal`", "a kind that there is not"),
    "customer.spend: {poisson: 1, bernoulli: 1}": (
        "6:26: too-many-keys: `bernoulli` and `poisson` exclude each other; keep one",
        "two kinds",
    ),
    "customer.spend: {poisson: -1}": (
        "6:35: not-allowed-value: `poisson` cannot be `-1`; write at least 0",
        "a figure that is too small",
    ),
}


@pytest.mark.parametrize("fact", FACTS, ids=[what for _, what in FACTS.values()])
def test_a_fact_that_cannot_be_drawn_so_is_reported(fact: str, tmp_path: Path) -> None:
    found = wrong(tmp_path, f"facts: {{{fact}, customer.id: '1'}}\nsegments: {{young: 0.5, old: 0.5}}\n")
    assert any(one.startswith(f"people.yaml:{FACTS[fact][0]}") for one in found), found


PARTS = {
    "segments: {young: 0.5}\n": "7:11: shares-total: `segment`: the shares add up to 0.5; make them add up to 1",
    "facts: {customer.vip: {by_segment: {young: true, else: false}}}\n": (
        "7:37: unknown-segment: there is no segment `young`"
    ),
    "draws: {customer: true}\n": "7:9: name-clash: `customer` is taken; choose another name",
    "draws: {a: {expression: b}, b: 1}\n": "7:25: unknown-fact: `a` reads unknown fact `b`",
    "draws: {a: {given: n, table: {1: yes, else: 3}}}\n": "7:12: wrong-type: `a`: its values differ",
    "correlations: [{between: [customer.visits, customer.spned], is: 0.5}]\n": (
        "7:44: not-drawn: there is no drawn fact `customer.spned`; did you mean `customer.spend`?"
    ),
    "correlations: [{between: [customer.visits, customer.visits], is: 0.5}]\n": (
        "7:26: wrong-distribution: these are not two facts of the same customer, or of the same item; "
        "correlate facts that stand side by side"
    ),
    "correlations: [{between: [customer.visits, order.total], is: 0.5}]\n": (
        "7:44: wrong-distribution: `order.total` is not drawn from a distribution; correlate what it is made of"
    ),
    (
        "correlations:\n"
        "- {between: [customer.visits, customer.spend], is: 0.8}\n"
        "- {between: [customer.visits, customer.score], is: 0.8}\n"
        "- {between: [customer.spend, customer.score], is: -0.9}\n"
    ): (
        "10:3: impossible-correlation: no facts go together so; the correlation of `customer.spend` and "
        "`customer.score` is furthest off; bring it nearer to 0"
    ),
    "asks: {refund: {share: 0.1}}\n": "7:8: unknown-action: there is no action `refund`",
    "asks: {cancel: {share: 1.5}}\n": "7:24: out-of-limits: `asks.cancel.share`: this is above 1",
    "asks: {cancel: {rate: -1}}\n": "7:23: out-of-limits: `asks.cancel.rate`: this is below 0",
    "asks: {cancel: {}}\n": "7:8: missing-key: `cancel` needs one of `rate`, `share`; add one",
    "asks: {cancel: {share: 0.1, amount: 5}}\n": "7:37: no-amount: `cancel` has no amount to ask for",
    "asks: {credit: {share: 0.1, amount: 0}}\n": "7:37: out-of-limits: `asks.credit.amount`: this is not above 0",
    "asks: {credit: {share: 0.1, inputs: {wy: late}}}\n": (
        "7:38: unknown-fact: there is no fact `asks.credit.wy`; did you mean `why`?"
    ),
    "asks: {credit: {share: 0.1, inputs: {why: {given: ask.note, table: {a: late, else: lost}}}}}\n": "",
    "asks: {credit: {share: 0.1, inputs: {why: {given: order.total > 2.0, table: {true: late, false: lost}}}}}\n": "",
    "asks: {credit: {share: 0.1, inputs: {why: {given: ask.why, table: {late: late, else: lost}}}}}\n": (
        "7:38: cyclic-draw: `ask.why` needs itself before it; take one out of the circle"
    ),
    "asks: {cancel: {share: 0.1, when: customer.vip}}\n": (
        "7:16: not-drawn: `asks.cancel` reads `customer.vip`, which is not drawn; draw it too, or read another"
    ),
    "role: bos\n": "7:7: value-not-in-enum: `role`: this is not one of `ai`, `agent`, `boss`; did you mean `boss`?",
    "history: {count: 1, items: {acton: credit}}\n": (
        "7:29: unknown-fact: there is no fact `history.acton`; did you mean `action`?"
    ),
}
BESIDE = (
    "facts: {customer.visits: {poisson: 1}, customer.spend: {poisson: 9}, "
    "customer.score: {uniform: {low: 0, high: 1}}, order.total: {expression: customer.spend * 2}}\n"
)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_wrong_is_reported(part: str, tmp_path: Path) -> None:
    beside = "title: Tiny\n" if part.startswith("facts") else BESIDE
    found = wrong(tmp_path, beside + part)
    wanted = PARTS[part]
    assert any(one.startswith(f"people.yaml:{wanted}") for one in found) if wanted else found == [], found


def test_the_head_is_checked(tmp_path: Path) -> None:
    facts = "facts: {customer.visits: 1}\n"
    assert wrong(tmp_path, facts, pack="telecom") == [
        "people.yaml:5:7: other-pack: the population is for pack `telecom`, and this is pack `tiny`; "
        "name this pack, or use that one"
    ]
    assert wrong(tmp_path, facts, now="2026-02-31T10:00:00")[0].startswith("people.yaml:5:6: bad-literal")
    span = "{from: 2026-03-05T10:00:00, to: 2026-03-04T10:00:00}"
    assert wrong(tmp_path, facts, now=span) == ["people.yaml:5:6: empty-range: `from` is after `to`; exchange them"]
    assert wrong(tmp_path, facts, customers=0)[0].startswith("people.yaml:5:12: not-allowed-value")


def test_circles_name_what_is_in_them(tmp_path: Path) -> None:
    devices = "customer.devices: {count: {expression: customer.visits}, items: {}}"
    text = f"facts: {{customer.visits: {{expression: size(customer.devices)}}, {devices}}}\n"
    assert [one.split(": ", 2)[1:] for one in wrong(tmp_path, text)] == [
        ["cyclic-draw", "`customer.visits` needs `customer.devices` before it; take one out of the circle"],
        ["cyclic-draw", "`customer.devices` needs `customer.visits` before it; take one out of the circle"],
    ]


def test_every_code_is_documented() -> None:
    messages = [*(message for message, _ in FACTS.values()), *filter(None, PARTS.values())]
    used = {message.split(": ")[1] for message in messages}
    assert used <= CODES.keys()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    spend = "{normal: {mean: 1, sd: 1}}"
    found = wrong(tmp_path, f"facts: {{customer.plan: gold, customer.vip: 3, customer.spend: {spend}}}\n")
    assert len(found) == 3


def test_no_value_of_a_spec_is_echoed(tmp_path: Path) -> None:
    assert "secret" not in "".join(wrong(tmp_path, "facts: {customer.plan: secret, customer.since: secret}\n"))


def test_everything_that_can_be_drawn_has_an_example(tmp_path: Path) -> None:
    assert drawn(tmp_path, EVERY).customers == 4000
