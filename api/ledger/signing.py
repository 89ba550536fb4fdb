"""Signatures of checkpoints: Ed25519, a private key in a file of its own, public keys kept for as long as there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from api.ledger.problems import LedgerProblem
from api.ledger.secret_files import made_once, replaced

SHORT: Final = 16
"""Hexadecimal digits of a key's id."""

PublicKeys: TypeAlias = Mapping[str, Ed25519PublicKey]
"""Keys that are trusted, by their ids."""


class SigningKeyBroken(LedgerProblem):
    """A file that holds no Ed25519 key."""

    code = "signing-key-broken"

    def __init__(self, name: str) -> None:
        """Name the file."""
        super().__init__(f"`{name}` holds no Ed25519 key as PEM that this process can read; check the file")


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with one private key."""

    private: Ed25519PrivateKey = field(repr=False)
    trusted: PublicKeys
    """Its public key, and those that were used before it."""

    @property
    def key(self) -> str:
        """Return the id of the key."""
        return key_id(self.private.public_key())

    def sign(self, said: bytes) -> bytes:
        """Return the signature of what is said."""
        return self.private.sign(said)

    def public(self) -> str:
        """Return the public key as PEM, for whoever verifies."""
        return _pem(self.private.public_key()).decode()


def open_signer(path: Path) -> Signer:
    """Return the signer whose key a PEM file holds; the key is made where there is no file."""
    made_once(path, _made)
    private = _private(path)
    public = private.public_key()
    folder = public_folder(path)
    folder.mkdir(exist_ok=True)
    made_once(folder / f"{key_id(public)}.pem", lambda: _pem(public))
    return Signer(private, public_keys(sorted(folder.glob("*.pem"))))


def rotated(path: Path) -> Signer:
    """Return the signer of a new key in the file's place; the old public key is kept, the old private key is not."""
    open_signer(path)
    replaced(path, _made())
    return open_signer(path)


def signing_beside(ledger: Path) -> Path:
    """Return where the signing key of a ledger lies unless something else is said."""
    return ledger.with_name(f"{ledger.stem}-signing.pem")


def public_folder(path: Path) -> Path:
    """Return where the public keys lie of what a file signs, and signed before."""
    return path.with_name(f"{path.stem}-public")


def public_keys(paths: Iterable[Path]) -> PublicKeys:
    """Return the public keys that PEM files hold, by id."""
    keys = [_public(path) for path in paths]
    return {key_id(key): key for key in keys}


def key_id(key: Ed25519PublicKey) -> str:
    """Return the beginning of the hash of a public key, by which it is called."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:SHORT]


def holds(key: Ed25519PublicKey, said: bytes, signature: bytes) -> bool:
    """Return whether a signature is the key's, of exactly this."""
    try:
        key.verify(signature, said)
    except InvalidSignature:
        return False
    return True


def _made() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyBroken(path.name) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyBroken(path.name)
    return key


def _public(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyBroken(path.name) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyBroken(path.name)
    return key
