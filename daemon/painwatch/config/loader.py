"""A configuration file to a Config, or every problem in it at once, each with its line and how to mend it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from painwatch.config.crosschecks import cross_faults
from painwatch.config.explain import explain
from painwatch.config.models import Config
from painwatch.config.yaml_tree import Fault, Mark, Tree, read_tree
from painwatch.core.errors import ConfigError, Problem

MAX_BYTES = 1_000_000
"""A cage takes some hundred bytes; a file beyond this is not a configuration."""

MOST_TOLD = 200
"""Problems that are told one by one; of more than these the rest is counted."""

LONGEST_WORDS = 600
"""What is told of a problem; a word of the file may be of any length."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and the places of its values in the file, for problems that show only later."""

    config: Config
    path: Path
    tree: Tree

    def problem(self, at: tuple[str | int, ...], what: str, mend: str) -> Problem:
        """A problem with the setting at `at`, such as ("cages", 0, "cameras", 1, "source")."""
        mark = self.tree.key_at(at)
        return Problem(str(self.path), mark.line, mark.column, what, _sentence(mend))


def load_config(path: Path) -> Config:
    """The configuration in the YAML file `path`.

    Raises:
        ConfigError: with every problem found, in file order; also when the file cannot be read at all.
    """
    return load_located(path).config


def load_located(path: Path) -> Loaded:
    """As `load_config`, with the places of the values kept."""
    return check_tree(read_tree(read_text(path)), path, path.absolute().parent)


def check_tree(tree: Tree, path: Path, config_dir: Path) -> Loaded:
    """The configuration in a document; problems are told as those of the file `path`.

    Raises:
        ConfigError: with every problem found, in file order.
    """
    faults = list(tree.faults)
    config: Config | None = None
    if isinstance(tree.value, dict):
        try:
            # JSON and strict: true is not 1 and "5" is not 5, yet lists become tuples and texts become paths.
            config = Config.model_validate_json(json.dumps(tree.value), strict=True)
        except ValidationError as error:
            # What is wrong with the text itself comes first; what follows from it at the same place is no news.
            known = {fault.mark for fault in faults}
            found = explain(error.errors(include_url=False), tree)
            faults += [fault for fault in found if fault.mark not in known]
        faults += cross_faults(tree, config_dir)
    elif tree.value is not None or not faults:
        mend = "write `version: 1`, `site:` and `cages:` as the shipped config.yaml does"
        faults.append(Fault(Mark(1, 1), "the file holds no settings (`key: value`)", mend))
    if faults or config is None:
        raise ConfigError(told_in_order(path, faults))
    return Loaded(config, path, tree)


def told_in_order(path: Path, faults: list[Fault]) -> tuple[Problem, ...]:
    """The faults as problems of the file `path`, each once, in file order; the last one counts what was left out."""
    ordered = sorted(dict.fromkeys(faults), key=lambda fault: (fault.mark.line, fault.mark.column))
    if left_out := ordered[MOST_TOLD:]:
        more = Fault(left_out[0].mark, f"{len(left_out)} more problems from here on", "mend those above first")
        ordered = [*ordered[:MOST_TOLD], more]
    return tuple(Problem(str(path), f.mark.line, f.mark.column, _cut(f.what), _cut(_sentence(f.mend))) for f in ordered)


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST_WORDS else f"{words[:LONGEST_WORDS]} ..."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def read_text(path: Path) -> str:
    """The text of a YAML file.

    Raises:
        ConfigError: it cannot be read, is no text, or too large to be one of ours.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file", "name the file after --config") from None
    except IsADirectoryError:
        raise _unreadable(path, "this is a folder, not a file", "name the YAML file in it") from None
    except PermissionError:
        raise _unreadable(path, "this file may not be read", "give this user the right to read it") from None
    except OSError as error:
        raise _unreadable(path, f"this file cannot be read ({error.strerror})", "check the path") from None
    if len(data) > MAX_BYTES:
        what = f"this file is larger than {MAX_BYTES / 1e6:g} MB"
        raise _unreadable(path, what, "name the YAML file; recordings and models are named in it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise _unreadable(path, "this byte is not UTF-8", "save the file as UTF-8", line, column) from None


def _unreadable(path: Path, what: str, mend: str, line: int = 1, column: int = 1) -> ConfigError:
    return ConfigError((Problem(str(path), line, column, what, _sentence(mend)),))
