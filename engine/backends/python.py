"""Compile a program to Python: for each action and stage one function of straight-line source, in three forms.

The fast form takes everything as known; where that proves wrong, because a fact is missing or an operation failed, the
partial form takes everything as known but what reads the doubtful inputs (`ask`); and the careful form nothing at all.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Final, TypeAlias, cast

from engine.backends.python_lines import Constants
from engine.backends.python_runtime import NAMES
from engine.backends.python_stage import stage_source
from engine.program.program import Program, Stage

Outputs: TypeAlias = tuple[object, ...]
Run: TypeAlias = Callable[..., Outputs]
"""`run(inputs, earlier=())`: a stage's outputs in order, None where unknown; `earlier` has one tuple a stage."""

DOUBTFUL: Final = frozenset({"ask"})
"""Inputs that are often known in part: another action's question starts with its own inputs unknown."""


@dataclass(slots=True)
class Compiled:
    """The functions of a program by action; it pickles as code and constants, for one version of Python."""

    sources: dict[str, str]
    constants: dict[str, object]
    code: dict[str, bytes]
    """The compiled source of each action, marshalled."""
    _runs: dict[str, tuple[Run, ...]] = field(default_factory=dict)

    def runs(self, action: str) -> tuple[Run, ...]:
        """Return the functions of an action's stages, in order; KeyError where there is no such action."""
        if action not in self._runs:
            code = marshal.loads(self.code[action])  # noqa: S302 - written by `compile_program` alone
            self._runs[action] = _load(code, self.constants)
        return self._runs[action]

    def source(self, action: str) -> str:
        """Return the source of an action's functions, for auditors."""
        return self.sources[action]

    def __getstate__(self) -> tuple[dict[str, str], dict[str, object], dict[str, bytes]]:
        """Return what is kept: all but the functions."""
        return self.sources, self.constants, self.code

    def __setstate__(self, state: tuple[dict[str, str], dict[str, object], dict[str, bytes]]) -> None:
        """Take what was kept."""
        self.sources, self.constants, self.code = state
        self._runs = {}


def compile_program(program: Program, doubtful: Collection[str] = DOUBTFUL) -> Compiled:
    """Return the functions of a program, whose equal nodes are one object (see `share`)."""
    constants = Constants()
    sources = {name: _source(name, stages, constants, doubtful) for name, stages in program.actions}
    code = {action: marshal.dumps(_compiled(action, text)) for action, text in sources.items()}
    return Compiled(sources, constants.values, code)


def _source(action: str, stages: Sequence[Stage], constants: Constants, doubtful: Collection[str]) -> str:
    """Return the source of an action: a function for each form of each stage."""
    texts = [stage_source(stages[: place + 1], constants, doubtful) for place in range(len(stages))]
    names = "".join(f"{name}, " for name, _ in texts)
    return "\n\n".join([f"# {action!r}\n", *(text for _, text in texts), f"STAGES = ({names})\n"])


def _compiled(action: str, text: str) -> CodeType:
    """Return the code of an action's source."""
    return compile(text, f"<leeway {action}>", "exec", dont_inherit=True)


def _load(code: CodeType, constants: Mapping[str, object]) -> tuple[Run, ...]:
    """Return the functions that a module of generated source defines as `STAGES`."""
    names: dict[str, object] = {**NAMES, **constants}
    exec(code, names)  # noqa: S102 - generated from a checked program, whose texts are literals in it
    return cast("tuple[Run, ...]", names["STAGES"])
