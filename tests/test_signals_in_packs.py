"""Events and signals as packs declare them: what is made of them, in a release, a patch, a kept release."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from packs import findings, lines, write_pack
from signal_desk import CONTACTS, PACK, desk, request

from api.pack_schema import pack_schema
from api.releases import releases
from engine.decide import decide
from engine.language.diagnostics import Diagnostics, PolicyError
from engine.language.formatting.format import format_text
from engine.program.signals import signals_of
from engine.program.types import BOOL, INT, TEXT, TIMESTAMP, ListOf, Record, nullable
from engine.release import Release, load_release
from engine.signals.kinds import ALWAYS, given_of
from engine.signals.pattern import Absence, Conclusion, Count, Of, Sequence, Signal
from schemas.events import EVENT, KINDS
from simulations.patches.patched import patched
from simulations.patches.read import read_patch

ROOT = Path(__file__).parent.parent
DAY = 86_400_000_000
EDITS = """\
patch: tried
pack: tiny
edits:
  - add: signals.annoyed
    entry: {count: {of: contact, at_least: 2, where: {topic: bill}}, within: P7D}
  - add: events.storm
    entry: {fields: {service: {type: string}}}
  - replace: signals.repeat_contact.count.at_least
    with: 4
  - replace: signals.at_risk
    with: {when: {any: [repeat_contact, annoyed]}}
  - replace: rules.call-back.when
    with: signals.at_risk.active
  - remove: signals.quiet
"""


def test_each_form_of_signal_is_what_it_says() -> None:
    signals = signals_of(desk().policy.pack)
    assert signals.signals == (
        Signal("repeat_contact", Count(Of(("contact",)), 3, 14 * DAY, ("topic",))),
        Signal(
            "leaving",
            Sequence(
                Of(("outage",), (("cost", (2050, 3000)),)), Of(("cancel_request",)), 30 * DAY, 60 * DAY, ("service",)
            ),
        ),
        Signal("broken_promise", Absence(Of(("promise_made",)), Of(("promise_kept",)), "due", 90 * DAY, ("promise",))),
        Signal("quiet", Absence(None, Of(("contact", "outreach")), 365 * DAY)),
        Signal("at_risk", Conclusion(("repeat_contact", "broken_promise"), 2)),
    )
    assert signals.zone == "Europe/Berlin"
    assert signals.dates == {("promise_made", "due"), ("paid", "on")}


def test_a_signal_stands_after_those_that_it_follows_from(tmp_path: Path) -> None:
    text = """\
actions: {call: {}}
signals:
  last: {when: {at_least: 2, of: [middle, quiet, first]}}
  middle: {when: {any: [first]}}
  first: {when: quiet}
  quiet: {missing: contact, within: P1D}
