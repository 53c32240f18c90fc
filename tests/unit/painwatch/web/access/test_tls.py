"""The page's own certificate: what is told of one that will not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.certificates import make_certificate
from painwatch.config.page import TlsConfig
from painwatch.core.errors import PainwatchError
from painwatch.web.access.tls import certificate_of, days_left, tls_context


def named(folder: Path, certificate: str, key: str) -> TlsConfig:
    return TlsConfig(certificate=Path(certificate), key=Path(key))


def test_a_good_one_tells_for_whom_and_how_long(tmp_path: Path) -> None:
    make_certificate(tmp_path, days=30)
    seen = certificate_of(named(tmp_path, "page.crt", "page.key"), tmp_path)
    assert seen.names == ("127.0.0.1", "lab.example")
    assert days_left(seen) in (29, 30)


def test_one_that_has_ended_can_be_loaded_but_not_shaken_hands_with(tmp_path: Path) -> None:
    make_certificate(tmp_path, days=0)
    tls = named(tmp_path, "page.crt", "page.key")
    tls_context(tls, tmp_path)
    with pytest.raises(PainwatchError, match="expired") as refused:
        certificate_of(tls, tmp_path)
    assert "renew" in refused.value.mend


def test_a_locked_key_is_told_and_never_asked_for_on_the_terminal(tmp_path: Path) -> None:
    make_certificate(tmp_path, passphrase="hello")
    with pytest.raises(PainwatchError, match="passphrase"):
        tls_context(named(tmp_path, "page.crt", "page.key"), tmp_path)


@pytest.mark.parametrize(
    ("certificate", "key", "what", "setting"),
    [
        ("a.crt", "b.key", "not the key of the certificate", "key"),
        ("a.key", "a.crt", "holds no certificate", "certificate"),
        ("a.crt", "b.crt", "holds no private key", "key"),
        ("a.crt", "none.key", "No such file", "key"),
        (".", "a.key", "Is a directory", "certificate"),
        ("torn.crt", "a.key", "cannot be used", "certificate"),
    ],
)
def test_what_will_not_do_is_told_with_its_file(
    tmp_path: Path, certificate: str, key: str, what: str, setting: str
) -> None:
    for name in ("a", "b"):
        make_certificate(tmp_path, name=name)
    (tmp_path / "torn.crt").write_bytes((tmp_path / "a.crt").read_bytes()[:200])
    with pytest.raises(PainwatchError, match=what) as refused:
        tls_context(named(tmp_path, certificate, key), tmp_path)
    assert refused.value.where.startswith(f"page: tls: {setting}: {tmp_path}")
    assert refused.value.mend
