"""serve, fsck, doctor, screen: run a platform and look after its home."""

from __future__ import annotations

import platform as machine
import shutil
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.own_keys import tell_own_keys
from tallystick.cli.planning import plan
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide.policy import SecurityPolicy
    from tallystick.protect.screening import NameList

FileArgument = Annotated[Path, typer.Argument(help="The service file (TOML).")]
HomeOption = Annotated[Path, typer.Option("--home", help="The home directory of the platform.")]
NamesOption = Annotated[
    Path | None, typer.Option("--names", help="The screening list (tallystick-list/1).")
]
TokenOption = Annotated[
    Path | None,
    typer.Option(
        help="Begin a new home in this token (token.toml): its keys are sealed and sign there."
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1, max=64, help="Processes that open and verify; by default one for each core."
    ),
]


def add_commands(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(fsck)
    app.command()(doctor)
    app.command()(screen)


def serve(
    file: FileArgument,
    home: HomeOption,
    names: NamesOption = None,
    books: Annotated[
        str | None,
        typer.Option(
            "--books", help="Keep the books in this database: postgresql://user@host/database."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8080,
    public_url: Annotated[
        str | None,
        typer.Option(help="Where handsets find the service, when a front proxy stands before it."),
    ] = None,
    workers: WorkersOption = None,
    connections: Annotated[
        Path | None,
        typer.Option(help="Interfaces of other providers to open (connections.toml)."),
    ] = None,
    shards: Annotated[
        Path | None, typer.Option(help="This is one shard of several (shards.toml).")
    ] = None,
    token: TokenOption = None,
    ready: Annotated[Path | None, typer.Option(help="Write the base URL here once open.")] = None,
    release: Annotated[
        Path | None, typer.Option(help="Serve only what two people released (release approve).")
    ] = None,
    signers: Annotated[
        Path | None, typer.Option(help="The people whose signatures count, with --release.")
    ] = None,
) -> None:
    """Run the service that the file describes, under the policy that follows from it."""
    from tallystick.assembly import NO_SHARDS, open_platform
    from tallystick.cli.releasing import demand_release
    from tallystick.serve import default_workers, read_connections, read_shards, run_server

    policy = plan(file)
    others = None if connections is None else read_connections(connections)
    held = demand_release(policy, release, signers, home)
    if held is not None:
        typer.echo(f"released by {' and '.join(held.names)} until {held.statement.until_day}")
    listed = read_names(names)
    kept = NO_SHARDS if shards is None else read_shards(shards)
    with open_platform(
        policy, home=home, names=listed, books=books, shards=kept, token=token
    ) as platform:
        tell_own_keys(home, platform.module.public().kept, policy)
        run_server(
            platform,
            host=host,
            port=port,
            ready=partial(_announce, policy, home, ready),
            public_url=public_url,
            workers=workers or default_workers(),
            connections=others,
        )


def _announce(policy: SecurityPolicy, home: Path, ready: Path | None, url: str) -> None:
    """Say that the service is open, and where."""
    typer.echo(f"{policy.service_id} is open at {url} under policy {policy.digest[:19]}")
    typer.echo(f"staff activation codes and trust anchor: {home}")
    if ready is not None:
        ready.write_text(url)


def fsck(
    home: Annotated[Path, typer.Argument(help="The home directory to check.")],
) -> None:
    """Check books and evidence of a home: name every row and byte that does not fit."""
    from tallystick.assembly import check_home

    findings = check_home(home)
    for finding in findings:
        typer.echo(f"{finding.where}: {finding.what}")
    if findings:
        typer.echo(f"{len(findings)} finding(s): these books are not what was proven")
        raise typer.Exit(1)
    typer.echo("books and evidence agree")


def screen(
    name: Annotated[str, typer.Argument(help="A name, however it is written.")],
    names: Annotated[Path, typer.Option("--names", help="The screening list.")],
    threshold: Annotated[int, typer.Option(help="Permille from which a match counts.")] = 850,
) -> None:
    """Say which listed parties a name may mean, and why."""
    from tallystick.protect.screening import ScreeningIndex

    listed = read_names(names)
    if listed is None:
        raise Misconfigured("no list", allowed="a list file with --names")
    index = ScreeningIndex.build(listed.entries, version=listed.version, match_permille=threshold)
    matches = index.screen(name)
    for match in matches:
        why = ", ".join(token.why for token in match.evidence)
        typer.echo(f"{match.permille:>4} permille  {match.uid}  {match.listed}  ({why})")
    if not matches:
        typer.echo(f"no match at {threshold} permille or above")
    raise typer.Exit(1 if matches else 0)


def doctor(
    books: Annotated[
        str | None,
        typer.Option("--books", help="Also the database: postgresql://user@host/database."),
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="Also the keys of this home, and its database.")
    ] = None,
) -> None:
    """Say whether this machine, and the server of the books, have what the service needs.

    Of a home it also says where the keys of the service are, and whether that is what its policy
    asks for.
    """
    from tallystick.assembly import SQLITE_GOOD, SQLITE_VERSION, remembered_address
    from tallystick.cli.own_keys import show_own_keys

    if books is None and home is not None:
        books = remembered_address(home)
    problems = []
    checks = {
        "python": (machine.python_version(), sys.version_info >= (3, 11)),
        "sqlite": (SQLITE_VERSION, SQLITE_GOOD),
        "free disk (GiB)": (str(_free_gib()), _free_gib() >= 1),
        "platform": (sys.platform, sys.platform.startswith("linux")),
    }
    for what, (found, good) in checks.items():
        typer.echo(f"{'ok ' if good else 'BAD'}  {what}: {found}")
        if not good:
            problems.append(what)
    for package in ("cryptography", "highspy", "numpy", "uvloop", "httptools"):
        typer.echo(f"ok   {package}: {version(package)}")
    problems += [] if books is None else _show_server(books)
    problems += [] if home is None else show_own_keys(home)
    if problems:
        raise Misconfigured(f"not fit: {', '.join(problems)}", allowed="see docs/start.md")


def _show_server(address: str) -> list[str]:
    """What is said of a server, each bad line with its remedy; gives what is bad."""
    from tallystick.assembly import check_server

    bad = []
    for what, found, mend in check_server(address):
        typer.echo(f"{'BAD' if mend else 'ok '}  {what}: {found}")
        if mend:
            typer.echo(f"       to mend: {mend}")
            bad.append(what)
    return bad


def read_names(path: Path | None) -> NameList | None:
    """The screening list of a file, or None when none is named. Refuses: Misconfigured."""
    from tallystick.protect.screening import read_name_list

    if path is None:
        return None
    try:
        return read_name_list(path.read_bytes(), where=str(path))
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None


def _free_gib() -> int:
    return shutil.disk_usage(".").free // 2**30
