"""What happens to customers of the telecom desk in two years, made by the desk itself, and told again of very many."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
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
from engine.release import Release
from schemas.decision import Decision
from schemas.events import ContactEvent, CustomerEvent, Event, OutreachEvent, PromiseKeptEvent, PromiseMadeEvent
from schemas.request import Agent, DecisionRequest

ROOT: Final = Path(__file__).parents[1]
BEGINNING: Final = datetime(2024, 6, 10, 9, tzinfo=UTC)
LENGTH: Final = 200
"""Events of one life."""
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
    given = {"ask": ASKS[0], "agent": {"role": "agent", "id": "kim", "team": "north"}, "channel": "phone", **more}
    return DecisionRequest.model_validate({"now": at.isoformat(), "facts": facts, **given})


@cache
def lives() -> tuple[tuple[Event, ...], ...]:
    """Return what happened in a few lives, each as long as the others, oldest first."""
    with tempfile.TemporaryDirectory() as folder, open_vault(f"sqlite:///{folder}/keys.db", {}) as vault:
        with open_ledger(f"sqlite:///{folder}/ledger.db", vault) as ledger:
            desk = desk_of(ledger, ROOT / "rules" / "telecom", Agent())
            return tuple(_lived(desk, f"C-{number}") for number in range(LIVES))


def _lived(desk: Desk, customer: str) -> tuple[Event, ...]:
    """Return the oldest events of a customer who is often in touch."""
    life = _Life(desk, customer)
    while (missing := LENGTH - len(desk.ledger.about(customer, most=LENGTH))) > 0:
        for _ in range(1 + missing // 8):
            life.go_on()
    return tuple(one.event for one in desk.ledger.about(customer, most=2 * LENGTH)[:LENGTH])


class _Life:
    """One customer, from visit to visit."""

    def __init__(self, desk: Desk, customer: str) -> None:
        self._desk, self._customer = desk, customer
        self._draw = random.Random(customer)
        self._numbers = count()
        self._at = BEGINNING
        self._record(CustomerEvent, name="joined", data={"channel": "shop"})

    def go_on(self) -> None:
        """Live on to the next visit, with what is asked and answered in it."""
        self._at += timedelta(hours=self._draw.randint(24, 24 * 16))
        self._record(
            ContactEvent, topic=self._draw.choice(TOPICS), resolved=self._draw.random() < 0.7, note="said it" * 5
        )
        for _ in range(self._draw.choice((1, 1, 1, 2))):
            self._ask()
        if self._draw.random() < 0.2:
            self._record(OutreachEvent, about="thanks", reason="quiet_year")
        if self._draw.random() < 0.1:
            self._record(CustomerEvent, name="referral", data={"joined": True})

    def _ask(self) -> None:
        self._at += timedelta(minutes=3)
        id_ = f"{self._customer}-d{next(self._numbers)}"
        asked = {"id": id_, "session": f"{self._customer}-s{self._at:%y%m%d}", "ask": self._draw.choice(ASKS)}
        given = decided(self._desk, request_of(self._customer, self._at, **asked))
        assert isinstance(given, Decision)
        if given.verdict in ("approve", "counter") and self._draw.random() < 0.9:
            self._answer(given)

    def _answer(self, given: Decision) -> None:
        """Take what was offered, or not; what was promised is kept as often as not."""
        word = self._draw.choices(("accepted", "declined", "postponed"), (7, 2, 1))[0]
        taken = Taken(f"{given.id}-o", word, self._at + timedelta(minutes=1), agent=Agent(id="kim", team="north"))
        with suppress(ServingProblem, OutcomeProblem):
            for one in settled(self._desk, given.id, taken):
                if isinstance(one, PromiseMadeEvent) and one.promise != "offer" and self._draw.random() < 0.7:
                    self._record(PromiseKeptEvent, promise=one.id)

    def _record(self, kind: Any, **said: Any) -> None:
        id_ = f"{self._customer}-e{next(self._numbers)}"
        event = kind(id=id_, at=self._at + timedelta(minutes=2), customer=self._customer, agent=Agent(id="kim"), **said)
        recorded(self._desk.ledger, self._desk.release, event)


def told_again(customers: int) -> Iterator[Event]:
    """Yield the lives of so many customers, `C-0` and on, those of each spread over all of it."""
    told = lives()
    for place in range(LENGTH):
        for number in range(customers):
            yield _as_of_another(told[number % len(told)][place], number)


def _as_of_another(event: Event, number: int) -> Event:
    """Return an event as it happened to another customer, with another agent."""
    ids = [name for name in LINKS if getattr(event, name, None) is not None]
    if isinstance(event, PromiseKeptEvent):
        ids.append("promise")
    said: dict[str, Any] = {name: f"{getattr(event, name)}-{number}" for name in ids}
    agent = event.agent.model_copy(update={"id": f"agent-{number % 300}", "team": f"team-{number % 20}"})
    return event.model_copy(
        update={**said, "id": f"{event.id}-{number}", "customer": f"C-{number}", "agent": agent}
    )


def mix(events: Sequence[Event]) -> dict[str, int]:
    """Return how many events of each kind there are."""
    kinds = [one.kind for one in events]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def release_of_lives() -> Release:
    """Return the policy under which they lived."""
    from engine.release import load_release  # noqa: PLC0415
    return load_release(ROOT / "rules" / "telecom")
