"""Settings for a cluster that demands something: what each library gets, and each contradiction as one line."""

from __future__ import annotations

import pytest

from control.kafka_security import security
from control.settings import describe, load
from streams.connection import KafkaConnection, KafkaSecurity, SaslMechanism, SecurityProtocol
from streams.errors import ConfigurationError
from tests.support.secure_kafka import KEY_PASSWORD, PASSWORD, USER, Authority

SERVERS = "one:9092,two:9092"
SASL = {
    "MW_KAFKA_BOOTSTRAP_SERVERS": SERVERS,
    "MW_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "MW_KAFKA_SASL_MECHANISM": "SCRAM-SHA-256",
    "MW_KAFKA_SASL_USERNAME": USER,
    "MW_KAFKA_SASL_PASSWORD": PASSWORD,
}
TLS = {"MW_KAFKA_BOOTSTRAP_SERVERS": SERVERS, "MW_KAFKA_SECURITY_PROTOCOL": "SSL"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths by name: an authority, a certificate with its encrypted key, another key, and a file that is no PEM."""
    folder = tmp_path_factory.mktemp("pem")
    authority = Authority(folder, "authority")
    certificate, key = authority.issue("client", KEY_PASSWORD)
    _, other = authority.issue("other")
    junk = folder / "junk.pem"
    junk.write_text("no certificate")
    found = {"ca": authority.file, "crt": certificate, "key": key, "other": other, "junk": junk}
    return {name: str(path) for name, path in found.items()}


def test_nothing_is_demanded_by_default() -> None:
    connection = KafkaConnection(SERVERS, security(load({})))
    assert connection.librdkafka() == {"bootstrap.servers": SERVERS, "security.protocol": "PLAINTEXT"}
    assert connection.aiokafka() == {"bootstrap_servers": SERVERS, "security_protocol": "PLAINTEXT"}
    assert connection.faust_credentials() is None
    assert connection.faust_brokers() == "kafka://one:9092;kafka://two:9092"


def test_a_user_in_the_words_of_each_library() -> None:
    connection = KafkaConnection(SERVERS, security(load(SASL)))
    assert connection.librdkafka() == {
        "bootstrap.servers": SERVERS,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": USER,
        "sasl.password": PASSWORD,
    }
    assert connection.aiokafka() == {
        "bootstrap_servers": SERVERS,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": USER,
        "sasl_plain_password": PASSWORD,
    }
    assert vars(connection.faust_credentials()) | {"mechanism": "SCRAM-SHA-256"} == {
        "username": USER,
        "password": PASSWORD,
        "ssl_context": None,
        "mechanism": "SCRAM-SHA-256",
    }


def test_tls_in_the_words_of_each_library(files: dict[str, str]) -> None:
    given = {
        **SASL,
        "MW_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "MW_KAFKA_SSL_CA_FILE": files["ca"],
        "MW_KAFKA_SSL_CERTIFICATE_FILE": files["crt"],
        "MW_KAFKA_SSL_KEY_FILE": files["key"],
        "MW_KAFKA_SSL_KEY_PASSWORD": KEY_PASSWORD,
    }
    connection = KafkaConnection(SERVERS, security(load(given)))
    assert {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": files["ca"],
        "ssl.certificate.location": files["crt"],
        "ssl.key.location": files["key"],
        "ssl.key.password": KEY_PASSWORD,
    }.items() <= connection.librdkafka().items()
    assert connection.aiokafka()["ssl_context"].check_hostname
    assert connection.faust_credentials().protocol.value == "SASL_SSL"  # type: ignore[union-attr]
    only_tls = security(load({**TLS, "MW_KAFKA_SSL_CA_FILE": files["ca"]}))
    assert KafkaConnection(SERVERS, only_tls).faust_credentials().protocol.value == "SSL"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({**SASL, "MW_KAFKA_SASL_USERNAME": ""}, "MW_KAFKA_SASL_USERNAME is not set"),
        ({**SASL, "MW_KAFKA_SASL_PASSWORD": ""}, "MW_KAFKA_SASL_PASSWORD is not set"),
        ({k: v for k, v in SASL.items() if "MECHANISM" not in k}, "MW_KAFKA_SASL_MECHANISM is not set"),
        ({**SASL, "MW_KAFKA_SASL_MECHANISM": "GSSAPI"}, "MW_KAFKA_SASL_MECHANISM: Input should be"),
        ({**SASL, "MW_KAFKA_SECURITY_PROTOCOL": "TLS"}, "MW_KAFKA_SECURITY_PROTOCOL: Input should be"),
        (
            {**SASL, "MW_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"},
            "MW_KAFKA_SASL_MECHANISM is set, but MW_KAFKA_SECURITY_PROTOCOL=PLAINTEXT does not use it",
        ),
        (
            {**TLS, "MW_KAFKA_SASL_PASSWORD": PASSWORD},
            "MW_KAFKA_SASL_PASSWORD is set, but MW_KAFKA_SECURITY_PROTOCOL=SSL",
        ),
        (
            {**SASL, "MW_KAFKA_SSL_CA_FILE": "{ca}"},
            "MW_KAFKA_SSL_CA_FILE is set, but .*=SASL_PLAINTEXT does not use it",
        ),
        (
            {**SASL, "MW_KAFKA_BOOTSTRAP_SERVERS": ""},
            "MW_KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT needs .*BOOTSTRAP_SERVERS",
        ),
        ({**TLS, "MW_KAFKA_SSL_CA_FILE": "/nowhere.pem"}, "MW_KAFKA_SSL_CA_FILE: there is no file /nowhere.pem"),
        ({**TLS, "MW_KAFKA_SSL_CA_FILE": "{junk}"}, "junk.pem holds no certificates that can be used"),
        ({**TLS, "MW_KAFKA_SSL_CERTIFICATE_FILE": "{crt}"}, "MW_KAFKA_SSL_KEY_FILE is not set"),
        ({**TLS, "MW_KAFKA_SSL_KEY_FILE": "{key}"}, "MW_KAFKA_SSL_CERTIFICATE_FILE is not set"),
        ({**TLS, "MW_KAFKA_SSL_KEY_PASSWORD": KEY_PASSWORD}, "MW_KAFKA_SSL_KEY_FILE is not set"),
        (
            {**TLS, "MW_KAFKA_SSL_CERTIFICATE_FILE": "{crt}", "MW_KAFKA_SSL_KEY_FILE": "{other}"},
            "no certificate with its key, or the key's password is wrong",
        ),
        (  # an encrypted key without its password must not ask on the terminal
            {**TLS, "MW_KAFKA_SSL_CERTIFICATE_FILE": "{crt}", "MW_KAFKA_SSL_KEY_FILE": "{key}"},
            "no certificate with its key, or the key's password is wrong",
        ),
    ],
)
def test_a_contradiction_is_one_line(given: dict[str, str], line: str, files: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=line) as caught:
        security(load({name: value.format(**files) for name, value in given.items()}))
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert KEY_PASSWORD not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    settings = load(SASL)
    demanded = KafkaSecurity(SecurityProtocol.SASL_SSL, SaslMechanism.PLAIN, USER, PASSWORD, key_password=KEY_PASSWORD)
    shown = repr(KafkaConnection(SERVERS, demanded)) + repr(settings) + repr(list(describe(settings, SASL)))
    assert USER in shown
    assert PASSWORD not in shown
    assert KEY_PASSWORD not in shown
    assert ("MW_KAFKA_SASL_PASSWORD", "(1 set)") in [row[:2] for row in describe(settings, SASL)]
