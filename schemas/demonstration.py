"""What a demonstration tells of its customers."""

from __future__ import annotations

from pydantic import Field

from schemas.frozen import Frozen


class Demonstrated(Frozen):
    """A demonstration customer."""

    request: str = Field(description="Where their request is: to be sent to `POST /v1/decisions`.")
    customer: str = Field(description="Their id, for their timeline and promises; every day has customers of its own.")
    about: str = Field(description="What they want, and what happened before.")


class Demonstration(Frozen):
    """The customers that a demonstration has."""

    customers: tuple[Demonstrated, ...]
