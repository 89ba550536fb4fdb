"""Studies as a simulation of the telecom pack would find them, for tests of reports; their numbers add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import JsonValue

from schemas.study import (
    Advice,
    Assumption,
    Attribution,
    BreakEven,
    Change,
    Changed,
    ChangedCase,
    Comparison,
    Figure,
    Finalist,
    Gate,
    Interval,
    Measure,
    Point,
    Position,
    Reproduction,
    Run,
    Seen,
    SegmentChange,
    SegmentFigures,
    Share,
    Stage,
    Study,
    Transition,
    Tuning,
)

Moves = dict[tuple[Position, Position], int]
"""Asks by verdict before and after."""

MEASURES = (
    Measure(name="declined", title="Declined", unit="count", evidence="accounted", better="lower"),
    Measure(
        name="refusals_without_alternative",
        title="Declined with nothing else to offer",
        unit="count",
        evidence="accounted",
        better="lower",
    ),
    Measure(name="company_cost", title="Cost to the company", unit="money", evidence="assumed", better="lower"),
    Measure(name="customer_value", title="Worth to customers", unit="money", evidence="assumed", better="higher"),
    Measure(
        name="net",
        title="Net benefit: margin of offers taken, worth of those who stay, less further contacts",
        unit="money",
        evidence="assumed",
        better="higher",
    ),
    Measure(name="within_a_day", title="Settled in one contact", unit="share", evidence="replayed", better="higher"),
)
CUSTOMERS = {"protected": 8_412, "premier": 21_730, "valued": 30_655, "standard": 37_002, "new": 2_180, "trial": 21}
BASE: Moves = {
    ("approve", "approve"): 540,
    ("counter", "counter"): 90,
    ("counter", "approve"): 30,
    ("escalate", "escalate"): 80,
    ("escalate", "approve"): 24,
    ("refer", "refer"): 12,
    ("ask", "ask"): 60,
    ("undecided", "undecided"): 2,
    ("decline", "decline"): 150,
    ("decline", "counter"): 8,
    ("approve", "decline"): 4,
}
"""Of a thousand asks."""
GENEROUS = {"protected": 2, "premier": 3, "valued": 1, "standard": 0, "new": 1, "trial": 1}
"""How many times the moves to something else happen in each segment."""
COST: dict[Position, int] = {"approve": 1850, "counter": 920, "escalate": 600}
"""Minor units that an ask costs by its verdict."""
CONFIDENCE = 0.95


def moves(segment: str) -> Moves:
    """Return the asks of a segment, one for each customer, by verdict before and after."""
    times = GENEROUS[segment]
    weights = {move: weight * (1 if move[0] == move[1] else times) for move, weight in BASE.items()}
    counts = {move: CUSTOMERS[segment] * weight // sum(weights.values()) for move, weight in weights.items()}
    counts["approve", "approve"] += CUSTOMERS[segment] - sum(counts.values())
    return counts


def added(segments: list[str]) -> Moves:
    """Return the asks of several segments."""
    every = [moves(segment) for segment in segments]
    return {move: sum(one[move] for one in every) for move in BASE}


def money(minor: int) -> str:
    """Return minor units as a study writes money."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def values(counts: Moves, side: int) -> dict[str, int]:
    """Return each measure in minor units or asks, before (0) or after (1)."""
    cost = sum(COST.get(move[side], 0) * asks for move, asks in counts.items())
    declined = sum(asks for move, asks in counts.items() if move[side] == "decline")
    return {
        "declined": declined,
        "refusals_without_alternative": declined // 7,
        "company_cost": cost,
        "customer_value": cost * 5 // 4,
        "net": cost * 2 // 3 - 400 * declined,
    }


def shown(name: str, value: int) -> str | int:
    """Return a value as a study writes it."""
    return value if name in ("declined", "refusals_without_alternative") else money(value)


def figures(counts: Moves, side: int) -> tuple[Figure, ...]:
    """Return the figures of one policy over some asks."""
    customers = sum(counts.values())
    found = tuple(
        Figure(
            measure=name,
            value=shown(name, value),
            per_customer=value / customers / (100 if isinstance(shown(name, value), str) else 1),
        )
        for name, value in values(counts, side).items()
    )
    return (*found, Figure(measure="within_a_day", value=0.7312 + side / 100, per_customer=None))


