"""What a pack's own names stand for: parameters, definitions and tables, expanded where they are used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from engine.language.cel.convert import Mismatch, common, convert
from engine.language.cel.scope import Conventions, Macro, Scope, TypeProblem
from engine.language.cel.syntax import Syntax
from engine.language.cel.typecheck import Checker
from engine.language.diagnostics import Diagnostics, Mark
from engine.language.packs.inputs import ask_of, inputs_of
from engine.language.packs.owners import Owners
from engine.language.packs.pack import Action, Condition, Definition, Pack, Parameter, Table, Value
from engine.language.packs.signal_words import words_of
from engine.language.packs.sites import Sites
from engine.language.packs.size import MAX_CHAIN, Size
from engine.language.packs.tables import table_values
from engine.program.nodes import Case, Compare, Comparison, Const, Failure, Input, Named, Node
from engine.program.types import BOOL, DATE

_EPOCH = date(1970, 1, 1)


@dataclass
class Names:
    """The scope that a pack's expressions share; built once a pack."""

    pack: Pack
    sites: Sites
    found: Diagnostics
    base: Scope
    _open: list[str] = field(default_factory=list)
    _nodes: dict[tuple[str, int], Node] = field(default_factory=dict)
    _size: Size = field(default_factory=Size)

    def scope(self, actions: tuple[Action, ...] | None = None) -> Scope:
        """Return the scope of a rule over these actions; None: `ask` with the inputs of every action."""
        return self.base if actions is None else replace(self.base, ask=ask_of(actions))

    def cached(self, name: str, make: Callable[[Scope], Node]) -> Callable[[int], Node]:
        """Return what a name stands for at each depth; a name that needs itself is reported."""

        def at(depth: int) -> Node:
            if (name, depth) not in self._nodes:
                self._nodes[name, depth] = self._guarded(name, lambda: make(replace(self.base, depth=depth)))
            return self._nodes[name, depth]

        return at

    def _guarded(self, name: str, make: Callable[[], Node]) -> Node:
        if name in self._open:
            raise Cycle([*self._open[self._open.index(name) :], name])
        if len(self._open) >= MAX_CHAIN:
            self._too_large(self._open[0], f"needs more than {MAX_CHAIN} others, one by the other")
        self._open.append(name)
        try:
            return self._bounded(name, make())
        finally:
            self._open.pop()

    def _bounded(self, name: str, node: Node) -> Node:
        """Return the node; one that is too large is reported, and ends the load."""
        if fault := self._size.fault(node):
            self._too_large(name, f"comes to {fault}")
        return node

    def _too_large(self, name: str, fault: str) -> None:
        pack = self.pack
        named: list[Parameter | Definition | Table] = [*pack.parameters, *pack.definitions, *pack.tables]
        mark = next((one.mark for one in named if one.name in name.split(".")), self.pack.header.mark)
        message = f"`{name}`, definitions written out, {fault}"
        self.found.error(mark, "policy-too-large", message, "simplify it, or write a table in its place")
        self.found.check()

    def expanded(self, definition: Definition, arguments: dict[str, Node], depth: int) -> Node:
        """Return a definition's body with its parameters bound."""
        scope = replace(self.base, depth=depth, variables=arguments)
        try:
            node = self._guarded(definition.name, lambda: self.body(definition.body, scope))
        except Cycle as cycle:
            self.report_cycle(definition.name, definition.mark, cycle)
            return Failure(BOOL)
        words = () if definition.means is None else self.sites.template(definition.means, scope)
        return Named(definition.name, node, words, node.type)

    def body(self, body: Value | Condition, scope: Scope) -> Node:
        """Return the node of a definition's body."""
        return self.sites.value(body, scope)

    def report_cycle(self, name: str, mark: Mark, cycle: Cycle) -> None:
        """Record that a definition needs itself, once for each cycle; inside the cycle, pass it on."""
        if len(self._open) and cycle.path[0] in self._open:
            raise cycle
        steps = " -> ".join(f"`{step}`" for step in cycle.path)
        self.found.error(mark, "cyclic-define", f"definition `{name}` needs itself: {steps}", "take one step out")


class Cycle(Exception):
    """A definition that needs itself, by the names on the way."""

    def __init__(self, path: list[str]) -> None:
        """Keep the way."""
        super().__init__(" -> ".join(path))
        self.path = path


