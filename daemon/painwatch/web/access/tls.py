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
from painwatch.secrets import held_file

_LARGEST_BYTES = 1_000_000


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
    certificate, key = held_file(config_dir / tls.certificate), held_file(config_dir / tls.key)
    if b"-----BEGIN CERTIFICATE-----" not in _read(certificate, "certificate"):
        raise _fault("holds no certificate", certificate, "certificate", "name a PEM file")
    private = _read(key, "key")
    if b"PRIVATE KEY-----" not in private:
        raise _fault("holds no private key", key, "key", "name a PEM file")
    if b"ENCRYPTED" in private:
        raise _fault("is locked with a passphrase", key, "key", "store it without one, readable for painwatch only")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            mend = "name the key that the certificate was made with"
            raise _fault("is not the key of the certificate", key, "key", mend) from None
        what = f"cannot be used ({(error.reason or str(error)).replace('_', ' ').lower()})"
        raise _fault(what, certificate, "certificate", "name two PEM files that belong together") from None
    return context


def certificate_of(tls: TlsConfig, config_dir: Path) -> Certificate:
    """The certificate, as found by shaking hands with it in memory.

    Raises:
        PainwatchError: as `tls_context`; or its time has not come or is over.
    """
    server = tls_context(tls, config_dir)
    path = held_file(config_dir / tls.certificate)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate is trusted as it stands, whoever issued it
    client.load_verify_locations(path)
    try:
        seen = _shaken(server, client)
    except ssl.SSLCertVerificationError as error:
        raise _fault(error.verify_message, path, "certificate", "renew it: browsers refuse the page") from None
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


def _read(path: Path, setting: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_BYTES)
    except OSError as error:
        raise _fault(f"cannot be read ({error.strerror})", path, setting, "name a PEM file") from None


def _fault(what: str, path: Path, setting: str, mend: str) -> PainwatchError:
    return PainwatchError(what, where=f"page: tls: {setting}: {path}", mend=mend)
