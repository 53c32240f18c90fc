"""Fixtures that more than one room's tests use, and what holds for every test."""

import os

# Before anything that starts threads of arithmetic is imported: several test runs may share a machine.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import cv2  # noqa: E402
import hypothesis  # noqa: E402

cv2.setNumThreads(1)

# No test is about time: on a busy machine any of them may be slow.
hypothesis.settings.register_profile("painwatch", deadline=None)
hypothesis.settings.load_profile("painwatch")

pytest_plugins = ["fixtures.cameras", "fixtures.influx", "fixtures.tidiness"]
