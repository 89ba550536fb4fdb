"""Demonstration customers, from a file each; days and moments in it are said from now, so that none grows old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

FOLDER: Final = Path(__file__).parent
SPANS: Final = {"days_ago": timedelta(days=-1), "in_days": timedelta(days=1), "hours_ago": timedelta(hours=-1)}
"""How files say a day, or with `at` or in hours a moment: `{"days_ago": 3, "at": "09:30"}`."""
SELF: Final = "$customer"
"""What stands for the customer's own id."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who asks for something, as of some day."""

    name: str
    id: str
    about: str
    request: dict[str, Any]
    """The request for a decision."""
    events: tuple[dict[str, Any], ...]
    """What happened before: contacts and the like."""
    granted: tuple[dict[str, Any], ...]
    """Requests whose offers were taken before."""


def names(pack: str) -> list[str]:
    """Return the names of the demonstration customers of a pack; there are none of most."""
    return sorted(path.stem for path in (FOLDER / pack).glob("*.json"))


def customer(pack: str, name: str, now: datetime, zone: str) -> Customer:
    """Return a demonstration customer, one that `names` lists, as of now in the timezone of the pack.

    Every day has a customer of its own, with an id of its own: what happened before is never older than told.
    """
    local = now.astimezone(ZoneInfo(zone))
    id_ = f"{name}-{local:%Y%m%d}"
    said = _filled(orjson.loads((FOLDER / pack / f"{name}.json").read_bytes()), local, id_)
    request = {"pack": pack, **said["request"]}
    granted = tuple({**request, **one} for one in said.get("granted", ()))
    return Customer(name, id_, said["about"], request, tuple(said.get("events", ())), granted)


def _filled(value: Any, now: datetime, id_: str) -> Any:
    """Return what a file says, its days and moments as dates, and the customer by their id."""
    match value:
        case dict() if not SPANS.keys().isdisjoint(value):
            return _moment(value, now)
        case dict():
            return {key: _filled(one, now, id_) for key, one in value.items()}
        case list():
            return [_filled(one, now, id_) for one in value]
        case _:
            return id_ if value == SELF else value


def _moment(said: Mapping[str, Any], now: datetime) -> str:
    """Return a day, or a moment where hours are said, as ISO 8601."""
    found = now + sum((SPANS[name] * said[name] for name in SPANS.keys() & said.keys()), timedelta())
    if "at" in said:
        return datetime.combine(found.date(), time.fromisoformat(said["at"]), found.tzinfo).isoformat()
    return found.isoformat(timespec="seconds") if "hours_ago" in said else found.date().isoformat()
