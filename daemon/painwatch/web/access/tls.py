"""The page's own certificate: loaded with faults that say which file and what to do, and tried before it is needed."""

from __future__ import annotations

import contextlib
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from painwatch.config.page import TlsConfig
from painwatch.core.errors import PainwatchError


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a browser would see. `names`: hosts that it holds for; `ends_s`: seconds since 1970."""

    names: tuple[str, ...]
    ends_s: float


def tls_context(tls: TlsConfig, config_dir: Path) -> ssl.SSLContext:
    """What the server encrypts with.

    Raises:
        PainwatchError: a file cannot be read or is not what it should be, or the two do not belong together.
    """
    certificate, key = config_dir / tls.certificate, config_dir / tls.key
    for path, setting in ((certificate, "certificate"), (key, "key")):
        try:
            path.open("rb").close()
        except OSError as error:
            what = f"cannot be read ({error.strerror})"
            raise PainwatchError(what, where=f"page: tls: {setting}: {path}", mend="name a PEM file") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # Without an answer of ours, a key with a passphrase would be asked for on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (ssl.SSLError, ValueError) as error:
        raise _explained(error, certificate, key) from None
    return context


def certificate_of(tls: TlsConfig, config_dir: Path) -> Certificate:
    """The certificate, as found by shaking hands with it in memory.

    Raises:
        PainwatchError: as `tls_context`; or its time has not come or is over.
    """
    server = tls_context(tls, config_dir)
    path = config_dir / tls.certificate
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate is trusted as it stands, whoever issued it
    client.load_verify_locations(path)
    try:
        seen = _shaken(server, client)
    except ssl.SSLCertVerificationError as error:
        mend = "renew it; until then browsers refuse the page"
        raise PainwatchError(error.verify_message, where=f"page: tls: certificate: {path}", mend=mend) from None
    names = tuple(str(value) for kind, value in seen.get("subjectAltName", ()) if kind in ("DNS", "IP Address"))
    return Certificate(names, ssl.cert_time_to_seconds(seen["notAfter"]))


def days_left(certificate: Certificate) -> int:
    """Whole days until the certificate ends."""
    return int((certificate.ends_s - time.time()) // 86_400)


def _shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> dict[str, Any]:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(10):
        for side in (asking, answering):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
        if asking.version() and (seen := asking.getpeercert()):
            return seen
    raise ssl.SSLError("the handshake does not end")


def _explained(error: Exception, certificate: Path, key: Path) -> PainwatchError:
    reason = getattr(error, "reason", None) or ""
    if reason == "KEY_VALUES_MISMATCH":
        return PainwatchError(
            "the key is not the certificate's", where=f"page: tls: key: {key}", mend="name the key it was made with"
        )
    if "PASSWORD" in reason or "DECRYPT" in reason or isinstance(error, ValueError):
        mend = "store it without one, readable for painwatch only"
        return PainwatchError("the key is locked with a passphrase", where=f"page: tls: key: {key}", mend=mend)
    what = f"certificate and key cannot be used ({reason.replace('_', ' ').lower() or error})"
    return PainwatchError(what, where=f"page: tls: {certificate}, {key}", mend="name two PEM files")
