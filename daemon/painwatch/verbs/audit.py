"""`painwatch audit`: what alarms did and who did what, in a log that shows when it was changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from painwatch.verbs.telling import progress_bar, told

if TYPE_CHECKING:
    from painwatch.store.audit import AuditEntry
    from painwatch.store.history import History

app = typer.Typer(help="Read, check and export the audit log of alarms.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
DEFAULT_CONFIG = Path("config.yaml")
PAGE = 1000


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(metavar="NUMBER:HASH", help="A head that was written down: must still be in the log.")
    ] = None,
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Check an exported log, not the history.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Walk the whole audit log and say where it was changed. Exit status 1 if it was."""
    with told():
        from painwatch.store.audit_check import entries_in, verify_entries
        from painwatch.store.audit_check import verify as verify_history

        with progress_bar() as progress:
            step = progress.add_task("walking the audit log", total=None)
            if file is not None:
                where, verdict = file, verify_entries(entries_in(file), head)
            else:
                where = _database(config)
                verdict = verify_history(
                    where, head, progress=lambda done, of: progress.update(step, completed=done, total=of)
                )
        for fault in verdict.faults:
            typer.echo(f"{where}: {fault}")
        found = f"{verdict.entries} entries are whole; head {verdict.head}"
        typer.echo(f"BROKEN: {found}" if verdict.faults else found)
        raise typer.Exit(1 if verdict.faults else 0)


@app.command()
def show(
    begin: Annotated[str | None, typer.Option("--from", metavar="TIME", help="ISO 8601; UTC if not said.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Up to this time, without it.")] = None,
    cage: Annotated[str | None, typer.Option(metavar="NAME", help="Only what names this cage.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Show the entries of the audit log, by when they were entered. Does not check them: see `verify`."""
    with told():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        from painwatch.store.history import END_OF_TIME_NS, open_history

        from_ns = _time_ns(begin, "--from") if begin else 0
        to_ns = _time_ns(end, "--to") if end else END_OF_TIME_NS
        table = Table("No.", "Entered (UTC)", "About", "What", "Who", box=None)
        with open_history(_database(config)) as history:
            for entry in _entries(history):
                body = json.loads(entry.body)
                about = body.get("subject") or body.get("cage") or body.get("facts", {}).get("cage", "")
                if from_ns <= entry.time_ns < to_ns and cage in (None, about):
                    cells = (str(entry.seq), _utc(entry.time_ns), about, _what(body), body.get("who", ""))
                    table.add_row(*map(Text, cells))
        Console(highlight=False).print(table)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file: one entry a line, as JSON.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Write the whole audit log to a file that `painwatch audit verify --file` can check on any host."""
    with told():
        from painwatch.store.audit import AuditHead
        from painwatch.store.audit_check import as_line
        from painwatch.store.history import open_history

        last = None
        with open_history(_database(config)) as history, file.open("xb") as out:
            for entry in _entries(history):
                out.write(as_line(entry))
                last = entry
        head = f"; head {AuditHead(last.seq, last.hash)}" if last else ""
        typer.echo(f"{file}: {last.seq if last else 0} entries{head}")


def _entries(history: History) -> Iterator[AuditEntry]:
    seq = 1
    while page := history.audit(seq, PAGE):
        yield from page
        seq = page[-1].seq + 1


def _what(body: dict[str, Any]) -> str:
    if "rule" in body:
        return f"{body['rule']}: {body['before']} → {body['after']}. {body.get('words', '')}".rstrip()
    if "facts" in body:
        return "; ".join([body["what"], *(f"{name}: {fact}" for name, fact in body["facts"].items())])
    return f"marked {body['name']}. {body.get('words', '')}".rstrip()


def _utc(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _time_ns(text: str, option: str) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"write it as 2026-01-31T08:00, not {text!r}", param_hint=option) from None
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


def _database(config: Path) -> Path:
    from painwatch.config.loader import load_config
    from painwatch.config.resolve import places_for

    return places_for(config, load_config(config)).database
