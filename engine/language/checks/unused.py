"""Checks for what is declared and never read: facts, parameters, definitions and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.language.cel.parse import ExpressionError, parse
from engine.language.cel.typecheck import dotted
from engine.language.checks.signals import conclusions
from engine.language.diagnostics import Diagnostics, Mark
from engine.language.packs.pack import Pack
from engine.program.nodes import Field, Given, Has, Index, Input, Known, Named, Node, Quantify
from engine.program.plan import ActionPlan, Policy, RulePlan
from engine.program.types import ListOf, MapOf, Record, Type
from engine.program.walk import mentions, operands, postorder

CORRECT = "correct its name where it was meant, or leave it out"


def declared_is_read(policy: Policy, found: Diagnostics) -> None:
    """Warn of parameters, definitions, tables, signals and the pack's own facts that no expression reads."""
    nodes = nodes_of(policy)
    _names(policy, nodes, found)
    _signals(policy, nodes, found)
    _facts(policy, nodes, found)


def _names(policy: Policy, nodes: list[Node], found: Diagnostics) -> None:
    used = {node.name for node in nodes if isinstance(node, Named)}
    tables = {".".join(name.split(".")[:2]) for name in used}
    for code, full, mark in _declared(policy.pack):
        if full not in used | tables:
            kind, name = code.removeprefix("unused-"), full.split(".")[-1]
            found.warning(mark, code, f"no expression reads {kind} `{name}`", CORRECT)


def _declared(pack: Pack) -> Iterator[tuple[str, str, Mark]]:
    yield from (("unused-parameter", f"params.{one.name}", one.mark) for one in pack.parameters)
    yield from (("unused-definition", one.name, one.mark) for one in pack.definitions)
    yield from (("unused-table", f"tables.{one.name}", one.mark) for one in pack.tables)


def _signals(policy: Policy, nodes: list[Node], found: Diagnostics) -> None:
    """Warn of signals that no expression reads, and from which none follows that one reads."""
    below = conclusions(policy.pack)
    left = [node.name for node in nodes if isinstance(node, Field) and is_signals(node.of)]
    read: set[str] = set()
    while left:
        name = left.pop()
        if name not in read:
            read.add(name)
            left += below.get(name, ())
    for one in policy.pack.signals:
        if one.name not in read:
            found.warning(one.mark, "unused-signal", f"no rule reads signal `{one.name}`", CORRECT)


def is_signals(node: Node) -> bool:
    """Return whether a node is all that is seen of a customer."""
    return isinstance(node, Input) and node.name == "signals"


def _facts(policy: Policy, nodes: list[Node], found: Diagnostics) -> None:
    """Warn of facts, of a record that is not read at all only once."""
    read = _Read(policy, nodes)
    for path in read.unread(policy.pack.facts, ""):
        mark = policy.pack.places.get(path)
        if mark is not None:
            found.warning(mark, "unused-fact", f"no expression reads fact `{path}`", CORRECT)


class _Read:
    """What the expressions of a policy read of its facts: members by the type of their record.

    Records of one type are not told apart, because nodes that read the items of one and of another list are one node.
    """

    def __init__(self, policy: Policy, nodes: list[Node]) -> None:
        self.inputs: set[str] = set()
        self.members: set[tuple[int, str]] = set()
        self.whole: set[int] = set()
        self._kinds: dict[str, int] = {}
        self._numbers: dict[int, int] = {}
        for node in nodes:
            self._take(node)
        for path in _verified(policy.pack):
            self._take_path(path, policy.pack.facts)

    def _take(self, node: Node) -> None:
        match node:
            case Input(name=name):
                self.inputs.add(name)
            case Field(of=of, name=name) if isinstance(of.type, Record):
                self.members.add((self._number(of.type), name))
        for part in self._taken_whole(node):
            self._take_whole(part.type)

    def _number(self, record: Record) -> int:
        """Return a number that records with equal members have in common."""
        members = record.members
        if id(members) not in self._numbers:
            self._numbers[id(members)] = self._kinds.setdefault(repr(members), len(self._kinds))
        return self._numbers[id(members)]

    def _take_whole(self, type_: Type) -> None:
        for record in _records(type_):
            if (number := self._number(record)) in self.whole:
                return
            self.whole.add(number)

    def _taken_whole(self, node: Node) -> Iterable[Node]:
        """Return the records and lists that a node reads as they are, not by a member or an item."""
        match node:
            case Field() | Given() | Named() | Has() | Known():
                return ()
            case Index(key=key):
                return (key,)
            case Quantify(body=body):
                return (body,)
            case _:
                return operands(node)

    def _take_path(self, path: list[str], facts: Record) -> None:
        """Take a path that is written as words; one that is no fact is words indeed."""
        self.inputs.add(path[0])
        within: Type = facts
        for name in path:
            member = within.find(name) if isinstance(within, Record) else None
            if member is None or not isinstance(within, Record):
                return
            self.members.add((self._number(within), name))
            within = member.type
        self._take_whole(within)

    def unread(self, record: Record, path: str) -> Iterator[str]:
        """Yield the paths of members that are not read."""
        for member in record:
            inner = f"{path}.{member.name}" if path else member.name
            read = (self._number(record), member.name) in self.members if path else member.name in self.inputs
            if read:
                yield from self._unread_in(member.type, inner)
            else:
                yield inner

    def _unread_in(self, type_: Type, path: str) -> Iterator[str]:
        match type_:
            case Record() if self._number(type_) not in self.whole:
                yield from self.unread(type_, path)
            case ListOf(item=item) | MapOf(value=item):
                yield from self._unread_in(item, f"{path}[]")


def _records(type_: Type) -> Iterator[Record]:
    """Yield the record types in a type, outermost first."""
    match type_:
        case Record(members=members):
            yield type_
            for member in members:
                yield from _records(member.type)
        case ListOf(item=item) | MapOf(value=item):
            yield from _records(item)


def nodes_of(policy: Policy) -> list[Node]:
    """Return every node that a policy evaluates or says, those in words included."""
    outputs = [node for _, stages in policy.program.actions for stage in stages for _, node in stage.outputs]
    ends = [node for node in (policy.as_of, policy.customer_id, policy.segment) if node is not None]
    said = [node for plan in policy.plans.values() for node in _said(plan)]
    return postorder([*outputs, *ends, *said], mentions)


def _said(plan: ActionPlan) -> Iterator[Node]:
    words = [*plan.say.values(), *plan.otherwise_say.values(), *(promise.say for promise in plan.promises)]
    words += [words for rule in (*plan.rules, *plan.notes) for words in rule.say.values()]
    for one in words:
        yield from (part for part in one if not isinstance(part, str))
    yield from (value for _, value in plan.effects)
    yield from _hits((*plan.rules, *plan.notes))


def _hits(rules: Iterable[RulePlan]) -> Iterator[Node]:
    for rule in rules:
        yield from (node for node in (rule.hit, rule.amount, rule.due) if node is not None)


def _verified(pack: Pack) -> Iterator[list[str]]:
    """Yield what `verify` names, where it is written as a path."""
    for rule in pack.rules:
        for requirement in rule.requirements:
            if requirement.kind == "verify":
                try:
                    path = dotted(parse(requirement.what))
                except ExpressionError:
                    continue
                if path:
                    yield path.split(".")
