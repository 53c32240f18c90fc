#!/usr/bin/python3
"""A network camera that speaks RTSP. Runs with the system's Python, as gst-rtsp-server has no wheel.

usage: /usr/bin/python3 rtsp_server.py [--port PORT] [--file VIDEO]... [--user NAME --password PASSWORD]

Serves rtsp://127.0.0.1:PORT/h264 and /mjpeg (a ball that moves, 320 x 240 px, 15 a second), /locked (the same, for
--user and --password only) and, with --file, /file: an H.264 video in MP4 or Matroska, sent as it is and again from
its start for each new viewer; the second --file is /file1, the third /file2. PORT 0 is a free one. Prints its address
as the first line, then serves until SIGTERM.

Debian: python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly
"""

import argparse
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

BALL = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=15/1"
H264 = f"( {BALL} ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96 )"
MJPEG = f"( {BALL} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
DEMUXERS = {"mp4": "qtdemux", "mov": "qtdemux", "mkv": "matroskademux"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("--user", default="vet")
    parser.add_argument("--password", default="secret")
    wanted = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(wanted.port))
    mounts = server.get_mount_points()
    mounts.add_factory("/h264", factory(H264, shared=True))
    mounts.add_factory("/mjpeg", factory(MJPEG, shared=True))
    mounts.add_factory("/locked", factory(H264, shared=True, doors=("viewer",)))
    for number, file in enumerate(wanted.file):
        demuxer = DEMUXERS[file.rsplit(".", 1)[-1]]
        launch = f'( filesrc location="{file}" ! {demuxer} ! rtph264pay name=pay0 pt=96 config-interval=1 )'
        mounts.add_factory(f"/file{number or ''}", factory(launch, shared=False))
    server.set_auth(gatekeeper(wanted.user, wanted.password))
    if not server.attach(None):
        sys.exit(f"cannot listen on port {wanted.port}")

    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}", flush=True)  # noqa: T201
    loop.run()


def factory(launch, shared, doors=("nobody", "viewer")):
    """One stream; who plays a role that is not in `doors` is asked for a password."""
    made = GstRtspServer.RTSPMediaFactory()
    made.set_launch(launch)
    made.set_shared(shared)
    rights = GstRtspServer.RTSPPermissions()
    for role in ("nobody", "viewer"):
        # Without "access" the server would say that there is no such stream, and never ask for a password.
        rights.add_permission_for_role(role, "media.factory.access", True)
        rights.add_permission_for_role(role, "media.factory.construct", role in doors)
    made.set_permissions(rights)
    return made


def gatekeeper(user, password):
    """Makes `user` a viewer, and everyone else nobody."""
    auth = GstRtspServer.RTSPAuth()
    viewer = GstRtspServer.RTSPToken()
    viewer.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), viewer)
    nobody = GstRtspServer.RTSPToken()
    nobody.set_string("media.factory.role", "nobody")
    auth.set_default_token(nobody)
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
    return auth


if __name__ == "__main__":
    main()
