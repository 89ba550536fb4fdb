"""API keys: how one is written, what it is good for, and what is kept of it."""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.access.caller import Scope
from api.ledger.problems import LedgerProblem

FORM: Final = re.compile(r"lw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
SECRET: Final = 32
"""Random bytes of a secret: so many that nobody finds them by trying, not even with the hash at hand."""
LIFE: Final = timedelta(days=90)
"""How long a key is good unless something else is said."""
LONGEST: Final = timedelta(days=366)

Name = Annotated[str, Field(max_length=200, pattern=r"^[^\p{Cc}]+$")]
State = Literal["good", "expired", "revoked", "erased"]


class Grant(BaseModel):
    """What a key is good for, and whose it is."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    scopes: tuple[Scope, ...] = Field(min_length=1)
    roles: tuple[Name, ...] = ()
    """The rungs that may be claimed."""
    packs: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """None: all of them."""
    agent: Name | None = None
    team: Name | None = None
    customer: Name | None = Field(None, exclude=True)
    """The only customer that there is for the key; it is kept sealed, apart from the rest."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is told once: the whole text, of which only the hash of its secret is kept."""

    id: str
    text: str = field(repr=False)
    hash: bytes


@dataclass(frozen=True, slots=True)
class KeptKey:
    """What is kept of a key."""

    id: str
    hash: bytes = field(repr=False)
    grant: Grant
    title: str
    made: datetime
    expires: datetime
    revoked: datetime | None = None
    erased: bool = False
    """Whether it was bound to a customer who is erased."""

    def state(self, now: datetime) -> State:
        """Return whether the key is good at a moment, and if not, why."""
        if self.revoked is not None:
            return "revoked"
        if self.erased:
            return "erased"
        return "good" if now < self.expires else "expired"


@dataclass(frozen=True, slots=True)
class BoundKey(KeptKey):
    """A key that is bound to a customer, whose id is still sealed."""

    reference: str = ""
    sealed: bytes = field(default=b"", repr=False)


class KeyRefused(LedgerProblem):
    """A key that is not made, or not found."""

    code = "key-refused"


def new_key() -> NewKey:
    """Return a new key."""
    id_ = secrets.token_hex(6)
    secret = urlsafe_b64encode(secrets.token_bytes(SECRET)).decode().rstrip("=")
    return NewKey(id_, f"lw_{id_}_{secret}", hash_of(secret))


def parts_of(text: str) -> tuple[str, str] | None:
    """Return the id and the secret of what has the form of a key, else None."""
    found = FORM.fullmatch(text)
    return None if found is None else (found[1], found[2])


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret.

    Plain SHA-256 is right here: what has 256 random bits is found by no dictionary, so that a slow hash with salt, as
    for passwords, would protect nothing more, and would cost every request.
    """
    return sha256(secret.encode("ascii")).digest()


def granted(scopes: Sequence[Scope], roles: Sequence[str], packs: Sequence[str], **whose: str | None) -> Grant:
    """Return a grant as it is given by hand, where no pack is all of them; raise `KeyRefused` where a name is none."""
    try:
        return Grant(scopes=tuple(dict.fromkeys(scopes)), roles=tuple(roles), packs=tuple(packs) or None, **whose)
    except ValidationError as problem:
        wrong = ", ".join(sorted({f"`--{str(error['loc'][0]).removesuffix('s')}`" for error in problem.errors()}))
        raise KeyRefused(f"{wrong} has no name of 1 to 200 characters, all of them printable") from None


def checked(grant: Grant, title: str, life: timedelta) -> None:
    """Raise `KeyRefused` unless a grant makes sense for a key of this title and life."""
    if not (0 < len(title) <= 200 and title.isprintable()):
        raise KeyRefused("a key needs a title of 1 to 200 characters, all of them printable")
    if not timedelta(0) < life <= LONGEST:
        raise KeyRefused(f"a key is good for 1 to {LONGEST.days} days; make a new one before it expires")
    if "approve" in grant.scopes and not grant.roles:
        raise KeyRefused("the scope `approve` needs a rung that the key answers for: add `--role`")
