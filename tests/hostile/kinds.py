"""Every kind of hostile input there is."""

from __future__ import annotations

from hostile.api import api_routes
from hostile.cameras import frame_rings, network_cameras, recordings
from hostile.databases import databases
from hostile.logins import logins
from hostile.messages import messages
from hostile.models import networks
from hostile.processes import hub_sockets, page_sockets
from hostile.tables import face_folders, model_cards, rating_tables
from hostile.trial import Kind
from hostile.yaml_files import configurations, rules_files

KINDS: dict[str, Kind] = {
    "configuration": configurations,
    "alarm rules": rules_files,
    "messages": messages,
    "hub's sockets": hub_sockets,
    "API routes": api_routes,
    "logins": logins,
    "page's sockets": page_sockets,
    "model cards": model_cards,
    "networks (ONNX)": networks,
    "history files": databases,
    "recordings": recordings,
    "network cameras": network_cameras,
    "frame rings": frame_rings,
    "rating tables": rating_tables,
    "sets of faces": face_folders,
}