def names_of(pack: Pack, found: Diagnostics) -> Names:
    """Return the names of a pack, each expanded when it is first used."""
    header = pack.header
    conventions = Conventions(header.timezone, header.calendar, header.digits)
    sites = Sites(found, Owners(pack))
    base = Scope(inputs_of(pack, found), conventions)
    base = replace(base, words=words_of(pack, sites, base))
    names = Names(pack, sites, found, base)
    values: dict[str, Callable[[int], Node]] = {}
    macros: dict[str, Macro] = {}
    for parameter in pack.parameters:
        values[f"params.{parameter.name}"] = names.cached(f"params.{parameter.name}", _parameter(names, parameter))
    for definition in pack.definitions:
        if definition.parameters:
            macros[definition.name] = _macro(names, definition.parameters, _expansion(names, definition))
        else:
            values[definition.name] = names.cached(definition.name, _definition(names, definition))
    for table in pack.tables:
        _add_table(names, table, values, macros)
    names.base = replace(base, values=values, macros=macros)
    return names


def _parameter(names: Names, parameter: Parameter) -> Callable[[Scope], Node]:
    def make(scope: Scope) -> Node:
        full = f"params.{parameter.name}"
        nodes = [(day, names.sites.value(value, scope)) for day, value in parameter.values]
        try:
            type_ = common([node.type for _, node in nodes])
        except Mismatch as problem:
            names.found.error(parameter.mark, "wrong-type", f"the values of `{parameter.name}` differ: {problem}")
            return Failure(BOOL)
        if [day for day, _ in nodes] == [None]:
            return Named(full, nodes[0][1], (), type_)
        as_of = Input("as_of", DATE)
        branches = tuple(
            (Compare(Comparison.GE, as_of, day_node(day), BOOL), convert(node, type_, scope.conventions))
            for day, node in reversed(nodes)
            if day is not None
        )
        return Named(full, Case(branches, Failure(type_), type_), (), type_)

    return make


def day_node(day: date) -> Node:
    """Return a calendar day as a constant."""
    return Const((day - _EPOCH).days, DATE)


def _definition(names: Names, definition: Definition) -> Callable[[Scope], Node]:
    def make(scope: Scope) -> Node:
        node = names.body(definition.body, scope)
        words = () if definition.means is None else names.sites.template(definition.means, scope)
        return Named(definition.name, node, words, node.type)

    return make


def _expansion(names: Names, definition: Definition) -> Callable[[dict[str, Node], int], Node]:
    return lambda arguments, depth: names.expanded(definition, arguments, depth)


def _macro(
    names: Names, parameters: tuple[str, ...], expand: Callable[[dict[str, Node], int], Node]
) -> Callable[[Checker, tuple[Syntax, ...], Scope, Syntax], Node]:
    def macro(checker: Checker, args: tuple[Syntax, ...], scope: Scope, at: Syntax) -> Node:
        if len(args) != len(parameters):
            takes = ", ".join(f"`{name}`" for name in parameters)
            raise TypeProblem(at, "wrong-arguments", f"the call has {len(args)} arguments", f"it takes {takes}")
        nodes = [checker.node(arg, scope) for arg in args]
        return expand(dict(zip(parameters, nodes, strict=True)), scope.depth)

    return macro


def _add_table(names: Names, table: Table, values: dict[str, Callable[[int], Node]], macros: dict[str, Macro]) -> None:
    several = len(table.outputs) > 1
    for name, _ in table.outputs:
        full = f"tables.{table.name}.{name}" if several else f"tables.{table.name}"
        if table.parameters:
            macros[full] = _macro(names, table.parameters, _table_expansion(names, table, name))
        else:
            values[full] = names.cached(full, _table_value(names, table, name, full))


def _table_expansion(names: Names, table: Table, output: str) -> Callable[[dict[str, Node], int], Node]:
    def expand(arguments: dict[str, Node], depth: int) -> Node:
        scope = replace(names.base, depth=depth, variables=arguments)
        node = table_values(names.sites, table, output, scope)
        return Named(f"tables.{table.name}", node, (), node.type)

    return expand


def _table_value(names: Names, table: Table, output: str, full: str) -> Callable[[Scope], Node]:
    def make(scope: Scope) -> Node:
        node = table_values(names.sites, table, output, scope)
        return Named(full, node, (), node.type)

    return make
