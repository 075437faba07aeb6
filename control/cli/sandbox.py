"""``mw sandbox``: a stand-in for the helpdesk, on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from control.cli.output import Output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sandbox)


def sandbox(
    ctx: typer.Context,
    port: Annotated[int | None, typer.Option(help="Port; 0: any free one. Default: MW_HTTP_PORT.")] = None,
    latency: Annotated[float, typer.Option(min=0, max=60, help="Seconds before each request acts.")] = 0.0,
    limit: Annotated[int, typer.Option(min=0, help="Requests allowed per 30 seconds; 0: no limit.")] = 0,
    understands: Annotated[
        bool, typer.Option("--understands", help="Its language model answers as the local model, trained on first use.")
    ] = False,
) -> None:
    """Run a stand-in helpdesk with state, faults on demand and a page to look at, until it is told to stop.

    A shop and a language model stand beside it. Its key is MW_RICHPANEL_API_KEY, else "sandbox-key".

    Example: mw sandbox --port 9650 --limit 50
    """
    from connectors.http_server import HttpServer  # noqa: PLC0415  (keeps `mw --help` fast)
    from connectors.sandbox.exchange import DEFAULT_KEY, SandboxConfig  # noqa: PLC0415
    from connectors.sandbox.faults import AccountLimit  # noqa: PLC0415
    from connectors.sandbox.model import nothing_recognised  # noqa: PLC0415
    from connectors.sandbox.richpanel import make_sandbox_app  # noqa: PLC0415
    from control.logs import set_up  # noqa: PLC0415
    from control.models import load_local_model, local_answers  # noqa: PLC0415
    from control.process import Part, live, run  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    out: Output = ctx.obj
    settings = load(http_port=port)
    set_up(settings.log_level)
    key = settings.richpanel_api_key.get_secret_value() or DEFAULT_KEY
    config = SandboxConfig(api_key=key, latency_s=latency, limit=AccountLimit(limit) if limit else None)
    answer = local_answers(load_local_model(settings, say=out.say)) if understands else nothing_recognised
    server = HttpServer(make_sandbox_app(config, answer=answer), settings.http_host, settings.http_port)

    async def start() -> None:
        url = f"http://{settings.http_host}:{await server.start()}"
        if out.as_json:
            out.document({"url": url, "api": f"{url}/v1", "openai": f"{url}/openai/v1"})
        else:
            out.line(f"sandbox helpdesk: {url}  (API {url}/v1, log {url}/sandbox/log; Ctrl-C ends it)")

    async def main() -> int:
        return await live([Part("sandbox", start, server.stop)], stop_within_s=settings.drain_s)

    raise typer.Exit(run(main))
