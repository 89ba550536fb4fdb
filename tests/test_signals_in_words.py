"""Signals in explanations: their own words with what was seen, in English and German, and the events for auditors."""

from __future__ import annotations

import pytest
from signal_desk import CONTACTS, PACK, decided, desk

from engine.wording.english_grammar import ordinal
from engine.wording.german import ordinal as german_ordinal
from schemas.decision import Condition, Decision

THIRD = "the third contact about the router since March 1, 2026"
GERMAN = PACK.replace("timezone:", "language: de\ntimezone:").replace(
    'means: "the {ordinal} contact about the {about} since {since}"',
    'means: "der {ordinal} Kontakt zum Thema {about} seit {since}"',
)
COUNTED = PACK.replace("when: signals.repeat_contact.active", "when: signals.repeat_contact.count >= 3")
SINCE = PACK.replace(
    "when: signals.repeat_contact.active",
    "when: signals.repeat_contact.active && signals.repeat_contact.last > now - days(2) "
    '&& signals.repeat_contact.about == "router"',
)
FOLLOWED = PACK + (
    "  - id: root-cause\n    action: credit\n    when: signals.at_risk.active || signals.repeat_contact.active\n"
    "    follow_up: {to: quality, what: find the cause}\n    source: x\n"
)
LEAVING = [
    {"kind": "outage", "at": "2026-03-01T09:00:00", "service": "tv", "cost": "20.50", "id": "o1"},
    {"kind": "cancel_request", "at": "2026-03-02T09:00:00", "service": "tv", "id": "x1"},
]


def condition(decision: Decision) -> Condition:
    """Return the only condition of the only cause."""
    (cause,) = decision.why_not
    (one,) = cause.conditions
    return one


def test_a_signal_that_is_seen_is_told_in_its_own_words() -> None:
    decision = decided(events=CONTACTS)
    assert condition(decision).text == THIRD
    assert f"- No more credits: {THIRD}." in decision.texts["agent"].splitlines()


def test_what_was_seen_and_what_was_needed_are_told() -> None:
    one = condition(decided(events=CONTACTS))
    assert (one.seen, one.needed) == ("3", "not seen: the same problem again")
    assert (one.status, one.expression) == ("held", "signals.repeat_contact.active")


def test_the_auditor_is_told_the_events_that_made_a_signal() -> None:
    auditor = decided(events=CONTACTS).texts["auditor"].splitlines()
    place = auditor.index("Signals seen:")
    assert auditor[place + 1] == f"- repeat_contact: {THIRD}; events: c1, c3, c5"
    assert "- signals.repeat_contact.active: yes" in auditor


def test_events_without_ids_are_told_by_their_place() -> None:
    plain = [{key: value for key, value in one.items() if key != "id"} for one in CONTACTS]
    assert "events: event-1, event-2, event-3" in decided(events=plain).texts["auditor"]


def test_no_signal_is_told_where_none_is_seen() -> None:
    assert "Signals seen:" not in decided(events=[]).texts["auditor"]


def test_signals_that_are_not_seen_are_told_by_their_titles_and_how_often_so_far() -> None:
    decision = decided("call", events=CONTACTS[:2])
    assert condition(decision).text == (
        "any one of these would do, but not seen: quiet; not seen: at risk; not seen: leaving after an outage"
    )
    text = PACK.replace("signals.quiet.active || signals.at_risk.active || ", "signals.repeat_contact.active || ")
    other = condition(decided("call", desk(text), events=CONTACTS[:2]))
    assert "not seen: the same problem again (so far: 2)" in other.text


def test_a_sequence_tells_how_often_and_when_last() -> None:
    decision = decided("call", events=[*CONTACTS, *LEAVING])
    assert decision.verdict == "approve"
    assert (
        "- leaving: 1 times a cancellation after an outage, last on March 2, 2026; events: o1, x1"
        in decision.texts["auditor"]
    )


def test_nothing_that_happened_is_told_without_events() -> None:
    decision = decided("call", events=[])
    assert "- quiet: nobody spoke with the customer for a year\n" in decision.texts["auditor"]


def test_a_signal_that_is_given_in_part_is_told_by_its_title() -> None:
    decision = decided(signals={"repeat_contact": {"active": True}})
    assert condition(decision).text == "seen: the same problem again"
    assert "- repeat_contact: seen: the same problem again\n" in decision.texts["auditor"]


