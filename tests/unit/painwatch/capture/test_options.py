"""What FFmpeg is asked for, and that a password goes into no text."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.capture.av_options import http_mjpeg_input, rtsp_input, v4l2_input
from painwatch.config.sources import HttpMjpegSource, RtspSource, Secret, V4l2Source
from painwatch.core.errors import PainwatchError
from painwatch.secrets import read_secret

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Cs",)), min_size=1)


def rtsp(**settings: object) -> RtspSource:
    return RtspSource.model_validate({"kind": "rtsp", "url": "rtsp://camera.local:554/live?x=1"} | settings)


@given(name=WORDS, password=WORDS)
def test_credentials_reach_the_address_whole_and_change_nothing_else(name: str, password: str) -> None:
    parts = urlsplit(rtsp_input(rtsp(username=name), password).address)
    assert (unquote(parts.username or ""), unquote(parts.password or "")) == (name, password)
    assert (parts.scheme, parts.hostname, parts.port) == ("rtsp", "camera.local", 554)
    assert (parts.path, parts.query) == ("/live", "x=1")


def test_credentials_are_in_nothing_that_is_shown() -> None:
    for wanted in (
        rtsp_input(rtsp(username="vet"), "s3cret"),
        http_mjpeg_input(HttpMjpegSource(kind="http_mjpeg", url="http://camera.local/", username="vet"), "s3cret"),
    ):
        assert "s3cret" in wanted.address
        assert "s3cret" not in f"{wanted!r} {wanted} {wanted.shown} {wanted.options}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://10.0.0.7:554/Streaming/Channels/101", "rtsp://10.0.0.7:554/Streaming/Channels/101"),
        ("rtsp://10.0.0.7/live?user=vet&auth=s3cret", "rtsp://10.0.0.7/live"),
        ("rtsp://10.0.0.7/user=vet_password=s3cret_channel=1.sdp?real_stream", "rtsp://10.0.0.7/..."),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_password_in_it(url: str, shown: str) -> None:
    wanted = rtsp_input(rtsp(url=url), None)
    assert (wanted.shown, wanted.address) == (shown, url)
    http = HttpMjpegSource(kind="http_mjpeg", url=url.replace("rtsp", "http"))
    assert http_mjpeg_input(http, None).shown == shown.replace("rtsp", "http")


def test_without_a_name_the_address_stays_as_it_was_given() -> None:
    assert rtsp_input(rtsp(), None).address == rtsp().url


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_rtsp_asks_for_its_transport(transport: str) -> None:
    assert rtsp_input(rtsp(transport=transport), None).options["rtsp_transport"] == transport


def test_v4l2_asks_for_size_rate_and_format() -> None:
    device = V4l2Source(
        kind="v4l2", device=Path("/dev/video3"), width_px=1280, height_px=720, frames_per_s=30, pixel_format="mjpeg"
    )
    wanted = v4l2_input(device)
    assert (wanted.address, wanted.format) == ("/dev/video3", "v4l2")
    assert {"video_size": "1280x720", "framerate": "30", "input_format": "mjpeg"}.items() <= wanted.options.items()
    assert "input_format" not in v4l2_input(V4l2Source(kind="v4l2", device=Path("/dev/video3"))).options


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "from env ")
    (tmp_path / "password").write_text("from file \n")
    assert read_secret(Secret(env="CAMERA_PASSWORD"), config_dir=tmp_path) == "from env "
    assert read_secret(Secret(file=Path("password")), config_dir=tmp_path) == "from file "


@pytest.mark.parametrize(
    "secret", [Secret(env="NO_SUCH_PASSWORD"), Secret(file=Path("none")), Secret(file=Path("binary"))]
)
def test_a_secret_that_cannot_be_read_says_where_and_not_what(tmp_path: Path, secret: Secret) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfes3cret")
    with pytest.raises(PainwatchError) as caught:
        read_secret(secret, config_dir=tmp_path)
    assert caught.value.where.endswith(("NO_SUCH_PASSWORD", "none", "binary"))
    assert "s3cret" not in str(caught.value)
