"""The folder of keys (`network.keys`): this host's own pair, and the public keys of hosts that may send to it.

    secret.key           this host's secret key; for its user's eyes alone
    public.key           its public key, to be carried to other hosts
    authorised/NAME.key  the public key of the host called NAME

Each file holds one key as 40 characters of Z85, and nothing else. What root puts there belongs to whoever the folder
belongs to: an administrator keeps the keys of a service that runs as another user.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import zmq
from zmq.utils import z85

from painwatch.config.models import Config
from painwatch.core.errors import PainwatchError

SECRET, PUBLIC, AUTHORISED = "secret.key", "public.key", "authorised"

_MAKE = "make one with `painwatch keys make`"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?")
_LONGEST_FILE = 200


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A host's two keys, Z85. The secret one is in no word that this object says of itself."""

    public: str
    secret: str = field(repr=False)


def keys_folder(config: Config, config_dir: Path) -> Path:
    """Where the keys of `config` lie."""
    return config_dir / config.network.keys


def make_pair(folder: Path, *, renew: bool = False) -> KeyPair:
    """A new pair for this host, written to `folder`, which is made if need be.

    Args:
        renew: put it in the place of a pair that is there. Every other host must then be told the new public key.

    Raises:
        PainwatchError: there is a pair already, or the folder cannot be written.
    """
    if (folder / SECRET).exists() and not renew:
        mend = "`painwatch keys show` tells its public half; --renew makes a new one, which other hosts must be told"
        raise PainwatchError("this host has its keys already", where=str(folder), mend=mend)
    public, secret = "-", ""
    while public.startswith("-"):  # a word that begins so is an option on a command line
        public, secret = (key.decode("ascii") for key in zmq.curve_keypair())
    with _writing(folder):
        _make(folder)
        _write(folder / SECRET, secret, 0o600)
        _write(folder / PUBLIC, public, 0o644)
    return KeyPair(public, secret)


def own_pair(folder: Path) -> KeyPair:
    """The pair of this host.

    Raises:
        PainwatchError: there is none, others can read the secret key, or it is no key.
    """
    path = folder / SECRET
    secret = _read(path, private=True)
    return KeyPair(zmq.curve_public(secret.encode("ascii")).decode("ascii"), secret)


def allow(folder: Path, name: str, public_key: str) -> None:
    """From now on the host that holds the secret half of `public_key` may send as `name`.

    Raises:
        PainwatchError: not a name or not a key; the name has another key, or the key another name; or the folder
            cannot be written.
    """
    path = _path_of(folder, name)
    if not is_key(public_key):
        mend = "copy all 40 characters that `painwatch keys show` tells on that host, in single quotes"
        raise PainwatchError("this is not a public key", where=name, mend=mend)
    listed = allowed(folder)
    if listed.get(name, public_key) != public_key:
        mend = f"take that one away first: painwatch keys revoke {name}"
        raise PainwatchError("this host is listed with another key", where=name, mend=mend)
    for other, key in listed.items():
        if key == public_key and other != name:
            mend = f"each host has a pair of its own; or take that name away first: painwatch keys revoke {other}"
            raise PainwatchError(f"this key is listed as host {other}", where=name, mend=mend)
    with _writing(folder):
        _make(path.parent)
        _write(path, public_key, 0o644)


def revoke(folder: Path, name: str) -> None:
    """From now on the host called `name` may send no more.

    Raises:
        PainwatchError: it is not listed, or the folder cannot be written.
    """
    path = _path_of(folder, name)
    with _writing(folder):
        try:
            path.unlink()
        except FileNotFoundError:
            names = ", ".join(sorted(each.stem for each in path.parent.glob("*.key"))) or "none"
            raise PainwatchError("this host is not listed", where=name, mend=f"Listed: {names}") from None


