"""What the stand-ins that are servers of the standard library have in common: a thread, an address, and an end."""

from __future__ import annotations

import socketserver
import ssl
import threading
from pathlib import Path


class Listening:
    """A server that is bound already; it answers from `start` to `stop`, in a thread.

    `certificate`: with its key; it speaks TLS then.
    """

    def __init__(self, server: socketserver.TCPServer, name: str, certificate: tuple[Path, Path] | None = None) -> None:
        self._server, self._scheme = server, "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake belongs to the thread of the connection, not to the one that accepts it.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        # By this name a thread that is left behind is found out; as a daemon it holds no interpreter up.
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), name=f"http {name}", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
