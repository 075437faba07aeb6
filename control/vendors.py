"""The clients of the vendors, and the keys, that settings name."""

from __future__ import annotations

from collections.abc import Callable

from connectors.richpanel import RichpanelConfig, RichpanelHelpdesk
from connectors.shopify import ShopifyConfig, ShopifyOrders
from control.settings import Settings
from streams.sealing import KeyRing


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
