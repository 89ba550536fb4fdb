"""What a scorecard knows of the packs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final
from zoneinfo import ZoneInfo

from engine.language.packs.pack import FollowUp, Pack, Rule
from engine.release import Release
from schemas.scorecard import PackRelease
from simulations.scorecard.calendar import UNKNOWN, Calendar

OUTREACH: Final = "outreach"
"""Stands in the name of the desks that get in touch with customers unasked."""


@dataclass(frozen=True, slots=True)
class KnownRule:
    """A rule of a pack, as far as a scorecard looks at it."""

    pack: str
    id: str
    title: str
    because: tuple[str, ...]
    outreach: bool = False
    """It asks a desk to get in touch with the customer."""


@dataclass(frozen=True, slots=True)
class Known:
    """The period, and the packs as they are now."""

    calendar: Calendar
    rules: tuple[KnownRule, ...]
    """Each once, however many packs use it, by pack and id."""
    packs: Mapping[str, Pack]
    zones: Mapping[str, ZoneInfo]

    def zone(self, pack: str | None) -> ZoneInfo:
        """Return the timezone of a pack; that of the period where the pack is not known."""
        return self.zones.get(pack or "", self.calendar.zone)

    def currency(self, pack: str | None) -> str:
        """Return the currency of a pack."""
        found = self.packs.get(pack or "")
        return UNKNOWN if found is None else found.header.currency

    def title(self, rule: str) -> str:
        """Return the title of a rule; nothing where no pack has it."""
        return next((one.title for one in self.rules if one.id == rule), "")

    def reaches(self, pack: str | None, role: str | None, rung: str) -> bool:
        """Return whether a role stands on a rung of a pack's ladder, or above it."""
        found = self.packs.get(pack or "")
        if role is None or found is None or role not in found.header.ladder or rung not in found.header.ladder:
            return role == rung
        return found.header.ladder.index(role) >= found.header.ladder.index(rung)


def known(releases: Sequence[Release], calendar: Calendar) -> Known:
    """Return what releases say; of several of one pack, the last."""
    packs = {release.policy.pack.header.name: release.policy.pack for release in releases}
    rules = {(rule.pack, rule.id): rule for pack in packs.values() for rule in _rules(pack)}
    zones = {name: ZoneInfo(pack.header.timezone) for name, pack in packs.items()}
    return Known(calendar, tuple(rules[key] for key in sorted(rules)), packs, zones)


def packs_of(found: Known) -> tuple[PackRelease, ...]:
    """Return the packs whose rules were looked at, by name."""
    return tuple(
        PackRelease(
            pack=name,
            title=pack.header.title,
            release=pack.release,
            currency=pack.header.currency,
            rules=sum(rule.pack == name for rule in found.rules),
        )
        for name, pack in sorted(found.packs.items())
    )


def _rules(pack: Pack) -> list[KnownRule]:
    return [
        KnownRule(_pack_of(pack, rule), rule.id, rule.title, rule.because, _asks_for_outreach(rule))
        for rule in pack.rules
    ]


def _pack_of(pack: Pack, rule: Rule) -> str:
    """Return the pack that a rule is written in: this one, or a used one by the name of its folder."""
    return pack.header.name if pack.owns(rule.mark) else PurePath(rule.mark.file).parent.name


def _asks_for_outreach(rule: Rule) -> bool:
    return isinstance(rule.effect, FollowUp) and OUTREACH in rule.effect.to
