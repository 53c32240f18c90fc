"""The units of a configuration: what they let a process have, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch.config.models import Config
from painwatch.core.errors import PainwatchError
from painwatch.secrets import credential_of_file
from painwatch.unit_files.__main__ import shown
from painwatch.unit_files.folders import Install
from painwatch.unit_files.units import MARK, units_for

SHOWN = Path(__file__).parents[4] / "systemd"
EXAMPLES = sorted(SHOWN.glob("*/config.yaml"))
INSTALL = Install(Path("/opt/painwatch/bin/painwatch"), (Path("/opt/painwatch"),))
CONFIG = Path("/etc/painwatch/config.yaml")

VIRTUAL = {"kind": "virtual", "view": "left"}
RTSP = {"kind": "rtsp", "url": "rtsp://192.0.2.7/1"}
V4L2 = {"kind": "v4l2", "device": "/dev/video0"}


def config(*sources: dict[str, object], **settings: object) -> Config:
    cameras = [{"name": f"camera-{number}", "source": source} for number, source in enumerate(sources)]
    cage = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white", "cameras": cameras}
    return Config.model_validate({"version": 1, "site": "Room", "cages": [cage]} | settings)


def units(of: Config, *, supervised: bool = True, install: Install = INSTALL, at: Path = CONFIG) -> dict[str, str]:
    return units_for(of, config_path=at, install=install, supervised=supervised)


def lines(text: str, setting: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{setting}=")]


def test_two_examples_are_shown() -> None:
    assert [example.parent.name for example in EXAMPLES] == ["cameras-and-gpu", "network-cameras"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_what_is_shown_is_what_is_written(example: Path) -> None:
    there = {path.name: path.read_text("utf-8") for path in example.parent.iterdir() if path != example}
    assert there == shown(example), "run `make docs`"


def test_one_service_runs_everything_and_another_target_never_beside_it() -> None:
    files = units(config(VIRTUAL))
    assert list(files) == ["painwatch.service"]
    text = files["painwatch.service"]
    assert lines(text, "ExecStart") == ["/opt/painwatch/bin/painwatch run --config /etc/painwatch/config.yaml"]
    assert lines(text, "Conflicts") == ["painwatch.target"]
    assert lines(text, "WatchdogSec") == ["30"]
    assert text.startswith(MARK)


def test_or_each_process_is_a_service() -> None:
    files = units(config(RTSP, V4L2), supervised=False)
    assert lines(files["painwatch.target"], "Wants") == [
        "painwatch-capture@camera-0.service",
        "painwatch-capture@camera-1.service",
        "painwatch-infer@cpu.service",
        "painwatch-hub.service",
        "painwatch-web.service",
    ]
    services = {name: text for name, text in files.items() if name.endswith(".service")}
    assert len(services) == 5
    for text in services.values():
        assert lines(text, "User") == ["painwatch"]
        assert lines(text, "DynamicUser") == ["yes"]
    # One holds the folder; were it another's too, it would be gone with the first of them that ends.
    assert [name for name, text in files.items() if lines(text, "RuntimeDirectory")] == ["painwatch-room.service"]
    for name in services.keys() - {"painwatch-room.service"}:
        assert lines(services[name], "Requires") == ["painwatch-room.service"]
        assert lines(services[name], "ReadWritePaths") == ["/run/painwatch"]


def test_devices_are_for_those_who_use_them() -> None:
    of = config(V4L2, workers=[{"name": "gpu", "chain": ["tensorrt", "onnxruntime-cpu"]}])
    files = units(of, supervised=False)
    assert lines(files["painwatch-capture@.service"], "DeviceAllow") == ["char-video4linux rw"]
    assert lines(files["painwatch-infer@.service"], "DeviceAllow") == ["char-nvidia* rw"]
    for name in ("painwatch-hub.service", "painwatch-web.service"):
        assert lines(files[name], "PrivateDevices") == ["yes"]
    assert lines(units(of)["painwatch.service"], "DeviceAllow") == ["char-video4linux rw", "char-nvidia* rw"]


def test_the_network_is_for_those_who_use_it() -> None:
    files = units(config(RTSP), supervised=False)
    assert lines(files["painwatch-capture@.service"], "IPAddressAllow") == ["192.0.2.7"]
    assert lines(files["painwatch-web.service"], "IPAddressAllow") == ["localhost"]
    for name in ("painwatch-hub.service", "painwatch-infer@.service"):
        assert lines(files[name], "PrivateNetwork") == ["yes"]
        assert lines(files[name], "RestrictAddressFamilies") == ["AF_UNIX"]


@pytest.mark.parametrize(
    "settings",
    [
        {"sinks": [{"url": "https://influx.example.org"}]},
        {"notify": {"targets": [{"name": "lab", "url": {"env": "TARGET"}}]}},
    ],
)
def test_an_address_that_is_not_known_shuts_nothing_out(settings: dict[str, object]) -> None:
    text = units(config(VIRTUAL, **settings), supervised=False)["painwatch-hub.service"]
    assert lines(text, "IPAddressDeny") == []
    assert lines(text, "RestrictAddressFamilies") == ["AF_UNIX AF_INET AF_INET6"]


@pytest.mark.parametrize(("supervised", "unit"), [(True, "painwatch.service"), (False, "painwatch-hub.service")])
def test_a_hub_that_listens_may_ask_for_the_interfaces_without_which_zeromq_aborts(supervised: bool, unit: str) -> None:
    of = config(VIRTUAL, network={"listen": {"host": "192.0.2.1"}})
    text = units(of, supervised=supervised)[unit]
    assert lines(text, "IPAddressDeny") == []
    assert lines(text, "RestrictAddressFamilies") == ["AF_UNIX AF_INET AF_INET6 AF_NETLINK"]


def test_only_the_supervisor_is_asked_to_stop_and_asks_the_others_in_their_order() -> None:
    assert lines(units(config(VIRTUAL))["painwatch.service"], "KillMode") == ["mixed"]


def test_memory_becomes_code_only_where_code_is_compiled() -> None:
    compiled = units(config(VIRTUAL), supervised=False)
    assert lines(compiled["painwatch-capture@.service"], "MemoryDenyWriteExecute") == []
    assert (
        lines(compiled["painwatch-capture@.service"], "Environment")[-1] == "NUMBA_CACHE_DIR=/var/cache/painwatch/numba"
    )
    assert lines(compiled["painwatch-hub.service"], "MemoryDenyWriteExecute") == ["yes"]
    assert lines(units(config(RTSP), supervised=False)["painwatch-capture@.service"], "MemoryDenyWriteExecute") == [
        "yes"
    ]


def test_ceilings_are_the_configured_ones_and_together_the_supervisors() -> None:
    of = config(VIRTUAL, RTSP, runtime={"memory_mb": {"capture": 200, "infer": 1000, "hub": 300, "web": 400}})
    files = units(of, supervised=False)
    assert lines(files["painwatch-capture@.service"], "MemoryMax") == ["200M"]
    assert lines(units(of)["painwatch.service"], "MemoryMax") == [f"{2 * 200 + 1000 + 300 + 400 + 256}M"]


def test_secrets_are_handed_to_those_who_read_them_and_a_missing_one_stops_nothing() -> None:
    camera = RTSP | {"username": "me", "password": {"file": "secrets/camera"}}
    sink = {"url": "http://192.0.2.9:8086", "token": {"env": "INFLUX_TOKEN"}}
    user = {"name": "vet", "token": {"file": "/srv/vet.token"}}
    page = {"tls": {"certificate": "page.crt", "key": "page.key"}, "users": [user]}
    files = units(config(camera, sinks=[sink], page=page), supervised=False)
    name = credential_of_file(Path("/etc/painwatch/secrets/camera"))
    capture = files["painwatch-capture@.service"]
    assert lines(capture, "LoadCredential") == [f"{name}:/etc/painwatch/secrets/camera"]
    assert lines(capture, "SetCredential") == [f"{name}:\\n"]
    assert lines(files["painwatch-hub.service"], "LoadCredential") == ["painwatch.env.INFLUX_TOKEN"]
    assert [line.partition(":")[2] for line in lines(files["painwatch-web.service"], "LoadCredential")] == [
        "/srv/vet.token",
        "/etc/painwatch/page.crt",
        "/etc/painwatch/page.key",
    ]
    assert lines(files["painwatch-infer@.service"], "LoadCredential") == []


@pytest.mark.parametrize("annotations", [True, False])
def test_the_hub_is_handed_grafanas_token_only_where_it_writes_there(annotations: bool) -> None:
    grafana = {
        "url": "http://192.0.2.11:3000",
        "token": {"env": "GRAFANA_TOKEN"},
        "annotations": annotations,
        "database_login": {"token": {"env": "READER_TOKEN"}},
        "contact_points": [{"name": "lab", "kind": "slack", "url": {"file": "/srv/slack"}}],
    }
    files = units(config(VIRTUAL, grafana=grafana), supervised=False)
    hub = files["painwatch-hub.service"]
    assert lines(hub, "LoadCredential") == (["painwatch.env.GRAFANA_TOKEN"] if annotations else [])
    assert lines(hub, "IPAddressAllow") == (["192.0.2.11"] if annotations else [])
    for name, text in files.items():
        assert name == "painwatch-hub.service" or not lines(text, "LoadCredential")
        assert "READER_TOKEN" not in text
        assert "slack" not in text


def test_a_host_whose_hub_is_elsewhere_has_no_hub_and_no_page() -> None:
    key = "x" * 40
    files = units(config(RTSP, network={"hub": {"host": "192.0.2.1", "public_key": key}}), supervised=False)
    assert "painwatch-hub.service" not in files
    assert "painwatch-web.service" not in files
    assert lines(files["painwatch-infer@.service"], "IPAddressAllow") == ["192.0.2.1"]
    assert files["painwatch.sysusers"].splitlines()[1] == "u painwatch - painwatch /var/lib/painwatch"


def test_homes_are_seen_only_where_something_needed_lies() -> None:
    assert lines(units(config(VIRTUAL))["painwatch.service"], "ProtectHome") == ["yes"]
    install = Install(Path("/home/me/pw/.venv/bin/painwatch"), (Path("/home/me/pw/.venv"), Path("/home/me/pw/daemon")))
    text = units(config(VIRTUAL), install=install, at=Path("/home/me/pw/config.yaml"))["painwatch.service"]
    assert lines(text, "ProtectHome") == ["tmpfs"]
    assert lines(text, "BindReadOnlyPaths") == ["/home/me/pw"]


def test_the_history_may_lie_where_an_administrator_made_room() -> None:
    assert lines(units(config(VIRTUAL))["painwatch.service"], "StateDirectory") == ["painwatch"]
    below = units(config(VIRTUAL, runtime={"data_dir": "/var/lib/lab/pain"}))["painwatch.service"]
    assert lines(below, "StateDirectory") == ["lab/pain"]
    files = units(config(VIRTUAL, runtime={"data_dir": "/data/pain"}))
    assert lines(files["painwatch.service"], "StateDirectory") == []
    assert lines(files["painwatch.service"], "ReadWritePaths") == ["/data/pain"]
    assert files["painwatch.tmpfiles"].splitlines()[1] == "d /data/pain 0700 painwatch painwatch -"
    assert "painwatch.sysusers" in files


@pytest.mark.parametrize(
    ("runtime", "at", "told"),
    [
        ({"run_dir": "/dev/shm/painwatch"}, CONFIG, "below /run"),
        ({"run_dir": "/run"}, CONFIG, "below /run"),
        ({"data_dir": "../elsewhere"}, CONFIG, "leads out"),
        ({"data_dir": "/data/pain watch"}, CONFIG, "cannot be written in a unit"),
        ({"data_dir": "/var/lib/pain watch"}, CONFIG, "cannot be written in a unit"),
        ({"run_dir": "/run/pain watch"}, CONFIG, "cannot be written in a unit"),
        ({"engine_dir": "/home/me/my engines"}, CONFIG, "cannot be written in a unit"),
        ({}, Path("/etc/pain%h/config.yaml"), "cannot be written in a unit"),
    ],
)
def test_what_systemd_cannot_run_is_told(runtime: dict[str, str], at: Path, told: str) -> None:
    with pytest.raises(PainwatchError, match=told):
        units(config(VIRTUAL, runtime=runtime), at=at)


@pytest.mark.parametrize("file", ["my token", "100%", "a\nExecStartPre=/bin/false", "a:b"])
def test_a_secrets_file_brings_no_line_of_its_own_into_a_unit(file: str) -> None:
    of = config(VIRTUAL, page={"users": [{"name": "vet", "token": {"file": file}}]})
    with pytest.raises(PainwatchError, match="cannot be written in a unit"):
        units(of)