def test_words_about_what_events_do_not_have_in_common_are_not_said() -> None:
    text = PACK.replace("lasting: P90D", 'lasting: P90D\n    means: "promise {about} not kept"').replace(
        "signals.at_risk.active", "signals.broken_promise.active"
    )
    made = [
        {"kind": "promise_made", "at": "2026-03-01T09:00:00", "id": id_, "due": "2026-03-03"} for id_ in ("p1", "p2")
    ]
    one, both = (decided("call", desk(text), events=[*CONTACTS, *some]) for some in (made[:1], made))
    assert "- broken_promise: promise p1 not kept; events: p1\n" in one.texts["auditor"]
    assert "- broken_promise: seen: broken promise; events: p1, p2\n" in both.texts["auditor"]


def test_a_signal_that_is_not_known_is_told_by_its_title() -> None:
    decision = decided()
    assert condition(decision).text == "not known: the same problem again"
    assert "- Is this so: the same problem again? (this settles it)" in decision.texts["agent"]
    assert decision.questions[0].question == ""


def test_a_signal_is_asked_for_in_its_own_question_or_in_what_it_means() -> None:
    title = "    title: The same problem again\n"
    text = PACK.replace(title, f"{title}    question: Is it the third time that they call?\n")
    decision = decided(release=desk(text))
    assert decision.questions[0].question == "Is it the third time that they call?"
    assert "- Is it the third time that they call? (this settles it)" in decision.texts["agent"]
    called = decided("call").texts["agent"]
    assert "- Is this so: nobody spoke with the customer for a year?" in called
    assert "- Is this so: at risk?" in called


def test_what_is_not_known_of_a_signal_is_asked_for_each_in_its_way() -> None:
    seen = {"repeat_contact": {"active": True}}
    counted = decided(release=desk(COUNTED), signals=seen)
    assert "- How often has this been so: the same problem again?" in counted.texts["agent"]
    since = decided(release=desk(SINCE), signals=seen).texts["agent"]
    assert "- When was this last so: the same problem again?" in since
    assert "- What was this about: the same problem again?" in since
    german = decided(release=desk(GERMAN)).texts["agent"]
    assert "- Trifft das zu: The same problem again?" in german


def test_a_count_that_is_compared_is_told_in_the_words_of_the_signal() -> None:
    release = desk(COUNTED)
    assert condition(decided(release=release, events=CONTACTS)).text.startswith(THIRD)
    unknown = decided(release=release, signals={"repeat_contact": {"active": True}})
    assert condition(unknown).text == "not known: the same problem again, how often"


def test_times_and_what_it_is_about_are_told_by_the_signal_s_title() -> None:
    decision = decided(release=desk(SINCE), events=CONTACTS)
    texts = [one.text for one in decision.why_not[0].conditions]
    assert texts[0] == THIRD
    assert all("the same problem again, " in text for text in texts[1:]), texts
    assert len(texts) == 3


def test_a_follow_up_is_explained_by_the_signals_that_it_reads() -> None:
    decision = decided(release=desk(FOLLOWED), events=CONTACTS)
    assert [one.to for one in decision.follow_ups] == ["quality"]
    assert f"- repeat_contact: {THIRD}; events: c1, c3, c5" in decision.texts["auditor"]


def test_german_packs_speak_of_signals_in_german() -> None:
    release = desk(GERMAN)
    held = condition(decided(release=release, events=CONTACTS))
    assert held.text == "der dritte Kontakt zum Thema router seit 1. März 2026"
    assert held.needed == "nicht zu sehen: The same problem again"
    assert "Zu sehen war:" in decided(release=release, events=CONTACTS).texts["auditor"]


def test_personal_values_are_not_listed_among_what_was_read() -> None:
    text = PACK.replace("|| signals.leaving.active", '|| signals.leaving.about == "tv"')
    decision = decided("call", desk(text), events=LEAVING)
    lines = [line for line in decision.texts["auditor"].splitlines() if line.startswith("- signals.leaving.about")]
    assert lines == ["- signals.leaving.about: personal, not shown"]


@pytest.mark.parametrize(
    ("number", "english", "german"),
    [
        (1, "first", "erste"),
        (3, "third", "dritte"),
        (7, "seventh", "siebte"),
        (12, "twelfth", "zwölfte"),
        (13, "13th", "13."),
        (21, "21st", "21."),
        (22, "22nd", "22."),
        (43, "43rd", "43."),
        (111, "111th", "111."),
        (0, "0th", "0."),
    ],
)
def test_places_in_a_row_are_written_as_people_say_them(number: int, english: str, german: str) -> None:
    assert (ordinal(number), german_ordinal(number)) == (english, german)
