"""What a unit is kept from: everything that its needs do not name. Pure.

Of @resources one call is allowed: ZeroMQ sets the (usual) scheduling of its threads, and aborts where it may not.
"""

from __future__ import annotations

from collections.abc import Iterator

from painwatch.unit_files.folders import Folders
from painwatch.unit_files.needs import ANYWHERE, Needs

ALWAYS = """\
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateMounts=yes
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=sched_setscheduler
SystemCallErrorNumber=EPERM
LimitCORE=0
"""


def sandbox(needs: Needs, folders: Folders) -> Iterator[str]:
    """The lines of [Service] that shut a unit in."""
    yield from ALWAYS.splitlines()
    yield "ProtectHome=tmpfs" if folders.homes else "ProtectHome=yes"
    yield from (f"BindReadOnlyPaths={path}" for path in folders.homes)
    yield from _devices(needs)
    yield from _network(needs)
    if not needs.writes_code:
        yield "MemoryDenyWriteExecute=yes"
    if not needs.proc:
        yield "ProcSubset=pid"
    yield f"MemoryMax={needs.memory_mib}M"
    yield f"TasksMax={needs.tasks}"
    if needs.files_open is not None:
        yield f"LimitNOFILE={needs.files_open}"


def _devices(needs: Needs) -> Iterator[str]:
    if not needs.cameras and not needs.gpu:
        yield "PrivateDevices=yes"
        yield "DevicePolicy=closed"
        yield "PrivateUsers=yes"
        return
    yield "DevicePolicy=closed"
    if needs.cameras:
        yield "DeviceAllow=char-video4linux rw"
    if needs.gpu:
        yield "SystemCallFilter=@resources"  # drivers place memory near the GPU
        yield "DeviceAllow=char-nvidia* rw"
    groups = [group for group, needed in (("video", needs.cameras or needs.gpu), ("render", needs.gpu)) if needed]
    yield f"SupplementaryGroups={' '.join(groups)}"


def _network(needs: Needs) -> Iterator[str]:
    if not needs.reaches:
        yield "PrivateNetwork=yes"
        yield "RestrictAddressFamilies=AF_UNIX"
        yield "IPAddressDeny=any"
        return
    yield f"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6{' AF_NETLINK' if needs.interfaces else ''}"
    if ANYWHERE not in needs.reaches:
        yield "IPAddressDeny=any"
        yield f"IPAddressAllow={' '.join(needs.reaches)}"
