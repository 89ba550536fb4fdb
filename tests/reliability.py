"""What is done to ledgers, how often, and how often what must hold held.

`python tests/reliability.py [--rounds N] [--only PATTERN] [--write]` says what came of each row, and exits with 1 where
anything did not hold. `--rounds N`: each row N times at most; `--only PATTERN`: the rows whose name it is found in;
`--write`: each row into the table of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

import ledgers
from reliability_rows import FAULTS, Fault

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
BEGIN, END = "<!-- reliability: begin -->", "<!-- reliability: end -->"
SEED = 20260501


@dataclass(frozen=True)
class Seen:
    """What came of trying a fault so often."""

    fault: Fault
    times: int
    wrong: tuple[str, ...]
    """What did not hold, each time that something did not."""
    seconds: float

    @property
    def held(self) -> int:
        return self.times - len(self.wrong)


NAMES = tuple(fault.name for fault in FAULTS)


def tried(fault: Fault, folder: Path, times: int) -> Seen:
    """Return what came of trying a fault so often; what could not be tried did not hold."""
    seed, began = SEED + 100_000 * NAMES.index(fault.name), time.monotonic()
    found: list[str] = []
    try:
        # What is logged while nobody said where to is printed.
        with redirect_stdout(StringIO()):
            found.extend(islice(fault.trial(folder, times, seed), times))
        missing = "it was not tried"
    except Exception:  # noqa: BLE001 - it is a row of the table
        missing = traceback.format_exc()
    found += [missing] * (times - len(found))
    return Seen(fault, times, tuple(filter(None, found)), time.monotonic() - began)


def _reported(fault: Fault, most: int | None, write: bool) -> Seen:
    """Try a fault, and say at once what came of it."""
    times = fault.times if most is None else min(most, fault.times)
    with tempfile.TemporaryDirectory() as folder:
        seen = tried(fault, Path(folder), times)
    sys.stdout.write(f"{fault.name:22} {times:>5} {seen.held:>5} held {seen.seconds:>7.1f} s\n")
    for wrong in dict.fromkeys(seen.wrong):
        sys.stdout.write(f"    {wrong}\n")
    sys.stdout.flush()
    if write:
        _write(seen)
    return seen


def row(seen: Seen) -> str:
    """Return what came of a fault as a row of the table."""
    return f"{_begins(seen.fault)}{seen.fault.holds} | {seen.times:,} | {seen.held:,} |"


def _begins(fault: Fault) -> str:
    return f"| {fault.done} | "


def table(seen: Sequence[Seen], before: str = "") -> str:
    """Return the table of the page: rows as they were seen, and as they were before where they were not."""
    rows = {one.fault.name: row(one) for one in seen}
    for fault in FAULTS:
        found = (line for line in before.splitlines() if line.startswith(_begins(fault)))
        rows.setdefault(fault.name, next(found, ""))
    lines = [rows[fault.name] for fault in FAULTS if rows[fault.name]]
    return "\n".join(["| what is done | what must hold | times | held |", "|---|---|---:|---:|", *lines])


def _write(seen: Seen) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    old, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table([seen], old)}\n{END}{after}", encoding="utf-8")


def main() -> int:
    """Try what is asked for; return the exit status."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--rounds", type=int, metavar="N", help="each row N times at most")
    asked.add_argument("--only", default="", metavar="PATTERN", help="the rows whose name it is found in")
    asked.add_argument("--write", action="store_true", help="write each row into docs/reliability.md")
    given = asked.parse_args()
    if ledgers.cluster() is None:
        asked.error("there is no PostgreSQL server on this machine; install one")
    ledgers.PRELOADED += ["reliability_privacy", "reliability_limits", "reliability_faults"]
    logging.getLogger().addHandler(logging.NullHandler())
    sys.stdout.write(f"seed {SEED}\n")
    chosen = [fault for fault in FAULTS if re.search(given.only, fault.name)]
    seen = [_reported(fault, given.rounds, given.write) for fault in chosen]
    return int(any(one.wrong for one in seen))


if __name__ == "__main__":
    sys.exit(main())
