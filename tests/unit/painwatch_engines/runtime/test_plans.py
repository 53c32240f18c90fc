"""The cache of compiled forms: only what was admitted for exactly this is ever taken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.plans import PlanCache, PlanKey, Record, default_plan_dir, read_record

KEY = PlanKey(
    onnx_sha256="a" * 64, engine="tensorrt", engine_version="10.3.0", device="GPU A", precision="fp16", shapes="1..16"
)


def record(key: PlanKey = KEY, made_at: str = "2026-01-01T00:00:00+00:00") -> Record:
    return Record(
        key=key,
        sha256="",
        model="small 1",
        figures={"p99 |dp|": 0.01},
        limits={"p99 |dp|": 0.03},
        pictures=32,
        made_at=made_at,
        made_by="the test",
    )


def admit(plans: PlanCache, content: bytes = b"plan", key: PlanKey = KEY) -> Path:
    with plans.workplace() as place:
        (place / "form").write_bytes(content)
        return plans.admit(place / "form", record(key))


@pytest.fixture
def plans(tmp_path: Path) -> PlanCache:
    return PlanCache(tmp_path / "plans")


def test_what_was_admitted_is_found_with_and_without_its_shapes(plans: PlanCache) -> None:
    file = admit(plans)
    assert plans.find(KEY) == plans.find(KEY.model_copy(update={"shapes": ""})) == file
    assert file.read_bytes() == b"plan"
    assert len(list(plans.folder.iterdir())) == 2


def test_of_a_missing_form_it_is_said_how_to_build_it(plans: PlanCache) -> None:
    with pytest.raises(
        EngineError, match=r"run `painwatch engine build MODEL_FOLDER --target tensorrt --precision fp16"
    ):
        plans.find(KEY)
    assert not plans.folder.exists()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("device", "GPU B", "made for GPU A, 10.3.0; this is GPU B"),
        ("engine_version", "11.4.0", "this is GPU A, 11.4.0"),
        ("precision", "int8", "no int8 form"),
        ("onnx_sha256", "b" * 64, "no fp16 form"),
        ("shapes", "1..4", "made for"),
    ],
)
def test_a_form_for_something_else_is_not_taken(plans: PlanCache, field: str, value: str, told: str) -> None:
    admit(plans)
    with pytest.raises(EngineError, match=told):
        plans.find(KEY.model_copy(update={field: value}))


def test_a_truncated_or_exchanged_file_is_refused_until_it_is_built_again(plans: PlanCache) -> None:
    file = admit(plans)
    for content in (b"pla", b"PLAN", b""):
        file.write_bytes(content)
        with pytest.raises(EngineError, match="truncated or was exchanged"):
            plans.find(KEY)
    assert "truncated" in plans.kept()[0].fault
    again = admit(plans, b"new plan")
    assert plans.find(KEY) == again


def test_a_file_without_its_record_does_not_count(plans: PlanCache) -> None:
    file = admit(plans)
    file.with_suffix(".json").unlink()
    with pytest.raises(EngineError, match="no fp16 form"):
        plans.find(KEY)


def test_a_record_that_was_put_there_under_another_name_does_not_count(plans: PlanCache) -> None:
    file = admit(plans)
    file.with_suffix(".json").rename(plans.folder / "mine.json")
    assert plans.kept() == []


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[1, 2]"])
def test_a_record_that_cannot_be_read_is_none(plans: PlanCache, content: bytes) -> None:
    file = admit(plans).with_suffix(".json")
    file.write_bytes(content)
    assert read_record(file) is None
    with pytest.raises(EngineError, match="no fp16 form"):
        plans.find(KEY)


def test_a_file_that_everyone_may_write_is_not_trusted(plans: PlanCache) -> None:
    admit(plans).chmod(0o666)
    with pytest.raises(EngineError, match="written by everyone"):
        plans.find(KEY)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="--engine-dir"), PlanCache(tmp_path / "file" / "plans").workplace():
        pass


def test_the_command_that_builds_a_form_puts_it_where_it_is_looked_for(plans: PlanCache) -> None:
    with pytest.raises(EngineError, match=f"--engine-dir {plans.folder}`"):
        plans.find(KEY)


def test_what_a_killed_build_left_is_removed_by_the_next_and_what_another_builds_is_not(plans: PlanCache) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from painwatch_engines.runtime import PlanCache\n"
        "with PlanCache(Path(sys.argv[1])).workplace() as place:\n"
        "    (place / 'form').write_bytes(b'half'); (place / 'form.float32').write_bytes(b'')\n"
        "    print('building', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(plans.folder)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"building\n"
        admit(plans)
        assert [len(list(each.iterdir())) for each in plans.folder.glob(".building-*")] == [2]
        other.kill()
        other.wait(60)
    (plans.folder / ".building-0a1b2c").write_bytes(b"of an earlier version")
    admit(plans)
    assert list(plans.folder.glob(".building-*")) == []


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"CACHE_DIRECTORY": "/var/cache/painwatch:/other", "HOME": "/home/a"}, "/var/cache/painwatch/engines"),
        ({"XDG_CACHE_HOME": "/cache", "HOME": "/home/a"}, "/cache/painwatch/engines"),
        ({"HOME": "/home/a"}, "/home/a/.cache/painwatch/engines"),
    ],
)
def test_where_forms_lie(environment: dict[str, str], folder: str) -> None:
    assert default_plan_dir(environment) == Path(folder)
