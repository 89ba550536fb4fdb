"""A certificate of this machine's, by an authority that nobody else knows, as a company has one of its own."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certified:
    """The files of a server on this machine, and of who vouches for it."""

    authority: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return what a server does TLS with."""
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self.certificate, self.key)
        return found


def certified(folder: Path) -> Certified:
    """Make an authority, and by it a certificate for `localhost`, in a folder."""
    above, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _started("an authority", "an authority", above).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    server = _started("localhost", "an authority", own).add_extension(names, critical=False)
    found = Certified(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    found.authority.write_bytes(authority.sign(above, SHA256()).public_bytes(Encoding.PEM))
    found.certificate.write_bytes(server.sign(above, SHA256()).public_bytes(Encoding.PEM))
    found.key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return found


def _started(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """Return a certificate that is good today, and nothing else of it yet."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _name(said: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, said)])
