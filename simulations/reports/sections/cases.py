"""Which asks are answered differently."""

from __future__ import annotations

import json

from pydantic import JsonValue

from schemas.study import Changed, ChangedCase, Comparison, Seen
from simulations.reports.document import Block, Case, Cases, Cell, Column, Note, Section, Table
from simulations.reports.formats import count, plural
from simulations.reports.subject import Subject
from simulations.reports.titles import KINDS, POSITIONS


def changed(subject: Subject, comparison: Comparison) -> Section | None:
    """Return how many asks are answered differently, by action, and some of them."""
    found = comparison.changed
    total = found.decisions + found.reasons_only + found.alternatives_only
    if not total:
        return Section("cases", "Changed cases", (Note("Not one ask is answered differently.", "quiet"),))
    blocks: tuple[Block, ...] = (Note(_counted(found)), *_by_action(found))
    if found.cases:
        caption = f"{plural(len(found.cases), 'case', 'cases')} of {count(total)}"
        blocks = (*blocks, Cases(caption, tuple(_case(subject, one) for one in found.cases)))
    return Section("cases", "Changed cases", blocks)


def _counted(found: Changed) -> str:
    return (
        f"{plural(found.decisions, 'decision changes', 'decisions change')} in verdict, who may say yes, amount or "
        f"terms, {count(found.reasons_only)} more only in their reasons, {count(found.alternatives_only)} more only in "
        f"what is offered instead. In {plural(found.alternatives, 'case', 'cases')} in all, something else is offered "
        f"instead."
    )


def _by_action(found: Changed) -> tuple[Table, ...]:
    if not found.by_action:
        return ()
    columns = (Column("Action", numeric=False), *(Column(title) for title in KINDS.values()))
    rows = tuple(
        (Cell(action), *(Cell(count(counts.get(kind, 0))) for kind in KINDS))
        for action, counts in found.by_action.items()
    )
    return (Table("Changed asks by action", columns, rows, "accounted"),)


def _case(subject: Subject, one: ChangedCase) -> Case:
    return Case(
        id=one.id,
        customer=one.customer,
        segment=one.segment,
        action=one.action,
        kind=KINDS[one.kind],
        before=_answer(subject, one.before, one.after, one.kind != "decision"),
        after=_answer(subject, one.after, one.before, one.kind != "decision"),
        request="" if one.request is None else json.dumps(one.request),
        pack=subject.study.pack,
    )


def _answer(subject: Subject, seen: Seen, other: Seen, with_reasons: bool) -> str:
    """Return an answer in words: verdict, who, amount, the terms that differ from the other's, and reasons."""
    amount = subject.formats.quantity(seen.amount, "money") if isinstance(seen.amount, str) else seen.amount
    who = seen.rung or seen.desk
    verdict = f"{POSITIONS[seen.position]}: {who}" if who else POSITIONS[seen.position]
    terms = (f"{name}: {_shown(value)}" for name, value in seen.terms.items() if other.terms.get(name) != value)
    reasons = seen.reasons if with_reasons or seen.position == "decline" else ()
    return ", ".join((verdict, *(() if amount is None else (str(amount),)), *terms, *reasons))


def _shown(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
