"""Compiled forms of models: a cache beside no model, where a form counts only with the record that admitted it.

A form is bound to the hash of its ONNX file, the engine and its version, the device, the precision and the shapes. It
is taken only if its record names exactly these and its file has the recorded hash; all else is as if it were not there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from painwatch_engines.artefacts import file_sha256
from painwatch_engines.errors import EngineError

Precision = Literal["fp32", "fp16", "int8"]

FORM = 2
"""Counts up with every change of how forms are compiled."""

_BUILDING = ".building-"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanKey(_Part):
    """What a compiled form is bound to.

    `engine` is what `engine build --target` calls it; `shapes` the least, usual and greatest shape of the input.
    """

    onnx_sha256: str
    engine: str
    engine_version: str
    device: str
    precision: Precision
    shapes: str

    @property
    def kin(self) -> str:
        """How the names of all forms of this model, engine and precision begin."""
        return f"{self.onnx_sha256[:12]}-{self.engine}-{self.precision}"

    @property
    def stem(self) -> str:
        """Name of the form's files without their endings."""
        return f"{self.kin}-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]}"


class Record(_Part):
    """Why a form was admitted. `figures`: its parity with the float32 model; `limits`: what they were held to."""

    key: PlanKey
    sha256: str
    model: str
    figures: dict[str, float]
    limits: dict[str, float]
    pictures: int
    made_at: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One record in the cache with its file; `fault`: why the file cannot be used, or ""."""

    record: Record
    file: Path
    fault: str


def default_plan_dir(environment: Mapping[str, str]) -> Path:
    """Where compiled forms lie unless configured: $CACHE_DIRECTORY (as systemd sets it), else the XDG cache."""
    # systemd separates several folders by colons; the first is ours.
    if service := environment.get("CACHE_DIRECTORY", "").split(":")[0]:
        return Path(service) / "engines"
    cache = environment.get("XDG_CACHE_HOME", "")
    home = Path(environment.get("HOME", "/"))
    return (Path(cache) if cache else home / ".cache") / "painwatch" / "engines"


def of_form(version: str) -> str:
    """An engine's version, and that of how painwatch compiles for it: forms made otherwise are not run."""
    return f"{version}, form {FORM}"


class PlanCache:
    """A folder of compiled forms. It need not exist until something is admitted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: PlanKey) -> Path:
        """The file of the newest form with this key; a key without shapes takes a form of any shapes.

        Raises:
            EngineError: there is none, or what is there is truncated, was exchanged, or is not to be trusted.
        """
        form = f"--target {key.engine} --precision {key.precision} --engine-dir {shlex.quote(str(self.folder))}"
        mend = f"On this host, as the user that runs the worker, run `painwatch engine build MODEL_FOLDER {form}`."
        same = self.kept(f"{key.kin}-*")
        alike = [kept for kept in same if kept.record.key.onnx_sha256 == key.onnx_sha256]
        fitting = [kept for kept in alike if _fits(kept.record.key, key)]
        for kept in reversed(fitting):
            if not kept.fault:
                return kept.file
        if fitting:
            raise EngineError(f"the compiled form {fitting[-1].fault}", str(fitting[-1].file), mend)
        if alike:
            other, this = alike[-1].record.key, f"{key.device}, {key.engine_version}"
            what = f"the compiled form was made for {other.device}, {other.engine_version}; this is {this}"
            raise EngineError(what, str(alike[-1].file), mend)
        raise EngineError(f"no {key.precision} form of the model has been compiled", str(self.folder), mend)

    def admit(self, built: Path, record: Record) -> Path:
        """Take a built file into the cache; it counts from the moment its record is whole.

        Args:
            built: a file in a `workplace()`, moved from there.
        """
        record = record.model_copy(update={"sha256": file_sha256(built)})
        file = self._file(record.key)
        # An older record does not fit a newer file, so at no moment is a file run that its record does not describe.
        built.replace(file)
        self.write_atomically(self._record(record.key), record.model_dump_json(indent=2).encode())
        return file

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """A new folder within the cache for what is being built, gone afterwards; nobody looks into it.

        What a build that was killed left behind is removed first: its folder is no longer locked.

        Raises:
            EngineError: the folder cannot be made or written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied")
            self._remove_left_behind()
            building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=self.folder))
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            # The kernel gives the lock back with the process, however that ends.
            with _locked(building):
                yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _remove_left_behind(self) -> None:
        for each in self.folder.glob(f"{_BUILDING}*"):
            # What another build holds stays, and so does all where the file system knows no locks.
            with suppress(OSError), _locked(each) as ours:
                if ours and each.is_dir():
                    shutil.rmtree(each)
                elif ours:
                    each.unlink()

    def write_atomically(self, target: Path, content: bytes) -> None:
        """Write a file of the cache so that a reader sees the old one or the new one, whole.

        Raises:
            EngineError: it cannot be written.
        """
        with self.workplace() as place:
            try:
                with (place / target.name).open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                (place / target.name).replace(target)
            except OSError as error:
                raise self._unwritable(error) from error

    def kept(self, stems: str = "*") -> list[Kept]:
        """Every record that can be read and whose name fits the pattern, newest last."""
        found = []
        for record_file in self.folder.glob(f"{stems}.json"):
            record = read_record(record_file)
            # A record under another name than its own key's was put there by somebody else.
            if record is not None and self._record(record.key) == record_file:
                file = self._file(record.key)
                found.append(Kept(record, file, _fault(file, record)))
        return sorted(found, key=lambda each: each.record.made_at)

    def _file(self, key: PlanKey) -> Path:
        return self.folder / f"{key.stem}.{'plan' if key.engine == 'tensorrt' else 'onnx'}"

    def _record(self, key: PlanKey) -> Path:
        return self.folder / f"{key.stem}.json"

    def _unwritable(self, error: OSError) -> EngineError:
        mend = "Name a folder that this user may write with --engine-dir (and `engine_dir` under `runtime:`)."
        return EngineError(f"compiled forms cannot be kept ({error.strerror})", str(self.folder), mend)


def read_record(path: Path) -> Record | None:
    """The record, or None if it is none."""
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _fits(kept: PlanKey, wanted: PlanKey) -> bool:
    return kept == (wanted if wanted.shapes else wanted.model_copy(update={"shapes": kept.shapes}))


def _fault(file: Path, record: Record) -> str:
    try:
        state = file.stat()
        if state.st_uid not in (0, os.getuid()) or state.st_mode & 0o002:
            return "belongs to another user or can be written by everyone"
        if file_sha256(file) != record.sha256:
            return "is truncated or was exchanged"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return ""


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Holds the lock of a file or folder; False if another holds it or there are no locks."""
    handle = os.open(path, os.O_RDONLY)
    try:
        ours = True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            ours = False
        yield ours
    finally:
        os.close(handle)
