"""The composition root: builds every process from settings."""

from __future__ import annotations

from starlette.applications import Starlette

from connectors.health import health_routes, well
from connectors.ingress import IngressConfig, make_ingress_app
from connectors.webhook_auth import WebhookAuth
from control.base import Base, base, pages
from control.process import Part
from control.settings import Settings
from control.stages import STAGES, Ports
from control.vendors import key_ring
from streams.app import AppConfig, make_app
from streams.reasons import Stage
from streams.topics import STAGE_TOPICS, TopicName
from streams.transport import check_versions

_INGRESS_CONFIRM_S = 5.0
"""Seconds the broker may take to confirm a webhook before it is refused with 503."""


def worker_parts(settings: Settings, stage: Stage, ports: Ports | None = None) -> list[Part]:
    """One stage's worker. Raises ConfigurationError before anything starts where a setting is missing."""
    check_versions()
    on = base(settings, stage.value)
    app = make_app(_app_config(on, stage), on.follower)
    STAGES[stage](on, app, ports or Ports())
    return [
        on.publishing(),
        pages(settings, Starlette(routes=health_routes(ready=on.not_ready, alive=well))),
        # Around the stage: it says nothing before the flags are loaded, and "I have left" only after the last effect.
        on.acknowledger(app.assigned),
        Part("stage", app.start, app.stop, app.wait_crashed),
    ]


def ingress_parts(settings: Settings) -> list[Part]:
    """The webhook's receiving end. Raises ConfigurationError before anything starts where a setting is missing."""
    auth = WebhookAuth.parse(
        tokens=settings.secret_list("ingress_tokens"), secrets=settings.secret_list("webhook_secrets")
    )
    on = base(settings, "ingress", delivery_timeout_s=_INGRESS_CONFIRM_S)
    config = IngressConfig(auth, key_ring(settings), on.names.topic(TopicName.INBOUND))
    app = make_ingress_app(
        config=config, publish=on.publisher.send, routes=health_routes(ready=on.not_ready, alive=well)
    )
    return [
        on.publishing(),
        pages(settings, app),
        Part("flags", on.follower.start, on.follower.stop),
        on.acknowledger(),
    ]


def _app_config(on: Base, stage: Stage) -> AppConfig:
    return AppConfig(
        kafka=on.kafka,
        group=on.names.group(stage),
        source=on.names.topic(STAGE_TOPICS[stage][0]),
        instance_id=on.settings.instance_id,
        drain_s=on.settings.drain_s,
    )
