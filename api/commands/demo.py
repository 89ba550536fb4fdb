"""`leeway demo`: a handful of real cases, decided and told as a person would want to read them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from api.folders import packs_in, reported
from api.releases import releases
from schemas.decision import Decision
from simulations.scenarios.run import Answered, Result, run
from simulations.scenarios.scenario import Scenario, Step
from simulations.scenarios.suite import Suite, suite_of

VERDICTS = ("approve", "counter", "escalate", "decline", "ask")
EACH = 3
"""How many cases of a pack are shown."""
COLOURS = {"approve": "green", "counter": "yellow", "escalate": "cyan", "decline": "red", "ask": "magenta"}


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="The decisions as JSON Lines.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Decide a handful of real cases of every pack, and say what came out and why."""
    folders = [folder for folder in packs_in(ctx) if any((folder / "scenarios").glob("*.yaml"))]
    with releases() as take:
        for suite in reported(ctx, lambda: [suite_of(take(folder), folder) for folder in folders]):
            _show(suite, as_json)


def _show(suite: Suite, as_json: bool) -> None:
    """Print the cases of a pack."""
    header = suite.release.policy.pack.header
    if not as_json:
        click.secho(f"\n{header.title}", bold=True)
    for scenario in _chosen(suite.scenarios):
        result = run(suite.release, scenario, explain_all=True)
        for line in _json(result) if as_json else _told(result):
            click.echo(line)


def _chosen(scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    """Return cases with one ask that tell the most: of each verdict the one whose expectations say most."""
    best: dict[object, Scenario] = {}
    for scenario in scenarios:
        verdict = _expected(scenario.steps[0])
        if len(scenario.steps) == 1 and (verdict not in best or _weight(scenario) > _weight(best[verdict])):
            best[verdict] = scenario
    listed = [best[verdict] for verdict in VERDICTS if verdict in best]
    return tuple(listed[:EACH])


def _expected(step: Step) -> object:
    return next((one.value for one in step.expect if one.key == "verdict"), None)


def _weight(scenario: Scenario) -> int:
    return len(scenario.steps[0].expect)


def _json(result: Result) -> Iterator[str]:
    for step in result.steps:
        if step.decision is not None:
            yield step.decision.model_dump_json()


def _told(result: Result) -> Iterator[str]:
    for step in result.steps:
        if step.decision is not None:
            yield ""
            yield from _case(result, step, step.decision)


def _case(result: Result, step: Answered, decision: Decision) -> Iterator[str]:
    """Yield a case as a person reads it: what it is about, what the agent is told, what the customer is told."""
    asker = step.step.asker.role or "somebody without a role"
    verdict = click.style(decision.verdict, fg=COLOURS[decision.verdict], bold=True)
    yield f"{verdict}  {result.scenario.name}  ({asker.replace('_', ' ')} asks, {decision.now[:16].replace('T', ' ')})"
    yield from (f"    {line}" for line in decision.texts.get("agent", "").splitlines())
    if said := decision.texts.get("customer", ""):
        yield "    To the customer:"
        yield from (f"      {line}" for line in said.splitlines())
