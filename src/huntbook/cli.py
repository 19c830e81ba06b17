"""The command line: `huntbook triage`, `practice`, `sources`, `packs`, `approve`, `fake`, `import`."""

from __future__ import annotations

import json
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from huntbook import __version__
from huntbook.core.display import printable
from huntbook.errors import HuntbookError

INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended

app = typer.Typer(
    name="huntbook",
    help="From a folder of logs to findings that say what they rest on.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


importing = typer.Typer(help="Read what was written for another tool.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(importing, name="import")


def main() -> None:
    """Run the command line; what went wrong is a line and a hint, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a console that cannot write a name shows a question mark in its place
            stream.reconfigure(errors="replace")
    try:
        app()
    except HuntbookError as error:
        sys.exit(_complaint(error.message, error.hint))
    except OSError as error:
        sys.exit(_complaint(f"{error.filename}: {error.strerror}" if error.filename else str(error)))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _complaint(message: str, hint: str = "") -> int:
    """Say what went wrong and return the exit code; names of files are shown, not obeyed."""
    for line in (f"huntbook: {message}", hint):
        if line:
            typer.echo(printable(line), err=True)
    return 1


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From a folder of logs to findings that say what they rest on."""


@app.command(short_help="Investigate a folder of logs.")
def triage(
    evidence: Annotated[list[str], typer.Argument(help="A folder of logs, a file or a glob; several too.")],
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("huntbook-report"),
    refresh: Annotated[bool, typer.Option(help="Read the evidence anew, whatever is kept.")] = False,
) -> None:
    """Read evidence, hunt in it, and write report.html, findings.json and investigation.ipynb."""
    from huntbook.core.progress import stage  # noqa: PLC0415 - loaded by those who need it: --help stays quick
    from huntbook.investigation.summary import summary  # noqa: PLC0415
    from huntbook.investigation.triage import triage as run  # noqa: PLC0415

    found = run(evidence if len(evidence) > 1 else evidence[0], refresh=refresh)
    with stage("Writing the report") as step:
        report = found.save(out)
        step(1, 1, "")
    typer.echo(summary(found))
    typer.echo(f"\nReport:   {report.resolve()}")
    typer.echo(f"Findings: {(out / 'findings.json').resolve()}")
    typer.echo(f"Notebook: {(out / 'investigation.ipynb').resolve()}")


@app.command(short_help="Write practice evidence with known answers.")
def practice(
    folder: Annotated[Path, typer.Argument(help="Where the practice evidence goes.")],
    scenario: Annotated[str, typer.Option(help="What happens in it.")] = "intrusion",
    seed: Annotated[int, typer.Option(help="The same seed gives the same evidence.")] = 0,
    size: Annotated[float, typer.Option(help="How much ordinary noise there is; 1 is about 50,000 events.")] = 1.0,
    force: Annotated[bool, typer.Option(help="Write into a folder that is not empty.")] = False,
) -> None:
    """Write practice evidence with known answers: FOLDER/evidence and FOLDER/answers.json."""
    from huntbook.core.progress import stage  # noqa: PLC0415
    from huntbook.scenarios import practice as write  # noqa: PLC0415

    with stage("Practice evidence") as step:
        place = write(
            folder,
            scenario=scenario,
            seed=seed,
            size=size,
            force=force,
            progress=lambda done, total: step(done, total, ""),
        )
    typer.echo(f"Practice evidence: {place.resolve()}")


@app.command(short_help="Let the settings file of a folder be read.")
def approve(
    file: Annotated[Path, typer.Argument(help="The settings file.")] = Path("huntbook.toml"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Show a settings file and approve it as it is: one that came with evidence must not say where secrets go."""
    from huntbook.config.file import approve as remember  # noqa: PLC0415

    def look(text: str) -> None:
        for line in text.splitlines():
            typer.echo(f"    {printable(line)}")
        if not yes:
            typer.confirm("Is this yours, and are these the places that your secrets may go to?", abort=True)

    typer.echo(f"Approved: {remember(file, look=look)}")


@app.command(short_help="Run the fake service of a source on this machine.")
def fake(
    source: Annotated[str, typer.Argument(help="The source: sentinel, splunk …")],
    evidence: Annotated[Path | None, typer.Option(help="A folder of logs that it answers from.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it listens; any free port if not given.")] = 0,
    faults: Annotated[
        float, typer.Option(min=0, max=0.9, help="The share of requests that something goes wrong with.")
    ] = 0,
) -> None:
    """Run a fake service that speaks the vendor's protocol on loopback, until Ctrl-C; notebooks can be tried with it."""
    from huntbook.testing.serving import program, started  # noqa: PLC0415

    with started(source, evidence, port=port, faults=faults) as service:
        typer.echo(f"{service.source} at {service.url}. Connect with:\n\n{program(service)}\n\nCtrl-C ends it.")
        while not service.stopping.wait(0.5):
            pass


@app.command(short_help="List the sources, and what each needs.")
def sources(
    name: Annotated[str, typer.Argument(help="One of them, to be told more of it.")] = "",
) -> None:
    """List the sources that can be connected to, and what each of them needs."""
    from huntbook.sources import sources as known  # noqa: PLC0415

    typer.echo(repr(known.needs(name) if name else known))


@app.command(short_help="List the packs and their queries.")
def packs(
    schema: Annotated[bool, typer.Option("--schema", help="Write the JSON Schema of pack files instead.")] = False,
    check: Annotated[
        Path | None, typer.Option("--check", help="Run the examples of a pack, or of every pack of a folder, instead.")
    ] = None,
) -> None:
    """List the packs and their queries: hunting queries with severity and techniques, and lookups."""
    if check is not None:
        _check_packs(check)
        return
    if schema:
        from huntbook.query.pack_schema import pack_schema  # noqa: PLC0415

        typer.echo(json.dumps(pack_schema(), indent=2))
        return
    from huntbook.query.pack import packs as known  # noqa: PLC0415

    for pack in known.values():
        typer.echo(printable(f"{pack.name}: {pack.about}"))
        for query in pack.queries.values():
            techniques = f" ({', '.join(query.techniques) or 'whatever it saw'})" if query.severity else ""
            typer.echo(printable(f"  {query.severity or 'lookup':<14}{query.name:<36}{query.about}{techniques}"))
    for error in known.failed.values():
        typer.echo(printable(f"not read: {error.message}"), err=True)


def _check_packs(place: Path) -> None:
    """Run the examples of packs; the exit code is 1 if anything is not as one says."""
    from huntbook.testing.examples import check_packs  # noqa: PLC0415

    failed = False
    for path, checked in check_packs(place):
        for error in checked.wrong:
            typer.echo(printable(error.message), err=True)
            if error.hint:
                typer.echo(printable(error.hint), err=True)
        failed |= bool(checked.wrong)
        typer.echo(printable(f"{path}: {checked.told()}"), err=bool(checked.wrong))
    if failed:
        raise typer.Exit(1)


@importing.command(short_help="Convert packs of queries and settings of MSTICPy's.")
def msticpy(
    files: Annotated[list[Path], typer.Argument(help="Packs of queries, folders of them, msticpyconfig.yaml.")],
    out: Annotated[Path, typer.Option(help="Where the converted files go.")] = Path("packs"),
    force: Annotated[bool, typer.Option(help="Write over files that are there.")] = False,
) -> None:
    """Convert packs of queries of MSTICPy's and its settings, and say what could not be converted."""
    from huntbook.query.msticpy.importing import import_files  # noqa: PLC0415

    failed = False
    for found in import_files(files, out, force=force):
        failed |= found.failed
        for line in found.lines():
            typer.echo(line, err=found.failed)
    if failed:
        raise typer.Exit(1)
