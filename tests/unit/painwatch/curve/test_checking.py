"""What `painwatch check` says of keys and hosts."""

from __future__ import annotations

from pathlib import Path

from fixtures.hosts import new_pair
from fixtures.hubs import config_of
from painwatch.config.models import Config
from painwatch.config.network import HubAddress, ListenConfig, NetworkConfig
from painwatch.config.sources import RemoteSource
from painwatch.curve.checking import HostFinding, host_findings
from painwatch.curve.folder import AUTHORISED, SECRET, allow, make_pair


def found(config: Config, folder: Path, **network: object) -> list[HostFinding]:
    return list(host_findings(config.model_copy(update={"network": NetworkConfig.model_validate(network)}), folder))


def with_remote(host: str) -> Config:
    config = config_of(cameras=("left",))
    (cage,) = config.cages
    far = cage.cameras[0].model_copy(update={"source": RemoteSource(kind="remote", host=host)})
    return config.model_copy(update={"cages": (cage.model_copy(update={"cameras": (far,)}),)})


LISTEN = ListenConfig(host="127.0.0.1")


def test_a_host_that_watches_alone_needs_no_keys(tmp_path: Path) -> None:
    assert found(config_of(), tmp_path) == []


def test_a_hub_with_keys_and_the_hosts_of_its_cameras_is_well(tmp_path: Path) -> None:
    make_pair(tmp_path)
    allow(tmp_path, "room-2", new_pair().public)
    assert found(with_remote("room-2"), tmp_path, listen=LISTEN) == []


def test_keys_that_are_not_there_or_seen_by_others_keep_a_host_from_its_part(tmp_path: Path) -> None:
    to_hub = HubAddress(host="192.0.2.1", public_key=new_pair().public)
    for network in ({"listen": LISTEN}, {"name": "room-2", "hub": to_hub}):
        (finding,) = found(config_of(), tmp_path / "none", **network)
        assert finding.fatal
        assert finding.at == ("network", "listen" if "listen" in network else "hub")
        assert "painwatch keys make" in finding.mend
    make_pair(tmp_path)
    (tmp_path / SECRET).chmod(0o644)
    (finding,) = found(config_of(), tmp_path, name="room-2", hub=to_hub)
    assert "read by others" in finding.what


def test_a_host_does_not_send_to_itself(tmp_path: Path) -> None:
    own = make_pair(tmp_path)
    (finding,) = found(config_of(), tmp_path, name="room-2", hub=HubAddress(host="h", public_key=own.public))
    assert "key of this host itself" in finding.what


def test_an_address_that_is_not_known_is_told(tmp_path: Path) -> None:
    make_pair(tmp_path)
    (finding,) = found(config_of(), tmp_path, listen=ListenConfig(host="no such host"))
    assert (finding.at, finding.fatal) == (("network", "listen", "host"), True)


def test_hosts_without_a_key_and_keys_without_a_camera_are_told(tmp_path: Path) -> None:
    make_pair(tmp_path)
    allow(tmp_path, "room-3", new_pair().public)
    one, two = found(with_remote("room-2"), tmp_path, listen=LISTEN)
    assert one.at == ("cages", 0, "cameras", 0, "source", "host")
    assert "painwatch keys allow room-2" in one.mend
    assert "room-3 may send" in two.what
    assert not one.fatal
    assert not two.fatal


def test_a_spoilt_list_is_told_with_its_file(tmp_path: Path) -> None:
    make_pair(tmp_path)
    (tmp_path / AUTHORISED).mkdir()
    (tmp_path / AUTHORISED / "room-2.key").write_text("junk")
    (finding,) = found(with_remote("room-2"), tmp_path, listen=LISTEN)
    assert "room-2.key" in finding.what
