"""A past release answers again: by its hash, or by the day at whose end it was live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ledgers import Place, in_sqlite, place  # noqa: F401 - fixtures
from serving_desk import AGENT, NOON, asked, one, opened, pack, taken
from starter import leeway

from api.ledger.releases import NeverLive, OtherPack, UnknownRelease, activate, keep_release, live_at
from api.serving.deciding import decided, offered
from api.serving.desk import Desk
from api.serving.outcomes import settled
from engine.memory.moments import moment_at
from schemas.decision import Decision

LIMITS = (40, 10, 25)
"""What the pack gave at most, from the noon of each of some days in a row on."""


@pytest.fixture
def desk(in_sqlite: Place, tmp_path: Path) -> Iterator[Desk]:  # noqa: F811 - the fixture
    """Return a desk in Berlin whose pack was changed every day at noon."""
    with opened(in_sqlite, berlin(tmp_path / "tiny", LIMITS[0])) as first:
        for number, limit in enumerate(LIMITS[1:], 1):
            activate(first.ledger, berlin(tmp_path / "tiny", limit), NOON + timedelta(days=number), AGENT)
        live = live_at(first.ledger, "tiny", moment_at(NOON + timedelta(days=9)))
        yield first.under(live)


def berlin(folder: Path, limit: int) -> Path:
    return pack(folder, limit, **{"currency: EUR": "currency: EUR\ntimezone: Europe/Berlin"})


def offer(desk: Desk, id_: str = "d") -> str | int | None:
    """Return what the desk offers of all that it could."""
    decision = one(decided(desk, asked(id_, "50")))
    return None if decision.offer is None else decision.offer.amount


def hashes(desk: Desk) -> list[str]:
    return [live_at(desk.ledger, "tiny", moment_at(NOON + timedelta(days=number))) for number in range(len(LIMITS))]


def test_a_desk_decides_under_a_release_of_a_hash(desk: Desk) -> None:
    first, second, live = hashes(desk)
    assert offer(desk.under(second), "d2") == "10.00"
    settled(desk, "d2", taken("o2"))
    later = desk.under(first)
    found = one(decided(later, asked("d1", "50", NOON + timedelta(hours=1))))
    assert found.offer is not None
    assert found.offer.amount == "30.00", "what was granted under another release counts"
    assert desk.under(live).release is desk.release
    kept = desk.ledger.one("d2")
    assert kept is not None
    assert getattr(kept.event, "release", "") == second


def test_offers_of_a_past_release_are_told_and_an_outcome_is_settled_under_it(desk: Desk) -> None:
    first = desk.under(hashes(desk)[0])
    credit = next(each for each in offered(first, asked("q", None, ask=None)).offers if each.action == "credit")
    assert credit.amount == "40.00"
    decided(first, asked("d", "40"))
    assert settled(desk, "d", taken("o"))[1].kind == "grant"


@pytest.mark.parametrize(("day", "amount"), [(4, "40.00"), (5, "10.00"), (6, "25.00"), (29, "25.00")])
def test_a_desk_decides_under_the_release_that_was_live_at_the_end_of_a_day(desk: Desk, day: int, amount: str) -> None:
    assert offer(desk.on(date(2026, 3, day))) == amount


def test_the_end_of_a_day_is_that_of_the_timezone_of_the_pack(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    late = datetime(2026, 3, 4, 22, 59, 59, tzinfo=UTC)
    with opened(in_sqlite, berlin(tmp_path / "tiny", 40)) as first:
        activate(first.ledger, berlin(tmp_path / "tiny", 10), late, AGENT)
        activate(first.ledger, berlin(tmp_path / "tiny", 20), late + timedelta(seconds=1), AGENT)
        assert offer(first.on(date(2026, 3, 4))) == "10.00"


def test_a_release_that_nobody_kept_is_refused(desk: Desk) -> None:
    with pytest.raises(UnknownRelease, match="never went live here"):
        desk.under("sha256:" + "0" * 64)
    with pytest.raises(NeverLive, match="went live first on 2026-03-04 12:00 UTC"):
        desk.on(date(2026, 3, 3))
    with pytest.raises(NeverLive, match="never went live here"):
        live_at(desk.ledger, "other", moment_at(NOON))


def test_a_release_of_another_pack_is_refused(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "beside"
    folder.mkdir()
    text = "pack: beside\nladder: [agent]\nactions: {call: {}}\nrules: [{id: a, action: call, allow: true}]\n"
    (folder / "pack.yaml").write_text(text)
    with pytest.raises(OtherPack, match="is one of pack `beside`, and pack `tiny` answers"):
        desk.under(keep_release(desk.ledger, folder, NOON))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the pack, a request, and nothing live yet."""
    monkeypatch.setenv("LEEWAY_CACHE", "off")
    monkeypatch.delenv("LEEWAY_LEDGER", raising=False)
    pack(tmp_path / "tiny")
    return tmp_path


