"""durable_rules decides what is seen, is asked only what it can do safely, and keeps nothing."""

from __future__ import annotations

import gc
import json
import random
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest
from random_signals import random_history, random_signals

from engine.signals import by_durable, by_python, session
from engine.signals.facts import facts_of, history_of
from engine.signals.pattern import (
    MOST_EVENTS,
    Absence,
    Conclusion,
    Count,
    Occurrence,
    Of,
    Pattern,
    Sequence,
    Signal,
    Signals,
)
from engine.signals.rules import Comparison, Fact, Other, OutsideSafeSubset, Rules, joined, require_safe
from engine.signals.ruleset import MOST_TOGETHER, program
from engine.signals.session import Follow, Match, Session, Sessions, Unavailable

needs_durable = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="durable_rules does not come for Python 3.13; below, its absence is a failure"
)
CALL, VISIT = Of(("call",)), Of(("visit",))
EACH: tuple[Pattern, ...] = (
    Count(CALL, 2, 20, ("topic",)),
    Sequence(VISIT, CALL, 9, 20, ("topic",)),
    Absence(CALL, VISIT, 1, same=("topic",)),
    Absence(None, Of(("bill",)), 5),
    Conclusion(("signal_0", "signal_1", "signal_2"), 2),
    Conclusion(("signal_4", "signal_3"), 2),
)


def named(*patterns: Pattern) -> Signals:
    return Signals(tuple(Signal(f"signal_{number}", pattern) for number, pattern in enumerate(patterns)))


ALL = named(*EACH)
EVENTS = [
    Occurrence(f"{kind}{at}", kind, at, {"topic": "router"})
    for at, kind in enumerate(("call", "visit", "call", "call"))
]


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[Match]:
    """Return a list that will hold all that fires in durable_rules."""
    told: list[Match] = []
    real = Session.matches

    def noted(self: Session, facts: Iterable[str], follow: Follow) -> list[Match]:
        found = real(self, facts, follow)
        told.extend(found)
        return found

    monkeypatch.setattr(Session, "matches", noted)
    return told


@needs_durable
def test_each_signal_that_is_seen_fired_in_durable_rules(fired: list[Match]) -> None:
    assert all(one.active for one in by_durable.seen(ALL, EVENTS, 9).values())
    assert {one.rule for one in fired} - {"prime"} == {f"s{number}" for number in range(len(EACH))}