def change(name: str, before: int, after: int, spread: float) -> Change:
    """Return the change of a measure, its interval a spread of the difference to both sides."""
    difference = after - before
    around = round(abs(difference) * spread) + (1 if difference else 0)
    low, high = difference - around, difference + around
    return Change(
        measure=name,
        baseline=shown(name, before),
        candidate=shown(name, after),
        difference=shown(name, difference),
        share=difference / before if before else None,
        interval=Interval(low=shown(name, low), high=shown(name, high)),
    )


def changes(counts: Moves, spread: float) -> tuple[Change, ...]:
    """Return every change over some asks."""
    before, after = values(counts, 0), values(counts, 1)
    settled = Change(
        measure="within_a_day",
        baseline=0.7312,
        candidate=0.7412,
        difference=0.01,
        share=0.01 / 0.7312,
        interval=Interval(low=-0.002, high=0.021),
    )
    return (*(change(name, before[name], after[name], spread) for name in before), settled)


def run(name: str, title: str, side: int) -> Run:
    """Return a policy's figures, before (0) or after (1)."""
    counts = added(list(CUSTOMERS))
    verdicts: dict[Position, int] = {}
    for move, asks in counts.items():
        verdicts[move[side]] = verdicts.get(move[side], 0) + asks
    total, no = sum(verdicts.values()), verdicts["decline"]
    stages: list[tuple[Literal["asked", "allowed", "not denied", "not capped", "within authority"], int]] = [
        ("asked", total),
        ("allowed", total - no // 2),
        ("not denied", total - no),
        ("not capped", total - no - verdicts["counter"]),
        ("within authority", verdicts["approve"]),
    ]
    up = verdicts["escalate"]
    return Run(
        name=name,
        title=title,
        release=f"sha256:{'ab' if side else '0c'}{'4f' * 31}",
        figures=figures(counts, side),
        verdicts=verdicts,
        escalations={"supervisor": up * 3 // 4, "manager": up - up * 3 // 4, "fraud_team": verdicts["refer"]},
        funnel=tuple(Stage(stage=stage, asks=asks) for stage, asks in stages),
        segments=tuple(
            SegmentFigures(segment=one, customers=many, asks=many, figures=figures(moves(one), side))
            for one, many in CUSTOMERS.items()
        ),
    )


def segment_change(segment: str) -> SegmentChange:
    """Return what a candidate means for one segment."""
    counts, customers = moves(segment), CUSTOMERS[segment]
    up = sum(asks for move, asks in counts.items() if move[0] != move[1] and move[0] != "approve")
    down = counts["approve", "decline"]
    enough = customers >= 30
    spread = 0.3 if GENEROUS[segment] > 1 else 1.2
    return SegmentChange(
        segment=segment,
        customers=customers,
        asks=customers,
        enough=enough,
        winners=up,
        losers=down,
        changes=changes(counts, spread) if enough else (),
        p_value=0.0004 if enough else None,
        stands_out=enough and GENEROUS[segment] > 1,
    )


def case(number: int, kind: Literal["decision", "reasons", "alternatives"], request: bool = True) -> ChangedCase:
    """Return an ask that is answered differently."""
    segment = list(CUSTOMERS)[number % 5]
    facts: JsonValue = {"customer": {"id": f"C{number:05}", "months": 7 * number}, "account": {"overdue": 0}}
    before = Seen(position="escalate", rung="supervisor", amount="40.00", terms={"on_bill_by": "2025-07-15"})
    after = Seen(position="approve", amount="40.00", terms={"on_bill_by": "2025-07-15"})
    if kind != "decision":
        before = after = Seen(position="decline", reasons=("no_ground_for_goodwill",))
        after = Seen(position="decline", reasons=("goodwill_limit", "no_ground_for_goodwill"))
    ask: JsonValue = {"action": "goodwill_credit", "amount": "40.00", "about": "long_wait"}
    asked: JsonValue = {"id": f"ask-{number}", "now": "2025-06-15T10:00:00", "facts": facts, "ask": ask}
    return ChangedCase(
        id=f"ask-{number}",
        customer=f"C{number:05}",
        segment=segment,
        action="goodwill_credit",
        kind=kind,
        before=before,
        after=after,
        request=asked if request else None,
    )


def changed(counts: Moves) -> Changed:
    """Return how many asks are answered differently, and some of them."""
    decisions = sum(asks for move, asks in counts.items() if move[0] != move[1])
    credits = decisions * 2 // 3
    return Changed(
        decisions=decisions,
        reasons_only=310,
        alternatives_only=95,
        alternatives=1_204,
        by_action={
            "goodwill_credit": {"decision": credits, "reasons": 310, "alternatives": 60},
            "retention_discount": {"decision": decisions - credits, "alternatives": 35},
        },
        cases=tuple(case(number, "reasons" if number % 6 == 5 else "decision") for number in range(24)),
    )


GATES_SEEN = "+13.6%"
"""By how much the gate that is crossed sees the cost rise."""


def gates() -> tuple[Gate, ...]:
    """Return gates that hold, one that is crossed and one that chance may turn."""
    every, premier = (
        {one.measure: f"{one.share:+.1%}" for one in changes(counts, 0.2)}
        for counts in (added(list(CUSTOMERS)), moves("premier"))
    )
    none_more = "refusals_without_alternative > +0%"
    return (
        Gate(level="fail", condition="company_cost > +6%", crossed=False, seen=every["company_cost"]),
        Gate(level="fail", condition=none_more, crossed=False, seen=every["refusals_without_alternative"]),
        Gate(level="warn", condition="company_cost in premier > +8%", crossed=True, seen=premier["company_cost"]),
        Gate(level="warn", condition="within_a_day < +0", crossed=False, seen="+0.01", unsure=True),
    )


EDITS = (
    "A point of a confirmed mistake is worth £6, not £5",
    "Agents may give £40 of goodwill themselves",
    "A second gesture within a year",
)
ASSUMPTIONS = (
    (
        "accepts",
        "Most take what they asked for, fewer less.",
        ("0.55", "0.7", "accepted ? 0.9 : 0.6"),
        (0.35, 1.3),
    ),
    ("stays", "Who is refused leaves more often than the churn model says.", ("0.9", "0.95", "0.99"), (1.8, 0.4)),
    ("worth", "What we would lose.", ("kept_margin * 0.5", "kept_margin", "kept_margin * 1.2"), (-0.25, 1.4)),
    ("contact_cost", "What a call costs, by finance.", ("3", "4.50", "8"), (1.02, 0.9)),
)


def attributed(measure: str, difference: int) -> Attribution:
    """Return how a difference divides over the edits."""
    parts = (difference // 5, difference // 2, difference - difference // 5 - difference // 2)
    shares = (Share(edit=edit, contribution=money(part)) for edit, part in zip(EDITS, parts, strict=True))
    return Attribution(measure=measure, shares=tuple(shares))


def comparison(name: str = "kinder", advice: Advice = "review", sign: int = 1) -> Comparison:
    """Return a candidate that gives more (sign 1)."""
    counts = added(list(CUSTOMERS))
    all_changes = changes(counts, 0.2)
    net = values(counts, 1)["net"] - values(counts, 0)["net"]
    cost = values(counts, 1)["company_cost"] - values(counts, 0)["company_cost"]

    def part(of: float) -> str:
        return money(round(net * of))

    return Comparison(
        candidate=name,
        title="More goodwill without asking a supervisor" if name == "kinder" else "",
        release=f"sha256:ab{'4f' * 31}",
        edits=EDITS,
        changes=all_changes,
        transitions=tuple(Transition(before=b, after=a, asks=asks) for (b, a), asks in counts.items()),
        segments=tuple(map(segment_change, CUSTOMERS)),
        changed=changed(counts),
        attribution=(
            attributed("company_cost", cost),
            attributed("net", net),
        ),
        assumptions=tuple(
            Assumption(
                name=key, title=title, low=low, base=base, high=high, at_low=part(ends[0]), at_high=part(ends[1])
            )
            for key, title, (low, base, high), ends in ASSUMPTIONS
        ),
        break_even=BreakEven(
            measure="net",
            pays=sign > 0,
            factor=0.46,
            points=tuple((step / 10, part((step / 10 - 0.46) / 0.54)) for step in range(21)),
        ),
        gates=gates(),
        advice=advice,
    )


def reproduction(population: Literal["asks", "ledger", "synthetic"] = "synthetic") -> Reproduction:
    """Return what the study was made from."""
    people = sum(CUSTOMERS.values())
    return Reproduction(
        command="leeway compare simulations/telecom/goodwill.yaml --seed 7",
        leeway="0.1.0",
        seed=7,
        population=population,
        population_hash=f"sha256:{'9e' * 32}",
        customers=people,
        asks=people,
        now="2025-06-15T10:00:00+01:00",
        resamples=2000,
        confidence=CONFIDENCE,
        releases={"baseline": f"sha256:0c{'4f' * 31}", "kinder": f"sha256:ab{'4f' * 31}"},
    )


def tuning() -> Tuning:
    """Return a search over two parameters."""
    objectives = tuple(one for one in MEASURES if one.name in ("company_cost", "customer_value"))

    def scores(of: Callable[[int], int]) -> dict[str, str | int | float | None]:
        return {"company_cost": money(of(110_000_000)), "customer_value": money(of(130_000_000))}

    def trial(number: int) -> Point:
        better, off = number % 10, number // 10
        return Point(
            parameters={"params.point": str(4 + better / 4), "params.recent_days": str(60 + number)},
            objectives={
                "company_cost": money(110_000_000 + better * 900_000 + off * 700_000),
                "customer_value": money(130_000_000 + better * 1_500_000 - better * better * 60_000 - off * 350_000),
            },
            feasible=better < 8,
            front=off == 0 and better < 8,
        )

    finalist = Finalist(
        parameters={"params.point": "5.5", "params.recent_days": "65"},
        rounded={"params.point": "5.4871"},
        searched=scores(lambda base: base + 5_800_000),
        held_out=scores(lambda base: base + 5_300_000),
        feasible=True,
        patch="set:\n  params.point: 5.5\n  params.recent_days: 65\n",
    )
    return Tuning(
        objectives=objectives,
        baseline=scores(lambda base: base),
        baseline_held_out=scores(lambda base: base - 400_000),
        trials=tuple(map(trial, range(40))),
        finalists=(finalist,),
    )


def simulated() -> Study:
    """Return a study of one policy alone."""
    return Study(
        simulation="goodwill",
        title="What goodwill costs today",
        pack="telecom",
        currency="GBP",
        digits=2,
        measures=MEASURES,
        runs=(run("baseline", "Today's policy", 0),),
        reproduction=reproduction(),
    )


def compared(*others: Comparison) -> Study:
    """Return a study of a candidate, and of further ones, against the baseline."""
    runs = (run("baseline", "Today's policy", 0), run("kinder", "More goodwill without asking a supervisor", 1))
    more = tuple(run(one.candidate, one.title, 1) for one in others)
    update = {
        "title": "Goodwill: more for our mistakes",
        "runs": (*runs, *more),
        "comparisons": (comparison(), *others),
    }
    return simulated().model_copy(update=update)


def tuned() -> Study:
    """Return a study of a search."""
    return simulated().model_copy(update={"title": "Tuning goodwill", "tuning": tuning()})


def unchanged() -> Study:
    """Return a study whose candidate is the baseline again."""
    counts = {move: asks for move, asks in added(list(CUSTOMERS)).items() if move[0] == move[1]}
    same = comparison("again", "ship").model_copy(
        update={
            "title": "",
            "edits": (),
            "changes": tuple(change(name, value, value, 0) for name, value in values(counts, 0).items()),
            "transitions": tuple(Transition(before=b, after=a, asks=asks) for (b, a), asks in counts.items()),
            "segments": (),
            "changed": Changed(decisions=0, reasons_only=0, alternatives_only=0, alternatives=0),
            "attribution": (),
            "assumptions": (),
            "break_even": None,
            "gates": (),
        }
    )
    return simulated().model_copy(update={"comparisons": (same,)})


HOSTILE = '<script>alert("1")</script>\x1b[31m\u202e$\\frac{'


def hostile() -> Study:
    """Return a study whose ids, titles, reasons and edits try to be markup, a terminal's code or a formula."""
    one = comparison()
    seen = Seen(position="decline", reasons=(HOSTILE,), terms={HOSTILE: HOSTILE})
    update = {"id": HOSTILE, "customer": HOSTILE, "segment": HOSTILE, "action": HOSTILE, "before": seen}
    bad = case(0, "decision").model_copy(
        update={**update, "request": {"id": HOSTILE, "facts": {"x": "</pre>" + HOSTILE}}}
    )
    segments = tuple(each.model_copy(update={"segment": HOSTILE}) for each in one.segments[:1])
    attacked = one.model_copy(
        update={
            "title": HOSTILE,
            "edits": (HOSTILE,),
            "segments": segments,
            "changed": one.changed.model_copy(update={"cases": (bad,), "by_action": {HOSTILE: {"decision": 1}}}),
            "assumptions": tuple(
                each.model_copy(update={"title": HOSTILE, "low": HOSTILE}) for each in one.assumptions
            ),
            "gates": tuple(each.model_copy(update={"condition": HOSTILE, "seen": HOSTILE}) for each in one.gates),
        }
    )
    made = reproduction().model_copy(update={"command": HOSTILE, "releases": {HOSTILE: HOSTILE}})
    return compared().model_copy(update={"title": HOSTILE, "comparisons": (attacked,), "reproduction": made})
