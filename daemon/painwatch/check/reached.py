"""Who is reached, and who may reach: other hosts, people at the page, databases, and Grafana."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import partial

from painwatch.check.findings import Finding, Place, fault
from painwatch.config.loader import Loaded
from painwatch.config.places import Places
from painwatch.core.errors import PainwatchError
from painwatch.curve.checking import host_findings
from painwatch.curve.folder import keys_folder
from painwatch.one_instance import running_pid
from painwatch.secrets import read_secret
from painwatch.sinks.drainer import secret_of
from painwatch.web.access.findings import page_findings


def of_network(loaded: Loaded) -> Iterator[Finding]:
    """Other hosts, if there are any."""
    config = loaded.config
    for found in host_findings(config, keys_folder(config, loaded.path.absolute().parent)):
        yield Finding(loaded.problem(found.at, found.what, found.mend), fatal=found.fatal)


def of_page(loaded: Loaded, places: Places) -> Iterator[Finding]:
    """Who may look at the page, and whether it can listen where it should."""
    page = loaded.config.page
    for found in page_findings(page, loaded.path.absolute().parent):
        yield Finding(loaded.problem(found.at, found.what, found.mend), fatal=found.fatal)
    try:
        family, kind, _, _, address = socket.getaddrinfo(page.host, page.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As the page itself binds: connections that were just closed do not count as use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (socket.gaierror, UnicodeError):  # the latter for what cannot be a name at all
        yield fault(
            loaded, ("page", "host"), f'the host "{page.host}" is not known', "write 127.0.0.1 or an address of it"
        )
    except OSError as error:
        pid = running_pid(places.lock)
        if pid:
            what = f"the page's port {page.port} is in use, by painwatch itself as it seems (process {pid})"
            yield Finding(loaded.problem(("page", "port"), what, "stop it before this one is started"), fatal=False)
            return
        what = f"the page cannot listen at {page.host} port {page.port} ({error.strerror})"
        yield fault(loaded, ("page", "port"), what, "choose another port, or stop the program that uses it")


def of_sinks(loaded: Loaded) -> Iterator[Finding]:
    """Whether the login of each database can be read."""
    for number, sink in enumerate(loaded.config.sinks):
        login = f"the login of sink {sink.name}"
        try:
            secret_of(sink, partial(read_secret, config_dir=loaded.path.absolute().parent, what=login))
        except PainwatchError as error:
            at: Place = ("sinks", number, "password" if sink.token is None else "token")
            what = f"sink {sink.name} would get no records: {error.where} {error.what}"
            yield Finding(loaded.problem(at, what, error.mend), fatal=False)


def of_annotations(loaded: Loaded) -> Iterator[Finding]:
    """Whether Grafana's token can be read, if annotations are written there."""
    grafana = loaded.config.grafana
    if not grafana.annotations or grafana.token is None:
        return
    try:
        read_secret(grafana.token, config_dir=loaded.path.absolute().parent, what="the token of Grafana")
    except PainwatchError as error:
        what = f"Grafana would get no annotations: {error.where} {error.what}"
        yield Finding(loaded.problem(("grafana", "token"), what, error.mend), fatal=False)
