"""Reading a whole pack: its files, those of the packs it uses, their shape, and their parts put together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.numbers import get_currency_precision

from engine.language.cel.scope import Conventions
from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.language.packs import build_actions, build_rules, build_signals, build_tables
from engine.language.packs.build_texts import translations
from engine.language.packs.building import Builder, as_mapping, marked_texts, text_of, texts_of
from engine.language.packs.facts import facts_type
from engine.language.packs.pack import (
    Accepted,
    Action,
    Definition,
    Expression,
    Grant,
    Header,
    Pack,
    Parameter,
    Rule,
    Table,
    Translation,
)
from engine.language.packs.places import fact_places
from engine.language.packs.signals import DeclaredSignal, EventKind
from engine.language.reading.read import read_file
from engine.language.reading.shape import check_shape
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain
from engine.program.types import Record


@dataclass
class Parts:
    """What the files of a pack hold, as it is gathered."""

    parameters: list[Parameter] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    authority: list[Grant] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    translations: list[Translation] = field(default_factory=list)
    events: list[EventKind] = field(default_factory=list)
    signals: list[DeclaredSignal] = field(default_factory=list)
    rank: list[Expression] = field(default_factory=list)
    as_of: list[Expression] = field(default_factory=list)
    customer_id: list[Expression] = field(default_factory=list)


Files: TypeAlias = dict[Path, Mapping]
Edit: TypeAlias = Callable[[Files, Diagnostics], Files]
"""Gives the files of a pack, and of those that it uses, as they are to be read."""

OWN = ("authority", "rank", "as_of", "customer_id", "accept")
"""Keys that a pack does not take over from those it uses."""


def load_pack(folder: Path, found: Diagnostics, edit: Edit | None = None) -> Pack:
    """Return the pack in a folder, edited first where wanted; raise `PolicyError` with everything found.

    Warnings, and errors of a later phase, go on in `found`.
    """
    trees = dict(_trees(folder, found, ()))
    found.check()
    if edit is not None:
        trees = _edited(trees, edit, found)
    pack = _Assembly(folder, trees, found).pack()
    found.check()
    return pack


def _edited(trees: Files, edit: Edit, found: Diagnostics) -> Files:
    """Return the files as an edit leaves them, those that it changed of the right shape still."""
    edited = edit(trees, found)
    found.check()
    for path, tree in edited.items():
        if tree is not trees[path]:
            check_shape(tree, schema_of(path), found)
    found.check()
    return edited


def _trees(folder: Path, found: Diagnostics, around: tuple[Path, ...]) -> Iterator[tuple[Path, Mapping]]:
    """Yield the files of the packs used, then the pack's own, each of the right shape."""
    files = sorted(path for path in folder.glob("*.yaml"))
    if not files:
        found.error(Mark(str(folder)), "not-a-pack", "there is no `*.yaml` file in this folder")
    own: list[tuple[Path, Mapping]] = []
    for path in files:
        if (tree := read_file(path, folder, found)) is None:
            continue
        check_shape(tree, schema_of(path), found)
        if isinstance(tree, Mapping):
            own.append((path, tree))
    for path, tree in own:
        if schema_of(path) == "pack":
            yield from _used(tree, folder, found, around)
    yield from own


def schema_of(path: Path) -> str:
    """Return which schema a file of a pack keeps."""
    if path.name == "facts.yaml":
        return "facts"
    return "texts" if path.name.startswith("texts.") else "pack"


def _used(tree: Mapping, folder: Path, found: Diagnostics, around: tuple[Path, ...]) -> Iterator[tuple[Path, Mapping]]:
    uses = tree.get("uses")
    for item in uses if isinstance(uses, Sequence) else ():
        if not isinstance(item, Scalar):
            continue
        other = folder.parent / item.text
        if other.resolve() in (*(one.resolve() for one in around), folder.resolve()):
            found.error(item.mark, "uses-cycle", f"pack `{item.text}` uses this one")
        elif not other.is_dir():
            known = [one.name for one in folder.parent.iterdir() if one.is_dir() and one != folder]
            found.error(item.mark, "unknown-pack", f"there is no pack `{item.text}`", did_you_mean(item.text, known))
        else:
            yield from _trees(other, found, (*around, folder))


