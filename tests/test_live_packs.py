"""Packs that are live: a whole release or nothing, whatever becomes of their files."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from ledgers import Place, in_sqlite  # noqa: F401 - a fixture
from packs import write_pack
from reloads import reloaded, spoilt
from servers import until
from serving_desk import NOON, pack
from web_desk import Web, served, web_in_sqlite  # noqa: F401 - a fixture

from api.ledger.opening import open_ledger
from api.ledger.problems import LedgerUnavailable
from api.ledger.vault import open_vault
from api.serving import watching
from api.serving.folders import served as lying
from api.serving.live import LivePacks

RELOADS = int(os.environ.get("LEEWAY_TEST_RELOADS", "100"))
LIBRARY = "actions: {call: {title: Call back}}\nrules: [{id: c, action: call, allow: true}]\n"


@contextmanager
def live(place: Place, folder: Path, serve: str = "") -> Iterator[LivePacks]:
    """Give the packs of a folder, as a server has them that starts now."""
    with open_vault(f"sqlite:///{place.folder}/keys.db", {}) as vault, open_ledger(place.url, vault) as ledger:
        found = LivePacks(ledger, lambda: lying(str(folder), serve), lambda: NOON)
        found.reload()
        yield found


def release_of(found: LivePacks, name: str = "tiny") -> str:
    """Return the hash of what is served as a pack."""
    return found.desks[name].release.policy.release


def test_files_that_are_wrong_change_nothing_and_readiness_says_so(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite
    before = web.get("/readyz").json["packs"]["tiny"]
    assert before["since"] == NOON.isoformat().replace("+00:00", "Z")
    spoilt(web.packs / "tiny")
    web.clock.move(hours=1)
    assert not web.service.packs.reload()
    answer = web.get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (200, True)
    after = answer.json["packs"]["tiny"]
    assert {**after, "wrong": 0} == before
    assert after["wrong"] > 0
    assert web.decide()["release"] == before["release"]
    pack(web.packs / "tiny", limit=5)
    assert web.service.packs.reload()
    now = web.get("/readyz").json["packs"]["tiny"]
    assert now["wrong"] == 0
    assert now["release"] != before["release"]
    assert now["since"] == web.clock.now.isoformat().replace("+00:00", "Z")


def test_a_pack_that_is_wrong_at_the_start_is_served_as_it_was_live_last(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    folder = pack(tmp_path / "packs" / "tiny").parent
    with live(in_sqlite, folder) as found:
        first = release_of(found)
        pack(folder / "tiny", limit=7)
        assert found.reload()
        second = release_of(found)
    assert first != second
    spoilt(folder / "tiny")
    with live(in_sqlite, folder) as found:
        assert release_of(found) == second
        assert found.states["tiny"].since == NOON
        assert [one.code for one in found.states["tiny"].wrong] != []
        pack(folder / "tiny", limit=7)
        assert found.reload()
        assert release_of(found) == second
        assert found.states["tiny"].wrong == ()


def test_a_pack_that_was_never_right_is_not_served(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    folder = pack(tmp_path / "packs" / "tiny").parent
    spoilt(folder / "tiny")
    with live(in_sqlite, folder) as found:
        assert dict(found.desks) == {}
        assert found.states["tiny"].release is None
        shutil.rmtree(folder / "tiny")
        assert found.reload()
        assert dict(found.states) == {}


def test_what_only_others_use_is_not_served_unless_it_is_named(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    folder = tmp_path / "packs"
    write_pack(folder / "shared", LIBRARY).joinpath("pack.yaml").write_text(f"pack: shared\nladder: [ai]\n{LIBRARY}")
    empty = write_pack(folder / "words", "", facts="type: object\nproperties: {}\n") / "pack.yaml"
    empty.write_text("pack: words\nladder: [ai]\n")
    nothing = "type: object\nproperties: {}\n"
    write_pack(folder / "tiny", "uses:\n  # what every desk has\n  - shared\nactions: {visit: {}}\n", facts=nothing)
    with live(in_sqlite, folder) as found:
        assert sorted(found.desks) == ["tiny"]
        assert sorted(found.states) == ["tiny"]
    with live(in_sqlite, folder, "shared, gone") as found:
        assert sorted(found.desks) == ["shared"]
        assert [one.code for one in found.states["gone"].wrong] == ["not-a-pack"]


def test_a_folder_that_is_removed_leaves_what_is_served_until_the_next_start(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    folder = pack(tmp_path / "packs" / "tiny").parent
    with live(in_sqlite, folder) as found:
        before = release_of(found)
        shutil.rmtree(folder / "tiny")
        assert not found.reload()
        assert release_of(found) == before
        assert [one.code for one in found.states["tiny"].wrong] == ["not-a-pack"]
    with live(in_sqlite, folder) as found:
        assert dict(found.desks) == {}


def test_two_folders_with_packs_of_one_name_are_told_apart(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    folder = pack(tmp_path / "packs" / "tiny").parent
    pack(folder / "tiny-copy", limit=1)
    with live(in_sqlite, folder) as found:
        before = release_of(found)
        assert [one.code for one in found.states["tiny-copy"].wrong] == ["name-clash"]
        assert found.desks["tiny"].release is found.states["tiny"].release
        assert not found.reload()
        assert release_of(found) == before


def test_no_decision_mixes_releases_while_packs_change_under_load(web_in_sqlite: Web) -> None:  # noqa: F811
    found = reloaded(web_in_sqlite, RELOADS)
    assert found.missed == [], found.missed[:3]
    assert {one["release"] for one in found.decided} == found.limits.keys()


def test_files_that_change_are_seen(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    pack(tmp_path / "packs" / "tiny")
    with ExitStack() as stack:
        web = served(stack, in_sqlite, tmp_path / "packs", watch=True)
        before = web.service.packs.desks["tiny"].release
        # The watch begins a moment after it is asked for, so the change is made until it is seen.
        tries = count(1)

        def changed() -> bool:
            pack(tmp_path / "packs" / "tiny", limit=40 + next(tries))
            time.sleep(0.4)
            return web.service.packs.desks["tiny"].release is not before

        until(changed)


def test_packs_are_tried_again_once_the_ledger_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AGAIN", 0.01)
    tried: list[int] = []
    told: list[str] = []

    def reload() -> bool:
        tried.append(1)
        if len(tried) < 3:
            raise LedgerUnavailable("the database is locked")
        if len(tried) == 4:
            raise OSError("a folder that nobody expected")
        return len(tried) < 5

    with watching.watching(reload, (), told.append) as wake:
        wake()
        until(lambda: len(told) == 3)
        wake()
        until(lambda: len(told) == 4)
        wake()
        until(lambda: len(told) == 5)
    assert told == ["failed", "failed", "taken", "failed", "wrong"]
