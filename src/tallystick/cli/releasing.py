"""release: two people sign what changes in a policy before it is served."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import SecurityPolicy
    from tallystick.ground.secret import Secret
    from tallystick.prove.release import Release, ReleaseStatement, SigningPerson, VerifiedRelease

release = typer.Typer(
    help="Have two people sign what changes in a policy before it is served.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PolicyArgument = Annotated[
    Path, typer.Argument(metavar="POLICY", help="The policy (JSON), or its service file.")
]
ReleaseArgument = Annotated[Path, typer.Argument(metavar="RELEASE", help="The release file.")]
KeyOption = Annotated[Path, typer.Option("--key", help="Your signing key.")]
NameOption = Annotated[str, typer.Option("--name", help="Your name, as the signers file has it.")]
PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase", help="A file with the passphrase of the key.")
]
PreviousOption = Annotated[
    Path | None, typer.Option("--previous", metavar="OLD", help="The policy that is replaced.")
]
SignersOption = Annotated[
    Path, typer.Option("--signers", help="The people whose signatures count, from elsewhere.")
]
DayOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DAY", help="YYYY-MM-DD; by default today (UTC).")
]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (key, propose, approve, verify):
        release.command()(command)
    app.add_typer(release, name="release")


def key(
    name: Annotated[str, typer.Argument(help="Your name: a short word.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="The key file; NAME.key if not said.")
    ] = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Make a signing key in a file of your own; print the line for the signers file."""
    from tallystick.crypto.keys import create_signer_file
    from tallystick.ground.errors import Defect
    from tallystick.prove.evidence import verifier_key

    try:
        verifier_key(name, bytes(32))
    except Defect as wrong:
        raise Misconfigured(str(wrong), where=name[:40], allowed="such as amina") from None
    path = to or Path(f"{name}.key")
    public = create_signer_file(path, _passphrase(passphrase))
    typer.echo(verifier_key(name, public))
    typer.echo(f"{path} signs as {name}: keep it to yourself. The line above is public.", err=True)


def propose(
    policy: PolicyArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why this policy is released.")],
    key_file: KeyOption,
    name: NameOption,
    to: Annotated[Path, typer.Option("--to", help="The release file; never over something.")],
    previous: PreviousOption = None,
    because: Annotated[
        list[str] | None,
        typer.Option("--because", metavar="PATH=REASON", help="Why one change may be weaker."),
    ] = None,
    first: Annotated[
        bool, typer.Option("--first", help="There is no previous policy: nothing is compared.")
    ] = False,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Last day of the release.")
    ] = None,
    as_of: DayOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Check a policy, state what is weaker and why, and sign that as the first of two."""
    from tallystick.cli.planning import read_policy, the_day
    from tallystick.prove.release import propose_release, sign_release

    if first == (previous is not None):
        raise Misconfigured(
            "what does it replace?",
            where="--previous",
            allowed="--previous OLD, or --first when no policy was in force before",
        )
    made, old = _sound_policy(policy), read_policy(previous) if previous else None
    from_day = the_day(as_of)
    statement = propose_release(
        made,
        previous=old,
        reason=reason,
        reasons=_reasons(because or []),
        from_day=from_day,
        until_day=until or _end(made, from_day),
    )
    signed = sign_release(statement, _person(key_file, name, passphrase))
    _write_new(to, signed.octets())
    _show_statement(statement)
    typer.echo(f"{to} is signed by {name}; it takes a second person: tallystick release approve")


def approve(
    path: ReleaseArgument,
    key_file: KeyOption,
    name: NameOption,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Derive the statement again from this policy first."),
    ] = None,
    previous: PreviousOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Read the statement and sign it as the second of two; the release file gets the signature."""
    from tallystick.cli.planning import read_policy
    from tallystick.prove.release import approve_release, demand_same_findings

    found = _read(path)
    if policy is not None:
        old = read_policy(previous) if previous else None
        demand_same_findings(found.statement, _sound_policy(policy), old)
    signed = approve_release(found, _person(key_file, name, passphrase))
    _show_statement(found.statement)
    _replace(path, signed.octets())
    how = "what you derived again" if policy else "what the statement says, not derived again"
    typer.echo(f"{path} is signed by {' and '.join(signed.names())}; you signed {how}")


def verify(
    path: ReleaseArgument,
    policy: Annotated[
        Path, typer.Option("--policy", help="The policy (JSON), or its service file.")
    ],
    signers: SignersOption,
    as_of: DayOption = None,
) -> None:
    """Say whether a policy may be served: two people, this policy, this day."""
    from tallystick.cli.planning import read_policy

    held = released(read_policy(policy), path, signers, as_of=as_of)
    _show_statement(held.statement)
    typer.echo(f"released by {' and '.join(held.names)} until {held.statement.until_day}")


