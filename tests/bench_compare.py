"""How long the showcase's whole comparison takes, and how much memory: the real command, one candidate, with intervals.

`make bench` compares 100,000 and 1,000,000 customers; numbers of customers may be given instead.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SPEC = Path(__file__).parents[1] / "simulations" / "telecom" / "simulation.yaml"
CANDIDATE = "goodwill-for-loyalty"
SIZES = (100_000, 1_000_000)
TICK = 0.2
"""Seconds from one look at the memory to the next."""


def command(customers: int, attribution: str) -> list[str]:
    """Return the command that is measured."""
    leeway = str(Path(sys.executable).with_name("leeway"))
    chosen = ["--candidate", CANDIDATE, "--customers", str(customers), attribution]
    return [leeway, "compare", str(SPEC), *chosen, "--json"]


def started(process: int) -> Iterator[int]:
    """Yield a process, and all that it and those that it started have running."""
    yield process
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        for child in thread.read_text().split():
            yield from started(int(child))


def held(process: int) -> int:
    """Return how many KiB a process and those that it started hold, what they share counted once."""
    total = 0
    # A process that ends meanwhile holds nothing.
    with suppress(FileNotFoundError, ProcessLookupError):
        for one in started(process):
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


def measured(words: list[str]) -> tuple[float, int]:
    """Return how many seconds a command takes, and the most KiB that its processes held at once."""
    start, most = time.perf_counter(), 0
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None:
            most = max(most, held(running.pid))
            time.sleep(TICK)
    seconds = time.perf_counter() - start
    # Exit status 1 says that a gate was crossed.
    assert running.returncode in (0, 1), f"{words} ended with {running.returncode}"
    return seconds, most


def main() -> None:
    """Print seconds and memory of every size, with the edits' shares and without."""
    for customers in [int(size) for size in sys.argv[1:]] or SIZES:
        for attribution in ("--no-attribution", "--attribution"):
            seconds, most = measured(command(customers, attribution))
            print(
                f"{customers:,} customers, {attribution}: {seconds:.1f} s, {most / 2**20:.2f} GiB"
                f" ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
