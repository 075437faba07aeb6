"""Why a broker that answers turns us away, so that a wrong password is one clear line and not a time-out.

aiokafka only says that it could not connect. librdkafka knows whether credentials or a certificate are refused, but
says so beside the call that fails; of a listener that speaks another protocol it says little. So it is asked, once.
"""

from __future__ import annotations

import logging
import re
import socket
import ssl

from confluent_kafka import KafkaError, KafkaException, Producer

from streams.clock import SYSTEM_CLOCK, Clock
from streams.connection import KafkaConnection

_ASK_S = 0.2
_CLOSED_OFTEN = 3  # a broker that goes away closes a connection once
_CHATTER = re.compile(r"^\S+/\S+: |, verify that ssl\.ca\.location .*| \(after \d+ms in state \w+\)$")


def refusal(connection: KafkaConnection, within_s: float = 2.0, clock: Clock = SYSTEM_CLOCK) -> str | None:
    """Which settings the broker refuses, in one line without secrets; None where it takes us, or none answers.

    Blocks for up to ``within_s`` seconds; 0.1 to 0.6 s where a broker answers.
    """
    ear = _Ear()
    client = Producer({**connection.librdkafka(), "error_cb": ear.hear}, logger=ear.logger)
    servers = connection.servers.split(",")
    end = clock.monotonic() + within_s
    while clock.monotonic() < end:
        try:
            client.list_topics(timeout=_ASK_S)
        except KafkaException:
            client.poll(0)
        else:
            return None
        if said := ear.refusal():
            return f"Kafka at {connection.servers} refuses us: {said}"
        protocol = connection.security.protocol
        if not protocol.encrypted and any(map(_speaks_tls, servers)):
            return f"Kafka at {connection.servers} speaks TLS, not {protocol}; check MW_KAFKA_SECURITY_PROTOCOL"
    return None


class _Ear:
    """Listens to what librdkafka says of its connections, errors and log lines alike."""

    def __init__(self) -> None:
        self.logger = logging.Logger("librdkafka")  # of its own: what is heard here is not for the process's log
        self.logger.addFilter(self._note)
        self._errors: list[KafkaError] = []
        self._closed = 0

    def hear(self, error: KafkaError) -> None:
        """An error of a connection."""
        self._errors.append(error)

    def _note(self, record: logging.LogRecord) -> bool:
        self._closed += "closed by peer" in record.getMessage() and "in state UP" in record.getMessage()
        return False

    def refusal(self) -> str | None:
        """What was refused and which settings to look at; None while nothing was."""
        for error in self._errors:
            said = _CHATTER.sub("", error.str())
            if error.code() == KafkaError._AUTHENTICATION:
                return f"{said}; check MW_KAFKA_SASL_MECHANISM, MW_KAFKA_SASL_USERNAME and MW_KAFKA_SASL_PASSWORD"
            if "certificate verify failed" in said:  # librdkafka says it in its own words too, mostly before
                said = f"broker certificate could not be verified ({said})"
            if error.code() == KafkaError._SSL or "could not be verified" in said:
                return f"{said}; check MW_KAFKA_SSL_CA_FILE and the name in MW_KAFKA_BOOTSTRAP_SERVERS"
            if "SSL routines" in said or "PLAINTEXT broker listener" in said:
                return f"{said}; check MW_KAFKA_SECURITY_PROTOCOL and MW_KAFKA_SSL_CERTIFICATE_FILE"
        if self._closed >= _CLOSED_OFTEN:
            return "it ends each connection as one that wants a user does; check MW_KAFKA_SECURITY_PROTOCOL"
        return None


def _speaks_tls(server: str) -> bool:
    host, _, port = server.strip().rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only asked whether it is TLS; nothing is sent
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_ASK_S) as plain:
            context.wrap_socket(plain).close()
    except (OSError, ValueError):
        return False
    return True
