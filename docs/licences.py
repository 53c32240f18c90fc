"""The licences of everything painwatch depends on, from what the packages say of themselves.

`python docs/licences.py > docs/licences.md`, in an environment that holds requirements-dev.lock.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]

INTRODUCTION = """\
# Licences

<!-- Written by `make docs` from the installed packages' own metadata; a test holds it to the lock files. -->

painwatch itself is under BSD-3-Clause (LICENSE). This page lists what it depends on, as the packages say themselves; it
is no legal advice.

## DeepLabCut-live is AGPL, and therefore an extra

By its metadata DeepLabCut-live is under AGPL-3.0-or-later (headers of some of its files say LGPL; the stricter one is
taken here). A default installation does not contain it: keypoint networks made for DeepLabCut run through ONNX Runtime.
It comes only with `pip install 'painwatch[dlclive]'`, is imported in one module
(`painwatch_engines.models.dlclive_seam`) and only when the configuration says `runner: dlclive`. Whoever turns it on
and lets others use the system over a network, the live page included, should read that licence first: it asks that
those users can get the source code of the whole.

The development lock holds it, because the tests compare both runners.

## Pingouin is GPL, and never on a live host

The intraclass correlations of `painwatch labels agreement` are computed by Pingouin (GPL-3.0). It comes with the extra
`train` only and is imported in one module (`painwatch_engines.evaluation.agreement`). Whoever passes on painwatch
together with it passes on the whole under the GPL's terms.

## Libraries inside the wheels

A wheel may carry libraries under other licences than its own. Two matter here: PyAV's carries FFmpeg (LGPL) together
with x264 and x265 (GPL-2.0-or-later), which only `painwatch virtual render` uses, to write videos; OpenCV's carries
FFmpeg (LGPL). Installed from the registry they are used as they come; whoever passes on an image or a disk with them
inside passes on those too.
"""

SPOKEN = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
}


def main() -> None:
    """Write the page to standard output."""
    live, everything = locked("requirements.lock"), locked("requirements-dev.lock")
    more = {name: version for name, version in everything.items() if name not in live}
    sys.stdout.write(INTRODUCTION)
    sys.stdout.write(section("The live system", live))
    sys.stdout.write(section("Beside it: the extras `dlclive`, `train` and `sweep`, and development", more))


def locked(lock: str) -> dict[str, str]:
    """Names and versions in a lock file."""
    text = (ROOT / lock).read_text("utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def section(title: str, packages: dict[str, str]) -> str:
    """One table."""
    rows = "".join(f"| {name} | {version} | {licence(name)} |\n" for name, version in packages.items())
    return f"\n## {title}\n\n| package | version | licence |\n|---|---|---|\n{rows}"


def licence(name: str) -> str:
    """What a package says of its licence, in few words."""
    about = metadata(name)
    if expression := about.get("License-Expression"):
        return str(expression)
    classifiers = [
        entry.rsplit(" :: ", 1)[-1]
        for entry in about.get_all("Classifier") or []
        if entry.startswith("License :: ") and not entry.endswith("OSI Approved")
    ]
    text = str(about.get("License") or "").strip()
    short = text if text and len(text) < 40 and "\n" not in text else ""
    first_line = text.partition("\n")[0]
    told = " and ".join(SPOKEN.get(entry, entry) for entry in classifiers) or short or first_line
    return told or "not said in its metadata"


if __name__ == "__main__":
    main()
