"""Gates: read as they are written, and held against a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from packs import write_pack

from engine.language.diagnostics import Diagnostics, PolicyError
from schemas.study import Gate
from simulations.comparing.contrast import ALL, Contrast
from simulations.comparing.gates import advice, excess, gate
from simulations.comparing.quantities import Currency
from simulations.specs.measures import MEASURES
from simulations.specs.read import read_simulation
from simulations.specs.simulation import GateSpec

POUNDS = Currency("GBP", 2)
PACK = "actions: {refund: {amount: money}}\nrules: [{id: a, action: refund, allow: {up_to: 5}}]\n"


def read(folder: Path, *gates: str, segment: str = "order.level") -> tuple[GateSpec, ...]:
    """Return the gates of a simulation over a tiny pack."""
    pack = write_pack(folder / "tiny", PACK)
    lines = "".join(f"  - {one}\n" for one in gates)
    file = folder / "simulation.yaml"
    file.write_text(
        f"simulation: s\npack: tiny\n{segment and f'segment: {segment}'}\ngates:\n{lines}", encoding="utf-8"
    )
    return read_simulation(file, lambda _: pack, Diagnostics())[0].gates


def found(folder: Path, gate: str, segment: str = "order.level") -> list[str]:
    """Return what is wrong with a gate, without its file; it begins in column 11 of line 5."""
    with pytest.raises(PolicyError) as caught:
        read(folder, f"fail: {gate}", segment=segment)
    return [str(one).rsplit("simulation.yaml:", 1)[-1] for one in caught.value.diagnostics]


def contrast(name: str, baseline: int, candidate: int, interval: tuple[int, int] | None) -> Contrast:
    """Return how a measure of the catalogue differs."""
    measure = next(one for one in MEASURES if one.name == name)
    return Contrast(measure, baseline, candidate, interval, None)


def held(folder: Path, text: str, contrasts: Mapping[str, tuple[Contrast, ...]]) -> Gate:
    """Return a gate held against contrasts."""
    (spec,) = read(folder, f"fail: {text}")
    return gate(spec, contrasts, POUNDS)


def test_a_gate_is_a_measure_against_its_value_its_change_or_its_change_in_percent(tmp_path: Path) -> None:
    read_ = read(
        tmp_path,
        "fail: company_cost > 1000.50",
        "warn: margin<-20",
        "fail: declined >= +0%",
        "warn: asks in gold <= +3",
        "warn: asks in 'unknown' < -2.5%",
    )
    assert [(one.level, one.measure, one.segment, one.op, one.limit, one.kind) for one in read_] == [
        ("fail", "company_cost", None, ">", 1000.5, "value"),
        ("warn", "margin", None, "<", -20.0, "change"),
        ("fail", "declined", None, ">=", 0.0, "percent"),
        ("warn", "asks", "gold", "<=", 3.0, "change"),
        ("warn", "asks", "unknown", "<", -2.5, "percent"),
    ]
    assert read_[0].text == "company_cost > 1000.50"


FORMS = "write `net < 1000` (its value), `net < -1000` (its change), or `net in premier < -5%`"


@pytest.mark.parametrize("text", ["company_cost", "company_cost = 5", "5 > company_cost", "company_cost > 5 pounds"])
def test_what_is_no_gate_is_told_how_to_write_one(text: str, tmp_path: Path) -> None:
    assert found(tmp_path, text) == [f"5:11: bad-gate: `fail` does not hold a measure against a limit; {FORMS}"]


def test_a_percentage_says_which_way_it_changes(tmp_path: Path) -> None:
    help = "write `+5%` or `-5%`"
    says = f"5:26: bad-gate: a percentage is a change against the baseline, up or down; {help}"
    assert found(tmp_path, "company_cost > 5%") == [says]


def test_a_gate_names_a_measure_that_there_is(tmp_path: Path) -> None:
    says = "unknown-measure: there is no measure `company_costs`; did you mean `company_cost`?"
    assert found(tmp_path, "company_costs > 5") == [f"5:11: {says}"]


def test_a_gate_names_a_segment_that_customers_can_be_in(tmp_path: Path) -> None:
    says = "unknown-segment: there is no segment `golden`; did you mean `gold`?"
    assert found(tmp_path, "asks in golden > 5") == [f"5:19: {says}"]


def test_a_gate_on_a_segment_needs_segments(tmp_path: Path) -> None:
    says = "unknown-segment: there is no segment `gold`, for customers are not told apart"
    assert found(tmp_path, "asks in gold > 5", segment="") == [f"5:19: {says}; say which they are in by `segment:`"]


@pytest.mark.parametrize(
    ("text", "interval", "crossed", "unsure"),
    [
        ("declined > +0%", (5, 15), True, False),
        ("declined > +0%", (-2, 22), True, True),
        ("declined > +0%", (0, 22), True, True),
        ("declined > +9.9%", (10, 11), True, False),
        ("declined > +10%", (10, 11), False, True),
        ("declined >= +10%", (10, 11), True, False),
        ("declined > +10", (1, 10), False, False),
        ("declined > 110", (1, 10), False, False),
        ("declined >= 110", (1, 10), True, True),
        ("declined > 105", (6, 14), True, False),
        ("declined < -5%", (1, 10), False, False),
        ("declined < +50", (1, 10), True, False),
        ("declined <= -5", (-8, 10), False, True),
    ],
)
def test_a_gate_is_crossed_by_what_is_seen_and_unsure_where_the_interval_reaches_to_both_sides(
    text: str, interval: tuple[int, int], crossed: bool, unsure: bool, tmp_path: Path
) -> None:
    one = held(tmp_path, text, {ALL: (contrast("declined", 100, 110, interval),)})
    assert (one.crossed, one.unsure) == (crossed, unsure)


def test_nothing_that_changes_crosses_no_gate_on_a_change(tmp_path: Path) -> None:
    for text in ("declined > +0%", "declined > +0", "declined < -0%"):
        one = held(tmp_path, text, {ALL: (contrast("declined", 100, 100, (0, 0)),)})
        assert (one.crossed, one.unsure) == (False, False)


def test_any_rise_from_nothing_is_more_than_any_percentage(tmp_path: Path) -> None:
    assert held(tmp_path, "declined > +500%", {ALL: (contrast("declined", 0, 1, (1, 2)),)}).crossed


def test_a_loss_that_grows_is_a_fall_in_percent(tmp_path: Path) -> None:
    assert held(tmp_path, "margin < -10%", {ALL: (contrast("margin", -10000, -12000, (-2100, -1900)),)}).crossed


def test_limits_of_money_are_in_whole_units_and_exact(tmp_path: Path) -> None:
    cost = contrast("company_cost", 0, 110, (110, 110))
    assert not held(tmp_path, "company_cost > 1.1", {ALL: (cost,)}).crossed
    assert held(tmp_path, "company_cost >= 1.1", {ALL: (cost,)}).crossed


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("company_cost > 1", "12,345.67 GBP, before 12,000.00 GBP"),
        ("company_cost > +1", "+345.67 GBP, from 12,000.00 GBP to 12,345.67 GBP"),
        ("company_cost > +1%", "+2.9 %, +345.67 GBP, from 12,000.00 GBP to 12,345.67 GBP"),
    ],
)
def test_a_gate_says_what_it_was_held_against(text: str, seen: str, tmp_path: Path) -> None:
    assert held(tmp_path, text, {ALL: (contrast("company_cost", 1200000, 1234567, (0, 1)),)}).seen == seen


def test_a_gate_on_too_few_customers_is_not_crossed_and_unsure(tmp_path: Path) -> None:
    one = held(tmp_path, "asks in gold > +0%", {ALL: (contrast("asks", 1, 2, (1, 1)),)})
    assert (one.crossed, one.unsure, one.seen) == (False, True, "not enough customers to say")
    assert held(tmp_path, "asks > +0%", {ALL: (contrast("asks", 1, 2, None),)}).unsure


def test_a_gate_on_a_segment_is_held_against_that_segment(tmp_path: Path) -> None:
    few, many = contrast("asks", 10, 10, (0, 0)), contrast("asks", 10, 30, (19, 21))
    assert held(tmp_path, "asks in gold > +0%", {ALL: (few,), "gold": (many,)}).crossed


@pytest.mark.parametrize(
    ("text", "over"),
    [("company_cost > +5", 5.0), ("company_cost > +10", 0.0), ("company_cost >= +10", 0.01), ("margin < -20", -10.0)],
)
def test_the_excess_of_a_gate_is_above_zero_exactly_where_it_is_crossed(text: str, over: float, tmp_path: Path) -> None:
    (spec,) = read(tmp_path, f"fail: {text}")
    change = -1000 if spec.measure == "margin" else 1000
    contrasts = {ALL: (contrast(spec.measure, 0, change, (0, 0)),)}
    assert excess(spec, contrasts, POUNDS) == over
    assert gate(spec, contrasts, POUNDS).crossed == (over > 0)


@pytest.mark.parametrize(
    ("gates", "advised"),
    [
        ([], "review"),
        ([("fail", False, False), ("warn", False, False)], "ship"),
        ([("warn", False, True)], "ship"),
        ([("fail", False, True)], "review"),
        ([("fail", False, False), ("warn", True, False)], "review"),
        ([("fail", True, True), ("warn", False, False)], "do not ship"),
        ([("fail", True, False), ("warn", True, False)], "do not ship"),
    ],
)
def test_what_gates_advise(gates: list[tuple[str, bool, bool]], advised: str) -> None:
    made = [
        Gate.model_validate({"level": level, "condition": "", "crossed": crossed, "seen": "", "unsure": unsure})
        for level, crossed, unsure in gates
    ]
    assert advice(made) == advised
