"""Releases that went live are kept by their content, and decide again as they did, or are refused."""

from __future__ import annotations

import json
import random
import shutil
import zlib
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from ledgers import BEGINNING, Place, place  # noqa: F401 - fixtures
from packs import write_pack
from sqlalchemy import select, update
from starter import LATE, starter

from api.ledger import releases as keeping
from api.ledger.connecting import Database
from api.ledger.packing import Broken, packed, unpacked
from api.ledger.problems import LedgerClosed
from api.ledger.reading import Query
from api.ledger.releases import (
    ReleaseBroken,
    ReleaseChanged,
    UnknownRelease,
    activate,
    keep_release,
    kept_release,
)
from api.ledger.signing import open_signer
from api.ledger.tables import releases
from api.ledger.verifying import verify
from engine.decide import decide
from engine.explain import explain
from engine.language.diagnostics import PolicyError
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.events import ReleaseEvent
from schemas.request import Agent, DecisionRequest

KIM = Agent(id="kim")
SHARED = """\
pack: shared
ladder: [agent]
params: {most: 3}
"""
USING = """\
uses: [shared]
actions: {call: {}}
rules: [{id: late, action: call, when: order.days > params.most, allow: true}]
"""


@pytest.fixture(autouse=True)
def nothing_ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have each test read what is kept, not what an earlier one held ready."""
    keeping._ready.clear()
    yield
    keeping._ready.clear()


def using(folder: Path, most: int = 3) -> Path:
    """Return a pack that uses another one beside it."""
    (folder / "shared").mkdir(parents=True, exist_ok=True)
    (folder / "shared" / "pack.yaml").write_text(SHARED.replace("3", str(most)))
    return write_pack(folder / "tiny", USING)


def said(release: Release) -> tuple[str, str]:
    """Return what a release decides and how it explains it, to the byte."""
    request = DecisionRequest.model_validate(LATE)
    decision = decide(release, request)
    assert isinstance(decision, Decision)
    return decision.model_dump_json(), explain(release, request, decision).model_dump_json()


def activations(place: Place) -> list[ReleaseEvent]:  # noqa: F811
    found = [stored.event for stored in place.opened[0].events(Query(kinds=("release_activated",)))]
    return [event for event in found if isinstance(event, ReleaseEvent)]


def contents(found: Database) -> dict[str, bytes]:
    with found.reading.connect() as connection:
        return {row.hash: bytes(row.content) for row in connection.execute(select(releases))}


def test_a_kept_release_decides_to_the_byte_what_it_decided(place: Place) -> None:  # noqa: F811
    ledger, folder = place.open(), starter(place.folder)
    live = load_release(folder)
    before = said(live)
    hash = keep_release(ledger, folder, BEGINNING)
    assert hash == live.policy.pack.release
    shutil.rmtree(folder)
    keeping._ready.clear()
    again = kept_release(place.open(), hash)
    assert again.policy.pack.release == hash
    assert said(again) == before
    assert kept_release(ledger, hash) is again


def test_the_packs_that_a_pack_uses_are_kept_with_it(place: Place) -> None:  # noqa: F811
    ledger, folder = place.open(), using(place.folder / "rules")
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "pack.yaml").write_text("pack: other\n")
    first = keep_release(ledger, folder, BEGINNING)
    using(place.folder / "rules", most=5)
    second = keep_release(ledger, folder, BEGINNING)
    assert first != second
    shutil.rmtree(folder.parent)
    keeping._ready.clear()
    for hash in (first, second):
        assert kept_release(ledger, hash).policy.pack.release == hash
        with unpacked(contents(ledger.database)[hash]) as kept:
            assert sorted(path.name for path in kept.parent.iterdir()) == ["shared", "tiny"]


def test_the_same_files_are_packed_the_same(tmp_path: Path) -> None:
    one, other = using(tmp_path / "one"), using(tmp_path / "other")
    assert packed(one, [one.parent / "shared"]) == packed(other, [other.parent / "shared"])


def test_a_release_is_kept_once(place: Place) -> None:  # noqa: F811
    ledger, folder = place.open(), using(place.folder / "rules")
    hashes = {keep_release(ledger, folder, BEGINNING + timedelta(days=day)) for day in range(3)}
    with ledger.engine.connect() as connection:
        (row,) = connection.execute(select(releases)).all()
    assert ({row.hash}, row.pack) == (hashes, "tiny")
    assert row.stored == BEGINNING.timestamp() * 1_000_000


def test_a_release_that_is_not_kept_is_told(place: Place) -> None:  # noqa: F811
    with pytest.raises(UnknownRelease, match="is not in the ledger"):
        kept_release(place.open(), "sha256:0")


def test_a_kept_release_that_was_changed_is_refused_and_found_and_kept_again(place: Place) -> None:  # noqa: F811
    ledger, folder = place.open(), using(place.folder / "rules")
    signer = open_signer(place.folder / "signing.pem")
    hash = activate(ledger, folder, BEGINNING, KIM).policy.pack.release
    whole = contents(ledger.database)[hash]
    using(place.folder / "elsewhere", most=9)
    other = packed(place.folder / "elsewhere" / "tiny", [place.folder / "elsewhere" / "shared"])
    for content in (other, whole[:-1], b"", whole + b"x", zlib.compress(b"[]")):
        with ledger.database.writing.begin() as connection:
            connection.execute(update(releases).values(content=content))
        keeping._ready.clear()
        with pytest.raises(ReleaseBroken, match="is not used"):
            kept_release(ledger, hash)
        assert [one.code for one in verify(ledger.database, signer.trusted).findings] == ["release-broken"]
    assert keep_release(ledger, folder, BEGINNING) == hash
    assert contents(ledger.database) == {hash: whole}
    assert verify(ledger.database, signer.trusted).findings == ()


def test_any_bit_that_flips_in_what_is_kept_is_told_or_means_nothing(tmp_path: Path) -> None:
    folder, draw = using(tmp_path / "rules"), random.Random(1)
    hash = load_release(folder).policy.pack.release
    content = packed(folder, [folder.parent / "shared"])
    for _ in range(60):
        changed = bytearray(content)
        changed[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        try:
            release = keeping._loaded(hash, bytes(changed))
        except (ReleaseBroken, PolicyError):
            continue
        assert release.policy.pack.release == hash


def test_a_release_that_went_live_and_is_gone_is_found(place: Place) -> None:  # noqa: F811
    ledger, signer = place.open(), open_signer(place.folder / "signing.pem")
    activate(ledger, using(place.folder / "rules"), BEGINNING, KIM)
    with ledger.database.writing.begin() as connection:
        connection.execute(releases.delete())
    assert [one.code for one in verify(ledger.database, signer.trusted).findings] == ["release-missing"]


def test_a_wrong_pack_is_neither_kept_nor_live(place: Place) -> None:  # noqa: F811
    ledger = place.open()
    folder = write_pack(place.folder / "rules" / "tiny", "rules: [{id: a, action: nowhere, allow: true}]\n")
    with pytest.raises(PolicyError):
        activate(ledger, folder, BEGINNING, KIM)
    assert contents(ledger.database) == {}
    assert activations(place) == []


def test_each_change_of_what_is_live_is_an_event(place: Place) -> None:  # noqa: F811
    ledger, rules = place.open(), place.folder / "rules"
    hashes = []
    for day, most in enumerate((3, 3, 5, 5, 3)):
        folder = using(rules, most)
        hashes.append(activate(ledger, folder, BEGINNING + timedelta(days=day), KIM).policy.pack.release)
    found = activations(place)
    assert [event.release for event in found] == [hashes[0], hashes[2], hashes[4]]
    assert hashes[0] == hashes[4] != hashes[2]
    assert [event.at for event in found] == [BEGINNING + timedelta(days=day) for day in (0, 2, 4)]
    assert {(event.pack, event.agent.id) for event in found} == {("tiny", "kim")}


def test_a_release_goes_live_once_though_two_processes_activate_it(place: Place) -> None:  # noqa: F811
    folder = using(place.folder / "rules")
    for ledger in (place.open(), place.open()):
        activate(ledger, folder, BEGINNING, KIM)
    assert len(activations(place)) == 1


def test_files_that_change_while_they_are_read_are_told(
    place: Place,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger, folder = place.open(), using(place.folder / "rules")

    def changing(folder: Path, used: list[Path]) -> bytes:
        using(folder.parent, most=7)
        return packed(folder, used)

    monkeypatch.setattr(keeping, "packed", changing)
    with pytest.raises(ReleaseChanged, match="try again"):
        keep_release(ledger, folder, BEGINNING)
    assert contents(ledger.database) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"pack": ".."},
        {"pack": "a/b"},
        {"pack": ""},
        {"files": {"../pack.yaml": ""}},
        {"files": {"tiny/../../pack.yaml": ""}},
        {"files": {"tiny": ""}},
        {"files": {"tiny/pack.yaml": "?"}},
        {"files": []},
        {"form": 2},
    ],
)
def test_names_that_lead_elsewhere_are_refused(change: dict[str, object]) -> None:
    said = {"form": 1, "pack": "tiny", "files": {"tiny/pack.yaml": b64encode(b"pack: tiny").decode()}} | change
    with pytest.raises(Broken), unpacked(zlib.compress(json.dumps(said).encode())):
        pass


def test_what_would_unpack_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ledger.packing.LARGEST", 1000)
    with pytest.raises(Broken), unpacked(zlib.compress(b" " * 2000)):
        pass


def test_a_closed_ledger_activates_nothing(place: Place) -> None:  # noqa: F811
    ledger, folder = place.open(), using(place.folder / "rules")
    ledger.close()
    with pytest.raises(LedgerClosed):
        activate(ledger, folder, BEGINNING, KIM)
    ledger.database.close()
