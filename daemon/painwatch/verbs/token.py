"""`painwatch token`: a token for somebody, or some program, that shall reach the page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from painwatch.verbs.telling import told


class Role(StrEnum):
    """As in the settings, whose module takes longer to load than this verb to run."""

    VIEW = "view"
    ACKNOWLEDGE = "acknowledge"
    ADMINISTER = "administer"


_UNSTORED = """\
This is shown once and kept nowhere. Store it in a file that only the user of painwatch can read:
  (umask 077; cat > {file})        then paste it, Enter, Ctrl-D
or let painwatch do it: painwatch token {name} --file {file}
"""

_STORED = """\
The token is in {file}, which only you can read. If painwatch runs as another user, give the file to that user.
"""

_NAME_IT = """\
Name it in config.yaml; a relative path starts at the folder of that file:
  page:
    users:
      - {{name: {name}, role: {role}, token: {{file: {file}}}}}
Then start painwatch anew. A person logs in with the token; a program sends it: `Authorization: Bearer TOKEN`.
"""


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it will be: a-z, 0-9 and dashes.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEW,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Store it in this new file, in place of showing it.")
    ] = None,
) -> None:
    """Make a token for somebody who shall reach the page."""
    import secrets

    from pydantic import TypeAdapter, ValidationError

    from painwatch.config.names import Name
    from painwatch.core.errors import PainwatchError

    with told():
        try:
            TypeAdapter(Name).validate_python(name)
        except ValidationError:
            mend = "write it with a-z, 0-9 and dashes, such as wall-2"
            raise PainwatchError(f"{name!r} is no name for a user", mend=mend) from None
        made = secrets.token_urlsafe(32)
        if file is None:
            typer.echo(made)
        else:
            _store(made, file)
        path = file or Path(f"{name}.token")
        how = (_UNSTORED if file is None else _STORED) + _NAME_IT
        typer.echo(how.format(name=name, role=role, file=path), err=True, nl=False)


def _store(made: str, file: Path) -> None:
    import os

    from painwatch.core.errors import PainwatchError

    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        mend = "name another one, or delete it: whoever uses the token in it will then be shut out"
        raise PainwatchError("is there already", where=str(file), mend=mend) from None
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(f"{made}\n")
