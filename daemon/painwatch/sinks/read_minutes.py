"""Minutes and marks read back from an InfluxDB that they were written to: 1.8, 2.x and 3 alike.

By InfluxQL over `/query`, the one language that all of them understand; in 2.x a bucket answers there under its own
name (or by a mapping that `painwatch influx setup` made). What is read is what `schema` says is written. Two things are
not as in the history on disk: action units come in the order of the alphabet, and one that could not be scored is not
there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3 import exceptions as faults

from painwatch.config.delivery import InfluxConfig
from painwatch.core.alarms import Mark
from painwatch.core.errors import PainwatchError
from painwatch.core.types import MinuteSummary, UnitScore
from painwatch.secrets import SecretReader
from painwatch.sinks.drainer import secret_of
from painwatch.sinks.line_protocol import as_tag
from painwatch.sinks.schema import MARKS, MINUTES

PAGE_NS = 86_400_000_000_000
"""A day is asked for at a time: InfluxDB 3 Core answers no question that spans more than about three."""

_UNIT, _STATUS = "unit_", "status_"


class InfluxHistory:
    """The minutes and marks of one site in the InfluxDB of `sink`. Ranges are half-open: from_ns <= t < to_ns.

    Args:
        site: `site` of the configuration that wrote them.
        read_secret: gives the token or password, asked once.

    Every question raises PainwatchError when the database cannot be reached or does not let us in.
    """

    def __init__(self, sink: InfluxConfig, *, site: str, read_secret: SecretReader) -> None:
        self._sink, self._site = sink, as_tag(site)
        timeout = urllib3.Timeout(connect=sink.timeout_s, read=max(60.0, sink.timeout_s))
        self._pool = urllib3.PoolManager(timeout=timeout, retries=urllib3.Retry(2, redirect=0, backoff_factor=0.2))
        self._headers = _login(sink, read_secret)

    def close(self) -> None:
        self._pool.clear()

    def __enter__(self) -> InfluxHistory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def minutes(self, cage: str, from_ns: int, to_ns: int) -> Iterator[MinuteSummary]:
        """Closed minutes that begin in the range, in order of time, each once."""
        last_ns = from_ns - 1
        for begin_ns in range(from_ns, to_ns, PAGE_NS):
            for row in self._rows(MINUTES.name, cage, begin_ns, min(begin_ns + PAGE_NS, to_ns)):
                # A cage that changed its room or group has a second series.
                if row["time"] > last_ns:
                    last_ns = row["time"]
                    yield _minute(cage, row)

    def marks(self, cage: str, from_ns: int, to_ns: int) -> Iterator[Mark]:
        """Marks that begin in the range, in order of time."""
        for row in self._rows(MARKS.name, cage, from_ns, to_ns):
            end_ns = None if row.get("end_ns") is None else int(row["end_ns"])
            yield Mark(cage, row["name"], row["time"], end_ns, row.get("words") or "", row.get("who") or "")

    def _rows(self, measurement: str, cage: str, from_ns: int, to_ns: int) -> list[dict[str, Any]]:
        return self._answer(
            f'SELECT * FROM "{measurement}" WHERE "site" = {_quoted(self._site)} AND "cage" = {_quoted(cage)}'
            f" AND time >= {from_ns} AND time < {to_ns} ORDER BY time ASC"
        )

    def _answer(self, query: str) -> list[dict[str, Any]]:
        asked = {"db": self._sink.bucket, "epoch": "ns", "q": query}
        if self._sink.retention_policy:
            asked["rp"] = self._sink.retention_policy
        url = f"{self._sink.url.rstrip('/')}/query"
        try:
            reply = self._pool.request("GET", f"{url}?{urlencode(asked)}", headers=self._headers)
        except faults.HTTPError as error:
            what = f"cannot be reached ({_reason(error)})"
            raise self._fault(what, "start the database, or set `url` of this sink") from None
        if reply.status in (401, 403):
            what = f"does not let us read (HTTP {reply.status}: {_said(reply.data)})"
            raise self._fault(what, "let the token or user of this sink read the bucket as well")
        try:
            answer = json.loads(reply.data)
            result: dict[str, Any] = (answer.get("results") or [{}])[0]
            refused = result.get("error") or answer.get("error")
            series = [(one["columns"], one["values"]) for one in result.get("series", ())]
        except (ValueError, AttributeError, LookupError, TypeError):
            what = f"gives an answer that is not InfluxDB's (HTTP {reply.status}: {_said(reply.data)})"
            raise self._fault(what, "set `url` of this sink to the database itself") from None
        if reply.status != 200 or refused:
            what = f"refuses the question (HTTP {reply.status}: {refused or _said(reply.data)})"
            raise self._fault(what, "`painwatch influx check` says what is missing")
        return [dict(zip(names, row, strict=True)) for names, values in series for row in values]

    def _fault(self, what: str, mend: str) -> PainwatchError:
        return PainwatchError(what, where=f"{self._sink.name} ({self._sink.url})", mend=mend)


def _minute(cage: str, row: Mapping[str, Any]) -> MinuteSummary:
    units = sorted((k.removeprefix(_UNIT), v) for k, v in row.items() if k.startswith(_UNIT) and v is not None)
    by_status = sorted((k.removeprefix(_STATUS), int(v)) for k, v in row.items() if k.startswith(_STATUS) and v)
    probability = row.get("pain_probability")
    return MinuteSummary(
        cage=cage,
        start_ns=int(row["time"]),
        pain=int(row["pain"]),
        no_pain=int(row["no_pain"]),
        skipped=int(row["skipped"]),
        expected=int(row["expected"]),
        # JSON writes the float 1.0 as 1.
        coverage=float(row["coverage"]),
        pain_probability=None if probability is None else float(probability),
        by_status=dict(by_status),
        faces=int(row.get("faces") or 0),
        units=tuple(UnitScore(name, float(score)) for name, score in units),
        models=tuple(name for name in (row.get("models") or "").split(", ") if name),
        repeated=int(row.get("repeated") or 0),
    )


def _login(sink: InfluxConfig, read_secret: SecretReader) -> dict[str, str]:
    secret = secret_of(sink, read_secret)
    if sink.username is not None:
        return urllib3.make_headers(basic_auth=secret)
    return {"Authorization": f"Token {secret}"} if secret else {}


def _quoted(text: str) -> str:
    """A text of InfluxQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _said(data: bytes) -> str:
    return " ".join(data[:200].decode("utf-8", "replace").split())


def _reason(error: Exception) -> str:
    """Why there was no answer, without the address that urllib3 repeats."""
    cause = error.reason if isinstance(error, faults.MaxRetryError) and error.reason is not None else error
    if isinstance(cause, faults.NameResolutionError):
        return "the host's name is not known"
    if isinstance(cause, faults.ConnectTimeoutError | faults.NewConnectionError):
        return "nothing answers at its address"
    if isinstance(cause, faults.TimeoutError):
        return "it does not answer in time"
    if isinstance(cause, faults.SSLError):
        return " ".join(str(cause).split())[:200]
    return "it breaks off the connection" if isinstance(cause, faults.ProtocolError) else type(cause).__name__
