"""Packs that change, right and wrong in turn, while decisions are asked for: does any decision mix releases?"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from packs import write_pack
from serving_desk import FACTS
from web_desk import Web, ask

LIMITS = (5, 10, 20, 25, 30, 40)
"""What releases give at most, each one's own; their words name it too."""
PACK = """\
currency: EUR
customer_id: customer.id
actions: {credit: {amount: money, inputs: {about: {type: string, optional: true}}}}
rules:
  - id: give
    action: credit
    allow: {up_to: LIMIT}
    say: {customer: "Up to LIMIT: {amount}"}
"""
ASKING = 2
"""Threads that ask for decisions."""


@dataclass
class Reloading:
    """A desk whose pack changes while it decides."""

    web: Web
    over: threading.Event = field(default_factory=threading.Event)
    numbers: Any = field(default_factory=count)
    limits: dict[str, int] = field(default_factory=dict)
    """By release."""
    decided: list[dict[str, Any]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def change(self, turn: int) -> None:
        """Write files that are right, or wrong, in turn, and have them loaded."""
        packs, limit = self.web.service.packs, LIMITS[turn // 2 % len(LIMITS)]
        if turn % 2:
            spoilt(self.web.packs / "tiny")
        else:
            write_pack(self.web.packs / "tiny", PACK.replace("LIMIT", str(limit)), facts=FACTS)
        if packs.reload() == bool(turn % 2):
            self.missed.append(f"reload {turn} was not told apart")
        known = self.limits.setdefault(packs.desks["tiny"].release.policy.release, limit)
        if known != limit:
            self.missed.append(f"reload {turn} left another release live")

    def ask(self) -> None:
        """Ask for decisions on one customer after the other, until it is over."""
        while not self.over.is_set():
            customer = f"C-{next(self.numbers)}"
            self.decided.append(self.web.post("/v1/decisions?explain=true", ask("99", customer=customer)).json)
            # A moment for the loading, which shares the processor.
            time.sleep(0.01)

    def mixed(self, one: dict[str, Any]) -> bool:
        """Return whether a decision says another amount, or other words, than its release has."""
        limit = self.limits[one["release"]]
        seen = (one["verdict"], one["offer"]["amount"], one["why_not"][0]["say"].split(":")[0])
        return seen != ("counter", f"{limit}.00", f"Up to {limit}")


def spoilt(folder: Path) -> None:
    """Write files of a pack that are wrong."""
    (folder / "pack.yaml").write_text("pack: tiny\nrules: [{id: x, action: no_such}]\n")


def reloaded(web: Web, times: int) -> Reloading:
    """Return what came of so many reloads under load; `missed` names what did not hold."""
    found = Reloading(web)
    found.change(0)
    threads = [threading.Thread(target=found.ask) for _ in range(ASKING)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(1, times + 1):
            found.change(turn)
    finally:
        found.over.set()
        for thread in threads:
            thread.join()
    found.missed += [f"a decision of {one['release']} mixes releases" for one in found.decided if found.mixed(one)]
    return found
