"""What a scenario expects beside what was decided: each key of `expect` has its own comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from pydantic import JsonValue

from schemas.decision import Decision
from simulations.scenarios.scenario import Expectation, Json

Read: TypeAlias = Callable[[Decision], JsonValue]
Agrees: TypeAlias = Callable[[JsonValue, JsonValue], bool]


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that does not hold, and what was seen."""

    expected: Expectation
    seen: JsonValue


def differences(expect: Iterable[Expectation], decision: Decision) -> tuple[Difference, ...]:
    """Return the expectations that a decision does not meet."""
    found = []
    for one in expect:
        read, agrees = COMPARISONS[one.key]
        seen = read(decision)
        if not agrees(one.value, seen):
            found.append(Difference(one, seen))
    return tuple(found)


def same(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether two values are the same: numbers by value, moments by instant or by the part that is written."""
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    if isinstance(expected, list) and isinstance(seen, list):
        return len(expected) == len(seen) and all(map(same, expected, seen))
    if isinstance(expected, dict) and isinstance(seen, dict):
        return expected.keys() == seen.keys() and all(same(value, seen[name]) for name, value in expected.items())
    if isinstance(expected, (int, float, str)) and isinstance(seen, (int, float, str)):
        return expected == seen or _same_number(expected, seen) or _same_moment(str(expected), str(seen))
    return expected is seen


def _same_number(expected: float | str, seen: float | str) -> bool:
    if isinstance(expected, str) and isinstance(seen, str) and not (_numeric(expected) and _numeric(seen)):
        return False
    with suppress(InvalidOperation):
        return Decimal(str(expected)) == Decimal(str(seen))
    return False


def _numeric(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def _same_moment(expected: str, seen: str) -> bool:
    with suppress(ValueError, TypeError):
        moment = datetime.fromisoformat(seen)
        wanted = datetime.fromisoformat(expected)
        written = seen.replace("T", " ").startswith(expected.replace("T", " "))
        return written or (wanted.tzinfo is not None and wanted == moment)
    return False


def parts(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether every member that is expected is seen so."""
    assert isinstance(expected, dict)
    assert isinstance(seen, dict)
    return all(name in seen and same(value, seen[name]) for name, value in expected.items())


def among(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether all that is expected is among what was seen."""
    return all(one in _listed(seen) for one in _listed(expected))


def absent(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether none of what is named was seen."""
    return not any(one in _listed(seen) for one in _listed(expected))


def whole(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether exactly what is expected was seen, in any order."""
    return sorted(map(str, _listed(expected))) == sorted(map(str, _listed(seen)))


def in_order(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether what is expected is among what was seen, in the same order."""
    rest = iter(_listed(seen))
    return all(any(_described(one, "action", other) for other in rest) for one in _listed(expected))


def described(key: str) -> Agrees:
    """Return the comparison of whole lists of records, each told by its `key` alone or by some of its members."""

    def agrees(expected: JsonValue, seen: JsonValue) -> bool:
        left = list(_listed(seen))
        for one in _listed(expected):
            match = next((index for index, other in enumerate(left) if _described(one, key, other)), None)
            if match is None:
                return False
            left.pop(match)
        return not left

    return agrees


def _described(expected: JsonValue, key: str, seen: JsonValue) -> bool:
    assert isinstance(seen, dict)
    wanted: Json = expected if isinstance(expected, dict) else {key: expected}
    return all(
        contains(value, seen.get(name)) if name == "say" else same(value, seen.get(name))
        for name, value in wanted.items()
    )


def contains(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether a text contains the words, or all of them."""
    words = expected if isinstance(expected, list) else [expected]
    return isinstance(seen, str) and all(str(one).lower() in seen.lower() for one in words)


def texts(expected: JsonValue, seen: JsonValue) -> bool:
    """Return whether each reader's text contains the words."""
    assert isinstance(expected, dict)
    assert isinstance(seen, dict)
    return all(contains(words, seen.get(reader)) for reader, words in expected.items())


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _alternatives(decision: Decision) -> JsonValue:
    return [
        {
            "action": one.action,
            "amount": one.amount,
            "needs": list(one.needs),
            "mutual": one.economics.mutual,
        }
        for one in decision.alternatives
    ]


def _requirements(decision: Decision) -> JsonValue:
    return [{"what": one.what, one.kind: one.what, "met": one.met} for one in decision.requirements]


def _path(pointer: str) -> str:
    """Return a JSON Pointer into a request as the path of a fact."""
    steps = pointer.removeprefix("/facts").lstrip("/").split("/")
    return "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in steps).lstrip(".")


COMPARISONS: dict[str, tuple[Read, Agrees]] = {
    "verdict": (lambda decision: decision.verdict, same),
    "amount": (lambda decision: decision.offer.amount if decision.offer else None, same),
    "stands_until": (lambda decision: decision.offer.stands_until if decision.offer else None, same),
    "within_authority": (lambda decision: decision.within_authority, same),
    "rung": (lambda decision: decision.rung, same),
    "desk": (lambda decision: decision.desk, same),
    "final": (lambda decision: decision.final, same),
    "ready": (lambda decision: decision.ready, same),
    "mutual": (lambda decision: decision.economics.mutual if decision.economics else None, same),
    "yes_from": (lambda decision: decision.yes_from, same),
    "terms": (lambda decision: decision.offer.terms if decision.offer else {}, parts),
    "outputs": (lambda decision: decision.outputs, parts),
    "reason": (lambda decision: decision.reason, same),
    "reasons": (lambda decision: list(decision.reasons), same),
    "rules": (lambda decision: [one.id for one in decision.rules], among),
    "not_rules": (lambda decision: [one.id for one in decision.rules], absent),
    "alternatives": (_alternatives, in_order),
    "not_alternatives": (lambda decision: [one.action for one in decision.alternatives], absent),
    "questions": (lambda decision: [one.fact for one in decision.questions], whole),
    "texts": (lambda decision: {str(reader): text for reader, text in decision.texts.items()}, texts),
    "requirements": (_requirements, described("what")),
    "promises": (lambda decision: [one.model_dump() for one in decision.promises], described("id")),
    "follow_ups": (lambda decision: [one.model_dump() for one in decision.follow_ups], described("to")),
    "tells": (lambda decision: [one.model_dump() for one in decision.tell], described("about")),
    "waived": (lambda decision: list(decision.waived), whole),
    "assumed": (lambda decision: [_path(one) for one in decision.assumed], whole),
}
"""By key of `expect`: how it is read from a decision, and when that agrees with what is expected."""


def explained(one: Expectation) -> bool:
    """Return whether an expectation is about words or times that only an explained decision has."""
    parts_ = one.value if isinstance(one.value, list) else []
    worded = any(isinstance(part, dict) and "say" in part for part in parts_)
    return worded or one.key in ("texts", "yes_from", "assumed")
