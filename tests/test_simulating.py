"""Simulations from the command line: a shop tries a change on drawn customers, and on asks from a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from starter import LATE, leeway, starter

ROOT = Path(__file__).parent.parent
SIMULATION = """\
simulation: vouchers
title: Should vouchers be larger?
pack: starter
population: customers.yaml
segment: customer.membership
resamples: 1000
candidates:
  - name: larger
    patch: larger.yaml
  - name: same
    patch: none.yaml
response:
  accepts: {low: 0.5, base: 0.8, high: 0.95}
  contacts_again: "refused ? 0.5 : 0.1"
  contact_cost: 4
gates:
  - fail: company_cost > +90%
  - warn: escalated > +1%
tunable:
  share: {from: 0.05, to: 0.5, step: 0.05}
  most_a_year: {from: 20, to: 200, step: 10}
objectives:
  - maximize: customer_value
  - minimize: company_cost
"""
CUSTOMERS = """\
population: shoppers
pack: starter
seed: 3
customers: 3000
now: 2026-03-05T10:00:00
role: {categorical: {agent: 0.8, supervisor: 0.2}}
facts:
  customer.id: {numbered: "C-{n}"}
  customer.membership: {categorical: {regular: 0.8, gold: 0.2}}
  order.total: {lognormal: {median: 60, p90: 150}, round: 0.01}
  order.promised: {days_ago: {uniform: {low: 5, high: 9}}}
  order.delivered: {days_ago: {uniform: {low: 0, high: 12}}, none: 0.1, missing: 0.05}
asks:
  voucher: {share: 0.5}
"""
LARGER = """\
patch: larger
title: A larger voucher, up to a higher limit
pack: starter
edits:
  - id: more
    title: A third of the order
    set: params.share
    to: 0.33
  - id: limit
    title: Up to 150 a year
    set: params.most_a_year
    to: 150
