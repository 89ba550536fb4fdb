"""Values as people read them, in one locale, currency and timezone."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from babel.units import format_unit

from engine.backends.times import DAY, EPOCH, EPOCH_DAY, HOUR, MINUTE, SECOND, zone_of
from engine.language.packs.pack import Pack
from engine.program.types import NULL, Enum, Kind, ListOf, MapOf, Record, Type, kind_of
from engine.wording.language import Language
from engine.wording.languages import language_of

UNITS: Final = {"day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND}
CODE: Final = re.compile(r"[a-z]+(_[a-z]+)+")
"""A text that is a code of the policy rather than somebody's words."""
ACRONYMS: Final = frozenset({"ai", "id", "sim", "vat", "iban"})
MONTH, BUSINESS_DAY = "month", "business_day"


@dataclass(frozen=True)
class Formats:
    """How one pack writes values: its language with its territory, its currency, its clock, its actions' titles."""

    locale: Locale
    language: Language
    currency: str
    digits: int
    zone: str
    titles: tuple[tuple[str, str], ...] = ()
    sums: frozenset[str] = frozenset()
    """The parameters that the policy uses as money."""

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the titles of actions by name."""
        return dict(self.titles)

    @property
    def sign(self) -> str:
        """Return the sign of the currency."""
        return str(get_currency_symbol(self.currency, locale=self.locale))

    def value(self, value: object, type_: Type) -> str:
        """Return a value of a type; nothing where it is unknown, and the word for none where it is null."""
        if value is None:
            return ""
        if value is NULL:
            return self.language.phrases.none
        match type_:
            case ListOf(item=item) if isinstance(value, tuple):
                return self.listed([self.value(one, item) for one in value])
            case Enum():
                return self.code(str(value))
            case MapOf() | Record() | ListOf():
                return self.listed([humanised(str(key)) for key in value] if isinstance(value, dict) else [])
            case _:
                return self._plain(value, kind_of(type_))

    def _plain(self, value: object, kind: Kind | None) -> str:
        phrases = self.language.phrases
        match kind, value:
            case Kind.BOOL, _:
                return phrases.yes if value else phrases.no
            case Kind.MONEY, int():
                return self.money(value)
            case Kind.DATE, int():
                return self.day(value)
            case Kind.TIMESTAMP, int():
                return self.moment(value)
            case Kind.DURATION, int():
                return self.span(value)
            case ((Kind.INT | Kind.NUMBER), (int() | float())):
                return self.number(value)
            case _:
                return self.code(str(value)) if CODE.fullmatch(str(value)) else str(value)

    def code(self, text: str) -> str:
        """Return a value of a fixed list in words: an action's title, else the code without its underscores."""
        return self.names.get(text, humanised(text))

    def money(self, minor: int) -> str:
        """Return an amount of minor units with the currency's sign."""
        amount = Decimal(minor).scaleb(-self.digits)
        return spaced(format_currency(amount, self.currency, locale=self.locale))

    def number(self, value: int | float) -> str:
        """Return a number with the locale's separators."""
        return spaced(format_decimal(Decimal(repr(value)), locale=self.locale))

    def day(self, value: int) -> str:
        """Return a day, written out."""
        return spaced(format_date(dt.date.fromordinal(value + EPOCH_DAY), "long", locale=self.locale))

    def moment(self, value: int) -> str:
        """Return a moment on the pack's clock; a midnight is its day alone."""
        local = (EPOCH + dt.timedelta(microseconds=value)).astimezone(zone_of(self.zone))
        date = spaced(format_date(local.date(), "long", locale=self.locale))
        if local.timetz().replace(tzinfo=None) == dt.time():
            return date
        time = spaced(format_time(local.time(), "short", locale=self.locale))
        return self.language.phrases.moment.format(date=date, time=time)

    def span(self, value: int, unit: str | None = None) -> str:
        """Return a span in a unit; where none is set, in the one that suits it and the next smaller one."""
        size = abs(value)
        if unit is not None:
            return self.count(size // UNITS[unit], unit)
        unit, smaller = next((pair for pair in _STEPS if size >= 2 * UNITS[pair[0]]), ("minute", "second"))
        whole, rest = divmod(size, UNITS[unit])
        part = rest // UNITS[smaller]
        return f"{self.count(whole, unit)} {self.count(part, smaller)}" if part else self.count(whole, unit)

    def count(self, count: int, unit: str) -> str:
        """Return so many of a unit of time."""
        if unit == BUSINESS_DAY:
            phrases = self.language.phrases
            word = phrases.business_day if count == 1 else phrases.business_days
            return word.format(count=self.number(count))
        return spaced(format_unit(count, f"duration-{unit}", "long", locale=self.locale))

    def listed(self, texts: list[str], style: str = "standard") -> str:
        """Return texts in a row: a, b and c; with style `or`: a, b or c."""
        if not texts:
            return self.language.phrases.nothing
        return str(format_list(texts, "or" if style == "or" else "standard", locale=self.locale))


_STEPS: Final = (("day", "hour"), ("hour", "minute"), ("minute", "second"))


def spaced(text: str) -> str:
    """Return the text with plain spaces for the unbreakable ones, which nobody can type or search for."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def humanised(name: str) -> str:
    """Return a name or code as words."""
    words = name.replace("_", " ").replace("-", " ").split()
    return " ".join(word.upper() if word in ACRONYMS else word for word in words)


def formats_of(pack: Pack, sums: frozenset[str] = frozenset()) -> Formats:
    """Return how a pack writes values; its calendar's country says which form of its language."""
    header = pack.header
    return Formats(
        locale=locale_of(header.language, header.calendar.partition("-")[0]),
        language=language_of(header.language),
        currency=header.currency,
        digits=header.digits,
        zone=header.timezone,
        titles=tuple((action.name, action.title) for action in pack.actions),
        sums=sums,
    )


def locale_of(language: str, territory: str) -> Locale:
    """Return the locale of a language, in a territory where that is known to go together."""
    tag = language.replace("-", "_")
    for candidate in (f"{tag}_{territory}" if territory and "_" not in tag else tag, tag, tag.partition("_")[0]):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")
