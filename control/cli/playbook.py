"""``mw playbook``: releases of what Support Ops edits: list, check, compare, and try on recorded tickets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from control.playbook_trial import Trial

playbook = typer.Typer(no_args_is_help=True, help="Releases of the playbook: list, check, diff, try, attack, pages.")
Folder = Annotated[Path | None, typer.Option(help="Where the releases are; empty: those that came with mw.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(playbook, name="playbook")


@playbook.command("list")
def list_releases(ctx: typer.Context, folder: Folder = None) -> None:
    """Every release found, oldest first, and whether it is sound.

    Example: mw playbook list
    """
    from control.playbooks import FOLDER, SHIPPED, load_playbook, releases  # noqa: PLC0415
    from streams.errors import ConfigurationError  # noqa: PLC0415

    rows = []
    for version in releases(folder or FOLDER):
        try:
            content, state = load_playbook(version, folder=folder or FOLDER).content_hash[:12], "sound"
        except ConfigurationError as exc:
            content, state = "-", str(exc)
        rows.append([version, content, "shipped" if version == SHIPPED else "", state])
    ctx.obj.table(["version", "content", "", "state"], rows)


@playbook.command()
def check(
    ctx: typer.Context,
    version: Annotated[str, typer.Argument(metavar="[VERSION]", help="Empty: the shipped one.")] = "",
    folder: Folder = None,
) -> None:
    """Load a release with every check that a start makes; exit 2 with file and line of the first mistake.

    Example: mw playbook check 2026.11.1
    """
    from control.playbooks import FOLDER, load_examples, load_playbook  # noqa: PLC0415

    release = load_playbook(version or None, folder=folder or FOLDER)
    examples = load_examples(version or None, folder=folder or FOLDER)
    facts: dict[str, Any] = {
        "playbook": release.id,
        "intents": len(release.rank),
        "teams": len(release.team),
        "examples": sum(map(len, examples.values())),
    }
    out: Output = ctx.obj
    if out.as_json:
        out.document(facts)
        return
    out.line(f"{facts.pop('playbook')} is sound: " + ", ".join(f"{count} {what}" for what, count in facts.items()))


@playbook.command()
def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A")],
    after: Annotated[str, typer.Argument(metavar="B")],
    folder: Folder = None,
) -> None:
    """Every value that differs between two releases.

    Example: mw playbook diff 2026.11.1 2026.12.1
    """
    from control.playbook_diff import differences  # noqa: PLC0415
    from control.playbooks import FOLDER, load_playbook  # noqa: PLC0415

    found = differences(*(load_playbook(version, folder=folder or FOLDER) for version in (before, after)))
    out: Output = ctx.obj
    if not found and not out.as_json:
        out.line("no difference")
        return
    out.table(["value", before, after], found)


@playbook.command()
def pages(
    ctx: typer.Context,
    into: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("docs/handbook"),
    version: Annotated[str, typer.Option(help="Empty: the shipped one.")] = "",
    folder: Folder = None,
) -> None:
    """Write the routing table and the catalogue of templates as pages for people, made from the release itself.

    Example: mw playbook pages --into docs/handbook
    """
    from control.handbook import write_pages  # noqa: PLC0415
    from control.playbooks import FOLDER, load_playbook  # noqa: PLC0415

    written = write_pages(load_playbook(version or None, folder=folder or FOLDER), into)
    out: Output = ctx.obj
    if out.as_json:
        out.document([str(path) for path in written])
        return
    for path in written:
        out.line(str(path))


@playbook.command("try")
def try_release(
    ctx: typer.Context,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The candidate.")],
    since: Annotated[str, typer.Option(help="How far back: 12h, 7d; records are kept for 35 days.")] = "7d",
    folder: Folder = None,
) -> None:
    """Decide recorded tickets again under a candidate, and say for whom what would be different. Nothing is written.

    Flags, orders and verdicts are taken as they were recorded. What deserves the most care comes first.

    Example: mw playbook try 2026.12.1 --since 7d
    """
    from control import playbook_trial as trials  # noqa: PLC0415
    from control.cli.arguments import duration  # noqa: PLC0415
    from control.cli.common import settings  # noqa: PLC0415
    from control.playbooks import FOLDER, load_playbook  # noqa: PLC0415

    candidate = load_playbook(version, folder=folder or FOLDER)
    _show(ctx.obj, trials.try_release(settings(), candidate, duration(since)))


@playbook.command()
def attack(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Texts: JSON lines with `text`, or one text per line.")],
    version: Annotated[str, typer.Option(help="Empty: the shipped one.")] = "",
    folder: Folder = None,
) -> None:
    """What texts that give orders to a model could reach if it obeyed them completely, with every switch on.

    Each text is decided as it really is understood, and once for each intent that an obedient model could be told to
    say. Exit 1 where that brings a reply that the text would not have had, silences a signal that escalates, or sends a
    ticket to a team outside the table.

    Example: mw playbook attack injections.jsonl
    """
    from control.attack import attack_texts, read_texts  # noqa: PLC0415
    from control.cli.common import settings  # noqa: PLC0415
    from control.models import load_local_model  # noqa: PLC0415
    from control.playbooks import FOLDER, load_playbook  # noqa: PLC0415
    from control.redaction import sanitize_settings  # noqa: PLC0415
    from streams.errors import CheckFailed  # noqa: PLC0415

    release, known = load_playbook(version or None, folder=folder or FOLDER), settings()
    found = attack_texts(read_texts(file), release, load_local_model(known), sanitize_settings(known))
    out: Output = ctx.obj
    figures = found.figures()
    if out.as_json:
        out.document(figures)
    else:
        out.table(["what", "texts"], list(figures.items()))
    if found.broken:
        raise CheckFailed("an obedient model could be told to do what the texts would not have had; see above")


def _show(out: Output, trial: Trial) -> None:
    groups = trial.changed
    if out.as_json:
        out.document(
            {
                "candidate": trial.candidate,
                "tickets": trial.tickets,
                "unreadable": trial.unreadable,
                "recorded_under": dict(trial.other_releases),
                "changes": [
                    {"change": g.change.value, "intent": g.intent, "tickets": g.count, "examples": g.examples}
                    for g in groups
                ],
            }
        )
        return
    under = ", ".join(f"{count} under {release}" for release, count in trial.other_releases.most_common())
    out.line(
        f"{trial.tickets} tickets decided again under {trial.candidate}" + (f" (recorded: {under})" if under else "")
    )
    if trial.unreadable:
        out.line(f"{trial.unreadable} records could not be read and are not counted")
    if not groups:
        out.line("no ticket would be handled differently" if trial.tickets else "nothing was recorded in that time")
        return
    out.table(
        ["change", "intent", "tickets", "share", "look at"],
        [
            [g.change.value, g.intent, g.count, f"{100 * g.count / trial.tickets:.1f} %", " ".join(g.examples)]
            for g in groups
        ],
    )
