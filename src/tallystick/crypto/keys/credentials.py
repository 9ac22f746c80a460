"""Credentials that the service manager hands to a service, as systemd does (systemd.exec(5)).

A credential is a file in a directory that only the service sees, in memory that is not swapped. The
manager may have sealed it to the machine's TPM (systemd-creds(1)): opening it is its work, and what
arrives here is the same file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

CREDENTIAL_MAX = 1024
DIRECTORY_VARIABLE = "CREDENTIALS_DIRECTORY"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")


def credential_path(name: str, environment: Mapping[str, str] | None = None) -> Path:
    """Where the service manager put a credential.

    Refuses: Misconfigured for a name that is none, and outside of a service that has credentials.
    """
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise Misconfigured(
            "not the name of a credential", where=name[:64], allowed="letters, digits, _ . -"
        )
    directory = (os.environ if environment is None else environment).get(DIRECTORY_VARIABLE, "")
    if not directory.startswith("/"):
        raise Misconfigured(
            "the service manager gave no credentials",
            where=name,
            allowed=f"LoadCredential={name}:/path, or LoadCredentialEncrypted=, in the unit",
        )
    return Path(directory) / name


def read_credential(path: Path) -> Secret:
    """Read a credential, without one newline at its end.

    The manager keeps it readable by the service alone through the directory, and may show an
    access list as group bits; so others are refused here, and a group that may write.

    Refuses: Misconfigured for one that is missing, a link, somebody else's, open to others, empty
             or longer than CREDENTIAL_MAX octets.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        problem = f"the credential cannot be opened: {error.strerror}"
        raise Misconfigured(problem, where=str(path)) from None
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= CREDENTIAL_MAX:
            raise Misconfigured("not a credential", where=str(path))
        if stat.S_IMODE(status.st_mode) & 0o027 or status.st_uid not in (0, os.geteuid()):
            raise Misconfigured("the credential is open to others", where=str(path))
        return without_newline(file.read(CREDENTIAL_MAX + 1))


def without_newline(octets: bytes) -> Secret:
    """A secret as an editor saves it: one newline at the end is the editor's."""
    return Secret(octets.removesuffix(b"\n").removesuffix(b"\r"))
