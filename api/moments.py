"""Days and moments as the command line takes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import click


class Day(click.ParamType[date]):
    """A day, YYYY-MM-DD."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that a text names."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail("this is no day, such as 2026-03-01", param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment with an offset, ISO 8601."""

    name = "moment"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment that a text names."""
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail("this is no moment with an offset, such as 2026-03-01T09:00:00+01:00", param, ctx)
        return found


DAY: Final = Day()
MOMENT: Final = Moment()
