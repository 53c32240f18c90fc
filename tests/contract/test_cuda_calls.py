"""Our calls of the CUDA driver, made for real on a stand-in in C that holds every handle and size to what it gave."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.cuda import open_device

SOURCE = Path(__file__).parents[1] / "fixtures" / "fake_libcuda.c"

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler (cc) here")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cuda") / "libfakecuda.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", str(made), str(SOURCE)], check=True)
    return made


def test_arrays_go_to_the_device_and_come_back(library: Path) -> None:
    device = open_device(library=str(library))
    assert device.name == "Fake GPU (compute capability 9.0)"
    sent = np.arange(1000, dtype=np.float32).reshape(10, 100)
    memory = device.allocate(sent.nbytes)
    assert memory > 2**32
    device.upload(memory, sent)
    back = np.zeros_like(sent)
    device.download(back, memory)
    device.synchronise()
    assert (back == sent).all()
    device.free(memory)
    assert ctypes.CDLL(str(library)).fakeLive() == 0
    device.close()


def test_a_recorded_graph_is_launched(library: Path) -> None:
    device, fake = open_device(library=str(library)), ctypes.CDLL(str(library))
    before = ctypes.c_int.in_dll(fake, "launches").value
    device.begin_capture()
    graph = device.end_capture()
    device.launch(graph)
    assert ctypes.c_int.in_dll(fake, "launches").value == before + 1
    with pytest.raises(EngineError, match="cuGraphLaunch failed"):
        device.launch(graph + 1)
    device.forget(graph)
    device.close()


def test_an_error_is_told_by_its_name(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_CUDA_FAILS", "1")
    with pytest.raises(EngineError, match=r"cuInit failed \(CUDA_ERROR_UNKNOWN\)"):
        open_device(library=str(library))


def test_a_gpu_that_is_not_there_is_told(library: Path) -> None:
    with pytest.raises(EngineError, match="no GPU 1, the driver sees 1"):
        open_device(1, library=str(library))


def test_a_host_without_a_driver_is_told() -> None:
    with pytest.raises(EngineError, match="no NVIDIA driver"):
        open_device(library="libno-such-cuda.so.1")


def test_a_driver_that_lacks_a_call_is_told() -> None:
    with pytest.raises(EngineError, match="has no cuInit"):
        open_device(library="libc.so.6")
