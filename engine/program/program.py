"""What a pack is lowered to: named, typed expressions, in order."""

from __future__ import annotations

from dataclasses import dataclass

from engine.program.nodes import Node
from engine.program.types import Record


@dataclass(frozen=True)
class Stage:
    """Named expressions that are evaluated together; a later stage may read what the first of its action named."""

    name: str
    outputs: tuple[tuple[str, Node], ...]

    def names(self) -> tuple[str, ...]:
        """Return the names in order."""
        return tuple(name for name, _ in self.outputs)


@dataclass(frozen=True)
class Program:
    """A pack's policy as expressions; no backend knows what any of the names means.

    `inputs` is the record of all top-level inputs. `actions` maps an action's name to its stages, in order. Nodes that
    mean the same are the same object throughout the program.
    """

    inputs: Record
    actions: tuple[tuple[str, tuple[Stage, ...]], ...]

    def stages(self, action: str) -> tuple[Stage, ...]:
        """Return the stages of an action; KeyError where the program has no such action."""
        return dict(self.actions)[action]