def allowed(folder: Path) -> dict[str, str]:
    """The hosts that may send, by name, with their public keys; empty without a list.

    Raises:
        PainwatchError: a file of the list cannot be read, holds no key, or one that another name has as well.
    """
    try:
        hosts, faults = listed(folder)
    except OSError as error:
        mend = "give this user the right to read it"
        raise PainwatchError(f"cannot be read ({error.strerror})", where=str(folder), mend=mend) from None
    if faults:
        raise PainwatchError("\n".join(faults))
    return hosts


def listed(folder: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """The hosts that may send, by name, and what is wrong with the rest of the list: nobody gets in by that.

    Raises:
        OSError: the list cannot be looked at.
    """
    keys: dict[str, str] = {}
    faults: list[str] = []
    try:
        # A glob of pathlib's takes a folder that is shut for one that is empty.
        paths = sorted(path for path in (folder / AUTHORISED).iterdir() if fnmatch(path.name, "[!.]*.key"))
    except FileNotFoundError:
        return {}, ()
    for path in paths:
        try:
            _path_of(folder, path.stem)
            keys[path.stem] = _read(path, private=False)
        except PainwatchError as error:
            faults.append(str(error))
    shared = {key for key in keys.values() if list(keys.values()).count(key) > 1}
    for key in shared:
        names = [name for name, held in keys.items() if held == key]
        faults.append(f"{folder / AUTHORISED}: {' and '.join(names)} have one key; each host needs its own")
    return {name: key for name, key in keys.items() if key not in shared}, tuple(faults)


def is_key(text: str) -> bool:
    """Whether `text` is a key in Z85."""
    try:
        return len(text) == 40 and len(z85.decode(text.encode("ascii"))) == 32
    except (UnicodeEncodeError, KeyError, ValueError):
        return False


def _path_of(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise PainwatchError(
            f"{name!r} cannot be the name of a host", where=str(folder), mend="use a-z, 0-9 and dashes, 48 at most"
        )
    return folder / AUTHORISED / f"{name}.key"


def _read(path: Path, *, private: bool) -> str:
    try:
        with path.open("rb") as file:
            if private and (fault := _seen_by_others(os.fstat(file.fileno()))):
                raise PainwatchError(fault, where=str(path), mend=f"chmod 600 {path}; if others use this host: --renew")
            text = file.read(_LONGEST_FILE).decode("ascii", "replace").strip()
    except FileNotFoundError:
        raise PainwatchError("there is no such key", where=str(path), mend=_MAKE) from None
    except OSError as error:
        mend = "give this user the right to read it"
        raise PainwatchError(f"the key cannot be read ({error.strerror})", where=str(path), mend=mend) from None
    if not is_key(text):
        raise PainwatchError("does not hold a key (40 characters of Z85)", where=str(path), mend=_MAKE)
    return text


def _seen_by_others(there: os.stat_result) -> str:
    """Why a secret is none. As ssh has it: what root handed to this user, such as a systemd credential, may be open to
    a group.
    """
    closed_to = stat.S_IRWXO if there.st_uid == 0 != os.getuid() else stat.S_IRWXG | stat.S_IRWXO
    if there.st_uid not in (0, os.getuid()):
        return "belongs to another user"
    return "the secret key can be read by others" if there.st_mode & closed_to else ""


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _give_away(descriptor, like=folder.parent)
    finally:
        os.close(descriptor)


def _give_away(descriptor: int, *, like: Path) -> None:
    # By descriptor: what has that name a moment later may be a link of the user whose folder it is.
    if os.getuid() == 0:
        there = like.stat()
        os.fchown(descriptor, there.st_uid, there.st_gid)


def _write(path: Path, key: str, mode: int) -> None:
    """The whole key or none: written aside and moved into place."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fchmod(file.fileno(), mode)
            _give_away(file.fileno(), like=path.parent)
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        mend = "give this user the right to write there, or set another `keys` under `network:`"
        raise PainwatchError(f"cannot be written ({error.strerror})", where=str(folder), mend=mend) from None
