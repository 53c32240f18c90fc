"""What `painwatch run` shows."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from fixtures.waiting import wait_until
from painwatch.config.loader import load_config
from painwatch.config.page import PageConfig, TlsConfig
from painwatch.config.places import Places
from painwatch.console import cage_lines, page_address, showing, story
from painwatch.web.feed import Heard
from painwatch.web.wording import Severity

CONFIG = load_config(Path(__file__).parents[3] / "config.yaml")


def test_the_story_names_the_page_and_says_what_it_is_not(tmp_path: Path) -> None:
    told = story(CONFIG, Places(run_dir=tmp_path, data_dir=tmp_path / "data"))
    assert "Demo room" in told
    assert "1 cage through 2 cameras" in told
    assert "http://127.0.0.1:8080/" in told
    assert str(tmp_path / "data") in told
    assert "does not diagnose" in told


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [("127.0.0.1", 80, "http://127.0.0.1:80/"), ("::1", 81, "http://[::1]:81/"), ("127.0.0.1", 0, "named in web.log")],
)
def test_the_address_can_be_opened_as_it_is_told(host: str, port: int, address: str) -> None:
    assert address in page_address(CONFIG.model_copy(update={"page": PageConfig(host=host, port=port)}))


def test_a_page_with_a_certificate_is_opened_over_tls() -> None:
    page = PageConfig(host="127.0.0.1", port=8443, tls=TlsConfig(certificate=Path("page.pem"), key=Path("page.key")))
    assert page_address(CONFIG.model_copy(update={"page": page})) == "https://127.0.0.1:8443/"


def test_silence_is_told_as_not_known() -> None:
    ((name, said),) = cage_lines(CONFIG, Heard(None, None))
    assert name == "cage-1"
    assert said.severity is Severity.UNKNOWN


def test_without_a_terminal_changes_are_log_lines(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "painwatch.console")
    with showing(CONFIG, Places(run_dir=tmp_path, data_dir=tmp_path)):
        wait_until(lambda: "cage-1: " in caplog.text, what="the first line")
    assert "has not been heard yet" in caplog.text


def test_on_a_terminal_there_is_a_line_for_each_cage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    before = logging.getLogger().handlers[:]
    with showing(CONFIG, Places(run_dir=tmp_path, data_dir=tmp_path)):
        logging.getLogger("painwatch.supervise").warning("a child ended")
    shown = capsys.readouterr().err
    assert "cage-1" in shown
    assert "a child ended" in shown
    assert logging.getLogger().handlers == before
