"""The only reader of the environment: ``MW_*`` variables become one frozen ``Settings``.

Every setting has a name, a type, a default or none, and one line that explains it; ``describe`` prints them with
secrets masked and where each came from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from streams.connection import SaslMechanism, SecurityProtocol
from streams.errors import ConfigurationError

PREFIX = "MW_"
_SECRET_LISTS = ("seal_keys", "ingress_tokens", "webhook_secrets")


def _home(variable: str, fallback: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path.home() / fallback) / "richpanel-middleware"


_SERVER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:,/\[\]]+)(:[0-9]{1,5})?")


def _servers(text: str) -> str:
    """``text`` where it is a list that every client library understands: each would say it in a way of its own."""
    servers = [server.strip() for server in text.split(",")] if text else []
    if not all(_SERVER.fullmatch(server) for server in servers):
        raise ValueError("write host:port, several with commas between")
    return ",".join(servers)


class Settings(BaseModel):
    """All settings of all processes. A field ``x_y`` is read from ``MW_X_Y``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kafka_bootstrap_servers: Annotated[str, AfterValidator(_servers)] = Field(
        "", description="host:port list of the cluster; empty: Kafka of this machine"
    )
    kafka_security_protocol: SecurityProtocol = Field(
        SecurityProtocol.PLAINTEXT, description="what the cluster demands: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_sasl_mechanism: SaslMechanism | None = Field(None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
    kafka_sasl_username: str = Field("", description="user of the cluster")
    kafka_sasl_password: SecretStr = Field(SecretStr(""), description="password of that user")
    kafka_ssl_ca_file: str = Field("", description="PEM file of the cluster's authority; empty: those of the system")
    kafka_ssl_certificate_file: str = Field(
        "", description="PEM file of our certificate, where the cluster asks for one"
    )
    kafka_ssl_key_file: str = Field("", description="PEM file of that certificate's key")
    kafka_ssl_key_password: SecretStr = Field(SecretStr(""), description="password of that key, where it is encrypted")
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,40}$")] = Field(
        "", description="put before every topic and group, to share a cluster"
    )
    replication_factor: Annotated[int, Field(ge=1, le=9)] = Field(1, description="replicas of topics that are created")
    home: Path = Field(default_factory=lambda: _home("XDG_DATA_HOME", ".local/share"), description="data that stays")
    cache: Path = Field(default_factory=lambda: _home("XDG_CACHE_HOME", ".cache"), description="downloads, models")
    http_host: str = Field("127.0.0.1", description="address the pages and the ingress listen on")
    http_port: Annotated[int, Field(ge=0, le=65535)] = Field(9640, description="port of this process; 0: any free one")
    instance_id: str = Field("", description="name of a worker that keeps its name (static group membership)")
    drain_s: Annotated[float, Field(gt=0, le=600)] = Field(
        20.0, description="seconds in-flight work may take at a stop"
    )
    boot_wait_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        30.0, description="seconds to wait for the broker at start"
    )
    control_max_stale_s: Annotated[float, Field(gt=0, le=60)] = Field(
        3.0, description="older control state is not used"
    )
    handler_deadline_s: Annotated[float, Field(gt=0, le=20)] = Field(15.0, description="seconds one attempt may take")
    max_unacked: Annotated[int, Field(ge=1, le=100_000)] = Field(2000, description="events taken and not yet acked")
    max_in_flight: Annotated[int, Field(ge=1, le=10_000)] = Field(64, description="events handled at once, per process")
    seal_keys: SecretStr = Field(SecretStr(""), description="id:base64 of 32 bytes, comma separated; the first seals")
    ingress_tokens: SecretStr = Field(
        SecretStr(""), description="accepted X-Middleware-Token values, comma separated, at most 2"
    )
    webhook_secrets: SecretStr = Field(
        SecretStr(""), description="accepted Standard-Webhooks secrets (whsec_...), comma separated, at most 2"
    )
    richpanel_base_url: str = Field("", description="address of the helpdesk's API")
    richpanel_api_key: SecretStr = Field(SecretStr(""), description="key for the helpdesk's API")
    richpanel_timeout_s: Annotated[float, Field(gt=0, le=60)] = Field(
        10.0, description="seconds one helpdesk request may take"
    )
    shopify_base_url: str = Field(
        "", description="address of the shop's Admin API with its version (.../admin/api/2026-10); empty: no orders"
    )
    shopify_access_token: SecretStr = Field(SecretStr(""), description="token for the shop's Admin API")
    classifier: Annotated[str, Field(pattern="^(local|openai)$")] = Field(
        "local", description="local: the model that runs here; openai: a language model beside it"
    )
    openai_api_key: SecretStr = Field(SecretStr(""), description="key for the language model's API")
    openai_base_url: str = Field("", description="address of an API like OpenAI's; empty: OpenAI's own")
    openai_model: str = Field("", description="name of the language model, as its vendor lists it")
    openai_prices: str = Field(
        "", description="US dollars per million tokens: input, cached input, cache writes, output (0.25,0.025,0.25,2)"
    )
    openai_deadline_s: Annotated[float, Field(gt=0, le=12)] = Field(
        8.0, description="seconds that asking the language model about a ticket may take, its retry included"
    )
    openai_max_output_tokens: Annotated[int, Field(ge=50, le=20_000)] = Field(
        600, description="tokens that an answer may have, its reasoning included"
    )
    openai_effort: Annotated[str, Field(pattern="^[a-z]{0,20}$")] = Field(
        "", description="reasoning effort to ask for, where the model takes one (minimal, low, ...); empty: not sent"
    )
    ingress_url: str = Field("http://127.0.0.1:9640", description="where `mw feed` sends messages")
    sandbox_url: str = Field("", description="helpdesk stand-in that `mw feed` creates conversations in; empty: none")
    customer_key: SecretStr = Field(
        SecretStr(""),
        description="16 characters or more by which customers become hashes; empty: no limits per customer",
    )
    order_number_pattern: str = Field(
        r"#?\b\d{4,8}\b", description="regular expression of the shop's own order numbers, used next to the word order"
    )
    keep_words: str = Field(
        "", description="the shop's own words (brands, products), separated by commas: no part of them is a name"
    )
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = Field(
        "INFO", description="least level logged"
    )

    def is_set(self, name: str) -> bool:
        """Whether setting ``name`` has a value."""
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)

    def require(self, *names: str) -> None:
        """Raises ConfigurationError naming the first of ``names`` that is not set."""
        for name in names:
            if not self.is_set(name):
                what = type(self).model_fields[name].description
                raise ConfigurationError(f"{PREFIX}{name.upper()} is not set: {what}")

    def secret_list(self, name: str) -> tuple[str, ...]:
        """The comma-separated parts of secret setting ``name``, stripped, without empty ones."""
        value: SecretStr = getattr(self, name)
        return tuple(part.strip() for part in value.get_secret_value().split(",") if part.strip())


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from ``environ`` (default: this process's) with ``overrides`` (None: not given) on top.

    Raises ConfigurationError in one line for an unknown ``MW_`` variable or a wrong value, without the value.
    """
    environ = os.environ if environ is None else environ
    given = {
        k[len(PREFIX) :].lower(): v for k, v in environ.items() if k.startswith(PREFIX) and not k.startswith("MW_TEST_")
    }
    given |= {k: v for k, v in overrides.items() if v is not None}
    try:
        return Settings(**given)
    except ValidationError as exc:
        error = exc.errors()[0]
        name = PREFIX + str(error["loc"][0]).upper()
        if error["type"] == "extra_forbidden":
            raise ConfigurationError(f"{name} is no setting; `mw settings` lists them") from None
        raise ConfigurationError(f"{name}: {error['msg']}") from None


def describe(settings: Settings, environ: Mapping[str, str] | None = None) -> Iterable[tuple[str, str, str, str]]:
    """Rows of (variable, value, source, explanation); secrets show how many values they hold, never the values."""
    environ = os.environ if environ is None else environ
    for name, definition in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            count = len(settings.secret_list(name)) if name in _SECRET_LISTS else int(settings.is_set(name))
            value = f"({count} set)" if count else ""
        variable = PREFIX + name.upper()
        yield variable, str(value), "environment" if variable in environ else "default", definition.description or ""


def process_environment(**variables: str) -> dict[str, str]:
    """This process's environment with ``variables`` on top, for a child process."""
    return {**os.environ, **variables}