class _Assembly:
    """Puts the parts of a pack together."""

    def __init__(self, folder: Path, trees: Files, found: Diagnostics) -> None:
        self.folder, self.trees, self.found = folder, trees, found
        self.build = Builder(found)
        self.parts = Parts()

    def pack(self) -> Pack:
        head = self._header_tree()
        conventions = _conventions(head, self.found)
        for path, tree in self.trees.items():
            if schema_of(path) == "pack":
                self._gather(path, tree, conventions)
            elif schema_of(path) == "texts":
                self.parts.translations += translations(self.build, tree)
        parts = self.parts
        self._no_clash(parts)
        return Pack(
            header=_header(head, conventions, parts),
            facts=self._facts(conventions),
            parameters=tuple(parts.parameters),
            definitions=tuple(parts.definitions),
            tables=tuple(parts.tables),
            actions=tuple(parts.actions),
            rank=parts.rank[0] if parts.rank else None,
            authority=tuple(parts.authority),
            authority_given=bool(parts.authority),
            rules=tuple(parts.rules),
            accepted=tuple(parts.accepted),
            release=release_of(self.trees),
            translations=tuple(parts.translations),
            events=tuple(parts.events),
            signals=tuple(parts.signals),
            places=fact_places(tree for path, tree in self.trees.items() if self._own_facts(path)),
            used=frozenset(path.parent for path in self.trees if path.parent != self.folder),
        )

    def _own_facts(self, path: Path) -> bool:
        return path.parent == self.folder and schema_of(path) == "facts"

    def _header_tree(self) -> Mapping:
        own = [tree for path, tree in self.trees.items() if path.parent == self.folder]
        headers = [tree for tree in own if tree.get("pack") is not None]
        if len(headers) != 1:
            message = "no file says `pack:`" if not headers else "more than one file says `pack:`"
            mark = headers[1].mark if headers else Mark(str(self.folder))
            self.found.error(mark, "pack-header", message, "one file of a pack has its name, owner and ladder")
            self.found.check()
        return headers[0]

    def _facts(self, conventions: Conventions) -> Record:
        merged: dict[str, object] = {}
        members = []
        for path, tree in self.trees.items():
            if schema_of(path) != "facts":
                continue
            for member in facts_type(tree, self.found, conventions.digits, conventions.zone):
                if member.name in merged:
                    self.found.error(
                        _key_mark(tree, member.name), "name-clash", f"fact `{member.name}` is declared twice"
                    )
                else:
                    members.append(member)
                merged[member.name] = path
        return Record(tuple(members))

    def _gather(self, path: Path, tree: Mapping, conventions: Conventions) -> None:
        own = path.parent == self.folder
        for key, value in tree:
            section = _SECTIONS.get(key.text)
            if section is not None and (own or key.text not in OWN):
                section(self, value, conventions)

    def _no_clash(self, parts: Parts) -> None:
        for kind, items in (
            ("parameter", parts.parameters),
            ("definition", parts.definitions),
            ("table", parts.tables),
            ("action", parts.actions),
            ("event", parts.events),
            ("signal", parts.signals),
        ):
            seen: set[str] = set()
            for item in items:
                if item.name in seen:
                    self.found.error(item.mark, "name-clash", f"{kind} `{item.name}` is written twice")
                seen.add(item.name)
        ids: set[str] = set()
        for rule in parts.rules:
            if rule.id in ids:
                self.found.error(rule.mark, "name-clash", f"rule `{rule.id}` is written twice", "give each its own id")
            ids.add(rule.id)


Section = Callable[[_Assembly, Tree, Conventions], None]


def _params(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.parameters += [build_tables.parameter(into.build, key, value) for key, value in as_mapping(tree)]


def _define(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.definitions += [build_tables.definition(into.build, key, value) for key, value in as_mapping(tree)]


def _tables(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.tables += [build_tables.table(into.build, key, as_mapping(value)) for key, value in as_mapping(tree)]


def _actions(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.actions += [
        build_actions.action(into.build, key, as_mapping(value), conventions) for key, value in as_mapping(tree)
    ]


def _authority(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.authority += build_actions.grants(into.build, as_mapping(tree))


def _rules(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    assert isinstance(tree, Sequence)
    into.parts.rules += [build_rules.rule(into.build, as_mapping(item)) for item in tree]


def _checks(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    assert isinstance(tree, Sequence)
    for item in tree:
        into.parts.rules += build_rules.check_rules(into.build, as_mapping(item))


def _events(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.events += [
        build_signals.event_kind(into.build, key, as_mapping(value), conventions) for key, value in as_mapping(tree)
    ]


def _signals(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.signals += [build_signals.signal(into.build, key, as_mapping(value)) for key, value in as_mapping(tree)]


def _accept(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
    into.parts.accepted += [Accepted(key.text, text_of(value), key.mark) for key, value in as_mapping(tree)]


def _single(name: str) -> Section:
    def section(into: _Assembly, tree: Tree, conventions: Conventions) -> None:
        getattr(into.parts, name).append(into.build.expression(tree))

    return section


_SECTIONS: dict[str, Section] = {
    "params": _params,
    "define": _define,
    "tables": _tables,
    "actions": _actions,
    "authority": _authority,
    "rules": _rules,
    "checks": _checks,
    "events": _events,
    "signals": _signals,
    "accept": _accept,
    "rank": _single("rank"),
    "as_of": _single("as_of"),
    "customer_id": _single("customer_id"),
}


def _key_mark(tree: Mapping, name: str) -> Mark:
    properties = tree.get("properties")
    key = properties.key(name) if isinstance(properties, Mapping) else None
    return tree.mark if key is None else key.mark


def _conventions(head: Mapping, found: Diagnostics) -> Conventions:
    currency = text_of(head.get("currency"), "EUR")
    zone = text_of(head.get("timezone"), "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        key = head.get("timezone")
        found.error(head.mark if key is None else key.mark, "unknown-timezone", f"there is no timezone `{zone}`")
        zone = "UTC"
    return Conventions(zone, text_of(head.get("calendar")), get_currency_precision(currency))


def _header(head: Mapping, conventions: Conventions, parts: Parts) -> Header:
    name = text_of(head.get("pack"))
    return Header(
        name=name,
        title=text_of(head.get("title"), name),
        owner=text_of(head.get("owner")),
        currency=text_of(head.get("currency"), "EUR"),
        language=text_of(head.get("language"), "en"),
        timezone=conventions.zone,
        calendar=conventions.calendar,
        ladder=texts_of(head.get("ladder")),
        desks=texts_of(head.get("desks")),
        as_of=parts.as_of[0] if parts.as_of else None,
        customer_id=parts.customer_id[0] if parts.customer_id else None,
        digits=conventions.digits,
        mark=head.mark,
        desk_marks=tuple(mark for _, mark in marked_texts(head.get("desks"))),
    )


def release_of(trees: Files) -> str:
    """Return the content hash: over what the files say, not how they are laid out."""
    said = [(path.parent.name, path.name, plain(tree)) for path, tree in trees.items()]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
