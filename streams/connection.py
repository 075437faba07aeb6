"""How everything of ours connects to Kafka: one value, in the words of each of the three client libraries.

librdkafka (publisher, commands), aiokafka (the follower of flags) and Faust (the stages' consumers) spell security
differently; nothing else in the project spells it at all. Secrets never show in ``repr``.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from streams.errors import ConfigurationError

if TYPE_CHECKING:
    from faust.types.auth import CredentialsT


class SecurityProtocol(StrEnum):
    """Kafka's names of what a listener demands."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def encrypted(self) -> bool:
        """Whether the connection is TLS."""
        return self in (SecurityProtocol.SSL, SecurityProtocol.SASL_SSL)

    @property
    def authenticated(self) -> bool:
        """Whether a user and a password are asked for."""
        return self in (SecurityProtocol.SASL_PLAINTEXT, SecurityProtocol.SASL_SSL)


class SaslMechanism(StrEnum):
    """The mechanisms that all three libraries speak with a user and a password."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


@dataclass(frozen=True)
class KafkaSecurity:
    """What a cluster demands of its clients. Files are PEM; an empty CA file means the system's authorities.

    A certificate and its key are for clusters that ask clients for one; ``key_password`` where the key is encrypted.
    """

    protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    mechanism: SaslMechanism | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    key_password: str = field(default="", repr=False)

    def ssl_context(self) -> ssl.SSLContext | None:
        """The context of an encrypted connection, which checks the broker's name; None without encryption.

        Raises ConfigurationError where a file cannot be used.
        """
        if not self.protocol.encrypted:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ssl.SSLError) as exc:
            raise ConfigurationError(f"{self.ca_file} holds no certificates that can be used ({_why(exc)})") from None
        if self.certificate_file:
            try:
                # Never None: OpenSSL would ask for the password on the terminal.
                context.load_cert_chain(self.certificate_file, self.key_file, password=self.key_password)
            except (OSError, ssl.SSLError, ValueError) as exc:
                raise ConfigurationError(
                    f"{self.certificate_file} and {self.key_file} are no certificate with its key, or the key's"
                    f" password is wrong ({_why(exc)})"
                ) from None
        return context


def _why(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__


@dataclass(frozen=True)
class KafkaConnection:
    """Where the cluster is (``servers``: host:port, comma separated) and what it demands."""

    servers: str
    security: KafkaSecurity = KafkaSecurity()

    def librdkafka(self) -> dict[str, Any]:
        """Settings of a confluent-kafka client."""
        safe = self.security
        named = {
            "bootstrap.servers": self.servers,
            "security.protocol": safe.protocol.value,
            "sasl.mechanism": safe.mechanism.value if safe.mechanism else "",
            "sasl.username": safe.username,
            "sasl.password": safe.password,
            "ssl.ca.location": safe.ca_file,
            "ssl.certificate.location": safe.certificate_file,
            "ssl.key.location": safe.key_file,
            "ssl.key.password": safe.key_password,
        }
        return {name: value for name, value in named.items() if value}

    def aiokafka(self) -> dict[str, Any]:
        """Keywords of an aiokafka client. Raises ConfigurationError where a file cannot be used."""
        safe = self.security
        found: dict[str, Any] = {"bootstrap_servers": self.servers, "security_protocol": safe.protocol.value}
        if safe.protocol.encrypted:
            found["ssl_context"] = safe.ssl_context()
        if safe.mechanism:
            found |= {
                "sasl_mechanism": safe.mechanism.value,
                "sasl_plain_username": safe.username,
                "sasl_plain_password": safe.password,
            }
        return found

    def faust_brokers(self) -> str:
        """Faust's list of brokers."""
        return ";".join(f"kafka://{server.strip()}" for server in self.servers.split(","))

    def faust_credentials(self) -> CredentialsT | None:
        """Faust's ``broker_credentials``; None for a cluster that demands nothing. Raises ConfigurationError."""
        from faust import SASLCredentials, SSLCredentials  # noqa: PLC0415  (commands connect without Faust)

        safe, context = self.security, self.security.ssl_context()
        if safe.mechanism:
            return SASLCredentials(
                username=safe.username, password=safe.password, ssl_context=context, mechanism=safe.mechanism.value
            )
        return SSLCredentials(context) if context else None
