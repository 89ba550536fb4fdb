"""What sees signals here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from engine.signals import by_durable, by_python
from engine.signals.pattern import Occurrence, Seen, Signals

Evaluator: TypeAlias = Callable[[Signals, Sequence[Occurrence], int], dict[str, Seen]]


def evaluator() -> Evaluator:
    """Return what sees signals, always the same: durable_rules where it is available, plain Python elsewhere."""
    return by_durable.seen if by_durable.AVAILABLE else by_python.seen
