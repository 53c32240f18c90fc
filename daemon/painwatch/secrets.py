"""Where passwords, tokens and addresses that hold them are read: the environment or a file, never the configuration.

Under systemd, a service of a user that is made up on the spot can read no private file. Its unit hands such files over
as credentials (systemd.exec(5), LoadCredential=), and what is said to be in a file is then read from its credential.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError

SecretReader = Callable[[Secret], str]
"""Gives what is behind a Secret; raises PainwatchError if there is none."""

_DIRECTORY = "CREDENTIALS_DIRECTORY"
_STORE = "/etc/credstore"


def read_secret(secret: Secret, *, config_dir: Path, what: str = "the camera's password") -> str:
    """What `secret` points to, from the environment or a file, without a final line break.

    Args:
        what: it is called in faults, such as "the token of influxdb".

    Raises:
        PainwatchError: the variable is not set, or the file cannot be read.
    """
    if secret.env is not None:
        return _from_environment(secret.env, what)
    path = config_dir / (secret.file or Path())
    held = held_file(path)
    words = _read(held, path, what)
    if not words and held != path:
        mend = f"put {what} there and restart the service, which reads it when it starts"
        raise PainwatchError("could not be read when the service started, or is empty", where=str(path), mend=mend)
    return words


def held_file(path: Path) -> Path:
    """Where this process finds the content of `path`: the credential that systemd made of it, if there is one."""
    held = _credential(credential_of_file(path))
    return path if held is None else held


def credential_of_file(path: Path) -> str:
    """What the credential of a file is called: after its name, and its absolute path, so that no two share one."""
    absolute = os.path.normpath(path.absolute())
    digest = hashlib.sha256(os.fsencode(absolute)).hexdigest()[:12]
    return f"painwatch.file.{re.sub(r'[^A-Za-z0-9._-]', '_', Path(absolute).name)[:100]}-{digest}"


def credential_of_variable(name: str) -> str:
    """What the credential is called that stands in for an environment variable; systemd looks for it in its store."""
    return f"painwatch.env.{name}"


def _from_environment(name: str, what: str) -> str:
    value = os.environ.get(name)
    if value is not None:
        return value
    credential = credential_of_variable(name)
    held = _credential(credential)
    if held is not None:
        return _read(held, held, what)
    store = f", or put that into {_STORE}/{credential}" if os.environ.get(_DIRECTORY) else ""
    raise PainwatchError("is not set", where=f"${name}", mend=f"set it to {what}{store}")


def _credential(name: str) -> Path | None:
    directory = os.environ.get(_DIRECTORY)
    if not directory:
        return None
    path = Path(directory) / name
    return path if os.path.exists(path) else None  # noqa: PTH110 (Path.exists raises where the folder is shut)


def _read(held: Path, path: Path, what: str) -> str:
    try:
        return held.read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise PainwatchError(f"cannot be read ({why})", where=str(path), mend=f"put {what} there") from None
