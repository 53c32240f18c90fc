"""From what FFmpeg raises to the closed set of source faults. Pure.

FFmpeg's own text is used, never the address it came with: that may hold a password.
"""

from __future__ import annotations

import av.error

from painwatch.core.errors import SourceError, SourceFault

_MEND = {
    SourceFault.NOT_FOUND: "check the address or path, and that the camera is switched on",
    SourceFault.AUTH: "check `username` and the secret behind `password`",
    SourceFault.TIMEOUT: "check the network and the camera's load, or raise its timeouts",
    SourceFault.CODEC: "choose H.264 or MJPEG in the camera's settings",
    SourceFault.ENDED: "",
    SourceFault.FROZEN: "look at the camera; switch it off and on",
}


def source_error(fault: SourceFault, what: str, where: str) -> SourceError:
    """A fault with the advice that goes with it."""
    return SourceError(fault, what, where=where, mend=_MEND[fault])


def as_source_error(error: Exception, where: str, *, opened: bool, overdue: bool = False) -> SourceError:
    """What `error`, raised by PyAV before or after the source was `opened`, means for the source called `where`.

    `overdue`: the timeout had passed. FFmpeg's RTSP, interrupted by it, reports half a reply as invalid data.
    """
    fault = _fault(error, opened)
    if overdue and fault is not SourceFault.AUTH:
        fault = SourceFault.TIMEOUT
    if fault is SourceFault.ENDED:
        return source_error(fault, "it ended, or the connection broke off", where)
    if fault is SourceFault.TIMEOUT:
        return source_error(fault, "no answer in time" if not opened else "no picture in time", where)
    return source_error(fault, getattr(error, "strerror", None) or type(error).__name__, where)


def _fault(error: Exception, opened: bool) -> SourceFault:
    match error:
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            return SourceFault.AUTH
        # PyAV's own timeout asks FFmpeg to leave at once, which it reports as an exit.
        case av.error.ExitError() | TimeoutError():
            return SourceFault.TIMEOUT
        case EOFError():
            return SourceFault.ENDED
        case av.error.HTTPClientError() | av.error.HTTPServerError() | FileNotFoundError() | PermissionError():
            return SourceFault.NOT_FOUND
        case av.error.InvalidDataError() | av.error.DecoderNotFoundError() | av.error.PatchWelcomeError():
            return SourceFault.CODEC
        # A name that cannot be resolved, a refused or broken connection, a device that is busy or was unplugged.
        case OSError():
            return SourceFault.ENDED if opened else SourceFault.NOT_FOUND
        case _:
            return SourceFault.CODEC
