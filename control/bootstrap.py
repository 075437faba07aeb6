"""The composition root: builds every process from settings. Each port can be replaced by keyword; tests use it too."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette

from agents import act, classify, policy, sanitize
from agents.handler import LoopWiring
from agents.order_facts import Facts
from agents.playbook import Playbook
from agents.ports import Helpdesk, LocalModel, Orders, Verifier
from connectors.health import health_routes, well
from connectors.http_server import HttpServer
from connectors.ingress import IngressConfig, make_ingress_app
from connectors.richpanel import RichpanelConfig, RichpanelHelpdesk
from connectors.shopify import ShopifyConfig, ShopifyOrders
from connectors.webhook_auth import WebhookAuth
from control.kafka import connection
from control.models import load_local_model
from control.playbooks import load_playbook
from control.process import Part
from control.redaction import sanitize_settings
from control.settings import Settings
from streams.acknowledger import Acknowledger, Speaker
from streams.app import AppConfig, StageApp, make_app
from streams.connection import KafkaConnection
from streams.effects import Effects
from streams.follower import ControlFollower, FollowerConfig
from streams.follower_thread import ThreadedFollower
from streams.publisher import Publisher
from streams.reasons import Stage
from streams.sealing import KeyRing
from streams.topics import STAGE_TOPICS, Names, TopicName
from streams.transport import check_versions
from streams.work import LoopLimits

_INGRESS_CONFIRM_S = 5.0
"""Seconds the broker may take to confirm a webhook before it is refused with 503."""


@dataclass(frozen=True)
class Ports:
    """What may be put in the place of the real thing."""

    helpdesk: Helpdesk | None = None
    model: LocalModel | None = None
    playbook: Playbook | None = None
    orders: Orders | None = None
    verifier: Verifier | None = None


@dataclass
class Base:
    """What every process has: a name, a publisher, the flags, and pages."""

    settings: Settings
    kind: str
    kafka: KafkaConnection
    publisher: Publisher
    follower: ControlFollower
    names: Names = field(init=False)
    effects: Effects = field(init=False)

    def __post_init__(self) -> None:
        self.names = Names(self.settings.topic_prefix)
        self.effects = Effects(lambda: self.follower.epoch)

    @property
    def process(self) -> str:
        """Unique among the processes that run now; the key of its acknowledgements."""
        name = self.settings.instance_id or f"{socket.gethostname()}-{os.getpid()}"
        return f"{self.kind}:{name}"

    def fresh(self) -> bool:
        """True while control state is proven fresh: no stage works without it."""
        return not self.follower.stale

    def outbound(self) -> bool:
        """True while the outbound switch is proven on."""
        return self.follower.view().outbound_enabled

    def replies(self) -> bool:
        """True while every switch that replies to customers need is proven to allow them."""
        flags = self.follower.view()
        stopped = flags.stale or flags.safe_mode
        return not stopped and flags.automation_enabled and flags.outbound_enabled

    def not_ready(self) -> str | None:
        """Why this process takes no work now, or None."""
        return "control flags are not proven fresh" if self.follower.stale else None

    def acknowledger(self, partitions: Callable[[], tuple[int, ...]] = tuple) -> Part:
        """The part that tells operators which epoch is applied and drained, and which partitions are worked on."""
        speaker = Speaker(self.process, self.kind, self.follower, self.effects, partitions)
        acks = Acknowledger(self.names.topic(TopicName.ACKS), speaker, self.publisher)
        return Part("acknowledgements", acks.start, acks.stop)

    def publishing(self) -> Part:
        """The part that owns the producer; first to start and last to stop."""
        return Part("publisher", self.publisher.start, self.publisher.close, self.publisher.crashed)


def base(settings: Settings, kind: str, *, delivery_timeout_s: float | None = None) -> Base:
    """What a process of ``kind`` stands on.

    Raises ConfigurationError where the settings for Kafka contradict each other, DependencyError where no Kafka is
    configured or running here.
    """
    kafka = connection(settings)
    follower = FollowerConfig(
        kafka=kafka,
        topic=Names(settings.topic_prefix).topic(TopicName.FLAGS),
        client_id=f"{kind}-control",
        max_stale_s=settings.control_max_stale_s,
        boot_wait_s=settings.boot_wait_s,
    )
    publisher = Publisher({**kafka.librdkafka(), "client.id": kind}, delivery_timeout_s=delivery_timeout_s)
    return Base(settings, kind, kafka, publisher, ThreadedFollower(follower))


def worker_parts(settings: Settings, stage: Stage, ports: Ports | None = None) -> list[Part]:
    """One stage's worker. Raises ConfigurationError before anything starts where a setting is missing."""
    check_versions()
    on = base(settings, stage.value)
    app = make_app(_app_config(on, stage), on.follower)
    _STAGES[stage](on, app, ports or Ports())
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


