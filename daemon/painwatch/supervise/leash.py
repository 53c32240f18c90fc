"""Run a command that dies with the process that started it: `python -I -S leash.py PARENT_PID COMMAND...`.

The kernel sends SIGKILL when the parent is gone, whatever ended it; no child outlives a supervisor that was killed.
A program of its own, without imports of ours: it replaces itself by the command at once, so it must start fast, and
subprocess' own hook before exec (preexec_fn) is not safe beside threads.

Nor may a child that is ended write its memory, which holds pictures and passwords, to the disk as a core file.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
COULD_NOT_RUN = 127


def main(arguments: list[str]) -> int:
    """Take the leash, then become the command. Returns only if that failed."""
    parent, command = int(arguments[0]), arguments[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        print(f"cannot follow the supervisor: {os.strerror(ctypes.get_errno())}", file=sys.stderr)  # noqa: T201
        return COULD_NOT_RUN
    if os.getppid() != parent:
        return COULD_NOT_RUN  # the supervisor was gone before the leash was on
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return COULD_NOT_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
