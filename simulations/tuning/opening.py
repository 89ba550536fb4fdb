"""A release whose tunable parameters are inputs, so that a setting is a column and needs no new release."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import polars as pl

from engine.backends.columnar.table import KINDS, Table
from engine.program.nodes import Input, Named, Node
from engine.program.plan import DECIDE, OFFER, SETTLE, Policy
from engine.program.program import Program, Stage
from engine.program.replan import nodes_of, with_nodes
from engine.program.types import Kind, Member, Record, kind_of
from engine.program.walk import mentions, postorder, rebuilt
from engine.release import Release, release_of
from simulations.tuning.keeping import Kept, keeping
from simulations.tuning.searching import Setting

PREFIX: Final = "params."
OPEN: Final = "@set "
"""Before the name of a parameter that is an input; such a name has no dot, which would be a path."""
DECISIVE: Final = (DECIDE, SETTLE, OFFER)


@dataclass(frozen=True, eq=False)
class Open:
    """A release, and the inputs that stand for its parameters: one for each type that a parameter is used as."""

    release: Release
    inputs: Mapping[str, tuple[Input, ...]]
    """By parameter; one that nothing reads has none."""
    kept: Kept
    """What no setting changes; tables have it as columns."""

    def set(self, table: Table, setting: Setting) -> Table:
        """Return a table in which the parameters are as the setting has them."""
        cells = {
            input_.name: pl.repeat(value, table.rows, dtype=_stored(input_), eager=True)
            for input_, value in self.values(setting)
        }
        return replace(table, cells={**table.cells, **cells})

    def values(self, setting: Setting) -> Iterator[tuple[Input, int | float]]:
        """Yield each input with the engine's value that a setting gives it."""
        digits = self.release.policy.conventions.digits
        for parameter, value in setting:
            for input_ in self.inputs[parameter]:
                yield input_, _engine(value, input_, digits)


def _stored(input_: Input) -> pl.DataType:
    kind = kind_of(input_.type)
    assert kind is not None
    return KINDS[kind]


def _engine(value: Decimal, input_: Input, digits: int) -> int | float:
    """Return a parameter's value as the engine has it; a share of a whole number or of a minor unit is rounded."""
    match kind_of(input_.type):
        case Kind.MONEY:
            return round(value.scaleb(digits))
        case Kind.INT:
            return round(value)
        case _:
            return float(value)


def opened(release: Release, parameters: Collection[str]) -> Open:
    """Return a release with parameters as inputs; it decides as the release does where they have its values."""
    policy = release.policy
    made = _rewritten(policy, frozenset(PREFIX + name for name in parameters))
    found: dict[str, tuple[Input, ...]] = dict.fromkeys(parameters, ())
    for node in dict.fromkeys(one for one in made.values() if isinstance(one, Named) and _is_open(one)):
        assert isinstance(node.of, Input)
        name = node.name.removeprefix(PREFIX)
        found[name] = (*(one for one in found[name] if one.name != node.of.name), node.of)
    kept, read = keeping(made.values(), (made[node] for node in _decisive(policy)))
    inputs = [input_ for some in found.values() for input_ in some]
    inputs += [Input(name, node.type) for name, node in kept.nodes.items()]
    final = {node: read[new] for node, new in made.items()}
    return Open(release_of(_policy(policy, final, inputs)), found, kept)


def _is_open(node: Named) -> bool:
    return isinstance(node.of, Input) and node.of.name.startswith(OPEN)


def _rewritten(policy: Policy, names: Collection[str]) -> dict[Node, Node]:
    """Return what stands for each node of a policy where parameters are inputs."""
    made: dict[Node, Node] = {}
    for node in postorder(_roots(policy), mentions):
        if isinstance(node, Named) and node.name in names:
            input_ = Input(f"{OPEN}{node.name.removeprefix(PREFIX)} as {node.type}", node.type)
            made[node] = Named(node.name, input_, (), node.type)
        else:
            made[node] = rebuilt(node, tuple(made[part] for part in mentions(node)))
    return made


def _roots(policy: Policy) -> Iterator[Node]:
    yield from (node for _, stages in policy.program.actions for stage in stages for _, node in stage.outputs)
    yield from (node for plan in policy.plans.values() for node in nodes_of(plan))
    if policy.as_of is not None:
        yield policy.as_of


def _decisive(policy: Policy) -> Iterator[Node]:
    """Yield what the answers of a population are made of."""
    for _, stages in policy.program.actions:
        yield from (node for stage in stages if stage.name in DECISIVE for _, node in stage.outputs)


def _policy(policy: Policy, made: Mapping[Node, Node], inputs: Collection[Input]) -> Policy:
    """Return the policy over other nodes, with further inputs."""
    program = policy.program
    members = (*program.inputs.members, *(Member(one.name, one.type) for one in inputs))
    actions = tuple(
        (name, tuple(Stage(stage.name, tuple((key, made[node]) for key, node in stage.outputs)) for stage in stages))
        for name, stages in program.actions
    )
    return replace(
        policy,
        program=Program(Record(members), actions),
        plans={name: with_nodes(plan, made) for name, plan in policy.plans.items()},
        as_of=None if policy.as_of is None else made[policy.as_of],
    )