@needs_durable
@pytest.mark.parametrize("number", range(len(EACH)))
def test_what_durable_rules_does_not_say_is_not_seen(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Session._fired

    def without(self: Session, state: int) -> Iterator[Match]:
        return (one for one in real(self, state) if one.rule != f"s{number}")

    monkeypatch.setattr(Session, "_fired", without)
    found = by_durable.seen(ALL, EVENTS, 9)
    assert not found[f"signal_{number}"].active
    assert by_python.seen(ALL, EVENTS, 9)[f"signal_{number}"].active


@needs_durable
@pytest.mark.parametrize(
    ("pattern", "name"),
    [(0, "cut0"), (0, "g0"), (1, "g1"), (1, "until1"), (1, "first1"), (1, "cut1"), (2, "due2"), (2, "now")],
)
def test_durable_rules_joins_by_group_and_number_and_compares_moments(
    pattern: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Session._assert
    count = iter(range(1_000, 10_000))

    def wrong(self: Session, fact: str) -> int:
        told = json.loads(fact)
        spoilt = {"cut0": 999, "cut1": 999, "until1": 0, "due2": 999, "now": 0}.get(name, next(count))
        return real(self, json.dumps({**told, name: spoilt} if name in told else told))

    monkeypatch.setattr(Session, "_assert", wrong)
    assert not by_durable.seen(ALL, EVENTS, 9)[f"signal_{pattern}"].active


@needs_durable
def test_a_blocker_is_found_by_durable_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    signals = named(Absence(CALL, VISIT, 5), Absence(None, VISIT, 5))
    events = [Occurrence("a", "call", 1, {}), Occurrence("b", "visit", 5, {})]
    assert [one.active for one in by_durable.seen(signals, events, 8).values()] == [False, False]
    real = Session._assert
    monkeypatch.setattr(Session, "_assert", lambda self, fact: 0 if '"missing"' in fact else real(self, fact))
    assert [one.active for one in by_durable.seen(signals, events, 8).values()] == [True, True]


@needs_durable
def test_nothing_from_outside_but_small_numbers_and_own_names_reaches_durable_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, facts = Session._assert, []

    def noted(self: Session, fact: str) -> int:
        facts.append(json.loads(fact))
        return real(self, fact)

    monkeypatch.setattr(Session, "_assert", noted)
    draw = random.Random(3)
    for _ in range(150):
        signals = random_signals(draw)
        by_durable.seen(signals, *random_history(draw, signals))
    assert sum(fact["kind"] != "prime" for fact in facts) > 500
    for fact in facts:
        assert re.fullmatch(r"[em][0-9]{1,3}|clock|prime[0-9]{1,3}|p[0-9]{1,3}\.[0-9]{1,2}", fact.pop("id"))
        assert fact.pop("kind") in ("event", "missing", "clock", "part", "prime")
        assert fact.pop("sid") == session.SID
        assert all(re.fullmatch(r"(at|now|of|n|one|(cut|due|first|g|n|next|until)[0-9]{1,3})", name) for name in fact)
        assert all(type(value) is int and 0 <= value <= 5_000 for value in fact.values())


def test_what_no_event_could_make_seen_is_not_told_to_durable_rules() -> None:
    made = program(named(*EACH[:4], Count(CALL, 5, 20), Absence(CALL, VISIT, 1, lasting=9, same=("topic",))))
    facts = facts_of(made, range(6), history_of(made, tuple(EVENTS[:1]), 3))
    of = {one["id"]: set(one) - {"id", "kind", "one", "sid", "at"} for one in map(json.loads, facts)}
    assert of["clock"] == {"now", "cut3", "cut5"}
    assert {name.rstrip("0123456789") for name in of["e0"]} == {"g", "next", "due"}
    assert len(of) == 2


def test_no_two_of_its_own_ids_have_one_hash() -> None:
    ids = [f"{kind}{place}" for kind in "em" for place in range(MOST_EVENTS)]
    ids += [f"p{conclusion}.{count}" for conclusion, count in product(range(1_000), range(1, 25))]
    ids += ["clock", f"sid-{session.SID}"]
    assert len({fnv(text) for text in ids}) == len(ids)


def fnv(text: str) -> int:
    """Return the 32-bit hash by which the extension knows an id."""
    value = 2_166_136_261
    for byte in text.encode():
        value = (value ^ byte) * 16_777_619 % 2**32
    return value


UNSAFE: dict[str, Signals] = {
    "is there twice": Signals((Signal("a", EACH[0]), Signal("a", EACH[0]))),
    "at least one": named(Count(CALL, 0, 1)),
    "whose field could name": named(Absence(None, CALL, "due")),
    "does not come before": named(Conclusion(("signal_1",), 1), EACH[0]),
    "from more than 24": named(*EACH[:1] * 25, Conclusion(tuple(f"signal_{number}" for number in range(25)), 1)),
    "more than 1000 signals": named(*EACH[:1] * 1_001),
}


@pytest.mark.parametrize("reason", UNSAFE)
def test_signals_outside_the_safe_subset_are_refused_with_the_reason(reason: str) -> None:
    with pytest.raises(OutsideSafeSubset, match=reason):
        program(UNSAFE[reason])


ONE = Fact("a", "event", ())


def rules(*facts: Fact) -> Rules:
    return {"rule": facts}


UNSAFE_RULES: dict[str, Callable[[], Rules]] = {
    "1 to 8 patterns": lambda: rules(ONE, *[joined(f"b{place}", "event", (), "a") for place in range(8)]),
    "begins with an absence": lambda: rules(Fact("a", "missing", (), negated=True)),
    "too late to be negated": lambda: rules(ONE, joined("b", "event", (), "a", negated=True)),
    "may not hold": lambda: rules(ONE, Fact("b", "event", (Comparison("n", "$eq", Other("a", "n")),))),
    "with a fact that comes later": lambda: rules(joined("a", "event", (), "b"), Fact("b", "event", ())),
    "not a small whole number": lambda: rules(Fact("a", "event", (Comparison("n", "$eq", 2**31),))),
    "more than 20 comparisons": lambda: rules(Fact("a", "event", (Comparison("n", "$eq", 1),) * 21)),
    "have one alias": lambda: rules(ONE, joined("a", "event", (), "a")),
    "more than 56 conditions": lambda: {f"r{place}": (Fact(f"a{place}", "event", ()),) for place in range(57)},
    "more than 250 rules": lambda: {f"r{place}": (Fact(f"a{place}", "event", ()),) for place in range(251)},
}


@pytest.mark.parametrize("reason", UNSAFE_RULES)
def test_rules_that_durable_rules_cannot_take_are_refused_before_it_gets_them(reason: str) -> None:
    with pytest.raises(OutsideSafeSubset, match=reason):
        require_safe(UNSAFE_RULES[reason]())


@needs_durable
def test_more_signals_than_one_ruleset_takes_are_chained_over_several() -> None:
    chain = [Conclusion(("signal_0", f"signal_{number}"), 2) for number in range(1, 3 * MOST_TOGETHER)]
    signals = named(EACH[0], EACH[1], *chain)
    assert len(program(signals).rulesets) > 3
    assert all(one.active for one in by_durable.seen(signals, EVENTS, 9).values())
    assert by_durable.seen(signals, EVENTS, 9) == by_python.seen(signals, EVENTS, 9)
    assert sum(one.active for one in by_durable.seen(signals, EVENTS[2:], 9).values()) == 1


@needs_durable
def test_as_many_facts_as_there_can_be_are_taken() -> None:
    events = [Occurrence(f"{number:03}", "call", number, {"topic": number % 7}) for number in range(2 * MOST_EVENTS)]
    each = (Absence(CALL, CALL, 7, same=("topic",)), Sequence(CALL, CALL, 7, 900, ("topic",)), Count(CALL, 70, 900))
    signals = named(*[each[number % 3] for number in range(MOST_TOGETHER)])
    expected, found = by_python.seen(signals, events, 1_200), by_durable.seen(signals, events, 1_200)
    assert [name for name, one in expected.items() if found[name] != one or not one.active] == []


@needs_durable
def test_nothing_stays_between_calls_even_where_one_failed() -> None:
    made = program(ALL)
    facts = facts_of(made, range(len(EACH)), history_of(made, tuple(EVENTS), 9))
    clock = [fact for fact in facts if '"clock"' in fact]

    def fail(_: Match) -> Iterable[str]:
        raise ZeroDivisionError

    with Sessions(made.rulesets[0].rules).one() as one:
        for _ in range(3):
            assert {match.rule for match in one.matches(facts, lambda _: ())} == {"s0", "s1", "s2", "s3"}
            assert [match.rule for match in one.matches(clock, lambda _: ())] == ["s3"]
            with pytest.raises(ZeroDivisionError):
                one.matches(facts, fail)
            with pytest.raises(Unavailable, match="did not take"):
                one.matches([*facts, facts[0]], lambda _: ())
            with pytest.raises(Exception, match="309"):
                session.engine.get_facts(one._handle, session.SID)


@needs_durable
def test_a_session_that_failed_is_not_used_again_and_its_ruleset_is_freed() -> None:
    sessions = Sessions(program(ALL).rulesets[0].rules)
    with sessions.one() as first:
        pass
    with pytest.raises(ZeroDivisionError), sessions.one() as again:
        again.matches(session.PRIMES, lambda _: 1 // 0)  # type: ignore[arg-type]
    assert again is first
    handle = first._handle
    with sessions.one() as other:
        assert other is not first
    del first, again
    gc.collect()
    with pytest.raises(Exception, match="111"):
        session.engine.get_facts(handle, session.SID)


@needs_durable
def test_sixteen_threads_at_once_see_the_same() -> None:
    draw = random.Random(7)
    packs = [random_signals(draw) for _ in range(4)]
    cases = [(signals, *random_history(draw, signals)) for signals in packs for _ in range(50)]
    expected = [by_python.seen(*case) for case in cases]

    def wrong(seed: int) -> list[int]:
        places = random.Random(seed).sample(range(len(cases)), 100)
        return [place for place in places if by_durable.seen(*cases[place]) != expected[place]]

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(wrong, range(16))) == [[]] * 16
    finally:
        sys.setswitchinterval(before)


def run(script: str) -> str:
    """Return what a script prints in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent)  # noqa: PLW1510
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout.strip()


@needs_durable
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_workers_forked_while_threads_are_at_work_see_the_same() -> None:
    script = """
        import os, random, sys, threading
        sys.path.insert(0, ".."); sys.path.insert(0, ".")
        from random_signals import random_history, random_signals
        from engine.signals import by_durable, by_python
        draw = random.Random(9)
        signals = random_signals(draw, 20)
        cases = [random_history(draw, signals) for _ in range(40)]
        expected = [by_python.seen(signals, *case) for case in cases]
        done = threading.Event()
        def work():
            while not done.is_set():
                assert all(by_durable.seen(signals, *case) == one for case, one in zip(cases, expected))
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for _ in range(12):
            if not os.fork():
                os._exit(0 if all(by_durable.seen(signals, *case) == one for case, one in zip(cases, expected)) else 1)
        print([os.wait()[1] for _ in range(12)] == [0] * 12)
        done.set()
    """
    assert run(script) == "True"


def test_without_durable_rules_python_sees_and_the_error_says_why() -> None:
    script = """
        import sys
        sys.path.insert(0, "..")
        sys.modules["durable_rules_engine"] = None
        from engine.signals import by_durable, by_python, seeing
        from engine.signals.pattern import *
        signals = Signals((Signal("quiet", Absence(None, Of(("call",)), 1)),))
        see = seeing.evaluator()
        print(by_durable.AVAILABLE, see is by_python.seen, see(signals, [], 0)["quiet"].active)
        try:
            by_durable.seen(signals, [], 0)
        except by_durable.session.Unavailable as problem:
            print(problem)
    """
    assert run(script).splitlines() == [
        "False True True",
        "durable_rules is not installed: it comes for Python below 3.13 only",
    ]


@needs_durable
def test_too_many_facts_are_refused_before_durable_rules_gets_them() -> None:
    with Sessions(program(ALL).rulesets[0].rules).one() as one, pytest.raises(Unavailable, match="more than"):
        one.matches(['{"id":"e1","kind":"event"}'] * (session.MOST_FACTS + 1), lambda _: ())
