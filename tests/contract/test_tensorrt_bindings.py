"""Our TensorRT code names only what the real Python bindings have, with arguments they take: 10.3, late 10 and 11.

The bindings come from the package registry as wheels of about a megabyte; no GPU and none of TensorRT's libraries is
needed, because the nine C functions that the bindings ask for are stood in for by empty ones.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fixtures.small_networks import small_classifier

SCENARIO = Path(__file__).parents[1] / "fixtures" / "tensorrt_scenario.py"

WHEELS = {
    "10.3.0": "tensorrt_cu12_bindings",
    "10.16.1.11": "tensorrt_cu12_bindings",
    "11.4.0.106": "tensorrt_cu13_bindings",
}

ENTRY_POINTS = (
    "createInferBuilder_INTERNAL",
    "createInferRefitter_INTERNAL",
    "createInferRuntime_INTERNAL",
    "createNvOnnxParserRefitter_INTERNAL",
    "createNvOnnxParser_INTERNAL",
    "getBuilderPluginRegistry",
    "getNvOnnxParserVersion",
    "getPluginRegistry",
    "initLibNvInferPlugins",
)

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler (cc) here")


@pytest.fixture(scope="module", params=WHEELS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scenario says of one version."""
    version = str(request.param)
    kept = request.config.cache.mkdir("tensorrt-bindings")
    wheel = _wheel(version, Path(kept) / version)
    folder = tmp_path_factory.mktemp("tensorrt")
    _stubs(folder / "stubs", version.split(".")[0])
    model = small_classifier(folder / "model", pictures=0) / "model.onnx"
    done = subprocess.run(
        [sys.executable, str(SCENARIO), str(wheel), str(folder / "stubs"), str(model)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["version"] == version
    return found


def test_building_and_running_use_only_what_is_there(told: dict[str, Any]) -> None:
    assert {
        "Builder.build_serialized_network",
        "Builder.create_network",
        "IBuilderConfig.set_memory_pool_limit",
        "IBuilderConfig.set_timing_cache",
        "IExecutionContext.execute_async_v3",
        "IExecutionContext.set_tensor_address",
        "IOptimizationProfile.set_shape",
        "OnnxParser.parse_from_file",
        "Runtime.deserialize_cuda_engine",
    } <= set(told["used"])


def test_what_was_removed_would_be_noticed(told: dict[str, Any]) -> None:
    always = {
        "max_workspace_size",
        "execute_async_v2",
        "get_binding_index",
        "text for an address",
        "an argument of another name",
    }
    since_11 = {"FP16 flag", "EXPLICIT_BATCH"} if told["version"].startswith("11.") else set()
    assert set(told["refused"]) == always | since_11


def _wheel(version: str, folder: Path) -> Path:
    """The unpacked wheel, fetched once; skips where it cannot be had."""
    unpacked = folder / "unpacked"
    if not unpacked.is_dir():
        wanted = f"{WHEELS[version]}=={version}"
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        fetched = subprocess.run([*fetch, "--dest", str(folder), wanted], capture_output=True, text=True, check=False)
        wheels = list(folder.glob("*.whl"))
        if fetched.returncode != 0 or not wheels:
            last = (fetched.stderr.strip().splitlines() or ["no reason given"])[-1]
            pytest.skip(f"{wanted} cannot be had from the package registry ({last[:120]})")
        being_unpacked = folder / "being-unpacked"
        shutil.rmtree(being_unpacked, ignore_errors=True)
        with zipfile.ZipFile(wheels[0]) as archive:
            archive.extractall(being_unpacked)
        being_unpacked.rename(unpacked)
    return unpacked


def _stubs(folder: Path, major: str) -> None:
    folder.mkdir()
    source = folder / "stub.c"
    source.write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in ENTRY_POINTS))
    for library in ("libnvinfer", "libnvinfer_plugin", "libnvonnxparser"):
        name = f"{library}.so.{major}"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-o", str(folder / name), str(source), f"-Wl,-soname,{name}"], check=True
        )
