"""The master key, which wraps the key of every customer: given, or made once beside the key store."""

from __future__ import annotations

import binascii
import logging
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.ledger.key_problems import MasterKeyBroken, MasterKeyMissing
from api.ledger.secret_files import made_once

VARIABLE: Final = "LEEWAY_MASTER_KEY"
FILE_VARIABLE: Final = "LEEWAY_MASTER_KEY_FILE"
LENGTH: Final = 32
LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Master:
    """A master key, and the file it was put into, where it was made just now."""

    key: bytes = field(repr=False)
    made: Path | None = None

    def derived(self, use: str) -> bytes:
        """Return a key for one use only."""
        return HKDF(algorithm=SHA256(), length=LENGTH, salt=None, info=f"leeway {use}".encode()).derive(self.key)


def master_key(environment: Mapping[str, str], beside: Path | None, fresh: bool) -> Master:
    """Return the master key: from LEEWAY_MASTER_KEY, the file LEEWAY_MASTER_KEY_FILE, or the file beside the store.

    It is made only for a store that is fresh: another key would never open one that is in use.
    """
    if VARIABLE in environment:
        return Master(_read(environment[VARIABLE], VARIABLE))
    if FILE_VARIABLE in environment:
        return Master(_read(_text(Path(environment[FILE_VARIABLE])), f"the file that {FILE_VARIABLE} names"))
    if beside is None:
        raise MasterKeyMissing(f"a key store on a server needs a master key: set {VARIABLE} or {FILE_VARIABLE}")
    if not fresh and not beside.exists():
        raise MasterKeyMissing(f"`{beside.name}` is missing beside the key store: put it back, or set {VARIABLE}")
    made = made_once(beside, lambda: b64encode(secrets.token_bytes(LENGTH)) + b"\n")
    if made:
        LOG.warning("made a master key in %s: keep a copy apart, personal parts cannot be read without it", beside)
    return Master(_read(_text(beside), f"`{beside.name}`"), beside if made else None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise MasterKeyMissing(f"the master key `{path.name}` cannot be read; check the file") from error


def _read(text: str, source: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MasterKeyBroken(source) from error
    if len(key) != LENGTH:
        raise MasterKeyBroken(source)
    return key