def pages(settings: Settings, app: Starlette) -> Part:
    """The HTTP server of a process."""
    server = HttpServer(app, settings.http_host, settings.http_port)
    return Part("pages", server.start, server.stop)


def key_ring(settings: Settings) -> KeyRing:
    """The keys that seal and open bodies. Raises ConfigurationError where there are none."""
    settings.require("seal_keys")
    return KeyRing.parse(settings.secret_list("seal_keys"))


def helpdesk(
    settings: Settings, may_write: Callable[[], bool], may_send: Callable[[], bool] = lambda: False
) -> RichpanelHelpdesk:
    """The Richpanel client, whose writes ask ``may_write`` first, and replies ``may_send`` too.

    Raises ConfigurationError without its settings.
    """
    settings.require("richpanel_base_url", "richpanel_api_key")
    config = RichpanelConfig(
        base_url=settings.richpanel_base_url,
        api_key=settings.richpanel_api_key.get_secret_value(),
        timeout_s=settings.richpanel_timeout_s,
    )
    return RichpanelHelpdesk(config, may_write=may_write, may_send=may_send)


def shop_orders(settings: Settings) -> ShopifyOrders | None:
    """The Shopify client; None where no shop is configured. Raises ConfigurationError where one setting is missing."""
    if not settings.shopify_base_url:
        return None
    settings.require("shopify_access_token")
    config = ShopifyConfig(settings.shopify_base_url, settings.shopify_access_token.get_secret_value())
    return ShopifyOrders(config)


def _app_config(on: Base, stage: Stage) -> AppConfig:
    return AppConfig(
        kafka=on.kafka,
        group=on.names.group(stage),
        source=on.names.topic(STAGE_TOPICS[stage][0]),
        instance_id=on.settings.instance_id,
        drain_s=on.settings.drain_s,
    )


def _wiring(on: Base) -> LoopWiring:
    limits = LoopLimits(
        deadline_s=on.settings.handler_deadline_s,
        max_in_flight=on.settings.max_in_flight,
        max_unacked=on.settings.max_unacked,
    )
    return LoopWiring(on.names, on.publisher.post, limits)


def _never() -> bool:
    return False


def _sanitize(on: Base, app: StageApp, ports: Ports) -> None:
    ring = key_ring(on.settings)
    client = ports.helpdesk or helpdesk(on.settings, may_write=_never)
    work = sanitize.Sanitize(client, ring, sanitize_settings(on.settings))
    sanitize.attach(app, work, _wiring(on), on.fresh)


def _classify(on: Base, app: StageApp, ports: Ports) -> None:
    model = ports.model or load_local_model(on.settings)
    classify.attach(app, model, _wiring(on), on.fresh)


def _policy(on: Base, app: StageApp, ports: Ports) -> None:
    playbook, settings = ports.playbook or load_playbook(), on.settings
    facts = None
    if playbook.automation.replies_released:  # without replies no fact is ever needed
        client, orders = ports.helpdesk or helpdesk(settings, may_write=_never), ports.orders or shop_orders(settings)
        facts = Facts(client, sanitize_settings(settings).redaction, orders, ports.verifier)
    work = policy.Policy(playbook, on.follower.view, facts)
    policy.attach(app, work, playbook, _wiring(on), on.fresh)


def _act(on: Base, app: StageApp, ports: Ports) -> None:
    playbook = ports.playbook or load_playbook()
    held = app.membership.held
    client = ports.helpdesk or helpdesk(
        on.settings, may_write=lambda: on.outbound() and held(), may_send=lambda: on.replies() and held()
    )
    work = act.Act(client, on.follower.view, playbook, on.effects, held)
    act.attach(app, work, _wiring(on))


_STAGES: Mapping[Stage, Callable[[Base, StageApp, Ports], None]] = {
    Stage.SANITIZE: _sanitize,
    Stage.CLASSIFY: _classify,
    Stage.POLICY: _policy,
    Stage.ACT: _act,
}
