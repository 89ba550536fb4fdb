"""Compile a program to Python: for each action and stage one function of straight-line source, in three forms.

The fast form takes everything as known; where that proves wrong, because a fact is missing or an operation failed, the
partial form takes everything as known but what reads the doubtful inputs (`ask`); and the careful form nothing at all.
A form is written when it is first needed.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from engine.backends.python_risk import Form
from engine.backends.python_runtime import NAMES
from engine.backends.python_stage import StageWriter, function_name
from engine.backends.simplify import Simplifier
from engine.program.program import Program

Outputs: TypeAlias = tuple[object, ...]
Run: TypeAlias = Callable[..., Outputs]
"""`run(inputs, earlier=())`: a stage's outputs in order, None where unknown; `earlier`: those of the first stage."""

Place: TypeAlias = tuple[str, int, Form]
"""An action, the number of its stage, and a form."""

DOUBTFUL: Final = frozenset({"ask"})
"""Inputs that are often known in part: another action's question starts with its own inputs unknown."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One form of a stage as source, its constants, and its compiled code (marshalled, for this version of Python)."""

    name: str
    fallback: str
    source: str
    constants: dict[str, object]
    code: bytes

    def function(self, fallback: Run | None) -> Run:
        """Return the function, which leaves to the fallback what it gives up on."""
        names: dict[str, object] = {**NAMES, **self.constants, self.fallback: fallback}
        exec(marshal.loads(self.code), names)  # noqa: S102, S302 - generated here, the texts of a pack being literals in it
        return cast("Run", names[self.name])


class Compiled:
    """The functions of a program, by action; pickling writes all that were not needed yet, and keeps no program."""

    def __init__(self, program: Program, doubtful: Collection[str], units: Mapping[Place, Unit]) -> None:
        """Begin with the units that were written before."""
        self._stages = {action: [stage.name for stage in stages] for action, stages in program.actions}
        simplifier = Simplifier()
        self._writers = {form: StageWriter(program, form, doubtful, simplifier) for form in forms(doubtful)}
        self._forms = tuple(self._writers)
        self._units: dict[Place, Unit] = dict(units)
        self._runs: dict[tuple[str, str], Run] = {}

    def stage(self, action: str, name: str) -> Run:
        """Return the function of one of an action's stages; KeyError where there is none of that name."""
        run = self._runs.get((action, name))
        if run is None:
            stages = self._stages[action]
            if name not in stages:
                raise KeyError(name)
            run = self._runs[action, name] = self._function((action, stages.index(name), self._forms[0]))
        return run

    @property
    def units(self) -> Mapping[Place, Unit]:
        """The units that were written so far; with them, `compile_program` goes on from here."""
        return self._units

    def source(self, action: str) -> str:
        """Return the source of all forms of an action's functions, for auditors."""
        units = [self._unit(place) for place in self._places() if place[0] == action]
        return "\n\n".join([f"# {action!r}\n", *(unit.source for unit in units)])

    def complete(self) -> Compiled:
        """Write every form that was not needed yet, and return this."""
        for place in self._places():
            self._unit(place)
        return self

    def __getstate__(self) -> dict[str, object]:
        """Return what is kept: all source and code, but no functions and no program."""
        self.complete()
        return {"_stages": self._stages, "_forms": self._forms, "_units": self._units, "_writers": {}, "_runs": {}}

    def _places(self) -> list[Place]:
        """Return the place of every form of every stage."""
        stages = [(action, place) for action, names in self._stages.items() for place in range(len(names))]
        return [(action, place, form) for action, place in stages for form in self._forms]

    def _unit(self, place: Place) -> Unit:
        """Return the source and code of a form, written now if need be."""
        if place not in self._units:
            self._units[place] = self._written(place)
        return self._units[place]

    def _written(self, place: Place) -> Unit:
        """Return the newly written source and code of a form."""
        action, number, form = place
        stage = self._stages[action][number]
        name, fallback = function_name(number, stage, form), ""
        if form is not self._forms[-1]:
            fallback = function_name(number, stage, self._forms[self._forms.index(form) + 1])
        source, constants = self._writers[form].write(action, number, name, fallback)
        code = compile(source, f"<leeway {action} {name}>", "exec", dont_inherit=True)
        return Unit(name, fallback, source, constants, marshal.dumps(code))

    def _function(self, place: Place) -> Run:
        """Return the function of a form; the form that it falls back on is written when that is needed."""
        action, number, form = place
        if form is self._forms[-1]:
            return self._unit(place).function(None)
        next_place = (action, number, self._forms[self._forms.index(form) + 1])
        found: list[Run] = []

        def fall_back(inputs: dict[str, object], earlier: tuple[Outputs, ...]) -> Outputs:
            if not found:
                found.append(self._function(next_place))
            return found[0](inputs, earlier)

        return self._unit(place).function(fall_back)


def forms(doubtful: Collection[str]) -> tuple[Form, ...]:
    """Return the forms that functions have, each falling back on the next."""
    return (Form.FAST, Form.PARTIAL, Form.CAREFUL) if doubtful else (Form.FAST, Form.CAREFUL)


def compile_program(
    program: Program, doubtful: Collection[str] = DOUBTFUL, units: Mapping[Place, Unit] = MappingProxyType({})
) -> Compiled:
    """Return the functions of a program, whose equal nodes are one object; `units` were written before."""
    return Compiled(program, doubtful, units)
