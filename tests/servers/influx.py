"""A real InfluxDB 1.6.7 (Debian's `influxdb`) behind a real nginx that gives it the write API of later versions.

1.8 and later have /api/v2/write, 1.6.7 has not: nginx maps it to /write, with `database/retention_policy` as the
bucket, and `Token user:password` to what 1.6.7 takes. All lies in one folder; ports are free ones, and stay the same
over restarts.

    with InfluxServer(tmp_path) as server:
        server.query("CREATE DATABASE painwatch")
        server.url                                   what goes into a sink's `url`
        server.kill(); server.start()                kill -9, and again on the same data
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

USER, PASSWORD = "vet", "s3cr:t/@ p%ss"
WITHIN_S = 60.0

_INFLUXD = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = {auth}
  log-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
"""

_NGINX = r"""
master_process off;
daemon off;
pid "{folder}/nginx.pid";
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_max_body_size {body_max};
  client_body_buffer_size 1m;
  client_body_temp_path "{folder}/body"; proxy_temp_path "{folder}/proxy"; fastcgi_temp_path "{folder}/fastcgi";
  uwsgi_temp_path "{folder}/uwsgi"; scgi_temp_path "{folder}/scgi";
  map $arg_precision $v1_precision {{ default $arg_precision; "" "ns"; "us" "u"; }}
  map $http_authorization $v1_authorization {{ default $http_authorization; "Token {login}" "Basic {basic}"; }}
  server {{
    listen 127.0.0.1:{proxy};
    location = /api/v2/write {{
      if ($arg_bucket ~ "^(?<v1db>[^/%]+)(?:(?:/|%2F)(?<v1rp>.+))?$") {{ }}
      set $v1args "db=$v1db&rp=$v1rp&precision=$v1_precision";
      rewrite ^ /write?$v1args? break;
      proxy_set_header Authorization $v1_authorization;
      proxy_pass http://127.0.0.1:{port};
    }}
    location / {{
      proxy_set_header Authorization $v1_authorization;
      proxy_pass http://127.0.0.1:{port};
    }}
  }}
}}
"""


def missing() -> str:
    """Why the server cannot run here; empty if it can."""
    absent = [name for name in ("influxd", "nginx") if _found(name) is None]
    return f"{' and '.join(absent)} not installed (apt-get install influxdb nginx-light)" if absent else ""


class InfluxServer:
    """The server as a context. `url`: with the write API; `direct`: InfluxDB itself.

    Args:
        auth: only for USER and PASSWORD, who may do everything.
        body_max: the largest body that nginx lets through, such as 1k.
    """

    def __init__(self, folder: Path, *, auth: bool = False, body_max: str = "25m") -> None:
        self._folder, self._auth = folder, auth
        port, proxy, rpc = _free_ports(3)
        self.url, self.direct = f"http://127.0.0.1:{proxy}", f"http://127.0.0.1:{port}"
        self._influxd: subprocess.Popen[bytes] | None = None
        self._nginx: subprocess.Popen[bytes] | None = None
        login = f"{USER}:{PASSWORD}"
        values = {
            "folder": folder,
            "port": port,
            "proxy": proxy,
            "rpc": rpc,
            "auth": str(auth).lower(),
            "body_max": body_max,
            "login": login,
            "basic": base64.b64encode(login.encode()).decode(),
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "influxd.conf").write_text(_INFLUXD.format(**values))
        (folder / "nginx.conf").write_text(_NGINX.format(**values))

    def __enter__(self) -> Self:
        self.start()
        if self._auth:
            self.query(f"CREATE USER \"{USER}\" WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Starts what does not run, and waits until it answers."""
        if self._influxd is None:
            self._influxd = self._run("influxd", "-config", str(self._folder / "influxd.conf"))
        if self._nginx is None:
            self._nginx = self._run("nginx", "-p", str(self._folder), "-c", str(self._folder / "nginx.conf"))
        deadline = time.monotonic() + WITHIN_S
        while not self.answers():
            ended = [process.args for process in (self._influxd, self._nginx) if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                log = (self._folder / "log").read_text(errors="replace")[-2000:]
                self.stop()
                raise RuntimeError(f"InfluxDB does not start ({ended or 'no answer'}): {log}")
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=5) as response:
                return bool(response.status == 204)
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9 of influxd; nginx goes on and answers 502."""
        self._influxd = _end(self._influxd, signal.SIGKILL)

    def vanish(self) -> None:
        """kill -9 of influxd and the end of nginx: connections are refused."""
        self.kill()
        self._nginx = _end(self._nginx, signal.SIGKILL)

    def stop(self) -> None:
        self._nginx = _end(self._nginx, signal.SIGTERM)
        self._influxd = _end(self._influxd, signal.SIGTERM)

    def query(self, influxql: str, database: str = "painwatch") -> list[dict[str, Any]]:
        """Rows of all series of one statement, each with its tags and columns; times in ns."""
        asked = urllib.parse.urlencode({"db": database, "q": influxql, "epoch": "ns"}).encode()
        request = urllib.request.Request(f"{self.direct}/query", data=asked)
        if self._auth:
            request.add_header("Authorization", f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as response:
                told = json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{influxql}: {error.read().decode()}") from error
        result = told["results"][0]
        assert "error" not in result, f"{influxql}: {result['error']}"
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], values, strict=True))}
            for series in result.get("series", ())
            for values in series.get("values", ())
        ]

    def write(self, lines: str, database: str = "painwatch") -> None:
        """Writes past everything, as somebody else would."""
        with urllib.request.urlopen(f"{self.direct}/write?db={database}", lines.encode(), timeout=WITHIN_S):
            pass

    def _run(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            command = [_found(name) or name, *arguments]
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _end(process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    if process is not None:
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _found(name: str) -> str | None:
    # nginx lies where only root looks.
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports
