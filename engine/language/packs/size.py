"""How large what a pack's names stand for may grow."""

from __future__ import annotations

from typing import Final

from engine.program.nodes import Node
from engine.program.walk import operands, postorder

MAX_DEPTH: Final = 120
"""How deep expressions may be nested, definitions written out."""
MAX_EXPANDED: Final = 50_000
"""How many expressions the definitions of a pack may come to, written out where they are used."""
MAX_CHAIN: Final = 60
"""How many definitions may need each other in a chain."""


class Size:
    """Measures expressions as they are made, each once."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._depths: dict[Node, int] = {}

    def fault(self, node: Node) -> str:
        """Return why a node is too large, or nothing."""
        for one in postorder([node], self._new):
            if one not in self._depths:
                self._depths[one] = 1 + max((self._depths[part] for part in operands(one)), default=0)
        if self._depths[node] > MAX_DEPTH:
            return f"more than {MAX_DEPTH} levels"
        return f"more than {MAX_EXPANDED:,} expressions" if len(self._depths) > MAX_EXPANDED else ""

    def _new(self, node: Node) -> tuple[Node, ...]:
        return () if node in self._depths else operands(node)
