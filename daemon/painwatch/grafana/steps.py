"""What stands between a Grafana and the folder, data source and dashboards it is to hold. Reads, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

from painwatch.core.errors import PainwatchError
from painwatch.grafana.as_read import dashboard_as_read
from painwatch.grafana.client import Grafana
from painwatch.grafana.data_source import data_source_as_read, merged
from painwatch.grafana.differences import differ
from painwatch.grafana.faults import GrafanaFault
from painwatch.grafana.wanted import Wanted

Act = Literal["make", "change", "remove", "renew"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is made, changed or removed. `before` and `after`: as Grafana gives it; None: it is not there.

    The two are the same where only what is secret is sent again. `write` does it, and gives what a person should know.
    """

    what: str
    before: Any | None
    after: Any | None
    write: Callable[[], Sequence[str] | None]

    @property
    def act(self) -> Act:
        if self.after is None:
            return "remove"
        if self.before is None:
            return "make"
        return "change" if differ(self.before, self.after) else "renew"


def folder_steps(grafana: Grafana, wanted: Wanted) -> Iterator[Step]:
    """The folder, under its title."""
    uid, title = wanted.folder_uid, wanted.config.grafana.folder
    what, after = f'folder "{title}"', {"uid": uid, "title": title}
    found = grafana.folder(uid)
    if found is None:
        yield Step(what, None, after, partial(_made_folder, grafana.make_folder, uid, title))
    elif found.get("title") != title:
        before = {"uid": uid, "title": found.get("title")}
        renamed = partial(grafana.rename_folder, version=found.get("version"))
        yield Step(what, before, after, partial(_made_folder, renamed, uid, title))


def _made_folder(write: Callable[[str, str], None], uid: str, title: str) -> None:
    try:
        write(uid, title)
    except GrafanaFault as fault:
        if fault.status != 409:
            raise
        # Never to be mended by deleting: with the folder go the dashboards and rules of whoever it belongs to.
        mend = "give `folder` of `grafana` another title, since each site needs a folder of its own, or rename that one"
        raise PainwatchError(fault.what, where=fault.where, mend=mend) from None


def data_source_steps(grafana: Grafana, wanted: Wanted, *, renew: bool) -> Iterator[Step]:
    """The data source; `renew`: also where all that can be known of it is as it should be."""
    form = wanted.data_source
    uid, secret = form["uid"], form["secureJsonData"]
    what, after = f'data source "{form["name"]}"', data_source_as_read(form, secret)
    found = grafana.data_source(uid)
    if found is None:
        yield Step(what, None, after, partial(grafana.make_data_source, form))
        return
    before = data_source_as_read(found, secret)
    if differ(before, after) or (renew and secret):
        refuse_files(what, "file" if found.get("readOnly") else "")
        yield Step(what, before, after, partial(grafana.change_data_source, uid, merged(form, found)))


def dashboard_steps(grafana: Grafana, wanted: Wanted, *, overwrite: bool) -> Iterator[Step]:
    """The dashboards. `overwrite`: also over one that is changed by somebody meanwhile."""
    message = f"painwatch {version('painwatch')}"
    for model in wanted.dashboards:
        what, after = f'dashboard "{model["title"]}"', dashboard_as_read(model, wanted.folder_uid)
        found = grafana.dashboard(model["uid"])
        meta, there = (found or {}).get("meta") or {}, (found or {}).get("dashboard") or {}
        before = dashboard_as_read(there, meta.get("folderUid")) if found is not None else None
        if before is not None and not differ(before, after):
            continue
        refuse_files(what, "file" if meta.get("provisioned") else "")
        # Grafana refuses it if another version is there by then.
        known = {"id": None} | ({"version": there["version"]} if "version" in there else {})
        form = {
            "dashboard": {key: value for key, value in model.items() if key != "version"} | known,
            "folderUid": wanted.folder_uid,
            "message": message,
            "overwrite": overwrite,
        }
        yield Step(what, before, after, partial(grafana.save_dashboard, form))


def refuse_files(what: str, provenance: str | None) -> None:
    """Raises PainwatchError for what comes from a provisioning file: Grafana would not change it, or not for long."""
    if provenance == "file":
        mend = (
            "remove it from Grafana's provisioning files and restart Grafana, or leave it to `painwatch grafana export`"
        )
        raise PainwatchError("comes from a provisioning file, and differs", where=what, mend=mend)
