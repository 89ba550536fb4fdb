"""A tenth of what `make reliability` does to ledgers and to the API, and all of it once at least."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import server
from reliability import BEGIN, END, FAULTS, PAGE, Fault, Seen, row, table, tried

ELSEWHERE = {
    "threads": "test_of_many_acceptances_at_once_exactly_the_limit_succeed",
    "threads-postgresql": "test_of_many_acceptances_at_once_exactly_the_limit_succeed",
    "http-reload": "test_no_decision_mixes_releases_while_packs_change_under_load",
    "http-canaries": "test_what_is_personal_is_in_no_file_log_or_problem_and_gone_after_an_erasure",
    "http-contract": "test_every_case_is_answered_as_the_document_says",
    "http-missing": "test_a_fact_that_is_left_out_or_spoilt_never_permits_more",
}
"""Rows of which a tenth is what another test does."""


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.name not in ELSEWHERE], ids=lambda one: one.name)
def test_what_must_hold_holds(fault: Fault, tmp_path: Path) -> None:
    if "postgresql" in fault.name or fault.name in ("restart", "crash"):
        server()
    seen = tried(fault, tmp_path, max(1, fault.times // 10))
    assert seen.wrong == ()


def test_what_does_not_hold_or_cannot_be_tried_is_counted(tmp_path: Path) -> None:
    def broken(folder: Path, times: int, seed: int):  # type: ignore[no-untyped-def]
        yield ""
        yield "an event is gone"
        raise OSError("no more")

    fault = Fault(FAULTS[0].name, "it breaks", "all", 4, broken)
    seen = tried(fault, tmp_path, 4)
    assert (seen.held, seen.wrong[0], len(seen.wrong)) == (1, "an event is gone", 3)
    assert "no more" in seen.wrong[1]
    assert row(seen) == "| it breaks | all | 4 | 1 |"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
def test_the_page_shows_every_row_and_none_that_did_not_hold(fault: Fault) -> None:
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    said = row(Seen(fault, 0, (), 0.0)).removesuffix("0 | 0 |")
    (line,) = (line for line in shown.splitlines() if line.startswith(said))
    times, held = (int(cell.replace(",", "")) for cell in line.removeprefix(said).strip(" |").split("|"))
    assert times == held >= max(1, fault.times // 10)


def test_rows_that_were_not_tried_again_stay_on_the_page() -> None:
    before = table([Seen(fault, 3, ("lost",), 0.0) for fault in FAULTS[:2]])
    after = table([Seen(FAULTS[1], 5, (), 0.0)], before)
    assert after.splitlines()[2:] == [row(Seen(FAULTS[0], 3, ("lost",), 0.0)), row(Seen(FAULTS[1], 5, (), 0.0))]


def test_no_two_rows_begin_alike() -> None:
    assert len({fault.name for fault in FAULTS}) == len({fault.done for fault in FAULTS}) == len(FAULTS)
