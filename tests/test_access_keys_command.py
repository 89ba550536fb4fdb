"""`leeway keys`: keys that are made, listed and revoked by hand, and why some are not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import Result
from starter import answers, leeway

from api.access.keys import parts_of


def run(folder: Path, *args: str) -> Result:
    return leeway("keys", *args, "--ledger", folder / "desk.db")


def test_the_command_line_makes_lists_and_revokes_keys(tmp_path: Path) -> None:
    made = run(tmp_path, "create", "--title", "Care desk", "--scope", "decide", "--role", "agent", "--agent", "kim")
    key = made.stdout.splitlines()[0].removeprefix("key: ")
    parts = parts_of(key)
    assert parts is not None
    told = answers(run(tmp_path, "create", "--title", "Shop", "--scope", "decide", "--customer", "C-1", "--json"))
    assert (told[0]["title"], told[0]["customer"], told[0]["packs"]) == ("Shop", "C-1", None)
    listed = run(tmp_path, "list")
    assert "Care desk: scopes decide; roles agent; agent kim" in listed.stdout
    assert key[-43:] not in listed.stdout + run(tmp_path, "list", "--json").stdout
    revoked = run(tmp_path, "revoke", key)
    assert revoked.stdout == f"revoked: {parts[0]}\n"
    assert answers(run(tmp_path, "revoke", parts[0], "--json")) == [{"id": parts[0], "revoked": True, "before": True}]
    states = [one["state"] for one in answers(run(tmp_path, "list", "--json"))]
    assert states == ["revoked", "good"]
    made_at = [one["made"] for one in answers(run(tmp_path, "list", "--json"))]
    assert all(first <= second for first, second in pairwise(made_at))


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (["--scope", "decde"], 2, "'decde' is not one of 'decide'"),
        (["--scope", "approve"], 1, "the scope `approve` needs a rung"),
        (["--scope", "decide", "--role", ""], 1, "`--role` has no name"),
        (["--scope", "decide", "--pack", "a\nb"], 1, "`--pack` has no name"),
        (["--scope", "decide", "--title", "a\nb"], 1, "needs a title"),
        (["--scope", "decide", "--days", "0"], 1, "1 to 366 days"),
        ([], 2, "Missing option '--scope'"),
    ],
)
def test_the_command_line_says_why_a_key_is_not_made(tmp_path: Path, args: list[str], status: int, said: str) -> None:
    result = run(tmp_path, "create", "--title", "x", *args)
    assert result.exit_code == status
    assert said in result.stderr
    assert run(tmp_path, "list").stdout == ""


def test_a_key_that_there_is_not_cannot_be_revoked(tmp_path: Path) -> None:
    result = run(tmp_path, "revoke", "0123456789ab")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no key of this id" in result.stderr


def test_a_key_is_told_as_json_by_the_moment_it_ends(tmp_path: Path) -> None:
    (told,) = answers(run(tmp_path, "create", "--title", "x", "--scope", "audit", "--days", "10", "--json"))
    life = datetime.fromisoformat(told["expires"]) - datetime.fromisoformat(told["made"])
    assert life == timedelta(days=10)
    assert json.dumps(told).count(told["key"]) == 1
