"""What happens to customers of the telecom desk in two years, made by the desk itself, and told again of very many."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

from api.ledger.opening import open_ledger
from api.ledger.vault import open_vault
from api.serving.deciding import decided
from api.serving.desk import Desk
from api.serving.opening import desk_of
from api.serving.outcomes import settled
from api.serving.problems import ServingProblem
from api.serving.recording import recorded
from engine.memory.problems import OutcomeProblem
from engine.memory.taking import Taken
from schemas.decision import Decision
from schemas.events import ContactEvent, CustomerEvent, Event, OutreachEvent, PromiseKeptEvent, PromiseMadeEvent
from schemas.request import Agent, DecisionRequest

ROOT: Final = Path(__file__).parents[1]
PACK: Final = ROOT / "rules" / "telecom"
BEGINNING: Final = datetime(2024, 12, 10, 9, tzinfo=UTC)
END: Final = datetime(2026, 6, 10, 9, tzinfo=UTC)
LENGTH: Final = 200
"""Events of one life, the newest."""
LIVES: Final = 4
"""Lives that are not alike."""
FACTS: Final[dict[str, Any]] = json.loads((ROOT / "docs/examples/care-desk.jsonl").read_text().splitlines()[0])["facts"]
TOPICS: Final = ("router", "bill", "speed", "move", "roaming")
ASKS: Final = (
    {"action": "goodwill_credit", "about": "wrong_advice", "amount": 5},
    {"action": "goodwill_credit", "about": "long_wait"},
    {"action": "callback"},
    {"action": "callback"},
    {"action": "data_boost"},
    {"action": "spend_cap"},
    {"action": "remote_check", "service": "bb-1"},
    {"action": "engineer_visit", "service": "bb-1", "symptom": "slow"},
    {"action": "service_credit", "about": "slow_repair"},
    {"action": "plan_upgrade", "service": "mob-1", "plan": "sim_unlimited", "agreed": True},
    {"action": "retention_discount", "service": "bb-1", "months": 12},
)
LINKS: Final = ("decision", "honours", "request")
"""The fields by which an event names another."""


def request_of(customer: str, at: datetime, **more: Any) -> DecisionRequest:
    """Return what an agent of the telecom desk asks for a customer."""
    facts = {**FACTS, "customer": {**FACTS["customer"], "id": customer}}
    given = {"ask": ASKS[0], "agent": agent_of(int(customer[2:])), "channel": "phone", **more}
    return DecisionRequest.model_validate({"now": at.isoformat(), "facts": facts, **given})


def agent_of(number: int) -> Agent:
    """Return who serves the customer of a number."""
    return Agent(role="agent", id=f"agent-{number % 300}", team=f"team-{number % 20}")


@cache
def lives() -> tuple[tuple[Event, ...], ...]:
    """Return what happened in a few lives, each as long as the others, oldest first."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_vault(f"sqlite:///{folder}/keys.db", {}) as vault,
        open_ledger(f"sqlite:///{folder}/ledger.db", vault) as ledger,
    ):
        desk = desk_of(ledger, PACK, Agent())
        return tuple(_lived(desk, f"C-{number}") for number in range(LIVES))


def _lived(desk: Desk, customer: str) -> tuple[Event, ...]:
    """Return the newest events of a customer who is often in touch."""
    life = Life(desk, customer)
    while life.at < END:
        life.go_on()
    found = desk.ledger.about(customer, most=LENGTH)
    assert len(found) == LENGTH
    return tuple(one.event for one in found)


@dataclass
class Life:
    """One customer, from visit to visit."""

    desk: Desk
    customer: str
    at: datetime = BEGINNING
    draw: random.Random = field(init=False)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.customer)
        self._record(CustomerEvent, name="joined", data={"channel": "shop"})

    def go_on(self) -> None:
        """Live on to the next visit, with what is asked and answered in it."""
        self.at += timedelta(hours=self.draw.randint(24, 24 * 16))
        note = "They said that it happens again and again, most of all in the evening, and that nobody called back."
        self._record(ContactEvent, topic=self.draw.choice(TOPICS), resolved=self.draw.random() < 0.7, note=note)
        for _ in range(self.draw.choice((1, 1, 1, 2))):
            self._ask()
        if self.draw.random() < 0.2:
            self._record(OutreachEvent, about="thanks", reason="quiet_year")
        if self.draw.random() < 0.1:
            self._record(CustomerEvent, name="referral", data={"joined": True})

    def _ask(self) -> None:
        self.at += timedelta(minutes=3)
        id_ = f"{self.customer}-d{next(self.numbers)}"
        asked = {"id": id_, "session": f"{self.customer}-s{self.at:%y%m%d}", "ask": self.draw.choice(ASKS)}
        given = decided(self.desk, request_of(self.customer, self.at, **asked))
        assert isinstance(given, Decision)
        if given.verdict in ("approve", "counter") and self.draw.random() < 0.9:
            self._answer(given)

    def _answer(self, given: Decision) -> None:
        """Take what was offered, or not; what was promised is often kept."""
        word = self.draw.choices(("accepted", "declined", "postponed"), (7, 2, 1))[0]
        with suppress(ServingProblem, OutcomeProblem):
            for one in settled(self.desk, given.id, Taken(f"{given.id}-o", word, self.at + timedelta(minutes=1))):
                if isinstance(one, PromiseMadeEvent) and one.promise != "offer" and self.draw.random() < 0.7:
                    self._record(PromiseKeptEvent, promise=one.id)

    def _record(self, kind: Any, **said: Any) -> None:
        id_, at = f"{self.customer}-e{next(self.numbers)}", self.at + timedelta(minutes=2)
        event = kind(id=id_, at=at, customer=self.customer, agent=agent_of(0), **said)
        recorded(self.desk.ledger, self.desk.release, event)


def of_another(event: Event, number: int) -> Event:
    """Return an event as it happened to the customer of a number, with another agent."""
    said: dict[str, Any] = {
        name: f"{getattr(event, name)}-{number}" for name in LINKS if getattr(event, name, None) is not None
    }
    if isinstance(event, PromiseKeptEvent):
        said["promise"] = f"{event.promise}-{number}"
    known = {"id": f"{event.id}-{number}", "customer": f"C-{number}", "agent": agent_of(number)}
    return event.model_copy(update={**said, **known})
