"""What a simulation measures, in the order of its reports."""

from __future__ import annotations

from typing import Final

from schemas.study import Measure
from simulations.specs.simulation import Simulation

ASKS: Final = (
    Measure(name="asks", title="Asks", unit="count", evidence="accounted"),
    Measure(name="approved", title="Approved as asked", unit="count", evidence="accounted", better="higher"),
    Measure(name="countered", title="Answered with a smaller offer", unit="count", evidence="accounted"),
    Measure(name="escalated", title="Passed to a higher rung", unit="count", evidence="accounted", better="lower"),
    Measure(name="referred", title="Taken over by a desk", unit="count", evidence="accounted"),
    Measure(name="asked_back", title="Answered with a question", unit="count", evidence="accounted", better="lower"),
    Measure(name="undecided", title="Left to a person's judgement", unit="count", evidence="accounted", better="lower"),
    Measure(name="declined", title="Declined", unit="count", evidence="accounted", better="lower"),
    Measure(name="final_declines", title="Declined for good", unit="count", evidence="accounted"),
    Measure(
        name="refusals_without_alternative",
        title="Declined with nothing else to offer",
        unit="count",
        evidence="accounted",
        better="lower",
    ),
)
MONEY: Final = (
    Measure(name="company_cost", title="Cost to the company", unit="money", evidence="accounted", better="lower"),
    Measure(name="customer_value", title="Worth to customers", unit="money", evidence="accounted", better="higher"),
    Measure(name="company_gain", title="Gain of the company", unit="money", evidence="accounted", better="higher"),
    Measure(
        name="margin", title="Gain of the company less its cost", unit="money", evidence="accounted", better="higher"
    ),
)
"""Of every offer on the table; with a response model, of the offers that customers take."""
ACCEPTED: Final = Measure(name="accepted", title="Offers taken", unit="count", evidence="assumed", better="higher")
STAYS: Final = Measure(
    name="stays", title="Asks after which the customer stays", unit="count", evidence="assumed", better="higher"
)
CONTACTS: Final = Measure(
    name="contacts_again", title="Further contacts", unit="count", evidence="assumed", better="lower"
)
NET: Final = Measure(
    name="net",
    title="Net benefit: margin of offers taken, worth of those who stay, less further contacts",
    unit="money",
    evidence="assumed",
    better="higher",
)
MEASURES: Final[tuple[Measure, ...]] = (*ASKS, *MONEY, ACCEPTED, STAYS, CONTACTS, NET)
"""All that there are, but those that a simulation declares."""


def measures(simulation: Simulation) -> tuple[Measure, ...]:
    """Return what a simulation measures, its own measures last; of customers' response, what it assumes of it.

    This is the order of the first axis of `Sums.values`.
    """
    own = tuple(one.measure for one in simulation.measures)
    response = simulation.response
    if response is None:
        return (*ASKS, *MONEY, *own)
    assumed = tuple(one.model_copy(update={"evidence": "assumed"}) for one in MONEY)
    stays = () if response.stays is None else (STAYS,)
    contacts = () if response.contacts_again is None else (CONTACTS,)
    return (*ASKS, *assumed, ACCEPTED, *stays, *contacts, NET, *own)