def said(folder: Path, command: str, *args: str, id_: str = "d") -> Decision | str:
    """Return what a command answers to an ask for 50; a decision, or what is printed."""
    line = asked(id_, "50").model_dump_json(exclude_none=True)
    where = ("--pack", str(folder / "tiny"), "--ledger", str(folder / "desk.db"))
    result = leeway(command, *where, *args, stdin=line)
    decides = command == "decide" and result.exit_code == 0
    return Decision.model_validate_json(result.stdout) if decides else result.stdout + result.stderr


def test_every_command_that_answers_takes_a_past_release_and_makes_nothing_live(folder: Path) -> None:
    today = datetime.now(UTC).date()
    first = said(folder, "decide", id_="d1")
    assert isinstance(first, Decision)
    pack(folder / "tiny", limit=15)
    past = said(folder, "decide", "--release", first.release, id_="d2")
    assert isinstance(past, Decision)
    assert past.release == first.release
    tomorrow = said(folder, "decide", "--release", (today + timedelta(days=1)).isoformat(), id_="d3")
    assert isinstance(tomorrow, Decision)
    assert tomorrow.release == first.release, "the new one did not go live"
    assert "approve  Credit; 40.00 EUR" in str(said(folder, "offers", "--release", first.release))
    assert "Counter-offer: Credit, €40.00." in str(said(folder, "explain", "--release", first.release, id_="d4"))
    now = said(folder, "decide", id_="d5")
    assert isinstance(now, Decision)
    assert now.release != first.release


def test_what_names_no_kept_release_is_said_before_anything_is_answered(folder: Path) -> None:
    said(folder, "decide")
    assert "is not in the ledger" in str(said(folder, "decide", "--release", "sha256:" + "0" * 64, id_="e"))
    assert "no release of pack `tiny` was live then" in str(said(folder, "offers", "--release", "2020-01-01"))
    assert "neither a release's hash" in str(said(folder, "explain", "--release", "yesterday"))
    alone = leeway("decide", "--pack", folder / "tiny", "--release", "2026-03-01", stdin="{}")
    assert (alone.exit_code, "`--release` names one that a ledger keeps" in alone.stderr) == (2, True)


def test_a_request_that_names_its_pack_is_answered_by_the_past_release_of_that_pack(folder: Path) -> None:
    first = said(folder, "decide", id_="d1")
    assert isinstance(first, Decision)
    pack(folder / "tiny", limit=15)
    lines = [asked(f"r{number}", "5", pack=name).model_dump_json(exclude_none=True)
             for number, name in enumerate(("tiny", "nothing"))]  # fmt: skip
    given = ("--packs", str(folder), "decide", "--ledger", str(folder / "desk.db"), "--release", first.release)
    result = leeway(*given, stdin="\n".join(lines))
    answered, problem = map(json.loads, result.stdout.splitlines())
    assert (answered["release"], problem["type"]) == (first.release, "/problems/unknown-pack")
