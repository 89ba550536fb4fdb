"""A pack's scenarios, run in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.packs.pack import Pack
from engine.release import Release
from simulations.scenarios.read import scenarios_of
from simulations.scenarios.run import Result, run
from simulations.scenarios.scenario import Expectation, Scenario


@dataclass(frozen=True, eq=False, slots=True)
class Suite:
    """A pack with the scenarios beside it."""

    release: Release
    scenarios: tuple[Scenario, ...]

    def results(self) -> Iterator[Result]:
        """Yield the result of each scenario."""
        for scenario in self.scenarios:
            yield run(self.release, scenario)


def suite_of(release: Release, folder: Path) -> Suite:
    """Return the scenarios of a pack; raise `PolicyError` where their files are wrong or name what is not there."""
    found = Diagnostics()
    scenarios = scenarios_of(folder, found)
    for scenario in scenarios:
        for step in scenario.steps:
            for one in step.expect:
                _check_names(one, release.policy.pack, found)
    found.check()
    return Suite(release, scenarios)


def _check_names(one: Expectation, pack: Pack, found: Diagnostics) -> None:
    """Report rules, actions, rungs and desks that the pack does not have, which could never be seen."""
    if one.key not in KINDS:
        return
    kind = KINDS[one.key]
    known = _known(kind, pack)
    for value in one.value if isinstance(one.value, list) else [one.value]:
        name = value.get("action") if isinstance(value, dict) else value
        if isinstance(name, str) and name not in known:
            found.error(one.mark, f"unknown-{kind}", f"there is no {kind} `{name}`", did_you_mean(name, known))


KINDS = {
    "rules": "rule",
    "not_rules": "rule",
    "waived": "rule",
    "alternatives": "action",
    "not_alternatives": "action",
    "rung": "rung",
    "desk": "desk",
}


def _known(kind: str, pack: Pack) -> tuple[str, ...]:
    match kind:
        case "rule":
            return tuple(rule.id for rule in pack.rules)
        case "action":
            return tuple(action.name for action in pack.actions)
        case "rung":
            return pack.header.ladder
        case _:
            return pack.header.desks
