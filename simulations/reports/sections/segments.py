"""Who wins, who loses, and what the average customer of each segment costs."""

from __future__ import annotations

from schemas.study import Change, Comparison, Measure, Run, SegmentChange, SegmentFigures
from simulations.reports.document import Block, Cell, Column, Note, Section, Table
from simulations.reports.formats import MISSING, count, percent, plural
from simulations.reports.readings import Reading, reading
from simulations.reports.subject import Subject, per_customer, title_of
from simulations.reports.titles import short


def segments(subject: Subject, comparison: Comparison) -> Section | None:
    """Return what a candidate means for each segment."""
    found = comparison.segments
    if not found:
        return None
    blocks: tuple[Block, ...] = (Note(_standing_out(found)), _winners(found), *_differences(subject, found))
    return Section("segments", "Who wins, who loses", blocks)


def _standing_out(found: tuple[SegmentChange, ...]) -> str:
    """Return which segments stand out, in a sentence."""
    names = [one.segment for one in found if one.stands_out]
    few = sum(not one.enough for one in found)
    said = f"Stand out, beyond what chance explains: {', '.join(names)}." if names else "No segment stands out."
    small = plural(few, "segment has too few customers", "segments have too few customers")
    return f"{said} {small} to say anything." if few else said


def _winners(found: tuple[SegmentChange, ...]) -> Table:
    columns = (
        Column("Segment", numeric=False),
        Column("Customers"),
        Column("Asks"),
        Column("Winners"),
        Column("Losers"),
        Column("Stands out", numeric=False),
    )
    rows = tuple(
        (
            Cell(one.segment),
            Cell(count(one.customers)),
            Cell(count(one.asks)),
            Cell(_share(one.winners, one.customers), "good" if one.winners else "quiet"),
            Cell(_share(one.losers, one.customers), "bad" if one.losers else "quiet"),
            _stands_out(one),
        )
        for one in found
    )
    return Table("Customers whose offers are worth more to them, or less", columns, rows, "accounted")


def _share(people: int, customers: int) -> str:
    return f"{count(people)} ({percent(people / customers)})" if customers else count(people)


def _stands_out(one: SegmentChange) -> Cell:
    if not one.enough:
        return Cell(MISSING, "quiet")
    return Cell("yes") if one.stands_out else Cell("no", "quiet")


def _differences(subject: Subject, found: tuple[SegmentChange, ...]) -> tuple[Table, ...]:
    """Return a table of the differences per customer, where the study has any."""
    shown = per_customer_measures(subject, found)
    if not shown:
        return ()
    columns = (
        Column("Segment", numeric=False),
        *(Column(f"{short(measure.title)} ({measure.evidence})") for measure in shown),
    )
    rows = tuple((Cell(one.segment), *(_each(subject, one, measure) for measure in shown)) for one in found)
    caption = f"Difference for the average customer, and what it is {subject.sure}"
    return (Table(caption, columns, rows),)


def per_customer_measures(subject: Subject, found: tuple[SegmentChange, ...]) -> list[Measure]:
    """Return the measures to show by segment: cost, worth, margin, net benefit and the simulation's own money."""
    present = {change.measure for one in found for change in one.changes}
    return [measure for measure in subject.key_measures(present) if measure.unit == "money"]


def each(one: SegmentChange, measure: Measure) -> Change | None:
    """Return the difference of a measure for the average customer of a segment; None where there is too little data."""
    change = next((change for change in one.changes if change.measure == measure.name), None)
    if change is None or change.difference is None or not one.enough or not one.customers:
        return None
    interval = change.interval
    if interval is not None and interval.low is not None and interval.high is not None:
        low, high = (per_customer(end, one.customers) for end in (interval.low, interval.high))
        interval = interval.model_copy(update={"low": low, "high": high})
    difference = per_customer(change.difference, one.customers)
    return change.model_copy(update={"difference": difference, "interval": interval, "share": None})


def _each(subject: Subject, one: SegmentChange, measure: Measure) -> Cell:
    change = each(one, measure)
    if change is None:
        return Cell(MISSING, "quiet")
    read: Reading = reading(change, measure)
    return Cell(subject.difference(change), read.tone, subject.interval(change))


def segment_figures(subject: Subject) -> Section | None:
    """Return what a policy means for each segment, where nothing is compared."""
    if subject.study.comparisons:
        return None
    tables = tuple(_by_segment(subject, run) for run in subject.study.runs if run.segments)
    return Section("segments", "Segment by segment", tables) if tables else None


def _by_segment(subject: Subject, run: Run) -> Table:
    names = dict.fromkeys(figure.measure for one in run.segments for figure in one.figures)
    shown = [subject.measures[name] for name in names if subject.measures[name].unit == "money"]
    columns = (
        Column("Segment", numeric=False),
        Column("Customers"),
        Column("Asks"),
        *(Column(f"{short(measure.title)} ({measure.evidence})") for measure in shown),
    )
    rows = tuple(
        (
            Cell(one.segment),
            Cell(count(one.customers)),
            Cell(count(one.asks)),
            *(_figure(subject, one, measure) for measure in shown),
        )
        for one in run.segments
    )
    return Table(f"{title_of(run)}: for the average customer", columns, rows)


def _figure(subject: Subject, one: SegmentFigures, measure: Measure) -> Cell:
    value = next((figure.per_customer for figure in one.figures if figure.measure == measure.name), None)
    return Cell(MISSING, "quiet") if value is None else Cell(subject.formats.each(value, measure.unit))
