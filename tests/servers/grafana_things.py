"""Folders, data sources and dashboards of the stand-in: what Grafana keeps and answers.

After pkg/api/{folder,datasources,dashboard}.go and pkg/api/apierrors of Grafana 11 and 12.
"""

from __future__ import annotations

from typing import Any

from servers.grafana_schemas import (
    DASHBOARD,
    DATA_SOURCE,
    DATA_SOURCE_CHANGE,
    FOLDER,
    FOLDER_CHANGE,
    wrong,
)

Answered = tuple[int, Any]
NONE: Answered = (404, {"message": "Data source not found"})
NOT_FOUND: Answered = (404, {"message": "Not found"})


def bad(words: str) -> Answered:
    return 400, {"message": "bad request data", "error": words}


class Things:
    """What is kept, by uid."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.data_sources: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.metas: dict[str, dict[str, Any]] = {}
        self._last_id = 0

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def answer(self, method: str, parts: list[str], body: Any) -> Answered | None:
        """The answer, or None if it is not asked for any of this."""
        match method, parts:
            case "GET", ["folders", uid]:
                missing = {"status": "not-found", "message": "folder not found"}
                return (200, self.folders[uid]) if uid in self.folders else (404, missing)
            case "POST", ["folders"]:
                return self._make_folder(body)
            case "PUT", ["folders", uid]:
                return self._change_folder(uid, body)
            case "GET", ["datasources", "uid", uid]:
                return (200, self._shown(uid)) if uid in self.data_sources else NONE
            case "GET", ["datasources", "uid", uid, "health"]:
                return (200, {"status": "OK", "message": "datasource is working"}) if uid in self.data_sources else NONE
            case "POST", ["datasources"]:
                return self._make_data_source(body)
            case "PUT", ["datasources", "uid", uid]:
                return self._change_data_source(uid, body)
            case "GET", ["dashboards", "uid", uid]:
                found = {"dashboard": self.dashboards.get(uid), "meta": self.metas.get(uid)}
                return (200, found) if uid in self.dashboards else (404, {"message": "Dashboard not found"})
            case "POST", ["dashboards", "db"]:
                return self._save_dashboard(body)
        return None

    def _make_folder(self, body: Any) -> Answered:
        if fault := wrong(body, FOLDER):
            return bad(fault)
        uid = body.get("uid") or f"made-{self.new_id()}"
        if uid in self.folders:
            return 409, {"message": "a folder with the same uid already exists"}
        if any(one["title"] == body["title"] for one in self.folders.values()):
            return 409, {"message": "a folder with the same name already exists in the current location"}
        url = f"/dashboards/f/{uid}/x"
        self.folders[uid] = {"id": self.new_id(), "uid": uid, "title": body["title"], "url": url, "version": 1}
        return 200, self.folders[uid]

    def _change_folder(self, uid: str, body: Any) -> Answered:
        if fault := wrong(body, FOLDER_CHANGE):
            return bad(fault)
        if uid not in self.folders:
            return 404, {"status": "not-found", "message": "folder not found"}
        folder = self.folders[uid]
        if body.get("version") != folder["version"] and not body.get("overwrite"):
            return 412, {"status": "version-mismatch", "message": "the folder has been changed by someone else"}
        folder |= {"title": body["title"], "version": folder["version"] + 1}
        return 200, folder

    def _make_data_source(self, body: Any) -> Answered:
        if fault := wrong(body, DATA_SOURCE):
            return bad(fault)
        if body.get("uid") in self.data_sources:
            return 409, {"message": "data source with the same uid already exists"}
        if any(one["name"] == body["name"] for one in self.data_sources.values()):
            return 409, {"message": "data source with the same name already exists"}
        return 200, {"message": "Datasource added"} | self._keep(body["uid"], body, self.new_id(), 1)

    def _change_data_source(self, uid: str, body: Any) -> Answered:
        if fault := wrong(body, DATA_SOURCE_CHANGE):
            return bad(fault)
        if uid not in self.data_sources:
            return NONE
        there = self.data_sources[uid]
        if there["readOnly"]:
            return 403, {"message": "Cannot update read-only data source"}
        if body.get("version", there["version"]) != there["version"]:
            words = "Datasource has already been updated by someone else. Please reload and try again"
            return 409, {"message": words}
        return 200, {"message": "Datasource updated"} | self._keep(uid, body, there["id"], there["version"] + 1)

    def _keep(self, uid: str, body: dict[str, Any], number: int, version: int) -> dict[str, Any]:
        # Secrets that are not sent again stay.
        self.secrets[uid] = self.secrets.get(uid, {}) | body.get("secureJsonData", {})
        empty = dict.fromkeys(("url", "user", "database", "basicAuthUser"), "")
        flags = dict.fromkeys(("basicAuth", "withCredentials", "isDefault"), False)
        given = {key: value for key, value in body.items() if key not in ("secureJsonData", "version")}
        counted = {"id": number, "uid": uid, "orgId": 1, "version": version, "readOnly": False}
        self.data_sources[uid] = empty | flags | {"jsonData": {}} | given | counted
        return {"id": number, "name": body["name"], "datasource": self._shown(uid)}

    def _shown(self, uid: str) -> dict[str, Any]:
        fields = {name: True for name, value in self.secrets.get(uid, {}).items() if value}
        return self.data_sources[uid] | {"secureJsonFields": fields, "typeLogoUrl": "public/x.svg"}

    def _save_dashboard(self, body: Any) -> Answered:
        if fault := wrong(body, DASHBOARD):
            return bad(fault)
        model, folder = body["dashboard"], body.get("folderUid", "")
        uid = model.get("uid") or f"made-{self.new_id()}"
        if len(uid) > 40:
            return 400, {"message": "uid too long, max 40 characters"}
        if folder and folder not in self.folders:
            return 400, {"message": "folder not found"}
        there, overwrite = self.dashboards.get(uid), body.get("overwrite", False)
        if there is not None and self.metas[uid].get("provisioned"):
            return 400, {"message": "Cannot save provisioned dashboard"}
        if there is not None and model.get("version") != there["version"] and not overwrite:
            return 412, {"status": "version-mismatch", "message": "The dashboard has been changed by someone else"}
        for other, one in self.dashboards.items():
            same_place = one["title"] == model["title"] and self.metas[other]["folderUid"] == folder
            if other != uid and same_place and not overwrite:
                words = "A dashboard with the same name in the folder already exists"
                return 412, {"status": "name-exists", "message": words}
        number, version = (self.new_id(), 1) if there is None else (there["id"], there["version"] + 1)
        self.dashboards[uid] = model | {"id": number, "uid": uid, "version": version}
        self.metas[uid] = {"folderUid": folder, "version": version, "provisioned": False, "slug": "x"}
        told = {"id": number, "uid": uid, "version": version, "url": f"/d/{uid}/x", "slug": "x", "folderUid": folder}
        return 200, told | {"status": "success"}
