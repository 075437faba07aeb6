"""What the ``MW_KAFKA_`` settings say of security, checked: a contradiction is one line that names the variable."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from control.settings import PREFIX, Settings
from streams.connection import KafkaSecurity
from streams.errors import ConfigurationError

_SASL = ("kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password")
_FILES = ("kafka_ssl_ca_file", "kafka_ssl_certificate_file", "kafka_ssl_key_file")
_TLS = (*_FILES, "kafka_ssl_key_password")
_ALL = ("kafka_security_protocol", *_SASL, *_TLS)


def security(settings: Settings) -> KafkaSecurity:
    """What the cluster demands, and what we show it.

    Raises ConfigurationError for a setting that the protocol needs or does not use, a file that is not there or cannot
    be used, and for a protocol that this machine's own Kafka does not speak.
    """
    protocol = settings.kafka_security_protocol
    variable = f"{PREFIX}KAFKA_SECURITY_PROTOCOL={protocol}"
    if protocol.authenticated or protocol.encrypted:
        _check_own_kafka(settings, variable)
    if protocol.authenticated:
        settings.require(*_SASL)
    else:
        _unused(settings, _SASL, variable)
    if protocol.encrypted:
        _check_files(settings)
    else:
        _unused(settings, _TLS, variable)
    demanded = KafkaSecurity(
        protocol=protocol,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_sasl_username,
        password=settings.kafka_sasl_password.get_secret_value(),
        ca_file=settings.kafka_ssl_ca_file,
        certificate_file=settings.kafka_ssl_certificate_file,
        key_file=settings.kafka_ssl_key_file,
        key_password=settings.kafka_ssl_key_password.get_secret_value(),
    )
    demanded.ssl_context()  # says now, not at the first connection, that a file cannot be used
    return demanded


def security_variables(settings: Settings) -> dict[str, str]:
    """What is set of security as ``MW_`` variables, secrets included; files by their whole path.

    For another process of ours: it may run in another folder.
    """
    found = {}
    for name in _ALL:
        if settings.is_set(name):
            value = getattr(settings, name)
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            found[PREFIX + name.upper()] = str(Path(text).absolute()) if name in _FILES else text
    return found


def _check_own_kafka(settings: Settings, variable: str) -> None:
    if not settings.kafka_bootstrap_servers:
        raise ConfigurationError(
            f"{variable} needs {PREFIX}KAFKA_BOOTSTRAP_SERVERS: Kafka of this machine speaks PLAINTEXT alone"
        )


def _check_files(settings: Settings) -> None:
    for name in _FILES:
        file = getattr(settings, name)
        if file and not Path(file).is_file():
            raise ConfigurationError(f"{PREFIX}{name.upper()}: there is no file {file}")
    if settings.kafka_ssl_certificate_file or settings.kafka_ssl_key_file:
        settings.require("kafka_ssl_certificate_file", "kafka_ssl_key_file")
    if settings.kafka_ssl_key_password.get_secret_value():
        settings.require("kafka_ssl_key_file")


def _unused(settings: Settings, names: tuple[str, ...], variable: str) -> None:
    for name in names:
        if settings.is_set(name):
            raise ConfigurationError(f"{PREFIX}{name.upper()} is set, but {variable} does not use it")
