"""``mw secrets``: the keys that seal what customers wrote. Why in these steps: docs/keys-and-deletion.md."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output
from streams.errors import ConfigurationError

if TYPE_CHECKING:
    from control.key_store import KeyStore
    from control.seal_keys import Ring


class Kind(StrEnum):
    """The secrets that are changed by command."""

    SEAL = "seal"


secrets = typer.Typer(no_args_is_help=True, help="Seal keys: list, rotate, promote, remove.")

_Kind = Annotated[Kind, typer.Argument(help="Which secrets.")]
_KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="As `mw secrets list` shows it.")]
_Print = Annotated[
    bool,
    typer.Option("--print", help="Print the new MW_SEAL_KEYS, keys and all, where the environment holds them."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(secrets, name="secrets")


@secrets.command("list")
def list_keys(ctx: typer.Context) -> None:
    """The seal keys by id, the sealing one first; never any part of a key.

    Example: mw secrets list
    """
    from control.seal_keys import ids, made_at  # noqa: PLC0415  (heavy imports stay inside, so that --help is fast)

    out: Output = ctx.obj
    store = _store(out)
    rows: list[list[Any]] = []
    for position, key_id in enumerate(ids(store.ring), start=1):
        made = made_at(key_id)
        use = "seals and opens" if position == 1 else "opens"
        shown = made if out.as_json else f"{made:%Y-%m-%d %H:%M:%S}Z" if made else "not known"
        rows.append([position, key_id, use, shown, store.place])
    out.table(["position", "key", "use", "made", "kept in"], rows)


@secrets.command()
def rotate(ctx: typer.Context, what: _Kind, show: _Print = False) -> None:
    """Make a new seal key; the old ones go on opening, and nothing is sealed again.

    In the file of `mw up` it is first, and seals from the next start on. Where the environment holds the keys it is
    last, and opens only: start every sanitize worker again, then `mw secrets promote`.

    Example: mw secrets rotate seal
    """
    from control.seal_keys import ids, with_new  # noqa: PLC0415
    from streams.clock import SYSTEM_CLOCK  # noqa: PLC0415

    store = _store(ctx.obj, needed=not show)
    store.require(printed=show, command=f"mw secrets rotate {what}")
    now = SYSTEM_CLOCK.now()
    ring = store.changed(lambda former: with_new(former, now, seals=store.writable))
    new = ids(ring)[0 if store.writable else -1]
    steps = [f"put this into your secret store as {store.place}", "start ingress and every sanitize worker with it"]
    if store.ring:
        steps = [
            f"put this into your secret store as {store.place}",
            "start every sanitize worker again, and see that none runs with the former value",
            f"only then: mw secrets promote {what} {new} --print",
        ]
    _tell(ctx.obj, store, ring, f"made seal key {new}", steps)


@secrets.command()
def promote(ctx: typer.Context, what: _Kind, key_id: _KeyId, show: _Print = False) -> None:
    """Let a key seal from now on. Every sanitize worker must have been started with it before.

    A body sealed with a key that sanitize does not have is a dead letter at once.

    Example: mw secrets promote seal 20260105T120000Z --print
    """
    from control.seal_keys import promoted  # noqa: PLC0415

    store = _store(ctx.obj)
    promoted(store.ring, key_id)  # an unknown id is said first, and repeated nowhere: it could be a key
    store.require(printed=show, command=f"mw secrets promote {what} {key_id}")
    ring = store.changed(lambda former: promoted(former, key_id))
    steps = [f"put this into your secret store as {store.place}", "start ingress and sanitize again, in any order"]
    _tell(ctx.obj, store, ring, f"seal key {key_id} is first", steps)


@secrets.command()
def remove(
    ctx: typer.Context,
    what: _Kind,
    key_id: _KeyId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    show: _Print = False,
) -> None:
    """Take a key away: what it sealed can never be read again. This is how sealed data is deleted before its time.

    Example: mw secrets remove seal 20260105T120000Z --yes
    """
    from control.seal_keys import without  # noqa: PLC0415

    out: Output = ctx.obj
    store = _store(out)
    without(store.ring, key_id)  # what cannot be done is said before anything is asked
    store.require(printed=show, command=f"mw secrets remove {what} {key_id}")
    _warn_and_ask(out, key_id, yes=yes)
    ring = store.changed(lambda former: without(former, key_id))
    steps = [
        f"put this into your secret store as {store.place}, and destroy its former versions",
        "start ingress and sanitize again, in any order",
    ]
    _tell(out, store, ring, f"removed seal key {key_id}", steps)


def _store(out: Output, *, needed: bool = True) -> KeyStore:
    """Raises ConfigurationError where there are no keys (``needed``), or where they are unusable."""
    from control.key_store import KeyStore  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    store = KeyStore.of(load())
    if needed and not store.ring:
        raise ConfigurationError(
            f"there are no seal keys: `mw up` makes its own at its first start; else set {store.place}, which"
            " `mw secrets rotate seal --print` prints"
        )
    if store.shadows_file:
        out.say("these are the environment's keys; `mw up` uses its own file's (unset MW_SEAL_KEYS to work on those)")
    return store


def _warn_and_ask(out: Output, key_id: str, *, yes: bool) -> None:
    from streams.topics import TOPICS, TopicName  # noqa: PLC0415

    days = {spec.name: (spec.retention_ms or 0) // 86_400_000 for spec in TOPICS}
    out.say(
        f"Without {key_id} these can never be read again:\n"
        f"- webhook bodies sealed with it that sanitize has not taken yet (tickets.inbound, kept"
        f" {days[TopicName.INBOUND]} days): each becomes a dead letter, its ticket is tagged for manual triage\n"
        f"- what sanitize's dead letters keep sealed with it (tickets.dead, kept {days[TopicName.DEAD]} days)\n"
        "What is sanitized already stays, and so do copies of the key elsewhere, such as backups."
    )
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(f"this takes away seal key {key_id} for good; say so with --yes")
    typer.confirm(f"Remove seal key {key_id}?", abort=True, err=True)


def _tell(out: Output, store: KeyStore, ring: Ring, done: str, steps: Sequence[str]) -> None:
    """What was done and what is to do now; the value itself on stdout, where it stands in no file of ours."""
    from control.seal_keys import ids, text  # noqa: PLC0415

    if store.writable:
        steps = ["stop `mw up` and start it again: until then its processes go on with the keys they started with"]
        if not store.in_use_here:
            steps = ["the next `mw up` uses it"]
    if out.as_json:
        value = {} if store.writable else {store.place: text(ring)}
        out.document({"done": done, "keys": ids(ring), "kept_in": store.place, "next": list(steps), **value})
        return
    if store.writable:
        out.line(f"{done} in {store.place}; the keys are now: {', '.join(ids(ring))}")
    else:
        out.say(f"{done}; the keys are to be: {', '.join(ids(ring))}")
        out.line(text(ring))
    for number, step in enumerate(steps, start=1):
        out.say(f"{number}. {step}" if len(steps) > 1 else f"Now: {step}")
