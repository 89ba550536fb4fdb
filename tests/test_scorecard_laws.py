"""What holds of every scorecard, whatever happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from itertools import chain
from random import Random
from typing import get_args

import pytest
from ledger_events import (
    AGENT,
    BOSS,
    approval,
    broken,
    contact,
    decision,
    erased,
    feedback,
    grant,
    happened,
    insight,
    kept,
    moment,
    outcome,
    outreach,
    promise,
    request,
    walkthrough,
)

from schemas.decision import VerdictWord
from schemas.events import Event, OutcomeWord
from schemas.scorecard import Period, Scorecard
from simulations.scorecard.scorecard import scorecard
from simulations.scorecard.sums import share

YEAR = Period(start=moment("2026-01-01"), end=moment("2027-01-01"), timezone="Europe/Berlin")
SEEDS = range(25)
MEASURES = (
    "rules_from_customers",
    "insights_answered",
    "input_gathered",
    "walkthroughs",
    "outreach",
    "new_customers_asked",
    "refusals_with_alternative",
    "promises_kept",
    "repeat_contacts",
    "first_contact_resolution",
    "escalations_upheld",
    "same_answer_across_channels",
    "mutual_grants",
    "overrides",
    "rules_that_help",
)


def life(random: Random, customer: str) -> list[Event]:
    """Return what happened to a customer, as it was written."""
    found: list[Event] = []
    at = moment("2025-10-01") + timedelta(days=random.randrange(400))
    for number in range(random.randrange(12)):
        at += timedelta(hours=random.randrange(1, 24 * 20))
        found += _happening(random, at.replace(tzinfo=None).isoformat(), customer, f"{customer}-{number}")
    return found


def _happening(random: Random, at: str, who: str, id_: str) -> list[Event]:
    """Return one thing that happened, with what came of it."""
    money = random.choice((None, "10.00", "25.50", "7", 3))
    channel = random.choice(("phone", "chat", None))
    verdict = random.choice(get_args(VerdictWord))
    case = {"ask": {"action": "credit"}, "facts": {"ground": random.choice((f"{verdict} {money}", "none"))}}
    more = {
        "rung": "boss" if verdict == "escalate" else None,
        "amount": money,
        "company_cost": None if money is None else str(money),
        "alternatives": random.choice(((), ("callback",))),
        "signals": random.choice(((), ("quiet",))),
        "rules": random.choice((("late",), ("late", "gold"))),
    }
    priced = {"amount": money, "company_gain": "5.00", "company_cost": "2.5", "mutual": random.choice((True, None))}
    decided = decision(at, verdict, who, id=id_, case=case, channel=channel, **more)
    became = (
        [outcome(at, id_, random.choice(get_args(OutcomeWord)), who, reason=random.choice(("", "So.")))],
        [grant(at, id_, who, agent=random.choice((AGENT, BOSS)), **priced)],
        [request(at, id_, who, amount=money), approval(at, id_, random.random() < 0.5, who)],
        [promise(at, f"p-{id_}", f"2026-0{random.randrange(1, 10)}-15", who), kept(at, f"p-{id_}", who)],
        [promise(at, f"p-{id_}", f"2026-0{random.randrange(1, 10)}-15", who), broken(at, f"p-{id_}", who)],
        [],
    )
    plain = (
        contact(at, random.choice(("router", "bill")), who, resolved=random.choice((True, False, None))),
        contact(at, "bill", who, asked_why=True, gathered=random.choice(("billing", "moving", None))),
        outreach(at, random.choice(("quiet", None)), who),
        happened(at, "bought", who),
        feedback(at, random.choice(("late", "gold")), random.choice((True, False, None))),
        insight(at, random.choice(("INS-1", "INS-2")), active=random.random() < 0.5),
        walkthrough(at, random.choice(("billing", "repairs"))),
    )
    return random.choice(([random.choice(plain)], [decided, *random.choice(became)]))


def lives(random: Random) -> list[list[Event]]:
    """Return what happened to several customers."""
    return [life(random, f"customer-{number}") for number in range(random.randrange(1, 9))]


def interleaved(random: Random, queues: list[list[Event]]) -> Iterator[Event]:
    """Yield all events, those of one queue in their order."""
    turns = [queue for queue, events in enumerate(queues) for _ in events]
    random.shuffle(turns)
    iterators = [iter(events) for events in queues]
    for turn in turns:
        yield next(iterators[turn])


def shares(card: Scorecard) -> Iterator[tuple[int, int, str | None]]:
    """Yield every share of a scorecard with its counts."""
    for one in card.measures:
        for found in (one, *chain.from_iterable(breakdown.parts for breakdown in one.breakdowns)):
            yield found.numerator, found.denominator, found.value


@pytest.mark.property
@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_different_customers_does_not_matter(seed: int) -> None:
    random = Random(seed)
    queues = lives(random)
    first = scorecard([], interleaved(random, queues), YEAR)
    second = scorecard([], interleaved(random, queues), YEAR)
    assert first.model_dump_json() == second.model_dump_json()


@pytest.mark.property
@pytest.mark.parametrize("seed", SEEDS)
def test_every_share_is_of_what_it_is_a_share_of(seed: int) -> None:
    found = list(shares(scorecard([], chain.from_iterable(lives(Random(seed))), YEAR)))
    for numerator, denominator, value in found:
        assert 0 <= numerator <= denominator
        assert (value is None) == (denominator == 0)
        if value is not None:
            assert abs(Fraction(value) - Fraction(numerator, denominator)) <= Fraction(1, 20_000)


@pytest.mark.property
@pytest.mark.parametrize("seed", SEEDS)
def test_erasing_customers_changes_no_count_of_decisions_grants_and_promises(seed: int) -> None:
    events = list(chain.from_iterable(lives(Random(seed))))
    before = {one.name: one for one in scorecard([], events, YEAR).measures}
    after = {one.name: one for one in scorecard([], map(erased, events), YEAR).measures}
    for name in ("promises_kept", "mutual_grants", "refusals_with_alternative", "walkthroughs", "rules_that_help"):
        assert before[name] == after[name]
    assert after["same_answer_across_channels"].value is None


@pytest.mark.property
@pytest.mark.parametrize("seed", SEEDS)
def test_parts_that_split_a_measure_add_up_to_it(seed: int) -> None:
    card = scorecard([], chain.from_iterable(lives(Random(seed))), YEAR)
    sums: defaultdict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(lambda: [0, 0])
    whole = {one.name: [one.numerator, one.denominator] for one in card.measures}
    for one in card.measures:
        for breakdown in one.breakdowns:
            for part in breakdown.parts:
                sums[one.name, breakdown.by][0] += part.numerator
                sums[one.name, breakdown.by][1] += part.denominator
    split = {key: counts for key, counts in sums.items() if key[0] not in ("input_gathered", "overrides")}
    split = {key: counts for key, counts in split.items() if "about" not in key[1]}
    assert split == {key: whole[key[0]] for key in split}


def test_an_empty_ledger_gives_no_data_everywhere() -> None:
    card = scorecard([], [], YEAR)
    assert tuple(one.name for one in card.measures) == MEASURES
    assert [one.value for one in card.measures] == [None] * len(MEASURES)
    assert [one.improved_by for one in card.measures] == [()] * len(MEASURES)
    assert (card.events, card.last_event) == (0, None)


def test_the_random_lives_reach_every_measure_but_those_of_rules() -> None:
    cards = [scorecard([], chain.from_iterable(lives(Random(seed))), YEAR) for seed in SEEDS]
    reached = {one.name for card in cards for one in card.measures if one.numerator}
    assert set(MEASURES) - reached == {"rules_from_customers", "insights_answered"}


def test_what_happened_after_the_period_changes_nothing_but_whether_problems_came_back() -> None:
    events = list(chain.from_iterable(lives(Random(7))))
    late = moment("2028-01-01")
    later = [event.model_copy(update={"at": late, "id": f"late-{event.id}"}) for event in events]
    seen = Period(start=YEAR.start, end=YEAR.end, timezone=YEAR.timezone, now=late)
    assert scorecard([], events, seen).measures == scorecard([], [*events, *later], seen).measures


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (0, 0, None),
        (0, 3, "0.0000"),
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (1, 20_000, "0.0000"),
        (3, 20_000, "0.0002"),
        (7, 7, "1.0000"),
    ],
)
def test_a_share_has_four_decimals_rounded_half_to_even(numerator: int, denominator: int, text: str | None) -> None:
    assert share(numerator, denominator) == text
