"""Values as people read them, and the phrases that every language must have."""

from __future__ import annotations

import dataclasses
import re
import string
from pathlib import Path

import pytest

from engine.backends.times import DAY, HOUR, MINUTE
from engine.program.types import BOOL, DATE, DURATION, INT, MONEY, NULL, NUMBER, TEXT, TIMESTAMP, Enum, ListOf, Type
from engine.wording.formats import Formats, humanised, locale_of
from engine.wording.languages import LANGUAGES, language_of
from engine.wording.phrases import Phrases

MARCH_3 = 19785
AFTERNOON = MARCH_3 * DAY + 20 * HOUR + 4 * MINUTE


def formats(language: str = "en", country: str = "", zone: str = "America/New_York") -> Formats:
    """Return how a pack of a language and country writes values."""
    return Formats(locale_of(language, country), language_of(language), "USD", 2, zone)


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (123450, MONEY, "$1,234.50"),
        (-600, MONEY, "-$6.00"),
        (MARCH_3, DATE, "March 3, 2024"),
        (AFTERNOON, TIMESTAMP, "March 3, 2024 at 3:04 PM"),
        (MARCH_3 * DAY + 5 * HOUR, TIMESTAMP, "March 3, 2024"),
        (31 * HOUR, DURATION, "31 hours"),
        (3 * DAY + 5 * HOUR, DURATION, "3 days 5 hours"),
        (90 * MINUTE, DURATION, "90 minutes"),
        (1234567, INT, "1,234,567"),
        (0.25, NUMBER, "0.25"),
        (True, BOOL, "yes"),
        (NULL, TEXT, "none"),
        (None, TEXT, ""),
        ("basic_economy", Enum(("basic_economy",)), "basic economy"),
        ("gift_card_4636647", TEXT, "gift_card_4636647"),
        ("lost_bag", TEXT, "lost bag"),
        ((100, 200, 300), ListOf(MONEY), "$1.00, $2.00, and $3.00"),
        ((), ListOf(MONEY), "none"),
    ],
)
def test_a_value_is_written_as_people_of_the_pack_read_it(value: object, type_: Type, text: str) -> None:
    assert formats().value(value, type_) == text


def test_the_calendar_says_which_form_of_the_language_is_meant() -> None:
    assert formats(country="GB").day(MARCH_3) == "3 March 2024"
    assert formats("de", "AT").money(123450) == "$ 1.234,50"


def test_a_language_that_babel_does_not_know_falls_back_to_english() -> None:
    assert str(locale_of("tlh", "XX")) == "en"


def test_an_action_is_called_by_its_title() -> None:
    named = dataclasses.replace(formats(), titles=(("goodwill_credit", "Goodwill credit"),))
    assert named.value("goodwill_credit", Enum(("goodwill_credit",))) == "Goodwill credit"


def test_acronyms_keep_their_capitals() -> None:
    assert humanised("ai_agent") == "AI agent"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_phrase_has_the_same_places_in_every_language(language: str) -> None:
    english, other = LANGUAGES["en"].phrases, LANGUAGES[language].phrases
    for field in dataclasses.fields(Phrases):
        assert places(getattr(other, field.name)) == places(getattr(english, field.name)), field.name


def places(phrase: str) -> set[str]:
    """Return the names of a phrase's places."""
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_every_phrase_is_used() -> None:
    folder = Path(__file__).parent.parent / "engine"
    files = [*folder.glob("*.py"), *folder.glob("wording/*.py"), *folder.glob("memory/*.py")]
    source = "".join(path.read_text() for path in files if path.stem not in ("phrases", "english", "german"))
    written = {f"limit_{kind}" for kind in ("at_most", "less_than", "at_least", "more_than")}
    for field in dataclasses.fields(Phrases):
        assert field.name in written or re.search(rf'phrases\.{field.name}\b|"{field.name}"', source), field.name
