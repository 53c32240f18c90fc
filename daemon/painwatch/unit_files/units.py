"""The units of a configuration, as texts. Pure.

Either one service runs the supervisor, which runs all else (the usual way), or each process is a service of its own,
kept alive by systemd: painwatch.target starts the hub, the page, and an instance of a template for each camera and
worker. All services run as one user, who exists only while they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from painwatch.config.models import Config
from painwatch.secrets import credential_of_file, credential_of_variable
from painwatch.supervise.roster import ONE_THREAD
from painwatch.unit_files.folders import CACHE, NAME, RUN, Folders, Install, check_path, folders_of
from painwatch.unit_files.needs import PARTS, Needs, Role, needs_of, runs
from painwatch.unit_files.sandbox import sandbox

MARK = "# Written by `painwatch systemd install`: changes belong into a drop-in (systemctl edit), or the configuration."

START_S = 180
"""How long a process may take until it is ready: it opens models, or compiles the virtual cage's renderer."""

SUPERVISOR_S = 30
"""The supervisor's own watchdog, at least: starting everything anew keeps it busy for some seconds."""

ROOM = f"{NAME}-room.service"
"""Holds the runtime folder, which all services share and which would else go with the first of them that stops."""

TARGET = f"{NAME}.target"
SERVICE = f"{NAME}.service"
SYSUSERS, TMPFILES = f"{NAME}.sysusers", f"{NAME}.tmpfiles"

_WHAT = {
    Role.ALL: "painwatch: asks a person to review an animal in pain",
    Role.CAPTURE: "painwatch: camera %i",
    Role.INFER: "painwatch: inference worker %i",
    Role.HUB: "painwatch: hub",
    Role.WEB: "painwatch: page and API",
}


def units_for(config: Config, *, config_path: Path, install: Install, supervised: bool = True) -> dict[str, str]:
    """The files to write, by name.

    Args:
        config_path: of `config`, absolute.
        supervised: one service for everything; else a service for each process.

    Raises:
        PainwatchError: the configuration cannot be run under systemd, or a path in it cannot be written in a unit.
    """
    folders = folders_of(config, config_path=config_path, install=install)
    needs_user = folders.own is not None or config.network.listen is not None or config.network.hub is not None
    roles = (Role.ALL,) if supervised else tuple(role for role in PARTS if runs(config, role))
    files = {
        _name(role): _service(role, config, config_path, install, folders, has_room=not supervised) for role in roles
    }
    if not supervised:
        files |= {ROOM: _room(folders), TARGET: _target(config)}
    if needs_user:
        files[SYSUSERS] = f"{MARK}\nu {NAME} - painwatch /var/lib/{NAME}\n"
    if folders.own is not None:
        files[TMPFILES] = f"{MARK}\nd {folders.own} 0700 {NAME} {NAME} -\n"
    return files


def _name(role: Role) -> str:
    return {Role.ALL: SERVICE, Role.HUB: f"{NAME}-hub.service", Role.WEB: f"{NAME}-web.service"}.get(
        role, f"{NAME}-{role}@.service"
    )


