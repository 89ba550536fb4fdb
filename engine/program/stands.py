"""How long something stays good, as the last day of it."""

from __future__ import annotations

from engine.backends.reference import evaluate
from engine.backends.times import DAY
from engine.language.cel.convert import given
from engine.program.nodes import Arithmetic, Call, Const, Failure, Node, Operator
from engine.program.types import DATE, TEXT, Kind, kind_of


def untimely(node: Node) -> str:
    """Return why a value is neither a day, nor a moment, nor a span of days; nothing where it is one of them."""
    match kind_of(node.type):
        case Kind.DATE | Kind.TIMESTAMP:
            return ""
        case Kind.DURATION:
            span = evaluate(node, {})
            return "no whole number of days" if isinstance(span, int) and span % DAY else ""
        case _:
            return f"{node.type}, not a duration, a date or a timestamp"


def last_day(node: Node, now: Node, zone: str) -> Node:
    """Return the day to whose end something is good from now on: after a span of days, on a day, or at a moment.

    It is good on the present day at least.
    """
    today = Call("date_of", (now, Const(zone, TEXT)), DATE)
    match kind_of(node.type):
        case Kind.DATE:
            day = given(node)
        case Kind.TIMESTAMP:
            day = Call("date_of", (given(node), Const(zone, TEXT)), DATE)
        case Kind.DURATION:
            day = Arithmetic(Operator.ADD, today, given(node), DATE)
        case _:
            return Failure(DATE)
    return Call("max", (day, today), DATE)
