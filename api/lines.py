"""Requests, one a line, each answered on its own line and in order."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeAlias

import click

from api.folders import folder_of
from api.progress import progress
from api.refusals import REFUSED, problem_of
from api.releases import releases
from engine.language.diagnostics import PolicyError
from engine.problems import RequestError
from engine.release import Release
from engine.request_json import LONGEST, request_of
from schemas.request import DecisionRequest

Write: TypeAlias = Callable[[Release, DecisionRequest], bytes]
"""What is written for a request; it may raise `RequestError`, and what ledgers and desks refuse."""
Taking: TypeAlias = Callable[[], AbstractContextManager[Callable[[Path], Release]]]
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

pack_option = click.option("--pack", metavar="PACK", help="A pack's folder or name; else each request says its `pack`.")
requests_option = click.option(
    "--requests",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    default="-",
    show_default=True,
    help="JSON Lines; `-` is standard input.",
)


def answer_lines(
    ctx: click.Context, pack: str | None, requests: str, write: Write, taking: Taking | None = None
) -> bool:
    """Write an answer for each line of a file (`-`: of standard input); return whether all of them could be given.

    `taking` gives the release of the pack in a folder; else it is loaded, or was kept.
    """
    out = sys.stdout.buffer
    fine = True
    with (taking or releases)() as take, _opened(requests) as stream, progress("deciding", _count(requests)) as step:
        desk = Desk(ctx, take, pack)
        for number, line in enumerate(lines(stream), 1):
            answer = desk.answer(line, number, write) if line.strip() else b""
            fine = fine and answer is not None
            out.write((answer if answer is not None else desk.problem) + b"\n")
            if requests == "-":
                out.flush()
            step()
    return fine


def _opened(requests: str) -> IO[bytes]:
    return sys.stdin.buffer if requests == "-" else Path(requests).open("rb")


def _count(requests: str) -> int:
    """Return how many lines a file has; of standard input that is not known."""
    if requests == "-":
        return 0
    with Path(requests).open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(2**20), b""))


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines without their ends; of one that is too long, no more than shows that it is."""
    while line := stream.readline(LONGEST + 2):
        rest = line
        while not rest.endswith(b"\n") and (rest := stream.readline(LONGEST)):
            pass
        yield line.removesuffix(b"\n").removesuffix(b"\r")


class Desk:
    """Answers requests by one pack, or by the one that each names."""

    def __init__(self, ctx: click.Context, take: Callable[[Path], Release], pack: str | None) -> None:
        """Load the pack where one is fixed; raise `PolicyError` where it cannot be used."""
        self._ctx, self._take = ctx, take
        self._only = None if pack is None else take(folder_of(ctx, pack))
        self.problem = b""
        """Why the last line has no answer."""

    def answer(self, line: bytes, number: int, write: Write) -> bytes | None:
        """Return what is written for a line, or None with a problem."""
        try:
            request = request_of(line)
            if request.now is None:
                request = request.model_copy(update={"now": datetime.now(UTC).isoformat()})
            return write(self._only or self._named(request.pack), request)
        except RequestError as wrong:
            problem = wrong.problem
        except REFUSED as refused:
            problem = problem_of(refused)
        self.problem = problem.model_copy(update={"instance": f"/lines/{number}"}).model_dump_json().encode()
        return None

    def _named(self, pack: str | None) -> Release:
        """Return the release of the pack that a request names; a request names no path."""
        if pack is None:
            raise RequestError("unknown-pack", "the request names no pack", "say `pack`, or call with `--pack`")
        if not NAME.fullmatch(pack):
            raise RequestError("unknown-pack", "this is no name of a pack", "say `pack` by name")
        try:
            return self._take(folder_of(self._ctx, pack))
        except PolicyError as problem:
            raise RequestError("unknown-pack", str(problem.diagnostics[0]), "`leeway check` says more") from None
