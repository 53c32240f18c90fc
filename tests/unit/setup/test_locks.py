"""The lock files install the same things everywhere, and the live one stays small."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LIVE, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", text(name), re.MULTILINE))


@pytest.mark.parametrize("name", [LIVE, DEVELOPMENT])
def test_a_lock_names_no_place(name: str) -> None:
    for line in text(name).splitlines():
        assert "://" not in line
        assert not line.lstrip("# ").startswith(("-i ", "--index", "--extra-index", "--find-links", "-f ", "--trusted"))
        assert not re.search(r"(^|[\s'\"=])/\w", line), line


@pytest.mark.parametrize("name", [LIVE, DEVELOPMENT])
def test_a_lock_fits_every_kind_of_host(name: str) -> None:
    for package, version in locked(name).items():
        assert not package.lower().startswith(("nvidia", "triton", "cuda")), package
        assert "+" not in version, f"{package} {version} is one build of several"


def test_the_live_lock_holds_no_training_and_no_agpl() -> None:
    assert not {"torch", "torchvision", "timm", "onnx", "deeplabcut-live", "pytest", "mypy"} & set(locked(LIVE))


def test_everything_live_has_its_hash() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", text(LIVE), flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked(LIVE))
    assert all("--hash=sha256:" in entry for entry in entries)


def test_development_runs_what_is_live() -> None:
    assert locked(LIVE).items() <= locked(DEVELOPMENT).items()


def test_what_must_be_one_version_is() -> None:
    pinned = {"torch": "2.13.0", "torchvision": "0.28.0", "deeplabcut-live": "1.1.0", "hatchling": "1.27.0"}
    assert pinned.items() <= locked(DEVELOPMENT).items()
    assert {"timm", "onnx"} <= set(locked(DEVELOPMENT))
    both = [name for name in locked(DEVELOPMENT) if name.startswith("opencv")]
    assert both == ["opencv-python-headless"]  # a second wheel of OpenCV would own the same cv2


@pytest.mark.parametrize("name", [LIVE, DEVELOPMENT])
def test_every_dependency_is_locked(name: str) -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    extras = project["optional-dependencies"].values() if name == DEVELOPMENT else ()
    wanted = [*project["dependencies"], *(entry for extra in extras for entry in extra)]
    names = {re.split(r"[<>=!~\[; ]", entry)[0].lower().replace("_", "-") for entry in wanted}
    assert names <= set(locked(name)), "run `make lock`"


def test_the_page_of_licences_lists_all_that_is_locked() -> None:
    page = text("docs/licences.md")
    for package, version in locked(DEVELOPMENT).items():
        assert f"| {package} | {version} |" in page, "run `make docs`"