def demand_release(
    policy: SecurityPolicy, path: Path | None, signers: Path | None, home: Path
) -> VerifiedRelease | None:
    """What `serve` asks for: nothing without a release file; with one, that it holds today and
    was compared with the policy in force in the home, if there is one.

    Refuses: Misconfigured for one option without the other; what `released` refuses;
             ReleaseRefused when another policy is in force than the one that is replaced.
    """
    from tallystick.assembly import has_policy, policy_in_force
    from tallystick.prove.release import demand_succession

    if path is None and signers is None:
        return None
    if path is None or signers is None:
        raise Misconfigured("one without the other", allowed="--release and --signers together")
    held = released(policy, path, signers)
    if has_policy(home):
        demand_succession(held.statement, in_force=policy_in_force(home).digest)
    return held


def released(
    policy: SecurityPolicy, path: Path, signers: Path, *, as_of: str | None = None
) -> VerifiedRelease:
    """The release of a policy that holds on a day. Refuses: ReleaseRefused, Misconfigured."""
    from tallystick.cli.planning import the_day
    from tallystick.prove.release import read_signers, verify_release

    return verify_release(
        _read(path), policy=policy, signers=read_signers(signers), as_of=the_day(as_of)
    )


def _sound_policy(path: Path) -> SecurityPolicy:
    """A policy that passes the checks. Refuses: Misconfigured for a file that holds another."""
    from tallystick.cli.planning import read_policy
    from tallystick.decide.assurance import check_policy
    from tallystick.ground.errors import Defect

    policy = read_policy(path)
    try:
        check_policy(policy)
    except Defect as gap:
        raise Misconfigured(f"not a sound policy: {gap}", where=str(path)) from None
    return policy


def _reasons(because: Iterable[str]) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for one in because:
        path, equals, reason = one.partition("=")
        if not equals or path in reasons:
            raise Misconfigured(
                f"{one[:60]!r} is no reason", where="--because", allowed="PATH=REASON, each once"
            )
        reasons[path] = reason
    return reasons


def _show_statement(statement: ReleaseStatement) -> None:
    """Everything that is signed, as a person reads it."""
    typer.echo(f"{statement.service_id}: policy {statement.policy[:19]}")
    nothing = "nothing; the first release: nothing was compared"
    typer.echo(f"replaces  {statement.previous[:19] or nothing}")
    typer.echo(f"reason    {statement.reason}")
    typer.echo(f"checked   {', '.join(statement.checks)}")
    for one in statement.weaker:
        typer.echo(f"weaker    {one.path}: {one.before or 'none'} -> {one.after or 'none'}")
        typer.echo(f"  because {one.reason}")
    for line in _example_lines(statement):
        typer.echo(f"  {line}")
    for kind, subject, standing in (
        ("accepted ", "threat", statement.acceptances),
        ("exception", "requirement", statement.exceptions),
    ):
        for entry in standing:
            by = " and ".join(map(str, entry.get("approved_by", ())))
            typer.echo(f"{kind} {entry[subject]} until {entry['until']} by {by}: {entry['reason']}")
    typer.echo(f"holds     from {statement.from_day} to {statement.until_day}")


def _example_lines(statement: ReleaseStatement) -> list[str]:
    from tallystick.cli.weaknesses import weakness_lines
    from tallystick.prove.release import example_from_plain

    examples = map(example_from_plain, statement.counterexamples)
    return weakness_lines(examples, statement.currency)


def _person(path: Path, name: str, passphrase: Path | None) -> SigningPerson:
    from tallystick.crypto.keys import read_signer_file
    from tallystick.prove.release import SigningPerson

    held = read_signer_file(path, _passphrase(passphrase))
    return SigningPerson(name=name, public=held.public, sign=held.sign)


def _passphrase(path: Path | None) -> Secret | None:
    from tallystick.ground.secret import Secret

    if path is None:
        return None
    try:
        return Secret(path.read_bytes().removesuffix(b"\n"))
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None


def _read(path: Path) -> Release:
    from tallystick.prove.release import RELEASE_OCTETS_MAX, read_release

    try:
        with path.open("rb") as file:
            octets = file.read(RELEASE_OCTETS_MAX + 1)
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    return read_release(octets, where=str(path))


def _write_new(path: Path, octets: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(octets)
    except FileExistsError:
        raise Misconfigured("is there already; nothing was written", where=str(path)) from None
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(path)) from None


def _replace(path: Path, octets: bytes) -> None:
    """The whole new file or the whole old one."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(octets)
        beside.replace(path)
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(path)) from None


def _end(policy: SecurityPolicy, first: str) -> str:
    from tallystick.prove.release import last_day

    return last_day(policy, first)
