"""A policy that is ready to decide: loaded, checked, lowered, compiled, under its content hash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.backends.python import Compiled, Place, Unit, compile_program
from engine.fired import fired_rules
from engine.language.diagnostics import Diagnostic, Diagnostics, PolicyError
from engine.program.plan import Policy
from engine.program.types import TIMESTAMP, Type
from engine.program.walk import Free
from engine.signals.occurring import EventReader
from engine.values.parse import parser
from schemas.decision import FiredRule

if TYPE_CHECKING:
    from engine.language.packs.load import Edit

Parser = Callable[[object], object]


@dataclass(frozen=True, eq=False, slots=True)
class Release:
    """One pack at one content hash; everything that a decision needs, made once."""

    policy: Policy
    compiled: Compiled
    facts: Parser
    asks: Mapping[str, Parser]
    """By action: the inputs of an ask."""
    amounts: Mapping[str, Parser]
    always: Mapping[str, Parser]
    """By name: `now`, `as_of`, `history`, `granted`, `signals`, `promises`."""
    events: EventReader
    rungs: Mapping[str, int]
    """By role: its place on the ladder, from 1."""
    fired: Mapping[str, FiredRule]
    """By id: how decisions name the rules that applied."""
    warnings: tuple[Diagnostic, ...] = ()
    free: Free = field(default_factory=dict)
    """By expression: the variables that it reads from outside; found when it is first evaluated by itself."""

    def __repr__(self) -> str:
        """Return which release it is: all that it holds, written out, would fill memory."""
        return f"<{self.policy.pack.header.name} {self.policy.release}>"


def load_release(folder: Path, edit: Edit | None = None) -> Release:
    """Return the release of the pack in a folder, edited first where wanted; raise `PolicyError` with all wrong."""
    from engine.language.checks.check import check, precheck  # noqa: PLC0415 - a release that was kept needs no language
    from engine.language.packs.load import load_pack  # noqa: PLC0415
    from engine.program.lower import lower  # noqa: PLC0415

    found = Diagnostics()
    pack = load_pack(folder, found, edit)
    precheck(pack, found)
    found.check()
    try:
        policy = lower(pack, found)
        found.check()
        check(policy, found)
        found.check()
        return release_of(policy, found.sorted())
    except RecursionError:
        message = "the pack's expressions are nested too deep"
        found.error(pack.header.mark, "policy-too-large", message, "take steps out of its definitions")
        raise PolicyError(found.sorted()) from None


def release_of(
    policy: Policy, warnings: tuple[Diagnostic, ...] = (), units: Mapping[Place, Unit] = MappingProxyType({})
) -> Release:
    """Return the release of a policy that was checked; `units` of its program were compiled before."""
    inputs = policy.inputs
    always = {
        member.name: value_parser(policy, member.type)
        for member in inputs
        if member.name in ("now", "as_of", "history", "granted", "signals", "promises")
    }
    return Release(
        policy=policy,
        compiled=compile_program(policy.program, units=units),
        facts=value_parser(policy, policy.pack.facts),
        asks={name: value_parser(policy, plan.action.inputs) for name, plan in policy.plans.items()},
        amounts={name: value_parser(policy, plan.amount_type) for name, plan in policy.plans.items()},
        always=always,
        events=EventReader(
            {kind: value_parser(policy, fields) for kind, fields in policy.kinds.items()},
            value_parser(policy, TIMESTAMP),
            policy.kinds,
            policy.conventions.digits,
            policy.conventions.zone,
        ),
        rungs={role: place for place, role in enumerate(policy.pack.header.ladder, 1)},
        fired=fired_rules(policy.pack),
        warnings=warnings,
    )


def value_parser(policy: Policy, type_: Type) -> Parser:
    """Return the reader of values of a type, by a policy's currency and clock."""
    return parser(type_, policy.conventions.digits, policy.conventions.zone)
