"""`leeway show` says what happens to customers, what a pack sees in it, and what follows, in plain words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packs import write_pack
from starter import leeway

PACK = """\
actions: {call: {title: A call}}
events:
  outage: {title: An outage, fields: {service: {type: string}, cost: {type: string, format: money}}}
  cancel_request: {fields: {service: {type: string}}}
signals:
  SIGNAL
  again: {title: Again, count: {of: contact, at_least: 3, same: topic}, within: P14D,
          means: "the {ordinal} contact about {about}", question: Is it the third time?}
rules:
  - {id: a, action: call, when: signals.again.active || signals.it.active, allow: true, source: x}
"""


def shown(folder: Path, signal: str, *args: str) -> str:
    """Return what is shown of the pack with a signal `it`."""
    result = leeway("show", write_pack(folder / "tiny", PACK.replace("SIGNAL", f"it: {{title: It, {signal}}}")), *args)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        ("count: {of: outage, at_least: 1}, within: PT36H", "outage at least once in the last 36 hours"),
        (
            "count: {of: outage, at_least: 2, same: [service, cost], where: {service: [tv, line]}}, within: P2W",
            "outage (where service is tv or line) at least 2 times in the last 14 days, with the same service and cost",
        ),
        (
            "sequence: {first: outage, then: cancel_request, same: service}, within: P1D, lasting: P60D",
            "outage, then cancel request within 1 day, with the same service; for 60 days after that",
        ),
        (
            "sequence: {first: outage, then: cancel_request}, within: PT90M",
            "outage, then cancel request within 90 minutes; for 90 minutes after that",
        ),
        (
            "after: promise_made, missing: promise_kept, same: promise, within: due",
            "promise made, and no promise kept by its due, with the same promise; from then on",
        ),
        (
            "after: outage, missing: outreach, within: P3D, lasting: P1W",
            "outage, and no outreach within 3 days; for 7 days after that",
        ),
        ("missing: [contact, outreach], within: P365D", "no contact or outreach in the last 365 days"),
    ],
)
def test_a_signal_is_shown_by_what_has_to_happen(tmp_path: Path, signal: str, words: str) -> None:
    assert f"  - It [it]\n      {words}\n" in shown(tmp_path, signal)


@pytest.mark.parametrize(
    ("when", "words"),
    [("[again]", "all of: Again"), ("{any: [again, other]}", "any of: Again; Other"),
     ("{at_least: 2, of: [again, other, more]}", "at least 2 of: Again; Other; More")],
)  # fmt: skip
def test_a_conclusion_is_shown_by_what_it_follows_from(tmp_path: Path, when: str, words: str) -> None:
    quiet = "count: {of: contact, at_least: 1}, within: P1D"
    signal = f"when: {when}}}\n  other: {{title: Other, {quiet}}}\n  more: {{title: More, {quiet}"
    lines = shown(tmp_path, signal).splitlines()
    place = lines.index("What follows from signals (conclusions)")
    assert lines[place + 1 : place + 3] == ["  - It [it]", f"      {words}"]


def test_events_are_shown_with_their_fields_and_signals_with_their_words(tmp_path: Path) -> None:
    text = shown(tmp_path, "missing: contact, within: P1D")
    assert "1 action, 1 rule, 2 signals, release sha256:" in text
    assert "  - An outage [outage]: service (text), cost (money)\n" in text
    assert "  - cancel request [cancel_request]: service (text)\n" in text
    assert "      says: the {ordinal} contact about {about}\n" in text
    assert "What follows" not in text


def test_programs_get_events_signals_and_conclusions_too(tmp_path: Path) -> None:
    found = json.loads(shown(tmp_path, "when: [again]", "--json"))
    assert found["events"][0] == {
        "event": "outage",
        "title": "An outage",
        "fields": {"service": "text", "cost": "money"},
    }
    assert found["signals"] == [
        {
            "signal": "again",
            "title": "Again",
            "sees": "contact at least 3 times in the last 14 days, with the same topic",
            "means": "the {ordinal} contact about {about}",
            "question": "Is it the third time?",
        }
    ]
    assert [one["sees"] for one in found["conclusions"]] == ["all of: Again"]
    assert "signals" not in json.loads(shown(tmp_path, "when: [again]", "--json", "--action", "call"))


def test_a_pack_without_memory_says_nothing_of_it(tmp_path: Path) -> None:
    plain = "actions: {call: {}}\nrules: [{id: a, action: call, allow: true, source: x}]\n"
    text = leeway("show", write_pack(tmp_path / "tiny", plain)).stdout
    assert "signal" not in text
    assert "What" not in text
