"""Files for Grafana's provisioning folder, which it reads when it starts: data source, dashboards, alerting."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from painwatch.config.models import Config
from painwatch.core.errors import PainwatchError
from painwatch.grafana.api_forms import ORGANISATION
from painwatch.grafana.dashboards.built import dashboards
from painwatch.grafana.data_source import data_source_file
from painwatch.grafana.file_values import literal
from painwatch.grafana.provisioning import RULES_FILE, alerting_files

BOARDS = "dashboards/painwatch"
"""Where the dashboards themselves lie below the provisioning folder."""


def files_of(config: Config, config_dir: Path, seen_as: str) -> dict[str, str]:
    """Path below the provisioning folder -> text.

    Args:
        seen_as: the provisioning folder as Grafana sees it.
    """
    first = _first_line(config.site)
    provider = _provider(config, f"{seen_as.rstrip('/')}/{BOARDS}")
    sources = data_source_file(config, config_dir)
    return {
        "datasources/painwatch.yaml": f"{first}\n{_yaml(sources)}",
        "dashboards/painwatch.yaml": f"{first}\n{_yaml(provider)}",
        **{f"{BOARDS}/{built.file_name}": built.json for built in dashboards(config, config_dir)},
        **{f"alerting/{name}": f"{first}\n{text}" for name, text in alerting_files(config, config_dir).items()},
    }


def exported(folder: Path, files: Mapping[str, str], site: str) -> tuple[str, ...]:
    """Writes the files below `folder`, each of them whole or not at all, and says what was done.

    A file of this site that is no longer among them is removed; all others are left alone. Grafana keeps rules that
    are gone from its files until a file says that they are to be deleted: those of earlier exports into `folder` are.

    Raises:
        PainwatchError: in the place of one of them is a file of somebody else's; nothing was written then.
        OSError: it cannot be written.
    """
    for name in files:
        _refuse_others(folder / name, files[name], site)
    done = []
    for name, text in _with_deleted_rules(folder, files).items():
        target = folder / name
        if target.exists() and target.read_text("utf-8") == text:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, text)
        done.append(f"wrote {target}")
    for target in _left_over(folder, files, site):
        target.unlink()
        done.append(f"removed {target}: Grafana itself keeps what it read from it")
    return tuple(done)


def _provider(config: Config, path: str) -> dict[str, Any]:
    entry = {
        "name": f"painwatch {config.site}",
        "orgId": ORGANISATION,
        "type": "file",
        # By its title alone, as for rules: Grafana reads those first, and makes the folder for them under a uid of its
        # own.
        "folder": config.grafana.folder,
        "allowUiUpdates": False,
        "options": {"path": str(PurePosixPath(path))},
    }
    return {"apiVersion": 1, "providers": [literal(entry)]}


def _first_line(site: str) -> str:
    return f"# Written by `painwatch grafana export` for the site {json.dumps(site)}: changes made here are lost."


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def _refuse_others(target: Path, text: str, site: str) -> None:
    if not os.path.lexists(target):
        return
    try:
        ours = target.is_file() and _is_ours(target.read_text("utf-8"), text, site)
    except UnicodeDecodeError:
        ours = False
    if not ours:
        mend = "move it away, or export into another folder; nothing was written"
        raise PainwatchError("was not written for this site by painwatch", where=str(target), mend=mend)


def _is_ours(there: str, wanted: str, site: str) -> bool:
    if wanted.startswith("#"):
        return there.partition("\n")[0] == _first_line(site)
    try:
        found, new = json.loads(there), json.loads(wanted)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("uid") == new["uid"]


def _with_deleted_rules(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    name = f"alerting/{RULES_FILE}"
    there = folder / name
    if not there.exists():
        return dict(files)
    asked_for = _rule_uids(files[name])
    gone = [uid for uid in _rule_uids(there.read_text("utf-8"), deleted=True) if uid not in asked_for]
    deleted = _yaml({"deleteRules": [{"orgId": ORGANISATION, "uid": uid} for uid in sorted(gone)]}) if gone else ""
    return {**files, name: files[name] + deleted}


def _rule_uids(text: str, *, deleted: bool = False) -> list[str]:
    """Of a rules file of ours; `deleted`: also those that it deletes. None of one that somebody broke."""
    try:
        content = yaml.safe_load(text)
        uids = [str(rule["uid"]) for group in content["groups"] for rule in group["rules"]]
        return [*uids, *(str(rule["uid"]) for rule in content.get("deleteRules") or ())] if deleted else uids
    except (yaml.YAMLError, LookupError, TypeError, AttributeError):
        return []


def _left_over(folder: Path, files: Mapping[str, str], site: str) -> list[Path]:
    first = _first_line(site)
    candidates = sorted((folder / "alerting").glob("painwatch-*.yaml"))
    others = [path for path in candidates if f"alerting/{path.name}" not in files and path.is_file()]
    return [path for path in others if path.read_bytes().startswith(f"{first}\n".encode())]


def _write(target: Path, text: str) -> None:
    mask = os.umask(0)
    os.umask(mask)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            # Grafana runs as a user of its own, and nothing in here is secret.
            os.fchmod(file.fileno(), 0o644 & ~mask)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