def _service(
    role: Role, config: Config, config_path: Path, install: Install, folders: Folders, *, has_room: bool
) -> str:
    needs = needs_of(config, role)
    after = ["time-sync.target"]
    if needs.reaches:
        after.append("network-online.target")
    if has_room:
        after.append(ROOM)
    if role in (Role.CAPTURE, Role.INFER, Role.WEB) and runs(config, Role.HUB):
        after.append(_name(Role.HUB))  # started after the hub, and so stopped before it
    unit = [f"Description={_WHAT[role]}", f"After={' '.join(after)}"]
    if needs.reaches:
        unit.append("Wants=network-online.target")
    if has_room:
        unit += [f"Requires={ROOM}", f"PartOf={TARGET}"]
    else:
        unit.append(f"Conflicts={TARGET}")
    unit.append("StartLimitIntervalSec=0")
    verb = {Role.ALL: "run", Role.CAPTURE: "capture %i", Role.INFER: "infer %i"}.get(role, role.value)
    service = [
        "Type=notify",
        f"ExecStart={install.program} {verb} --config {config_path}",
        f"WatchdogSec={max(config.runtime.watchdog_s, SUPERVISOR_S if role is Role.ALL else 0):g}",
        f"TimeoutStartSec={START_S}",
        "TimeoutStopSec=15",
        # The supervisor stops its children itself, the hub last; systemd would ask all of them at once.
        *(["KillMode=mixed"] if role is Role.ALL else []),
        "Restart=always",
        "RestartSec=5",
        "OOMPolicy=continue" if role is Role.ALL else "OOMPolicy=stop",
        *_user(),
        *_folders(folders, has_room=has_room),
        *_environment(folders, needs),
        *_credentials(needs, config_path.parent),
        *sandbox(needs, folders),
    ]
    return _text(unit, service, None if has_room else "multi-user.target")


def _room(folders: Folders) -> str:
    needs = Needs(False, False, False, False, (), False, (), (), 16, 4)
    unit = ["Description=painwatch: the folder that its processes share", f"PartOf={TARGET}"]
    service = [
        "Type=oneshot",
        "RemainAfterExit=yes",
        "ExecStart=/bin/true",
        *_user(),
        f"RuntimeDirectory={folders.runtime}",
        "RuntimeDirectoryMode=0700",
        *sandbox(needs, Folders(folders.runtime, None, "", None, ())),
    ]
    return _text(unit, service, None)


def _target(config: Config) -> str:
    instances = [
        _name(role).replace("@", f"@{instance}") if "@" in _name(role) else _name(role)
        for role in PARTS
        for instance in runs(config, role)
    ]
    unit = ["Description=painwatch: all its processes, each a service", f"Conflicts={SERVICE}"]
    return _text([*unit, *(f"Wants={name}" for name in instances)], None, "multi-user.target")


def _user() -> Iterator[str]:
    # One made-up user for all: services that name the same one share it.
    yield from ("DynamicUser=yes", f"User={NAME}", f"Group={NAME}")


def _folders(folders: Folders, *, has_room: bool) -> Iterator[str]:
    if has_room:
        yield f"ReadWritePaths={RUN / folders.runtime}"
    else:
        yield from (f"RuntimeDirectory={folders.runtime}", "RuntimeDirectoryMode=0700")
    if folders.state is not None:
        yield from (f"StateDirectory={folders.state}", "StateDirectoryMode=0700")
    yield from (f"CacheDirectory={folders.cache}", "CacheDirectoryMode=0700")
    if folders.own is not None:
        yield f"ReadWritePaths={folders.own}"


def _environment(folders: Folders, needs: Needs) -> Iterator[str]:
    yield from (f"Environment={name}={value}" for name, value in ONE_THREAD.items())
    yield f"Environment=RUNTIME_DIRECTORY={RUN / folders.runtime}"
    if needs.writes_code:
        yield f"Environment=NUMBA_CACHE_DIR={CACHE / folders.cache / 'numba'}"


def _credentials(needs: Needs, config_dir: Path) -> Iterator[str]:
    for file in needs.files:
        check_path(config_dir / file)
        name = credential_of_file(config_dir / file)
        yield f"LoadCredential={name}:{config_dir / file}"
        # One that cannot be read is that camera's or sink's fault, and no reason to start nothing at all.
        yield f"SetCredential={name}:\\n"
    # From the environment of nobody: systemd looks into its store, and goes on if there is none.
    yield from (f"LoadCredential={credential_of_variable(variable)}" for variable in needs.variables)


def _text(unit: list[str], service: list[str] | None, wanted_by: str | None) -> str:
    parts = [MARK, "", "[Unit]", *unit]
    if service is not None:
        parts += ["", "[Service]", *service]
    if wanted_by is not None:
        parts += ["", "[Install]", f"WantedBy={wanted_by}"]
    return "\n".join(parts) + "\n"
