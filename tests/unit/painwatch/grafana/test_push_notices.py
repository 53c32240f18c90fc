"""What a person is told before a push: found without asking anything but the version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.grafana_push import settings_for
from painwatch.config.models import Config
from painwatch.grafana.push import planned
from painwatch.grafana.wanted import wanted_of


class EmptyGrafana:
    """Holds nothing, and takes nothing."""

    def version(self) -> tuple[int, ...]:
        return (12, 1, 0)

    def policies(self) -> dict[str, Any]:
        return {"receiver": "x"}

    def __getattr__(self, name: str) -> Any:
        return lambda *_: [] if name in ("rules", "contact_points") else None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://grafana.lab:3000", True),
        ("https://grafana.lab:3000", False),
        ("http://127.0.0.1:3000", False),
        ("http://[::1]:3000", False),
        ("http://localhost:3000/grafana", False),
    ],
)
def test_secrets_do_not_go_unencrypted_unnoticed(
    url: str, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("painwatch.grafana.wanted.dashboards", lambda *_: ())
    wanted = wanted_of(Config.model_validate(settings_for(url)), tmp_path, lambda _: "https://h.example/s3cret")
    notices = planned(EmptyGrafana(), wanted).notices
    assert any("unencrypted" in notice for notice in notices) is told
