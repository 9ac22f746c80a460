"""keys ceremony: put a key together from the parts of several custodians, with a signed transcript.

start     the officer reads the script out and signs it
part      each custodian draws, or enters, a part of their own and signs that they gave it
close     the officer signs the check value of the key that came of it
verify    anybody, with the file of people and without the module
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.keys.opening import opened_module

ceremony = typer.Typer(
    help="Make a key of parts that no single person holds together.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

HomeOption = Annotated[Path, typer.Option("--home", help="The folder of the keys.")]
TranscriptArgument = Annotated[
    Path, typer.Argument(metavar="TRANSCRIPT", help="The transcript, which grows.")
]
AsOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who you are.")]
KeyOption = Annotated[Path, typer.Option("--key", help="Your signing key.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase", help="A file with the passphrase of the keys; else asked for."),
]


def add_ceremony(keys: typer.Typer) -> None:
    """Hang the commands into `keys`."""
    for command in (draw, start, part, close, verify):
        ceremony.command()(command)
    keys.add_typer(ceremony, name="ceremony")


def draw(
    algorithm: Annotated[str, typer.Option("--algorithm", help="That of the key, AES_256 say.")],
    to: Annotated[Path, typer.Option("--to", help="A new file that only you may read.")],
) -> None:
    """Draw a component for yourself: keep the file, or copy it onto paper and destroy it."""
    from tallystick.cli.keys.parts import draw_part

    typer.echo(f"{to} holds your component, check value {draw_part(algorithm, to)}")


def start(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT", help="What is made, and by whom.")],
    home: HomeOption,
    to: Annotated[Path, typer.Option("--to", help="The transcript: not there yet.")],
    name: AsOption,
    key: KeyOption,
    passphrase: PassphraseOption = None,
) -> None:
    """Open a ceremony as its officer: the script is signed, and the transcript begins."""
    from tallystick.cli.keys.parts import open_transcript, show_script

    with opened_module(home, passphrase) as module:
        transcript = open_transcript(module, script, to, name=name, key_file=key)
    typer.echo(show_script(transcript))
    typer.echo(f"{to} begins; each custodian: tallystick keys ceremony part {to} --as NAME ...")


def part(
    transcript: TranscriptArgument,
    home: HomeOption,
    name: AsOption,
    key: KeyOption,
    component: Annotated[
        Path | None,
        typer.Option("--component", help="The file of `draw`; else your part is asked for."),
    ] = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Give your part as a custodian; nobody, you included, is shown it again."""
    from tallystick.cli.keys.parts import give_transcript_part

    with opened_module(home, passphrase) as module:
        view = give_transcript_part(
            module, transcript, name=name, key_file=key, component=component
        )
    typer.echo(f"{name} gave a part; steps so far: {len(view.steps)}")
    if view.key:
        typer.echo(f"key {view.key}, check value {view.check_value}; the officer closes")


def close(transcript: TranscriptArgument, home: HomeOption, name: AsOption, key: KeyOption,
          passphrase: PassphraseOption = None) -> None:  # fmt: skip
    """Close a ceremony as its officer: the check value of the key is signed."""
    from tallystick.cli.keys.parts import close_transcript

    with opened_module(home, passphrase) as module:
        value = close_transcript(module, transcript, name=name, key_file=key)
    typer.echo(f"closed; the key has check value {value}")


def verify(
    transcript: TranscriptArgument,
    people: Annotated[Path, typer.Option("--people", help="The file of people, from elsewhere.")],
) -> None:
    """Verify a transcript with nothing but the public keys of the people."""
    from tallystick.cli.keys.parts import read_transcript, show_steps
    from tallystick.cli.keys.people import read_people
    from tallystick.crypto.keys import verify_transcript

    found = read_transcript(transcript)
    value = verify_transcript(found, read_people(people))
    typer.echo(show_steps(found))
    typer.echo(f"holds: {found.script.title}; check value {value}")
