"""Releases that are kept: the same as those made anew, and never in place of a pack that changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from starter import LATE, starter

from api.releases import MOST, releases
from engine.decide import decide
from engine.explain import explain
from engine.release import Release, load_release
from schemas.request import DecisionRequest
from simulations.scenarios.run import run
from simulations.scenarios.suite import suite_of

RULES = Path(__file__).parent.parent / "rules"


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LEEWAY_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def take(folder: Path) -> Release:
    """Return the release of a pack, and keep what was made of it."""
    with releases() as taken:
        release = taken(folder)
        decide(release, DecisionRequest.model_validate(LATE))
    return release


def kept(shelf: Path) -> list[Path]:
    return sorted(shelf.glob("*.release"))


@pytest.mark.parametrize("name", ["airline", "telecom"])
def test_a_kept_release_decides_and_explains_as_one_made_anew(name: str, shelf: Path) -> None:
    folder = RULES / name
    suite = suite_of(load_release(folder), folder)
    anew = [run(suite.release, one, explain_all=True) for one in suite.scenarios[:40]]
    with releases() as taken:
        release = taken(folder)
        for one in suite.scenarios[:5]:
            run(release, one)
    assert len(kept(shelf)) == 1
    with releases() as taken:
        release = taken(folder)
        again = [run(release, one, explain_all=True) for one in suite.scenarios[:40]]
    assert release.policy is not suite.release.policy
    assert [step.decision for one in again for step in one.steps] == [
        step.decision for one in anew for step in one.steps
    ]


def test_a_release_is_kept_with_all_that_was_compiled(tmp_path: Path) -> None:
    first = take(starter(tmp_path))
    with releases() as taken:
        second = taken(tmp_path / "starter")
        assert second.compiled.units.keys() == first.compiled.units.keys()


def test_a_pack_that_changed_is_made_anew(tmp_path: Path, shelf: Path) -> None:
    folder = starter(tmp_path)
    before = take(folder).policy.release
    path = folder / "vouchers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("share: 0.2", "share: 0.3"), encoding="utf-8")
    assert take(folder).policy.release != before
    assert len(kept(shelf)) == 2


def test_a_pack_whose_used_pack_changed_is_made_anew(tmp_path: Path) -> None:
    folder = starter(tmp_path)
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "pack.yaml").write_text("pack: shared\nladder: [agent]\nparams: {grace: 1}\n", encoding="utf-8")
    path = folder / "pack.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "uses: [shared]\n", encoding="utf-8")
    before = take(folder).policy.release
    (shared / "pack.yaml").write_text("pack: shared\nladder: [agent]\nparams: {grace: 2}\n", encoding="utf-8")
    assert take(folder).policy.release != before


@pytest.mark.parametrize("content", [b"", b"no release", b"\x80\x05N."])
def test_a_file_that_is_no_release_is_passed_over(tmp_path: Path, shelf: Path, content: bytes) -> None:
    folder = starter(tmp_path)
    take(folder)
    kept(shelf)[0].write_bytes(content)
    assert decide(take(folder), DecisionRequest.model_validate(LATE))


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_file_that_others_could_have_written_is_not_trusted(tmp_path: Path, shelf: Path) -> None:
    folder = starter(tmp_path)
    first = take(folder)
    kept(shelf)[0].chmod(0o666)
    with releases() as taken:
        assert len(taken(folder).compiled.units) == 0 < len(first.compiled.units)


def test_no_more_than_the_newest_are_kept(tmp_path: Path, shelf: Path) -> None:
    shelf.mkdir()
    for number in range(MOST + 3):
        (shelf / f"{number}.release").touch()
    take(starter(tmp_path))
    assert len(kept(shelf)) == MOST


def test_nothing_is_kept_where_that_is_off(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_CACHE", "off")
    take(starter(tmp_path))
    assert not shelf.exists()


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LEEWAY_CACHE", str(tmp_path / "file" / "below"))
    assert take(starter(tmp_path))


def test_an_explained_decision_needs_nothing_that_is_not_kept(tmp_path: Path) -> None:
    folder = starter(tmp_path)
    take(folder)
    request = DecisionRequest.model_validate(LATE)
    with releases() as taken:
        decision = decide(taken(folder), request)
        assert explain(taken(folder), request, decision) == explain(load_release(folder), request, decision)