"""
    pack = load_release(write_pack(tmp_path / "tiny", text)).policy.pack
    signals = signals_of(pack).signals
    assert [one.name for one in signals] == ["quiet", "first", "middle", "last"]
    assert [one.pattern.at_least for one in signals if isinstance(one.pattern, Conclusion)] == [1, 1, 2]


def test_a_sequence_lasts_as_long_as_its_span_unless_it_says() -> None:
    short = re.sub(r"    lasting: P60D\n", "", PACK)
    (one,) = [one.pattern for one in signals_of(desk(short).policy.pack).signals if one.name == "leaving"]
    assert isinstance(one, Sequence)
    assert (one.span, one.lasting) == (30 * DAY, 30 * DAY)


def test_the_input_has_a_member_for_each_signal() -> None:
    member = desk().policy.inputs.find("signals")
    assert member is not None
    assert isinstance(member.type, Record)
    assert [one.name for one in member.type] == ["repeat_contact", "leaving", "broken_promise", "quiet", "at_risk"]
    first = member.type.members[0]
    assert first.title == "The same problem again"
    assert isinstance(first.type, Record)
    assert {one.name: one.type for one in first.type} == {
        "active": BOOL,
        "count": INT,
        "since": nullable(TIMESTAMP),
        "last": nullable(TIMESTAMP),
        "about": nullable(TEXT),
        "events": ListOf(TEXT),
    }


def test_what_personal_fields_have_in_common_is_personal() -> None:
    member = desk().policy.inputs.find("signals")
    assert member is not None
    assert isinstance(member.type, Record)
    types = {one.name: one.type for one in member.type}
    personal = [name for name, of in types.items() if isinstance(of, Record) and any(one.pii for one in of)]
    assert personal == ["leaving"]


def test_there_are_at_most_thirty_signals(tmp_path: Path) -> None:
    quiet = "".join(f"  s{number}: {{missing: contact, within: P{number}D}}\n" for number in range(1, 32))
    folder = write_pack(tmp_path / "tiny", f"actions: {{call: {{}}}}\nsignals:\n{quiet}")
    assert lines(folder, "too-many-signals") == [
        "pack.yaml:35:3: too-many-signals: a pack has at most 30 signals, and this is number 31; "
        "leave out those that rules read least"
    ]


def test_signals_that_cannot_be_seen_safely_are_refused_before_any_is(tmp_path: Path) -> None:
    quiet = "".join(f"  s{number}: {{missing: contact, within: P{number}D}}\n" for number in range(1, 26))
    every = f"  all: {{when: [{', '.join(f's{number}' for number in range(1, 26))}]}}\n"
    rule = "rules:\n  - {id: a, action: call, when: signals.all.active, allow: true, source: x}\n"
    folder = write_pack(tmp_path / "tiny", f"actions: {{call: {{}}}}\n{rule}signals:\n{quiet}{every}")
    (found,) = lines(folder, "unsafe-signals")
    assert found.startswith("pack.yaml:7:3: unsafe-signals: these signals cannot be seen safely: ")
    assert found.endswith("; take them apart")


def test_signals_and_events_are_taken_over_from_packs_that_are_used(tmp_path: Path) -> None:
    shared = "events: {storm: {}}\nsignals:\n  stormy: {count: {of: storm, at_least: 1}, within: P1D}\n"
    write_pack(tmp_path / "other", "", pack=shared)
    rule = "rules:\n  - {id: a, action: call, when: signals.stormy.active, allow: true, source: x}\n"
    folder = write_pack(tmp_path / "tiny", f"uses: [other]\nactions: {{call: {{}}}}\n{rule}", facts="type: object\n")
    assert findings(folder) == ()
    assert [one.name for one in load_release(folder).policy.signals.signals] == ["stormy"]


def test_a_signal_or_event_of_a_used_pack_is_not_declared_again(tmp_path: Path) -> None:
    shared = "events: {storm: {}}\nsignals:\n  stormy: {count: {of: storm, at_least: 1}, within: P1D}\n"
    write_pack(tmp_path / "other", "", pack=shared)
    folder = write_pack(tmp_path / "tiny", f"uses: [other]\nactions: {{call: {{}}}}\n{shared}", facts="type: object\n")
    assert [line.split(": ", 1)[1] for line in lines(folder, "name-clash")] == [
        "name-clash: event `storm` is written twice",
        "name-clash: signal `stormy` is written twice",
    ]


def test_an_unread_signal_of_a_used_pack_is_not_told(tmp_path: Path) -> None:
    write_pack(tmp_path / "other", "", pack="signals:\n  quiet: {missing: contact, within: P1D}\n")
    folder = write_pack(tmp_path / "tiny", "uses: [other]\nactions: {call: {}}\n", facts="type: object\n")
    assert lines(folder, "unused-signal") == []


def test_the_same_signals_are_formatted_in_one_order() -> None:
    text = "signals:\n  a:\n    within: P1D\n    means: x\n    count: {same: topic, of: contact, at_least: 2}\n"
    assert re.findall(r"\b(\w+):", format_text(text)) == [
        "signals",
        "a",
        "count",
        "of",
        "at_least",
        "same",
        "within",
        "means",
    ]


@pytest.fixture
def tried(tmp_path: Path) -> tuple[Path, Path]:
    """Return a folder of the pack, and the file of a patch."""
    folder = write_pack(tmp_path / "tiny", PACK)
    file = tmp_path / "tried.yaml"
    file.write_text(EDITS, encoding="utf-8")
    return folder, file


def test_a_patch_adds_replaces_and_removes_signals_and_events(tried: tuple[Path, Path]) -> None:
    folder, file = tried
    policy = patched(folder, read_patch(file, Diagnostics())).policy
    patterns = {one.name: one.pattern for one in policy.signals.signals}
    assert list(patterns) == ["repeat_contact", "leaving", "broken_promise", "annoyed", "at_risk"]
    assert patterns["annoyed"] == Count(Of(("contact",), (("topic", ("bill",)),)), 2, 7 * DAY)
    assert patterns["at_risk"] == Conclusion(("repeat_contact", "annoyed"), 1)
    assert isinstance(patterns["repeat_contact"], Count)
    assert patterns["repeat_contact"].at_least == 4
    assert "storm" in policy.kinds


def test_a_patch_does_not_take_out_a_signal_that_is_read(tried: tuple[Path, Path]) -> None:
    folder, file = tried
    file.write_text("patch: tried\npack: tiny\nedits:\n  - remove: signals.quiet\n", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        patched(folder, read_patch(file, Diagnostics()))
    assert [one.code for one in caught.value.diagnostics] == ["unknown-signal"]


def test_a_kept_release_sees_the_same_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_CACHE", str(tmp_path / "kept"))
    folder = write_pack(tmp_path / "tiny", PACK)

    def take() -> tuple[Release, str]:
        with releases() as taken:
            release = taken(folder)
            return release, decide(release, request(events=CONTACTS)).model_dump_json()

    anew, first = take()
    assert len(list((tmp_path / "kept").glob("*.release"))) == 1
    kept, second = take()
    assert first == second
    assert '"verdict":"decline"' in first
    assert kept.policy is not anew.policy
    assert kept.policy.signals == anew.policy.signals


HEAD = {"at": "2026-03-01T09:00:00+01:00", "id": "e1"}
LEDGER: dict[str, dict[str, object]] = {
    "contact": {"topic": "router", "channel": "phone"},
    "outreach": {"about": "a year with us"},
    "decision": {"release": "r", "action": "credit", "verdict": "decline", "reasons": ["late", "no"], "digest": "d"},
    "outcome": {"decision": "d1", "outcome": "accepted"},
    "grant": {"decision": "d1", "release": "r", "action": "credit", "amount": "5.00"},
    "promise_made": {
        "promise": "sent",
        "action": "credit",
        "decision": "d1",
        "release": "r",
        "as_of": "2026-03-01",
        "due": "2026-03-03",
    },
    "promise_kept": {"promise": "p1"},
    "promise_broken": {"promise": "p1"},
    "approval": {"request": "q1", "decision": "d1", "rung": "boss", "approved": True},
    "feedback": {"rule": "credit", "helps": False},
    "customer": {"name": "paid", "data": {"by": "card", "on": "2026-03-01"}},
}
GIVEN: dict[str, dict[str, object]] = {
    "contact": {"topic": "router", "channel": "phone", "asked_why": False},
    "outreach": {"about": "a year with us"},
    "decision": {"action": "credit", "verdict": "decline", "reason": "late"},
    "outcome": {"decision": "d1", "outcome": "accepted"},
    "grant": {"decision": "d1", "action": "credit", "amount": "5.00"},
    "promise_made": {"promise": "e1", "name": "sent", "action": "credit", "due": "2026-03-03"},
    "promise_kept": {"promise": "p1"},
    "promise_broken": {"promise": "p1"},
    "approval": {"decision": "d1", "approved": True},
    "feedback": {"rule": "credit", "helps": False},
    "customer": {"by": "card", "on": "2026-03-01"},
}


@pytest.mark.parametrize("kind", LEDGER)
def test_an_event_of_the_ledger_is_told_as_requests_tell_it(kind: str) -> None:
    event = EVENT.validate_json(json.dumps({**HEAD, "kind": kind, **LEDGER[kind]}))
    given = given_of(event)
    name = "paid" if kind == "customer" else kind
    assert given == {**HEAD, "kind": name, **GIVEN[kind]}
    fields = {key: value for key, value in given.items() if key not in (*HEAD, "kind")}
    assert desk().events.fields[name](fields)


def test_units_that_were_granted_are_no_money() -> None:
    event = EVENT.validate_python(
        {**HEAD, "kind": "grant", "decision": "d1", "release": "r", "action": "extend", "amount": 3}
    )
    given = given_of(event)
    assert given is not None
    assert (given["units"], "amount" in given) == (3, False)


def test_every_kind_of_the_ledger_is_there_or_says_nothing_to_signals() -> None:
    others = {"customer", "approval_request", "insight", "walkthrough", "release_activated", "erasure"}
    assert ALWAYS.keys() == KINDS.keys() - others
    assert LEDGER.keys() == {*ALWAYS, "customer"}


def test_an_event_that_no_signal_is_about_is_left_out() -> None:
    event = EVENT.validate_python({**HEAD, "kind": "walkthrough", "process": "cancel"})
    assert given_of(event) is None


def test_editors_propose_signals_where_expressions_stand() -> None:
    made = pack_schema("pack", desk().policy.pack)
    assert {"signals.quiet.active", "signals.at_risk.active"} <= set(made["$defs"]["condition"]["examples"])
