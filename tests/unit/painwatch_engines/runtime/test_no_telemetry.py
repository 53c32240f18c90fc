"""What runs a model tells nobody of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
from painwatch_engines import zoo
from painwatch_engines.runtime import selection
selection.onnxruntime.InferenceSession(str(zoo.path("keypoints") / "model.onnx"), providers=["CPUExecutionProvider"])
"""


def test_onnx_runtime_keeps_no_telemetry(tmp_path: Path) -> None:
    # Its sender keeps an identity of the machine and a queue of events in the user's cache.
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
