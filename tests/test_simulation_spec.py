"""Simulations as people write them: read, checked against the pack, and what is wrong said where it stands."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from packs import write_pack

from engine.backends.reference import evaluate
from engine.language.diagnostics import Diagnostic, Diagnostics, Mark, PolicyError
from engine.program.nodes import Const, Input
from engine.program.types import BOOL, MONEY, NUMBER
from simulations.specs.measures import MEASURES, measures
from simulations.specs.read import read_simulation
from simulations.specs.simulation import Simulation
from simulations.specs.variables import VARIABLES

ROOT = Path(__file__).parent.parent
PACK = """\
params: {gesture: 20, word: fine}
define:
  late: order.days > 3
actions:
  refund: {amount: money, company_cost: amount}
  points: {amount: int, inputs: {wants: {enum: [few, many]}}}
rules:
  - id: a
    action: refund
    when: late && history.count(h, true) < 3
    allow: {up_to: params.gesture}
  - {id: b, action: points, allow: {up_to: 5}}
"""
RESPONSE = """\
response:
  accepts: {title: Most do., low: 0.5, base: "verdict == 'approve' ? 0.9 : 0.6", high: 1}
  stays: "accepted ? 0.97 : 0.9"
  contacts_again: "refused ? 0.3 : 0"
  worth: order.total
  contact_cost: 6.50
