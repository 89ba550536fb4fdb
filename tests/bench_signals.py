"""How long it takes to see twelve signals in one customer's events: by durable_rules, and by plain Python.

`python tests/bench_signals.py` prints microseconds a customer, the median of several rounds.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Sequence

from engine.signals import by_durable, by_python
from engine.signals.pattern import Absence, Conclusion, Count, Occurrence, Of, Signal, Signals
from engine.signals.pattern import Sequence as OneThenOther
from engine.signals.seeing import Evaluator

HOUR = 3_600_000_000
DAY = 24 * HOUR
NOW = 20_500 * DAY
SIZES = (20, 200, 500)
ROUNDS = 9
KINDS = ("contact", "contact", "contact", "visit", "bill_sent", "complaint", "promise_made", "promise_kept", "feedback")
CONTACT, VISIT, BILL = Of(("contact",)), Of(("visit",)), Of(("bill_sent",))
COMPLAINT, MADE, KEPT = Of(("complaint",)), Of(("promise_made",)), Of(("promise_kept",))
LOW = Of(("feedback",), (("score", (0, 1, 2)),))
PATTERNS = {
    "repeat_contact": Count(CONTACT, 3, 14 * DAY, ("topic",)),
    "many_contacts": Count(Of(("contact", "complaint")), 5, 30 * DAY),
    "repeat_visit": Count(VISIT, 2, 30 * DAY, ("topic",)),
    "low_scores": Count(LOW, 2, 90 * DAY),
    "broken_promise": Absence(MADE, KEPT, "due", 60 * DAY, ("promise",)),
    "complaint_unanswered": Absence(COMPLAINT, CONTACT, 2 * DAY, 30 * DAY, ("topic",)),
    "quiet": Absence(None, Of(("contact", "visit")), 365 * DAY),
    "contact_after_visit": OneThenOther(VISIT, CONTACT, 7 * DAY, 30 * DAY, ("topic",)),
    "contact_after_bill": OneThenOther(BILL, CONTACT, 3 * DAY, 30 * DAY),
    "complaint_after_promise": OneThenOther(MADE, COMPLAINT, 10 * DAY, 30 * DAY, ("topic",)),
    "root_cause": Conclusion(("repeat_contact", "repeat_visit", "contact_after_visit"), 2),
    "relationship_at_risk": Conclusion(("root_cause", "broken_promise", "low_scores"), 2),
}
SIGNALS = Signals(
    tuple(Signal(name, pattern) for name, pattern in PATTERNS.items()),
    frozenset({("promise_made", "due")}),
    "Europe/Prague",
)


def history(draw: random.Random, size: int) -> list[Occurrence]:
    """Return what happened to a customer in the last year."""
    return [_event(draw, str(number)) for number in range(size)]


def _event(draw: random.Random, id_: str) -> Occurrence:
    kind, at = draw.choice(KINDS), NOW - draw.randrange(365 * DAY)
    topic = draw.choice(("router", "bill", "speed", "tv", "move"))
    fields = {"topic": topic, "score": draw.randrange(10), "promise": str(draw.randrange(40)), "due": at // DAY + 5}
    return Occurrence(id_, kind, at, fields)


def microseconds(see: Evaluator, histories: Sequence[list[Occurrence]]) -> float:
    """Return how long one customer takes: the median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for one in histories:
            see(SIGNALS, one, NOW)
        rounds.append((time.perf_counter() - started) / len(histories) * 1e6)
    return statistics.median(rounds)


def main() -> None:
    """Print the table."""
    engines = {"python": by_python.seen} | ({"durable_rules": by_durable.seen} if by_durable.AVAILABLE else {})
    print(f"{len(PATTERNS)} signals; microseconds a customer")
    print(f"{'events':>8}" + "".join(f"{name:>16}" for name in engines))
    for size in SIZES:
        draw = random.Random(size)
        histories = [history(draw, size) for _ in range(max(2_000 // size, 4))]
        for see in engines.values():
            assert see(SIGNALS, histories[0], NOW) == by_python.seen(SIGNALS, histories[0], NOW)
        gc.collect()
        print(f"{size:>8}" + "".join(f"{microseconds(see, histories):>16.0f}" for see in engines.values()))


if __name__ == "__main__":
    main()
