"""A desk with a memory: what was decided, granted, promised and said before counts, and nothing that was is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from ledgers import Place, in_sqlite, place  # noqa: F401 - fixtures
from serving_desk import NOON, asked, contact, one, opened, pack, taken

from api.ledger.problems import LedgerProblem
from api.serving.deciding import decided, explained, offered
from api.serving.desk import Desk
from api.serving.outcomes import settled
from api.serving.problems import AlreadyGranted, EventUnfit, IdTaken, NoLongerGranted, UnknownDecision
from api.serving.promising import due_by, kept_by, made_to
from api.serving.recording import event_of, recorded
from api.serving.replaying import replayed
from engine.memory.problems import OutcomeProblem
from schemas.decision import Decisions
from schemas.events import GrantEvent, PromiseMadeEvent
from schemas.request import Agent

MANY = 100


@pytest.fixture
def desk(place: Place, tmp_path: Path) -> Iterator[Desk]:  # noqa: F811 - the fixture
    """Return the desk, its ledger in SQLite and in PostgreSQL."""
    with opened(place, pack(tmp_path / "tiny")) as found:
        yield found


@pytest.fixture
def small(in_sqlite: Place, tmp_path: Path) -> Iterator[Desk]:  # noqa: F811 - the fixture
    """Return the desk, its ledger in SQLite."""
    with opened(in_sqlite, pack(tmp_path / "tiny")) as found:
        yield found


def test_what_was_granted_before_counts(desk: Desk) -> None:
    assert one(decided(desk, asked("d1"))).verdict == "approve"
    settled(desk, "d1", taken("o1"))
    second = one(
        decided(
            desk, asked("d2", "25", NOON + timedelta(hours=1), ask={"action": "credit", "amount": "25", "about": "x"})
        )
    )
    assert (second.verdict, second.offer and second.offer.amount) == ("counter", "20.00")


def test_a_decision_is_in_the_ledger_before_it_is_given(desk: Desk) -> None:
    given = one(decided(desk, asked("d1")))
    found = desk.ledger.one("d1")
    assert found is not None
    assert (found.event.kind, found.event.customer) == ("decision", "C-1")
    assert given.id == "d1"


def test_an_offer_that_was_declined_does_not_count(small: Desk) -> None:
    decided(small, asked("d1", "40"))
    settled(small, "d1", taken("o1", "declined"))
    assert one(decided(small, asked("d2", "40", NOON + timedelta(hours=1)))).verdict == "approve"


def test_an_approval_counts_until_an_outcome_says_that_it_was_not_taken(small: Desk) -> None:
    decided(small, asked("d1", "40"))
    assert one(decided(small, asked("d2", "40", NOON + timedelta(hours=1)))).verdict == "decline"


def test_a_caller_cannot_make_what_was_granted_vanish(small: Desk) -> None:
    decided(small, asked("d1", "40"))
    settled(small, "d1", taken("o1"))
    lie = {"id": "d1", "action": "credit", "verdict": "approve", "outcome": "declined", "amount": "40.00",
           "at": NOON.isoformat()}  # fmt: skip
    ask = {"action": "credit", "amount": "40", "about": "again"}
    late = NOON + timedelta(days=9)
    assert one(decided(small, asked("d2", at=late, history=[lie], ask=ask))).verdict == "decline"


def test_somebody_who_is_not_named_is_not_remembered_and_the_answer_is_a_question(small: Desk) -> None:
    unnamed = asked("d1").model_copy(update={"facts": {"customer": {"good": True}}})
    assert one(decided(small, unnamed)).verdict == "ask"


def test_two_offers_of_the_last_of_a_limit_are_not_both_granted(desk: Desk) -> None:
    decided(desk, asked("d1", "40"))
    # Decided as if at the same time: it does not see the first, which is later.
    decided(
        desk, asked("d2", "40", NOON - timedelta(minutes=1), ask={"action": "credit", "amount": "40", "about": "b"})
    )
    settled(desk, "d2", taken("o2"))
    with pytest.raises(NoLongerGranted):
        settled(desk, "d1", taken("o1"))


def test_of_many_acceptances_at_once_exactly_the_limit_succeed(desk: Desk) -> None:
    for number in range(MANY):
        ask = {"action": "credit", "amount": "10", "about": f"a{number}"}
        given = one(decided(desk, asked(f"d{number}", at=NOON - timedelta(seconds=number), ask=ask)))
        assert given.verdict == "approve"
    done: list[int] = []
    threads = [threading.Thread(target=_accept, args=(desk, number, done)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    grants = [found.event for found in desk.ledger.about("C-1", kinds=("grant",))]
    assert len(grants) == len(done) == 4, "40 in all, in tens"


def _accept(desk: Desk, number: int, done: list[int]) -> None:
    try:
        settled(desk, f"d{number}", taken(f"o{number}"))
    except NoLongerGranted:
        return
    done.append(number)


def test_an_offer_is_granted_once(small: Desk) -> None:
    decided(small, asked("d1"))
    first = settled(small, "d1", taken("o1"))
    assert settled(small, "d1", taken("o1")) == first
    with pytest.raises(AlreadyGranted):
        settled(small, "d1", taken("o2"))


def test_what_was_never_offered_cannot_be_accepted(small: Desk) -> None:
    decided(small, asked("d1", good=False))
    with pytest.raises(OutcomeProblem, match="nothing was offered"):
        settled(small, "d1", taken("o1"))
    with pytest.raises(UnknownDecision):
        settled(small, "d9", taken("o1"))


def test_a_budget_is_used_up_across_customers(desk: Desk) -> None:
    bot = Agent(role="ai", id="bot-1")
    for number in (1, 2):
        decided(desk, asked(f"d{number}", "10", customer=f"C-{number}", agent=bot))
        settled(desk, f"d{number}", taken(f"o{number}"))
    third = one(decided(desk, asked("d3", "10", customer="C-3", agent=bot)))
    assert (third.verdict, third.within_authority) == ("escalate", "5.00")
    assert "above_budget" in third.reasons
    tomorrow = one(decided(desk, asked("d4", "10", NOON + timedelta(days=1), customer="C-3", agent=bot)))
    assert tomorrow.verdict == "approve"


def test_the_same_problem_again_is_seen_and_named(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.ledger.append([contact(number)])
    given = one(explained(desk, asked("d1", good=True)))
    assert given.verdict == "escalate"
    assert "the third contact about router since March 4, 2026" in given.texts["agent"]
    assert one(decided(desk, asked("d2", customer="C-2"))).verdict == "approve"


def test_offers_remember_too(small: Desk) -> None:
    decided(small, asked("d1", "30"))
    settled(small, "d1", taken("o1"))
    request = asked("q", None, NOON + timedelta(hours=1), ask=None)
    credit = next(each for each in offered(small, request).offers if each.action == "credit")
    assert credit.amount == "10.00"


def test_a_request_sent_again_gives_the_decision_that_was_given(desk: Desk) -> None:
    first = decided(desk, asked("d1", "40"))
    assert decided(desk, asked("d1", "40", NOON + timedelta(seconds=5))) == first
    with pytest.raises(IdTaken):
        decided(desk, asked("d1", "30"))


def test_several_asks_are_kept_each_and_come_again_together(small: Desk) -> None:
    asks = [{"action": "credit", "amount": "30"}, {"action": "credit", "amount": "30"}]
    request = asked("d", ask=None, asks=tuple(asks))
    given = decided(small, request)
    assert isinstance(given, Decisions)
    assert [each.verdict for each in given.decisions] == ["approve", "counter"]
    assert decided(small, request) == given
    assert [found and found.event.kind for found in map(small.ledger.one, ("d.1", "d.2"))] == ["decision", "decision"]


def test_granting_opens_the_promises_of_an_action(desk: Desk) -> None:
    decided(desk, asked("d1"))
    events = settled(desk, "d1", taken("o1"))
    assert [type(event) for event in events[1:]] == [GrantEvent, PromiseMadeEvent]
    late = NOON + timedelta(days=10)
    (due,) = due_by(desk, late, None)
    assert (due.state, due.event.promise, due.event.due) == ("broken", "paid", "2026-03-07")
    kept = f'{{"kind": "promise_kept", "promise": "{due.event.id}", "at": "2026-03-06T09:00:00Z"}}'
    recorded(desk.ledger, desk.release, event_of(kept.encode(), late))
    assert due_by(desk, late, None) == []
    assert [made.state for made in made_to(desk, "C-1", late)] == ["kept"]
    assert kept_by(desk, late, "pack")["tiny"].in_time == 1


def test_what_was_promised_is_kept_under_a_stricter_release(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    with opened(in_sqlite, pack(tmp_path / "tiny")) as before:
        decided(before, asked("d1"))
        settled(before, "d1", taken("o1"))
    with opened(in_sqlite, pack(tmp_path / "tiny", limit=0)) as after:
        later = NOON + timedelta(days=2)
        kept = one(decided(after, asked("d2", "20", later, good=False)))
        assert (kept.verdict, kept.honours) == ("approve", "d1")
        assert "Already promised on March 4, 2026" in kept.texts["agent"]
        assert not any(isinstance(event, GrantEvent) for event in settled(after, "d2", taken("o2", at=later)))
        expired = one(decided(after, asked("d3", "20", NOON + timedelta(days=5))))
        assert expired.verdict == "decline"
        assert replayed(after, "d2").same


def test_an_offer_that_is_postponed_stands_until_its_day(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    with opened(in_sqlite, pack(tmp_path / "tiny")) as before:
        decided(before, asked("d1"))
        settled(before, "d1", taken("o1", "postponed", stands_until=(NOON + timedelta(days=7)).date()))
    with opened(in_sqlite, pack(tmp_path / "tiny", limit=0)) as after:
        assert one(decided(after, asked("d2", "20", NOON + timedelta(days=6)))).verdict == "approve"
        assert one(decided(after, asked("d3", "20", NOON + timedelta(days=8)))).verdict == "decline"


def test_a_past_decision_comes_out_the_same_and_says_what_would_differ(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    with opened(in_sqlite, pack(tmp_path / "tiny")) as before:
        decided(before, asked("d1"))
    with opened(in_sqlite, pack(tmp_path / "tiny", limit=15)) as after:
        found = replayed(after, "d1")
        assert found.same
        assert (found.differences[0].what, found.differences[0].now) == ("verdict", "counter")


def test_what_is_not_kept_cannot_be_decided(small: Desk) -> None:
    small.ledger.close()
    with pytest.raises(LedgerProblem):
        decided(small, asked("d1"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"kind": "contact", "topic": "a", "topic": "b"}', "same key twice"),
        ('["contact"]', "an event is an object"),
        ('{"kind": "grant"}', "written by Leeway itself"),
        ('{"kind": "contct", "topic": "a"}', "there is no such kind of event"),
        ('{"kind": "contact", "topic": 1}', "`topic`: input should be a valid string"),
        ('{"kind": "contact", "topic": "a", "secret": "x"}', "`secret`: there is no such field"),
        ('{"kind": "contact", "topic": "a", "at": "2026-03-01T09:00:00"}', "`at`"),
        ('{"kind": "customer", "name": "mved", "customer": "C-1"}', "did you mean `moved`"),
        ('{"kind": "customer", "name": "moved"}', "says no `customer`"),
        ('{"kind": "customer", "name": "moved", "customer": "C-1", "data": {"t": "x"}}', "`data"),
        ('{"kind": "feedback", "rule": "giv"}', "did you mean `give`"),
        ('{"kind": "promise_kept", "promise": "p"}', "no promise of this id"),
        ('{"kind": "contact", "topic": "a", "pack": "other"}', "the pack that records here is `tiny`"),
    ],
)
def test_an_event_that_is_none_is_refused_in_words_that_echo_nothing_of_it(text: str, why: str, small: Desk) -> None:
    with pytest.raises(EventUnfit, match=why):
        recorded(small.ledger, small.release, event_of(text.encode(), NOON))


def test_an_event_gets_an_id_and_a_moment_where_it_has_none(small: Desk) -> None:
    told = {"kind": "customer", "name": "moved", "customer": "C-1", "data": {"to": "Hull"}}
    event = recorded(small.ledger, small.release, event_of(json.dumps(told).encode(), NOON))
    assert event.at == NOON
    (found,) = small.ledger.about("C-1")
    assert found.event == event


def test_an_offer_stands_as_long_as_its_action_says_and_is_kept_so_long(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    week = {"    title: Credit\n": "    title: Credit\n    stands: days(7)\n"}
    with opened(in_sqlite, pack(tmp_path / "tiny", **week)) as before:
        given = one(decided(before, asked("d1")))
        assert given.offer is not None
        assert given.offer.stands_until == "2026-03-11"
        with pytest.raises(OutcomeProblem, match="stands until 2026-03-11"):
            settled(before, "d1", taken("o1", "postponed", stands_until=(NOON + timedelta(days=8)).date()))
        first = settled(before, "d1", taken("o1", "postponed", NOON + timedelta(days=3)))
        assert settled(before, "d1", taken("o1", "postponed", NOON + timedelta(days=3))) == first
    with opened(in_sqlite, pack(tmp_path / "tiny", limit=0)) as after:
        kept = one(decided(after, asked("d2", "20", NOON + timedelta(days=7))))
        assert (kept.verdict, kept.honours) == ("approve", "d1")
        assert replayed(after, "d2").same
        assert one(decided(after, asked("d3", "20", NOON + timedelta(days=8)))).verdict == "decline"