"""
NONE = """\
patch: none
title: As it is, written anew
pack: starter
edits:
  - set: params.share
    to: 0.2
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the starter pack and a simulation of it."""
    folder = tmp_path_factory.mktemp("shop")
    starter(folder)
    for name, text in {"try": SIMULATION, "customers": CUSTOMERS, "larger": LARGER, "none": NONE}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def run(shop: Path, *args: str | Path) -> Result:
    return leeway("--packs", shop, *args)


def study(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def compared(shop: Path) -> dict[str, Any]:
    result = run(shop, "compare", shop / "try.yaml", "--workers", "1", "--json")
    assert result.exit_code == 0
    return study(result)


def figure(run_: dict[str, Any], name: str) -> Any:
    return next(one["value"] for one in run_["figures"] if one["measure"] == name)


def change(comparison: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in comparison["changes"] if one["measure"] == name)
    return found


def test_a_larger_voucher_costs_more_and_the_study_says_where_that_comes_from(compared: dict[str, Any]) -> None:
    larger = compared["comparisons"][0]
    cost = change(larger, "company_cost")
    assert float(cost["difference"]) > 0
    assert float(cost["interval"]["low"]) > 0
    shares = next(one for one in larger["attribution"] if one["measure"] == "company_cost")
    total = sum(float(one["contribution"]) for one in shares["shares"])
    assert total == pytest.approx(float(cost["difference"]))
    assert [one["edit"] for one in shares["shares"]] == ["A third of the order", "Up to 150 a year"]
    assert larger["changed"]["decisions"] > 0
    assert larger["advice"] in ("ship", "review")


def test_a_patch_that_changes_nothing_gives_exactly_zero(compared: dict[str, Any]) -> None:
    same = compared["comparisons"][1]
    assert {float(one["difference"]) for one in same["changes"]} == {0}
    assert {(float(one["interval"]["low"]), float(one["interval"]["high"])) for one in same["changes"]} == {(0, 0)}
    assert same["changed"]["decisions"] == same["changed"]["reasons_only"] == same["changed"]["alternatives"] == 0
    assert same["advice"] == "ship"


def test_a_changed_case_can_be_decided_as_it_is_printed(shop: Path, compared: dict[str, Any], tmp_path: Path) -> None:
    case = compared["comparisons"][0]["changed"]["cases"][0]
    file = tmp_path / "case.jsonl"
    file.write_text(json.dumps(case["request"]) + "\n", encoding="utf-8")
    decided = json.loads(run(shop, "decide", "--pack", "starter", "--requests", file).stdout)
    assert decided["id"] == case["id"]
    assert (decided["offer"] or {}).get("amount") == case["before"]["amount"]


def test_two_processes_count_the_same_to_the_last_digit(shop: Path, compared: dict[str, Any]) -> None:
    text = (shop / "customers.yaml").read_text(encoding="utf-8")
    (shop / "customers.yaml").write_text(text + "batch: 1000\n", encoding="utf-8")
    again = study(run(shop, "compare", shop / "try.yaml", "--workers", "2", "--json"))
    (shop / "customers.yaml").write_text(text, encoding="utf-8")
    assert again["runs"] == compared["runs"]
    assert [one["changes"] for one in again["comparisons"]] == [one["changes"] for one in compared["comparisons"]]


def test_one_candidate_can_be_compared_without_its_edits_tried_by_themselves(
    shop: Path, compared: dict[str, Any]
) -> None:
    options = ("--candidate", "larger", "--no-attribution", "--workers", "1", "--json")
    (only,) = study(run(shop, "compare", shop / "try.yaml", *options))["comparisons"]
    assert only["changes"] == compared["comparisons"][0]["changes"]
    assert only["attribution"] == []
    near = run(shop, "compare", shop / "try.yaml", "--candidate", "lager")
    assert near.exit_code == 2
    assert "did you mean `larger`?" in near.stderr


def test_simulate_says_what_the_policy_comes_to_by_itself(shop: Path, compared: dict[str, Any]) -> None:
    found = study(run(shop, "simulate", shop / "try.yaml", "--workers", "1", "--json"))
    assert found["comparisons"] == []
    assert found["runs"] == compared["runs"][:1]
    assert figure(found["runs"][0], "asks") == sum(found["runs"][0]["verdicts"].values())


def test_reports_are_written_whole_in_every_form(shop: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("report.html", "report.json", "report.txt", "cases.jsonl")]
    outputs = [part for file in files for part in ("--output", file)]
    result = run(shop, "compare", shop / "try.yaml", "--workers", "1", "--customers", "600", *outputs)
    assert result.exit_code == 0
    assert "Should vouchers be larger?" in result.stdout
    assert "<html" in files[0].read_text(encoding="utf-8")
    assert json.loads(files[1].read_text(encoding="utf-8"))["reproduction"]["customers"] == 600
    assert "A larger voucher" in files[2].read_text(encoding="utf-8")
    assert all(json.loads(line)["ask"]["action"] == "voucher" for line in files[3].read_text().splitlines())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file.name for file in files)


def test_a_crossed_gate_fails_the_command(shop: Path, tmp_path: Path) -> None:
    spec = shop / "strict.yaml"
    spec.write_text(SIMULATION.replace("+90%", "+1%"), encoding="utf-8")
    result = run(shop, "compare", spec, "--workers", "1", "--customers", "1000")
    assert result.exit_code == 1
    assert "Do not ship" in result.stdout


def test_asks_from_a_file_stand_in_for_drawn_ones(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "asks.jsonl"
    lines = [
        {**LATE, "id": f"a-{n}", "facts": {**LATE["facts"], "customer": {"id": f"C-{n}", "membership": "gold"}}}
        for n in range(40)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = study(run(shop, "compare", shop / "try.yaml", "--population", file, "--workers", "1", "--json"))
    assert found["reproduction"]["population"] == "asks"
    assert found["runs"][0]["verdicts"]["approve"] == 40
    assert found["measures"][0]["evidence"] == "replayed"
    assert found["comparisons"][0]["changed"]["decisions"] == 40


def test_tuning_offers_rounded_settings_that_were_scored_on_other_customers(shop: Path) -> None:
    found = study(run(shop, "tune", shop / "try.yaml", "--trials", "12", "--workers", "1", "--json"))
    tuning = found["tuning"]
    assert 8 <= len(tuning["trials"]) <= 12
    assert any(one["front"] for one in tuning["trials"])
    finalist = tuning["finalists"][0]
    assert set(finalist["parameters"]) == {"share", "most_a_year"}
    assert finalist["held_out"] != finalist["searched"]
    assert "set: params.share" in finalist["patch"]


def test_a_finalist_is_a_patch_that_compare_takes(shop: Path) -> None:
    found = study(run(shop, "tune", shop / "try.yaml", "--trials", "5", "--workers", "1", "--json"))
    (shop / "larger.yaml").write_text(found["tuning"]["finalists"][0]["patch"], encoding="utf-8")
    result = run(shop, "compare", shop / "try.yaml", "--customers", "300", "--workers", "1", "--json")
    (shop / "larger.yaml").write_text(LARGER, encoding="utf-8")
    assert result.exit_code in (0, 1)
    assert study(result)["comparisons"][0]["candidate"] == "larger"


def test_a_population_is_written_and_described(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "shoppers.parquet"
    made = run(shop, "population", "make", shop / "customers.yaml", "--pack", "starter", "--output", file)
    assert "3,000 customers" in made.stdout
    drawn, read = (
        json.loads(run(shop, "population", "describe", one, "--pack", "starter", "--json").stdout)
        for one in (shop / "customers.yaml", file)
    )
    assert drawn["facts"] == read["facts"]
    assert drawn["asks"] == read["asks"]
    table = run(shop, "population", "describe", file, "--pack", "starter").stdout
    assert "customer.membership" in table


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("patch: larger.yaml", "patch: lager.yaml"), "try.yaml:9:12: not-a-file"),
        (("escalated > +1%", "escalatet > +1%"), "did you mean `escalated`?"),
        (("pack: starter", "pack: statrer"), "did you mean `starter`?"),
    ],
)
def test_what_is_wrong_with_a_specification_is_told_by_place(
    shop: Path, changed: tuple[str, str], message: str
) -> None:
    (shop / "bad").mkdir(exist_ok=True)
    for name in ("customers", "larger", "none"):
        (shop / "bad" / f"{name}.yaml").write_bytes((shop / f"{name}.yaml").read_bytes())
    (shop / "bad" / "try.yaml").write_text(SIMULATION.replace(*changed), encoding="utf-8")
    result = run(shop, "compare", shop / "bad" / "try.yaml")
    assert result.exit_code == 1
    assert message in result.stderr


def test_an_interrupt_leaves_no_file_and_no_process(shop: Path, tmp_path: Path) -> None:
    text = (shop / "customers.yaml").read_text(encoding="utf-8")
    (shop / "many.yaml").write_text(text.replace("customers: 3000", "customers: 3000000"), encoding="utf-8")
    args = ["--packs", str(shop), "compare", str(shop / "try.yaml"), "--population", str(shop / "many.yaml")]
    args += ["--workers", "2", "--output", str(tmp_path / "report.html")]
    started = subprocess.Popen(
        [sys.executable, "-m", "api.cli", *args],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: len(descendants(started.pid)) >= 2)
    workers = descendants(started.pid)
    os.kill(started.pid, signal.SIGINT)
    assert started.wait(60) != 0
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert list(tmp_path.iterdir()) == []


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in children.read_text().split()] if children.exists() else []


def wait_for(holds: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)
