"""A broker with listeners that demand something: passwords, TLS, a client's certificate. Test-only properties."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # documented there, not marked as exported
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from control import kafka_node
from streams.clock import SYSTEM_CLOCK
from tests.support.topics import admin

USER = "middleware"
PASSWORD = "canary-pa,ss'word"  # awkward for every parser on its way, and findable in any output
KEY_PASSWORD = "canary-key-password"
PLAIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"


class Authority:
    """A certificate authority of this test's own; writes PEM files into ``folder``."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign(name, self._key, authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def issue(self, name: str, password: str = "") -> tuple[Path, Path]:
        """Files of a certificate for ``name`` at 127.0.0.1 and of its key, which ``password`` encrypts."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, key_file = self._folder / f"{name}.crt.pem", self._folder / f"{name}.key.pem"
        certificate.write_bytes(self._sign(name, key).public_bytes(Encoding.PEM))
        hidden: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))
        return certificate, key_file

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, *, authority: bool = False) -> x509.Certificate:
        now, day = SYSTEM_CLOCK.now(), datetime.timedelta(days=1)
        signer = key if authority else self._key
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        if not authority:
            own = [x509.IPAddress(ip_address(kafka_node.HOST)), x509.DNSName("localhost")]
            builder = builder.add_extension(x509.SubjectAlternativeName(own), critical=False)
        return builder.sign(signer, hashes.SHA256())


@dataclass(frozen=True)
class Listeners:
    """Addresses of one broker's three demanding listeners, and the authority that signed its certificate."""

    sasl_ssl: str
    sasl_plaintext: str
    mutual: str
    authority: Authority

    @classmethod
    def choose(cls, folder: Path) -> Listeners:
        """Three free ports, and an authority with its files in ``folder``."""
        ports = kafka_node.choose_ports(2, preferred=None)
        found = [f"{kafka_node.HOST}:{port}" for p in ports for port in (p.client, p.controller)]
        return cls(found[0], found[1], found[2], Authority(folder, "authority"))

    def properties(self) -> dict[str, str]:
        """Server properties beside those of a node."""
        where = {"SASLSSL": self.sasl_ssl, "SASLONLY": self.sasl_plaintext, "MUTUAL": self.mutual}
        kinds = {"SASLSSL": "SASL_SSL", "SASLONLY": "SASL_PLAINTEXT", "MUTUAL": "SSL"}
        listening = ",".join(f"{name}://{address}" for name, address in where.items())
        found = {
            "listeners": listening,
            "advertised.listeners": listening,
            "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in kinds.items()),
        }
        for name in ("saslssl", "mutual"):
            found |= {f"listener.name.{name}.{key}": value for key, value in self._tls().items()}
        for name in ("saslssl", "saslonly"):
            found |= {f"listener.name.{name}.{key}": value for key, value in _sasl().items()}
        return {**found, "listener.name.mutual.ssl.client.auth": "required"}

    def _tls(self) -> dict[str, str]:
        certificate, key = self.authority.issue("broker")
        both = certificate.with_name("broker.pem")
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.file),
        }


def _sasl() -> dict[str, str]:
    found = {"sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"}
    found["plain.sasl.jaas.config"] = f'{PLAIN_MODULE} required user_{USER}="{PASSWORD}";'
    for mechanism in ("scram-sha-256", "scram-sha-512"):
        found[f"{mechanism}.sasl.jaas.config"] = f"{SCRAM_MODULE} required;"
    return found


def add_scram_user(servers: str) -> None:
    """Make ``USER`` known to both SCRAM mechanisms, over a listener that asks for nothing."""
    client = admin(servers)
    for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
        change = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
        for future in client.alter_user_scram_credentials([change]).values():
            future.result(timeout=10)
