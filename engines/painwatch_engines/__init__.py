"""Models, their training and runtimes, and the virtual cage. Never imports painwatch."""

import os

# ONNX Runtime 1.31 sends what it runs, and on which machine, to its maker unless this is set before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