"""


def read(folder: Path, text: str) -> Simulation:
    """Return the simulation of a text, over a tiny pack."""
    pack = write_pack(folder / "tiny", PACK)
    (folder / "asks.jsonl").write_text("", encoding="utf-8")
    (folder / "change.yaml").write_text("patch: change\n", encoding="utf-8")
    file = folder / "simulation.yaml"
    file.write_text(f"simulation: trial\npack: tiny\n{text}", encoding="utf-8")

    def packs(name: str) -> Path:
        if name == "tiny":
            return pack
        raise PolicyError((Diagnostic(Mark(name), "unknown-pack", f"there is no pack `{name}`"),))

    return read_simulation(file, packs, Diagnostics())[0]


def found(folder: Path, text: str) -> list[str]:
    """Return what is wrong with a simulation, without its folder."""
    with pytest.raises(PolicyError) as caught:
        read(folder, text)
    return [str(one).removeprefix(f"{folder.as_posix()}/simulation.yaml:") for one in caught.value.diagnostics]


def test_a_simulation_needs_a_name_and_a_pack_and_has_settings_of_its_own(tmp_path: Path) -> None:
    one = read(tmp_path, "")
    assert (one.name, one.title, one.pack) == ("trial", "trial", tmp_path / "tiny")
    assert (one.seed, one.resamples, one.confidence, one.floor, one.cases) == (1, 2000, 0.95, 30, 200)
    assert (one.population, one.baseline, one.segment, one.response, one.now) == (None, None, None, None, None)


def test_settings_that_are_given_count(tmp_path: Path) -> None:
    one = read(tmp_path, "seed: 7\nresamples: 5000\nconfidence: 0.9\nfloor: 100\ncases: 0\nnow: 2026-03-05T10:00:00Z\n")
    assert (one.seed, one.resamples, one.confidence, one.floor, one.cases) == (7, 5000, 0.9, 100, 0)
    assert one.now == 1772704800 * 1_000_000


def test_files_are_named_as_seen_from_the_simulation(tmp_path: Path) -> None:
    one = read(tmp_path, "population: asks.jsonl\nbaseline: change.yaml\n")
    assert (one.population, one.baseline) == (tmp_path / "asks.jsonl", tmp_path / "change.yaml")


def test_a_candidate_without_a_patch_is_the_pack_as_it_is(tmp_path: Path) -> None:
    items = "  - {name: a, patch: change.yaml}\n  - {name: b, patch: none}\n  - {name: c}\n"
    one = read(tmp_path, f"candidates:\n{items}")
    assert [(each.name, each.patch) for each in one.candidates] == [
        ("a", tmp_path / "change.yaml"),
        ("b", None),
        ("c", None),
    ]


def test_assumptions_are_expressions_over_facts_and_the_answer(tmp_path: Path) -> None:
    response = read(tmp_path, RESPONSE).response
    assert response is not None
    assert [one.name for one in response.guesses()] == ["accepts", "stays", "contacts_again", "worth", "contact_cost"]
    assert [one.base.type for one in response.guesses()] == [NUMBER, NUMBER, NUMBER, MONEY, MONEY]
    assert response.accepts.texts == ("0.5", "verdict == 'approve' ? 0.9 : 0.6", "1")
    assert response.accepts.title == "Most do."


def test_one_expression_is_both_ends_of_an_assumption_too(tmp_path: Path) -> None:
    response = read(tmp_path, RESPONSE).response
    assert response is not None
    assert response.contact_cost is not None
    assert [one.value for one in (response.contact_cost.low, response.contact_cost.high) if isinstance(one, Const)] == [
        650,
        650,
    ]


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_can_be_read_as_the_input_it_is(name: str, tmp_path: Path) -> None:
    condition = name if VARIABLES[name].type == BOOL else f"{name} == {name}"
    one = read(tmp_path, f'{RESPONSE}measures:\n  seen: {{value: "{condition}"}}\n')
    assert isinstance(VARIABLES[name], Input)
    assert one.measures[0].measure.evidence == ("assumed" if name == "accepted" else "accounted")


def test_measures_come_in_the_order_of_reports_with_those_of_the_simulation_last(tmp_path: Path) -> None:
    one = read(tmp_path, f"{RESPONSE}measures:\n  late_asks: {{title: Late, value: late, better: lower}}\n")
    assert [each.name for each in measures(one)] == [*(each.name for each in MEASURES), "late_asks"]
    assert measures(one)[-1].model_dump() == {
        "name": "late_asks",
        "title": "Late",
        "unit": "count",
        "evidence": "accounted",
        "better": "lower",
        "custom": True,
    }


def test_without_a_response_model_nothing_is_assumed(tmp_path: Path) -> None:
    plain = measures(read(tmp_path, ""))
    assert {one.evidence for one in plain} == {"accounted"}
    assert "accepted" not in {one.name for one in plain}


def test_with_a_response_model_money_is_assumed_and_counts_are_accounted(tmp_path: Path) -> None:
    assumed = {one.name for one in measures(read(tmp_path, "response: {accepts: 0.8}\n")) if one.evidence == "assumed"}
    assert assumed == {"company_cost", "customer_value", "company_gain", "margin", "accepted", "net"}


def test_a_segment_is_text_of_facts(tmp_path: Path) -> None:
    one = read(tmp_path, "segment: order.level\n")
    assert one.segment is not None
    assert (one.segment_text, str(one.segment.type)) == ("order.level", "one of gold, silver")


def test_tunables_and_objectives_are_read(tmp_path: Path) -> None:
    text = "tunable: {gesture: {from: 10, to: 40, step: 5, round_to: 10}}\nobjectives: [{minimize: company_cost}]\n"
    one = read(tmp_path, text)
    (tunable,) = one.tunables
    assert (tunable.parameter, tunable.low, tunable.high, tunable.step, tunable.round_to) == ("gesture", 10, 40, 5, 10)
    assert [(each.measure, each.direction) for each in one.objectives] == [("company_cost", "minimize")]


WRONG = {
    "populaton: asks.jsonl\n": ["3:1: unknown-key: unknown key `populaton`; did you mean `population`?"],
    "population: gone.jsonl\n": ["3:13: not-a-file: the file does not exist; name it as seen from this file"],
    "resamples: 100\n": ["3:12: not-allowed-value: `resamples` cannot be `100`; write at least 1000"],
    "now: 2026-13-05\n": ["3:6: bad-literal: this is not a time; write it as 2026-03-01T09:00:00"],
    "candidates: [{name: a}, {name: a}]\n": ["3:25: name-clash: there is a `a` already; give each its own name"],
    "candidates: [{name: baseline}]\n": ["3:14: name-clash: there is a `baseline` already; give each its own name"],
    "segment: order.leval\n": [
        "3:10: unknown-fact: `segment` reads unknown fact `order.leval`; did you mean `order.level`?"
    ],
    "segment: order.days\n": ["3:10: wrong-type: `segment`: this is an int, and a text is needed"],
    "segment: \"late && ask.action == 'refund' ? 'a' : 'b'\"\n": [
        "3:10: segment-of-ask: `segment` reads `ask`, which is no fact of the customer; tell customers apart by facts"
    ],
    "response: {accepts: 1.5}\n": [
        "3:21: bad-probability: `accepts` is a probability, and cannot be `1.5`; write a number from 0 to 1"
    ],
    "response: {accepts: {base: 0.5, high: -1}}\n": [
        "3:39: bad-probability: `accepts` is a probability, and cannot be `-1`; write a number from 0 to 1"
    ],
    "response: {accepts: late}\n": ["3:21: wrong-type: `accepts`: this is a bool, and a number is needed"],
    "response: {accepts: refuse}\n": [
        "3:21: unknown-fact: `accepts` reads unknown fact `refuse`; did you mean `refused`?"
    ],
    'response: {accepts: "accepted ? 1 : 0"}\n': ["3:22: unknown-fact: `accepts` reads unknown fact `accepted`"],
    "response: {accepts: \"verdict == 'aprove' ? 1 : 0\"}\n": [
        "3:33: value-not-in-enum: `accepts`: `aprove` is not one of approve, counter, escalate, refer, ask, undecided, "
        "...; did you mean `approve`?"
    ],
    'response: {accepts: "ask.amount > 5 ? 1 : 0"}\n': [
        "3:22: unknown-input: `accepts` reads unknown input `ask.amount`; did you mean `ask.wants`?"
    ],
    "response: {accepts: 1, worth: 5}\n": ["3:24: missing-key: `worth` needs `stays` beside it; add `stays:`"],
    "response: {accepts: 1, stays: 1, worth: late}\n": [
        "3:41: wrong-type: `worth`: this is a bool, and a money is needed"
    ],
    "measures: {net: {value: 1}}\n": ["3:12: name-clash: `net` is measured anyhow; give yours another name"],
    "measures: {share: {value: 0.5}}\n": [
        "3:27: wrong-type: `share` is number, which cannot be added up; give money, a whole number or a condition"
    ],
    "measures: {taken: {value: accepted}}\n": ["3:27: unknown-fact: `taken` reads unknown fact `accepted`"],
    "tunable: {gestures: {from: 1, to: 2}}\n": [
        "3:11: unknown-parameter: there is no parameter `gestures`; did you mean `gesture`?"
    ],
    "tunable: {word: {from: 1, to: 2}}\n": [
        "3:11: wrong-type: parameter `word` is text, and only numbers can be tuned"
    ],
    "tunable: {gesture: {from: 2, to: 2}}\n": [
        "3:20: empty-range: `from` 2 is not below `to` 2: there is nothing to try"
    ],
    "objectives: [{maximize: margins}]\n": [
        "3:25: unknown-measure: there is no measure `margins`; did you mean `margin`?"
    ],
    "objectives: [{maximize: net}]\n": [
        "3:25: unknown-measure: `net` needs assumptions that are not made; give `response:` with what it needs"
    ],
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_where_it_stands(text: str, tmp_path: Path) -> None:
    assert found(tmp_path, text) == WRONG[text]


def test_a_pack_that_there_is_not_is_said_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulation.yaml").write_text("simulation: trial\npack: tinny\n", encoding="utf-8")

    def packs(name: str) -> Path:
        raise PolicyError((Diagnostic(Mark(name), "unknown-pack", f"there is no pack `{name}`"),))

    with pytest.raises(PolicyError, match=r"simulation.yaml:2:7: unknown-pack: there is no pack `tinny`"):
        read_simulation(tmp_path / "simulation.yaml", packs, Diagnostics())


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = "segment: order.leval\ngates:\n  - fail: costs > 1\nresponse: {accepts: 7}\n"
    assert [line.split(": ")[1] for line in found(tmp_path, text)] == [
        "unknown-fact",
        "unknown-measure",
        "bad-probability",
    ]


def test_where_actions_all_have_money_the_amount_asked_can_be_read(tmp_path: Path) -> None:
    money = "actions: {refund: {amount: money}}\nrules: [{id: a, action: refund, allow: {up_to: 5}}]\n"
    pack = write_pack(tmp_path / "tiny", money)
    file = tmp_path / "simulation.yaml"
    file.write_text(
        'simulation: s\npack: tiny\nresponse: {accepts: "amount < ask.amount ? 0.5 : 1"}\n', encoding="utf-8"
    )
    assert read_simulation(file, lambda _: pack, Diagnostics())[0].response is not None


def test_an_assumption_is_evaluated_with_the_answer_as_an_input(tmp_path: Path) -> None:
    response = read(tmp_path, RESPONSE).response
    assert response is not None
    assert evaluate(response.accepts.base, {"@verdict": "approve"}) == 0.9
    assert response.stays is not None
    assert evaluate(response.stays.base, {"@accepted": False}) == 0.9


def test_a_simulation_can_be_sent_to_another_process(tmp_path: Path) -> None:
    one = pickle.loads(pickle.dumps(read(tmp_path, RESPONSE)))
    assert evaluate(one.response.accepts.base, {"@verdict": "decline"}) == 0.6


@pytest.mark.parametrize("name", ["airline", "telecom"])
def test_the_simulations_that_are_shipped_say_nothing_wrong(name: str) -> None:
    file = ROOT / "simulations" / name / "simulation.yaml"
    simulation, release = read_simulation(file, lambda pack: ROOT / "rules" / pack, Diagnostics())
    assert simulation.candidates
    assert release.policy.pack.header.name == name
