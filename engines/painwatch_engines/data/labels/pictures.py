"""Pictures on their way into a set: found, checked and copied, and a set's folder that is there whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

import cv2

from painwatch_engines.data.face_folder import Face
from painwatch_engines.data.labels.tables import Fault, refuse
from painwatch_engines.errors import DataError
from painwatch_engines.safe_pictures import is_there, read_picture

KEPT_AS_THEY_ARE = (".png", ".jpg", ".jpeg")
CONVERTED = (".bmp", ".tif", ".tiff", ".webp")
"""Endings of pictures that are kept as PNG instead."""

Progress = Callable[[int, int], None]
"""Called with what is done and what there is."""


def is_picture(path: Path) -> bool:
    """Whether a file is a picture, by its ending."""
    return path.suffix.lower() in (*KEPT_AS_THEY_ARE, *CONVERTED) and path.is_file()


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder that becomes `out` when all went well, and is removed if not.

    Raises:
        DataError: if `out` holds something already, or cannot be written.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise DataError("there is something already", str(out), "Name a new folder after --out.")
    part = None
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.absolute().parent))
        yield part
        part.chmod(0o755)  # mkdtemp makes it for its owner alone
        part.rename(out)
    except OSError as error:
        mend = "Name a folder that can be written and has room."
        raise DataError(f"cannot be written ({error.strerror})", str(error.filename or out), mend) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def copy_pictures(
    faces: Sequence[Face], root: Path, folder: Path, *, table: Path, progress: Progress | None = None
) -> list[Face]:
    """Copy the faces' pictures from below `root` into `folder`/images; the faces with their new paths.

    Raises:
        DataError: if pictures are missing, broken, or lie outside `root`; names all of them, nothing is copied then
            of those that come after.
    """
    faults: list[Fault] = []
    kept: list[Face] = []
    taken: dict[str, str] = {}
    for done, face in enumerate(faces, start=1):
        name = PurePosixPath("images", face.image)
        if name.suffix.lower() not in KEPT_AS_THEY_ARE:
            name = name.with_suffix(".png")
        fault = _fault(face.image, root, taken.setdefault(str(name).lower(), face.image))
        if fault is not None:
            faults.append(Fault(str(root / face.image), fault, f"It is named in {table}."))
        elif not faults:
            _keep(root / face.image, folder / name)
        kept.append(replace(face, image=str(name)))
        if progress is not None:
            progress(done, len(faces))
    refuse(faults, table)
    return kept


def set_name(out: Path) -> str:
    """A name for the set in folder `out`: its name in a-z, 0-9, - and _."""
    return re.sub(r"[^a-z0-9_\-]+", "_", out.absolute().name.lower()).strip("_") or "faces"


def _fault(image: str, root: Path, taken_by: str) -> str | None:
    path = PurePosixPath(image)
    if path.is_absolute() or ".." in path.parts:
        return f"this picture does not lie below {root}"
    if taken_by != image:
        return f"another picture would have the same name ({taken_by})"
    if not is_there(root / image):
        return "there is no such picture"
    if read_picture(root / image) is None:
        return "this is no picture, or a broken one"
    return None


def _keep(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix.lower() in KEPT_AS_THEY_ARE:
        shutil.copyfile(source, target)
    elif not cv2.imwrite(str(target), cv2.imread(str(source), cv2.IMREAD_COLOR)):
        raise DataError("the picture cannot be written", str(target), "Look whether the disk is full.")
