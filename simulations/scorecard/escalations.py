"""What somebody higher up granted that the agent had to refuse: limits to raise, and what that would cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from schemas.events import ApprovalEvent, ApprovalRequestEvent, DecisionEvent, Event, GrantEvent
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Keys, Meaning, Tally, measure
from simulations.scorecard.calendar import SOON, UNKNOWN
from simulations.scorecard.known import Known
from simulations.scorecard.sums import decimals, number

LIMITS: Final = ("pack", "currency", "action", "role", "rung")
COVERED: Final = 90
"""The percentage of upheld escalations that a suggested limit would have covered."""
MEANING: Final = Meaning(
    "escalations_upheld",
    "Escalations upheld: a limit to raise",
    "Of the decisions in the period that were escalated to a rung and answered before it ended, those in which that"
    " rung approved, or granted the same action to the same customer itself; the cost is that of what was granted, and"
    " of the offer where nothing was taken yet.",
    "lower",
    (
        FigureColumn(name="refused", title="refused"),
        FigureColumn(name="open", title="not answered"),
        FigureColumn(name="cost", title="cost of what was granted", unit="money"),
        FigureColumn(name="unpriced", title="at an unknown cost"),
        FigureColumn(name="limit", title=f"limit that covers {COVERED} %", unit="amount"),
    ),
)


@dataclass(slots=True)
class Escalation:
    """A decision that went up the ladder."""

    keys: Keys
    pack: str | None
    at: datetime
    amount: str | int | None
    cost: str | None
    upheld: bool | None = None
    """None: nobody has answered."""


class Escalations:
    """Follows escalations until something was granted."""

    kinds = frozenset({"decision", "approval_request", "approval", "grant"})

    def __init__(self, known: Known) -> None:
        """Begin with none."""
        self._known = known
        self._open: dict[str, Escalation] = {}
        self._asked: dict[tuple[str, str], str] = {}
        """By customer and action: the decision that was escalated last."""
        self._amounts: defaultdict[tuple[str, ...], list[Decimal]] = defaultdict(list)
        self._board = Board(LIMITS, ("quarter",))

    def see(self, event: Event) -> None:
        """Note an escalation, or what became of one."""
        if event.at >= self._known.calendar.end:
            return
        match event:
            case DecisionEvent(verdict="escalate", rung=str(rung)) if self._known.calendar.holds(event.at):
                self._escalate(event, rung)
            case ApprovalRequestEvent() if event.decision in self._open and event.amount is not None:
                self._open[event.decision].amount = event.amount
            case ApprovalEvent() if event.decision in self._open:
                self._open[event.decision].upheld = event.approved
            case GrantEvent():
                self._grant(event)
            case _:
                return

    def _escalate(self, event: DecisionEvent, rung: str) -> None:
        keys = {
            "pack": event.pack or UNKNOWN,
            "currency": self._known.currency(event.pack),
            "action": event.action,
            "role": event.agent.role or UNKNOWN,
            "rung": rung,
            "quarter": self._known.calendar.quarter(event.at),
        }
        self._open[event.id] = Escalation(keys, event.pack, event.at, event.amount, event.company_cost)
        if event.customer is not None:
            self._asked[event.customer, event.action] = event.id

    def _grant(self, event: GrantEvent) -> None:
        """Settle the escalation that a grant is about: by its decision, or by somebody higher up soon after it."""
        key = (event.customer or "", event.action)
        id_ = event.decision if event.decision in self._open else self._asked.get(key, "")
        found = self._open.get(id_)
        if found is None or (event.at - found.at > SOON and id_ != event.decision):
            return
        higher = self._known.reaches(found.pack, event.agent.role, found.keys["rung"])
        if higher or (found.upheld and id_ == event.decision):
            found.upheld = True
            found.amount = found.amount if event.amount is None else event.amount
            found.cost = event.company_cost
            self._settle(self._open.pop(id_))
            if self._asked.get(key) == id_:
                del self._asked[key]

    def _settle(self, found: Escalation) -> None:
        """Count an escalation as it stands."""
        if not found.upheld:
            refused = found.upheld is False
            self._board.add(found.keys, False if refused else None, "refused" if refused else "open")
            return
        cost, amount = number(found.cost), number(found.amount)
        self._board.add(found.keys, True, *(("unpriced",) if cost is None else ()))
        if cost is not None:
            self._board.pay(found.keys, "cost", cost)
        if amount is not None:
            self._amounts[tuple(found.keys[name] for name in LIMITS)].append(amount)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return how many escalations were upheld, with the limits that would have covered them."""
        for found in self._open.values():
            self._settle(found)
        self._open.clear()
        for key, amounts in self._amounts.items():
            self._board.tally(LIMITS, *key).others["limit"] = str(covering(amounts))
        return (measure(MEANING, self._board, self._advice()),)

    def _advice(self) -> tuple[str, ...]:
        """Return the limits to raise, those first that would have spared most customers the wait."""
        return tuple(_raised(key, tally) for key, tally in self._board.rows(*LIMITS, by=lambda tally: tally.numerator))


def covering(amounts: list[Decimal]) -> Decimal:
    """Return the smallest of the amounts that covers so many of them as a suggested limit must."""
    place = -(-len(amounts) * COVERED // 100)
    return sorted(amounts, key=lambda amount: (amount, decimals(amount)))[place - 1]


def _raised(key: tuple[str, ...], tally: Tally) -> str:
    """Return which limit to raise, and what its grants cost."""
    _, currency, action, role, rung = key
    limit, cost = tally.others.get("limit"), tally.money.get("cost")
    may = f"Let {role} grant {action}" + ("" if limit is None else f" up to {limit}")
    price = "" if cost is None else f", at a cost of {cost} {'' if currency == UNKNOWN else currency}".rstrip()
    return f"{may}: {rung} said yes to {tally.numerator} of {tally.denominator}{price}"
