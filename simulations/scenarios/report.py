"""What came of scenarios, as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

from pydantic import JsonValue

from engine.language.diagnostics import Mark
from simulations.scenarios.compare import Difference
from simulations.scenarios.coverage import Coverage
from simulations.scenarios.outcome import Outcome
from simulations.scenarios.run import Answered, Result
from simulations.scenarios.scenario import Json
from simulations.scenarios.uniform import gets

Write: TypeAlias = Callable[[Sequence[Outcome]], str]


def shown(value: JsonValue) -> str:
    """Return a value as an author writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def said(one: Difference) -> str:
    """Return an expectation that does not hold, in a line without its place."""
    verb = {"not_rules": "expected none of", "not_alternatives": "expected none of"}.get(one.expected.key, "expected")
    return f"{one.expected.key}: {verb} {shown(one.expected.value)}, seen {shown(one.seen)}"


def failures(result: Result) -> Iterator[tuple[Mark, str]]:
    """Yield what is wrong with a scenario, by place."""
    for step in result.steps:
        if step.problem:
            yield step.step.mark, f"cannot be decided: {step.problem}"
        yield from ((one.expected.mark, said(one)) for one in step.differences)
    if result.scenario.uniform is not None:
        yield from ((result.scenario.uniform.mark, line) for line in result.uneven)


def details(outcome: Outcome, result: Result) -> Iterator[str]:
    """Yield lines that say what is wrong with a scenario and what decided it."""
    for mark, line in failures(result):
        yield f"{mark}: {line}"
    for step in result.steps:
        if not step.passed:
            yield from outcome.why(step)
    if result.uneven:
        yield from gets((step.step.asker, step.decision) for step in result.steps if step.decision is not None)


def pretty(outcomes: Sequence[Outcome]) -> str:
    """Return failing scenarios with what decided them, coverage where it was watched, and the counts."""
    lines: list[str] = []
    for outcome in outcomes:
        for result in outcome.failed:
            lines.append(f"failed: {result.scenario.name}")
            lines += [f"  {line}" for line in details(outcome, result)]
        if outcome.coverage is not None:
            lines += coverage_lines(outcome.coverage)
        passed = len(outcome.results) - len(outcome.failed)
        lines.append(f"{outcome.pack}: {passed} passed, {len(outcome.failed)} failed")
    return "\n".join(lines)


def coverage_lines(coverage: Coverage) -> list[str]:
    """Return a table of the rules, the sides that were not seen, and the share of those that were."""
    rows = coverage.table()
    width = max((len(row.id) for row in rows), default=4)
    lines = [f"{'rule':{width}}  true  false  conditions"]
    lines += [f"{row.id:{width}}  {row.true:4}  {row.false:5}  {row.seen:4} of {row.sides}" for row in rows]
    lines += map(str, coverage.unseen())
    return [*lines, f"coverage: {coverage.share():.1f} %"]


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Return everything as one JSON object."""
    return json.dumps({"packs": [_pack(outcome) for outcome in outcomes]}, ensure_ascii=False, indent=2)


def _pack(outcome: Outcome) -> Json:
    made: Json = {
        "pack": outcome.pack,
        "release": outcome.suite.release.policy.release,
        "passed": len(outcome.results) - len(outcome.failed),
        "failed": len(outcome.failed),
        "scenarios": [_scenario(outcome, result) for result in outcome.results],
    }
    return made if outcome.coverage is None else {**made, "coverage": _coverage(outcome.coverage)}


def _scenario(outcome: Outcome, result: Result) -> Json:
    return {
        "name": result.scenario.name,
        "place": str(result.scenario.mark),
        "passed": result.passed,
        "uneven": list(result.uneven),
        "steps": [_step(outcome, step) for step in result.steps],
    }


def _step(outcome: Outcome, step: Answered) -> Json:
    wrong: list[JsonValue] = [
        {
            "key": one.expected.key,
            "place": str(one.expected.mark),
            "expected": one.expected.value,
            "seen": one.seen,
        }
        for one in step.differences
    ]
    why: list[JsonValue] = [] if step.passed else list(outcome.why(step))
    return {"passed": step.passed, "problem": step.problem, "differences": wrong, "why": why}


def _coverage(coverage: Coverage) -> Json:
    unseen: list[JsonValue] = [
        {"place": str(one.mark), "not_seen": one.truth, "text": one.text} for one in coverage.unseen()
    ]
    rules: list[JsonValue] = [
        {"rule": row.id, "true": row.true, "false": row.false, "sides": row.sides, "seen": row.seen}
        for row in coverage.table()
    ]
    return {"percent": round(coverage.share(), 2), "rules": rules, "unseen": unseen}


def junit(outcomes: Sequence[Outcome]) -> str:
    """Return the results as JUnit XML."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for outcome in outcomes:
        tests, failed = len(outcome.results), len(outcome.failed)
        lines.append(f'  <testsuite name={quoteattr(outcome.pack)} tests="{tests}" failures="{failed}">')
        lines += (line for result in outcome.results for line in _testcase(outcome, result))
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"])


def _testcase(outcome: Outcome, result: Result) -> Iterator[str]:
    mark = result.scenario.mark
    head = f"<testcase classname={quoteattr(mark.file)} name={quoteattr(result.scenario.name)}"
    head += f' file={quoteattr(mark.file)} line="{mark.line}"'
    if result.passed:
        yield f"    {head}/>"
        return
    _, first = next(failures(result))
    text = "\n".join(details(outcome, result))
    yield f"    {head}><failure message={quoteattr(first)}>{escape(text)}</failure></testcase>"


def github(outcomes: Sequence[Outcome]) -> str:
    """Return failures, and sides that were not seen, as workflow commands that annotate the files."""
    lines = []
    for outcome in outcomes:
        for result in outcome.failed:
            lines += [_annotation("error", mark, result.scenario.name, line) for mark, line in failures(result)]
        for one in outcome.coverage.unseen() if outcome.coverage is not None else ():
            text = f"not seen {str(one.truth).lower()}: {one.text}"
            lines.append(_annotation("warning", one.mark, "coverage", text))
    return "\n".join(lines)


def _annotation(level: str, mark: Mark, title: str, text: str) -> str:
    place = f"file={_property(mark.file)},line={mark.line},col={mark.column},title={_property(title)}"
    return f"::{level} {place}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Write] = {"pretty": pretty, "json": as_json, "junit": junit, "github": github}
