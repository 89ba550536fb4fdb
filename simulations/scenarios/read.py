"""The scenarios beside a pack: files to cases, with their fixtures put together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.packs.building import texts_of
from engine.language.reading.read import read_file
from engine.language.reading.shape import check_shape
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain
from simulations.scenarios.facts import merged, without
from simulations.scenarios.scenario import Asker, Expectation, Json, Scenario, Step, Uniform

FOLDER, FIXTURES = "scenarios", "fixtures.yaml"


def scenarios_of(folder: Path, found: Diagnostics) -> tuple[Scenario, ...]:
    """Return the scenarios of the pack in a folder; raise `PolicyError` with all that is wrong with their files."""
    files = sorted((folder / FOLDER).glob("*.yaml"))
    trees = {path: tree for path in files if (tree := _tree(path, folder, found)) is not None}
    found.check()
    fixtures = {name: value for path, tree in trees.items() if path.name == FIXTURES for name, value in _fixtures(tree)}
    reader = _Reader(fixtures, found)
    read = tuple(
        reader.scenario(item)
        for path, tree in trees.items()
        if path.name != FIXTURES
        for item in _items(tree.get("scenarios"))
    )
    found.check()
    return read


def _tree(path: Path, folder: Path, found: Diagnostics) -> Mapping | None:
    tree = read_file(path, folder, found)
    if tree is not None:
        check_shape(tree, "fixtures" if path.name == FIXTURES else "scenarios", found)
    return tree if isinstance(tree, Mapping) else None


def _fixtures(tree: Mapping) -> Iterator[tuple[str, Json]]:
    fixtures = tree.get("fixtures")
    for key, value in fixtures if isinstance(fixtures, Mapping) else ():
        yield key.text, _json(value)


class _Reader:
    """Reads scenarios, and reports names that mean nothing."""

    def __init__(self, fixtures: dict[str, Json], found: Diagnostics) -> None:
        self.fixtures, self.found = fixtures, found
        self.names: set[str] = set()

    def scenario(self, tree: Mapping) -> Scenario:
        name = _text(tree.get("name")) or ""
        if name in self.names:
            self.found.error(
                tree.mark, "name-clash", f"scenario `{name}` is written twice", "give each its own sentence"
            )
        self.names.add(name)
        return Scenario(
            name=name,
            mark=tree.mark,
            facts=self._given(tree.get("given")),
            as_of=_text(tree.get("as_of")),
            history=_list(tree.get("history")),
            events=_list(tree.get("events")),
            signals=_json(signals) if (signals := tree.get("signals")) is not None else None,
            promises=_list(tree.get("promises")),
            steps=tuple(_steps(tree)),
            uniform=self._uniform(tree),
            granted=_given(tree.get("granted")),
        )

    def _uniform(self, tree: Mapping) -> Uniform | None:
        key, said = tree.key("uniform"), tree.get("uniform")
        if key is None:
            return None
        if (asker := tree.key("as")) is not None:
            message = "`as` and `uniform` exclude each other"
            self.found.error(asker.mark, "too-many-keys", message, "leave `as` out: everybody is asked")
        if not isinstance(said, Mapping):
            return Uniform(key.mark)
        return Uniform(key.mark, _texts(said.get("channels")), _texts(said.get("ids")))

    def _given(self, tree: Tree | None) -> Json:
        if not isinstance(tree, Mapping):
            return {}
        facts: Json = {}
        names = tree.get("fixtures")
        for item in names if isinstance(names, Sequence) else ():
            facts = merged(facts, self._fixture(item))
        facts = merged(facts, _json(tree.get("facts")))
        paths = tree.get("unknown")
        for path in paths if isinstance(paths, Sequence) else ():
            facts = self._taken_out(facts, path)
        return facts

    def _fixture(self, item: Tree) -> Json:
        name = _text(item) or ""
        if name not in self.fixtures:
            near = did_you_mean(name, self.fixtures)
            self.found.error(item.mark, "unknown-fixture", f"there is no fixture `{name}`", near)
        return self.fixtures.get(name, {})

    def _taken_out(self, facts: Json, item: Tree) -> Json:
        path = _text(item) or ""
        left = without(facts, path)
        if left is None:
            help = "name a fact that the fixtures or `facts` give"
            self.found.error(item.mark, "unknown-fact", f"there is no fact at `{path}` to take out", help)
        return facts if left is None else left


def _steps(tree: Mapping) -> Iterator[Step]:
    """Yield the steps; a scenario with one `ask` is one step."""
    first = _asker(tree.get("as"))
    now = _text(tree.get("now"))
    for item in _items(tree.get("steps")) or (tree,):
        given = item.get("as")
        yield Step(
            mark=item.mark,
            ask=_json(item.get("ask")),
            asker=first if given is None else _asker(given),
            now=_text(item.get("now")) or now,
            facts={} if item is tree else _json(item.get("facts")),
            events=None if item is tree else _list(item.get("events")),
            expect=tuple(_expectations(item.get("expect"))),
            granted=None if item is tree else _given(item.get("granted")),
        )


def _texts(tree: Tree | None) -> tuple[str, ...] | None:
    return None if tree is None else texts_of(tree)


def _expectations(tree: Tree | None) -> Iterator[Expectation]:
    for key, value in tree if isinstance(tree, Mapping) else ():
        yield Expectation(key.text, value_of(value), key.mark)


def _asker(tree: Tree | None) -> Asker:
    if isinstance(tree, Mapping):
        return Asker(*(_text(tree.get(name)) for name in ("role", "id", "channel", "team")))
    return Asker(_text(tree))


def _items(tree: Tree | None) -> tuple[Mapping, ...]:
    items = tree.items if isinstance(tree, Sequence) else ()
    return tuple(item for item in items if isinstance(item, Mapping))


def _text(tree: Tree | None) -> str | None:
    return tree.text if isinstance(tree, Scalar) and tree.value is not None else None


def _json(tree: Tree | None) -> Json:
    value = None if tree is None else value_of(tree)
    return value if isinstance(value, dict) else {}


def _given(tree: Tree | None) -> Json | None:
    return None if tree is None else _json(tree)


def _list(tree: Tree | None) -> list[JsonValue] | None:
    value = None if tree is None else value_of(tree)
    return value if isinstance(value, list) else None


def value_of(tree: Tree) -> JsonValue:
    """Return the value without its places."""
    value: JsonValue = plain(tree)
    return value
