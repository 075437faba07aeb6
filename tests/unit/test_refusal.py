"""Whatever words librdkafka finds first for a refusal, the settings to look at are named."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from streams.refusal import _Ear

BOOTSTRAP = "sasl_ssl://127.0.0.1:9093/bootstrap: "
SAID = [
    (KafkaError._AUTHENTICATION, "SASL authentication error: Authentication failed", "MW_KAFKA_SASL_PASSWORD"),
    (
        KafkaError._SSL,
        "broker certificate could not be verified, verify that ssl.ca.location is x",
        "MW_KAFKA_SSL_CA_FILE",
    ),
    (KafkaError._TRANSPORT, "error:0A000086:SSL routines::certificate verify failed", "MW_KAFKA_SSL_CA_FILE"),
    (
        KafkaError._TRANSPORT,
        "error:0A000412:SSL routines::sslv3 alert bad certificate",
        "MW_KAFKA_SSL_CERTIFICATE_FILE",
    ),
]


@pytest.mark.parametrize(("code", "said", "setting"), SAID)
def test_a_refusal_names_the_settings_to_look_at(code: int, said: str, setting: str) -> None:
    ear = _Ear()
    ear.hear(KafkaError(code, BOOTSTRAP + said))
    refusal = ear.refusal()
    assert refusal is not None
    assert setting in refusal
    assert ("could not be verified" in refusal) == (setting == "MW_KAFKA_SSL_CA_FILE")


def test_an_error_of_the_network_is_no_refusal() -> None:
    ear = _Ear()
    ear.hear(KafkaError(KafkaError._TRANSPORT, BOOTSTRAP + "Connect to ipv4#127.0.0.1:9093 failed: Connection refused"))
    assert ear.refusal() is None
