"""Opening the memory of a desk: its ledger, the keys of its customers, and the pack that is live."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from api.ledger.connecting import database
from api.ledger.erasing import finish
from api.ledger.opening import Ledger, Mode, open_ledger
from api.ledger.problems import LedgerUnusable
from api.ledger.releases import Load, activate, kept_release
from api.ledger.signing import Signer, open_signer, signing_beside
from api.ledger.vault import Vault, keys_beside, open_vault
from api.serving.desk import Desk
from engine.release import load_release
from schemas.request import Agent

LEDGER: Final = "LEEWAY_LEDGER"
KEYS: Final = "LEEWAY_KEYS"
SIGNING: Final = "LEEWAY_SIGNING_KEY"


@dataclass(frozen=True, slots=True)
class Memory:
    """An open ledger with its vault."""

    ledger: Ledger
    vault: Vault
    address: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the ledger and the keys are kept."""

    ledger: str
    keys: str


def places(ledger: str | None, environment: Mapping[str, str] = os.environ) -> Places:
    """Return where the memory is kept: what was said, else what the environment says; keys lie beside a file."""
    address = ledger or environment.get(LEDGER)
    if not address:
        raise LedgerUnusable(f"nobody says where the ledger is: give `--ledger`, or set {LEDGER}")
    keys = environment.get(KEYS) or keys_beside(address)
    if keys is None:
        raise LedgerUnusable(f"the keys of a ledger on a server are kept apart from it: say where in {KEYS}")
    return Places(address, keys)


@contextmanager
def memory(where: Places, mode: Mode = "strict") -> Iterator[Memory]:
    """Yield the open memory; erasures that were interrupted are finished first."""
    with open_vault(where.keys) as vault, open_ledger(where.ledger, vault, mode=mode) as ledger:
        finish(ledger, vault)
        yield Memory(ledger, vault, where.ledger)


def desk_of(ledger: Ledger, folder: Path, agent: Agent, load: Load = load_release) -> Desk:
    """Return the desk of the pack in a folder, which is live from now on; raise `PolicyError` where it is wrong."""
    release = activate(ledger, folder, datetime.now(UTC), agent, load)
    return Desk(ledger, release, partial(kept_release, ledger))


def signer_of(address: str, environment: Mapping[str, str] = os.environ) -> Signer:
    """Return what signs a ledger: by the key that the environment names, else by the one beside its file."""
    if said := environment.get(SIGNING):
        return open_signer(Path(said))
    found = database(address)
    file = found.file
    found.close()
    if file is None:
        raise LedgerUnusable(f"the signing key of a ledger on a server lies apart from it: name its file in {SIGNING}")
    return open_signer(signing_beside(file))
