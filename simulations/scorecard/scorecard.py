"""A scorecard: one pass over the events, past every gauge that looks at their kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.release import Release
from schemas.events import Event
from schemas.scorecard import Period, Scorecard
from simulations.scorecard.born import Born
from simulations.scorecard.calendar import calendar_of
from simulations.scorecard.channels import Channels
from simulations.scorecard.contacts import Contacts
from simulations.scorecard.escalations import Escalations
from simulations.scorecard.feedback import Feedback
from simulations.scorecard.gauge import KINDS, Gauge
from simulations.scorecard.grants import Grants
from simulations.scorecard.known import Known, known, packs_of
from simulations.scorecard.newcomers import Newcomers
from simulations.scorecard.outreach import Outreach
from simulations.scorecard.overrides import Overrides
from simulations.scorecard.processes import Processes
from simulations.scorecard.promises import Promises
from simulations.scorecard.refusals import Refusals


def scorecard(releases: Sequence[Release], events: Iterable[Event], period: Period) -> Scorecard:
    """Return how customer-centric we are in a period.

    Events are those of the ledger from its beginning, in the order in which they were written; what happened after the
    period is left out, but for contacts soon after it. What is kept meanwhile grows with customers and open things.
    """
    found = known(releases, calendar_of(period))
    born = Born(found)
    gauges = (born, *_gauges(found))
    count, last = _seen(gauges, events)
    seen = period.now or last or period.start
    return Scorecard(
        period=period,
        packs=packs_of(found),
        events=count,
        last_event=last,
        measures=tuple(measure for gauge in gauges for measure in gauge.measures(seen)),
        unanswered=born.unanswered(),
        unrecorded=born.unrecorded(),
    )


def _gauges(found: Known) -> tuple[Gauge, ...]:
    """Return all gauges but the first, in the order in which a scorecard shows them."""
    return (
        Processes(found),
        Outreach(found),
        Newcomers(found),
        Refusals(found),
        Promises(found),
        Contacts(found),
        Escalations(found),
        Channels(found),
        Grants(found),
        Overrides(found),
        Feedback(found),
    )


def _seen(gauges: Sequence[Gauge], events: Iterable[Event]) -> tuple[int, datetime | None]:
    """Show each event to the gauges that look at its kind; return how many there were, and when the last happened."""
    sees = {kind: tuple(gauge.see for gauge in gauges if kind in gauge.kinds) for kind in KINDS}
    count, last = 0, None
    for event in events:
        count += 1
        last = event.at if last is None or event.at > last else last
        for see in sees[event.kind]:
            see(event)
    return count, last
