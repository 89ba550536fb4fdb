"""A simulation as its file writes it, with its names and expressions checked against the pack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypedDict, cast

from engine.language.cel.convert import given
from engine.language.diagnostics import Diagnostics, PolicyError
from engine.language.packs.building import as_mapping, as_scalar, text_of
from engine.language.reading.read import read_file
from engine.language.reading.shape import check_shape
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree
from engine.program.nodes import Input, Node
from engine.program.types import TEXT, Kind, kind_of
from engine.program.walk import operands, postorder
from engine.release import Release, load_release
from engine.values.problem import ValueProblem
from schemas.study import Measure, Unit
from simulations.specs.expressions import Expressions
from simulations.specs.gates import gate_of
from simulations.specs.measures import MEASURES
from simulations.specs.response import response_of
from simulations.specs.simulation import Candidate, CustomMeasure, Simulation
from simulations.specs.subjects import Subjects
from simulations.specs.tunables import objective_of, tunables_of
from simulations.specs.variables import ACCEPTED, ANSWER, VARIABLES

AS_IT_IS: Final = "none"
"""The patch of a candidate that is the pack as it is."""
BASELINE: Final = "baseline"
CLOCK: Final = ("now", "as_of")
UNITS: Final[dict[Kind | None, Unit]] = {Kind.MONEY: "money", Kind.INT: "count", Kind.BOOL: "count"}


class Settings(TypedDict, total=False):
    """The settings that are numbers, where they are given."""

    seed: int
    resamples: int
    confidence: float
    floor: int
    cases: int


def read_simulation(file: Path, packs: Callable[[str], Path], found: Diagnostics) -> tuple[Simulation, Release]:
    """Return the simulation that a file writes, and the release of its pack; `packs` gives the folder of a pack.

    Raise `PolicyError` with all that is wrong with the file, or with the pack.
    """
    tree = read_file(file, file.parent, found)
    if tree is not None:
        check_shape(tree, "simulation", found)
    found.check()
    top = as_mapping(cast(Tree, tree))
    folder = _folder(top, packs, found)
    release = load_release(folder)
    simulation = _Reader(file, release, found).simulation(top, folder)
    found.check()
    return simulation, release


def _folder(top: Mapping, packs: Callable[[str], Path], found: Diagnostics) -> Path:
    pack = as_scalar(cast(Tree, top.get("pack")))
    try:
        return packs(pack.text)
    except PolicyError as problem:
        for one in problem.diagnostics:
            found.error(pack.mark, one.code, one.message, one.help)
        found.check()
        raise


class _Reader:
    """Reads a simulation of the right shape, and reports what means nothing."""

    def __init__(self, file: Path, release: Release, found: Diagnostics) -> None:
        self.file, self.release, self.found = file, release, found
        self.expressions = Expressions(release.policy.pack, found)

    def simulation(self, top: Mapping, folder: Path) -> Simulation:
        name = text_of(top.get("simulation"))
        response, tunable = top.get("response"), top.get("tunable")
        simulation = Simulation(
            name=name,
            title=text_of(top.get("title"), name),
            file=self.file,
            pack=folder,
            baseline=self._file(top.get("baseline")),
            population=self._file(top.get("population")),
            now=self._now(top.get("now")),
            segment=self._segment(top.get("segment")),
            segment_text=text_of(top.get("segment")),
            candidates=self._candidates(top),
            response=None if response is None else response_of(as_mapping(response), self.expressions),
            measures=self._measures(top.get("measures"), assumed=response is not None),
            gates=(),
            tunables=() if tunable is None else tunables_of(as_mapping(tunable), self.expressions),
            objectives=(),
            **_settings(top),
        )
        subjects = Subjects(simulation, self.found)
        gates = [gate_of(item, subjects) for item in _items(top.get("gates"))]
        objectives = tuple(objective_of(item, subjects) for item in _items(top.get("objectives")))
        return replace(simulation, gates=tuple(one for one in gates if one is not None), objectives=objectives)

    def _file(self, tree: Tree | None) -> Path | None:
        """Return a file that is named as seen from the simulation's."""
        if tree is None:
            return None
        path = self.file.parent / as_scalar(tree).text
        if not path.exists():
            self.found.error(tree.mark, "not-a-file", "the file does not exist", "name it as seen from this file")
        return path

    def _now(self, tree: Tree | None) -> int | None:
        if tree is None:
            return None
        try:
            return cast(int, self.release.always["now"](as_scalar(tree).text))
        except ValueProblem:
            self.found.error(tree.mark, "bad-literal", "this is not a time", "write it as 2026-03-01T09:00:00")
            return None

    def _segment(self, tree: Tree | None) -> Node | None:
        """Return what tells the segment; it may read facts, the clock and nothing of an ask."""
        if tree is None:
            return None
        node = self.expressions.node("segment", tree, TEXT, {})
        facts = {member.name for member in self.release.policy.pack.facts}
        read = {one.name for one in postorder([node], operands) if isinstance(one, Input)}
        for name in sorted(read - facts - set(CLOCK)):
            message = f"`segment` reads `{name.lstrip('@')}`, which is no fact of the customer"
            self.found.error(tree.mark, "segment-of-ask", message, "tell customers apart by facts")
        return node

    def _candidates(self, top: Mapping) -> tuple[Candidate, ...]:
        names = {BASELINE}
        read = []
        for item in _items(top.get("candidates")):
            name, patch = text_of(item.get("name")), item.get("patch")
            if name in names:
                self.found.error(item.mark, "name-clash", f"there is a `{name}` already", "give each its own name")
            names.add(name)
            path = None if text_of(patch, AS_IT_IS) == AS_IT_IS else self._file(patch)
            read.append(Candidate(name, path, item.mark))
        return tuple(read)

    def _measures(self, tree: Tree | None, assumed: bool) -> tuple[CustomMeasure, ...]:
        entries = () if tree is None else as_mapping(tree)
        return tuple(self._measure(key, as_mapping(value), assumed) for key, value in entries)

    def _measure(self, key: Scalar, tree: Mapping, assumed: bool) -> CustomMeasure:
        """Return a measure of the simulation's own; it can read `accepted` where there is a response model."""
        if any(one.name == key.text for one in MEASURES):
            message = f"`{key.text}` is measured anyhow"
            self.found.error(key.mark, "name-clash", message, "give yours another name")
        value = cast(Tree, tree.get("value"))
        node = self.expressions.node(key.text, value, None, VARIABLES if assumed else ANSWER)
        unit = UNITS.get(kind_of(node.type))
        if unit is None:
            message = f"`{key.text}` is {node.type}, which cannot be added up"
            self.found.error(value.mark, "wrong-type", message, "give money, a whole number or a condition")
        measure = Measure(
            name=key.text,
            title=text_of(tree.get("title"), key.text),
            unit=unit or "count",
            evidence="assumed" if ACCEPTED in postorder([node], operands) else "accounted",
            better=cast(Literal["higher", "lower", "neither"], text_of(tree.get("better"), "neither")),
            custom=True,
        )
        return CustomMeasure(measure, given(node) if unit else node)


def _settings(top: Mapping) -> Settings:
    given = {key.text: as_scalar(value).value for key, value in top if key.text in Settings.__annotations__}
    return cast(Settings, given)


def _items(tree: Tree | None) -> Iterator[Mapping]:
    yield from () if tree is None else map(as_mapping, cast(Sequence, tree))
