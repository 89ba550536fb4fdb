"""What the expressions of a simulation read beside the pack's facts and definitions: the answer to the ask.

Each is an input of its own, of the same name in every action:

| name             | input             | what it is                                                                    |
|------------------|-------------------|-------------------------------------------------------------------------------|
| `verdict`        | `@verdict`        | the position: a verdict, with `refer` and `undecided` apart from `escalate`   |
| `amount`         | `@granted`        | the amount of the offer, of a money action; 0 for none                        |
| `units`          | `@units`          | the amount of the offer, of an int action; 0 for none                         |
| `company_cost`   | `@company_cost`   | what the offer costs the company; 0 for none                                  |
| `customer_value` | `@customer_value` | what the offer is worth to the customer; 0 for none                           |
| `company_gain`   | `@company_gain`   | what the company gains if the offer is taken; 0 for none                      |
| `refused`        | `@refused`        | there is neither an offer nor a question nor somebody else who can say yes    |
| `alternatives`   | `@alternatives`   | how many alternatives there are; 0 where it was approved                      |
| `accepted`       | `@accepted`       | the customer took the offer, by the response model; false for no offer        |

They are known for every ask, and come before facts of the same name. A guess that reads an unknown fact, and so is
unknown itself, counts as 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.program.nodes import Input
from engine.program.types import BOOL, INT, MONEY, Enum
from simulations.deciding.positions import POSITIONS

ANSWER: Final[Mapping[str, Input]] = {
    "verdict": Input("@verdict", Enum(POSITIONS)),
    "amount": Input("@granted", MONEY),
    "units": Input("@units", INT),
    "company_cost": Input("@company_cost", MONEY),
    "customer_value": Input("@customer_value", MONEY),
    "company_gain": Input("@company_gain", MONEY),
    "refused": Input("@refused", BOOL),
    "alternatives": Input("@alternatives", INT),
}
"""By name: the input that holds it, with its type."""
ACCEPTED: Final = Input("@accepted", BOOL)
"""What `accepted` is, where it can be read: with a response model, and not in `accepts` itself."""
VARIABLES: Final[Mapping[str, Input]] = {**ANSWER, "accepted": ACCEPTED}
