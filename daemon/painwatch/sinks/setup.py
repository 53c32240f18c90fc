"""Makes an InfluxDB ready to take records, and finds what keeps it from that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from painwatch.config.delivery import InfluxConfig
from painwatch.core.clock import SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.secrets import SecretReader
from painwatch.sinks.answers import Meaning, for_ever_or
from painwatch.sinks.drainer import secret_of
from painwatch.sinks.inquiry import Inquiry, Reply, major_of

DAY_S = 86_400
CHECK_MEASUREMENT = "painwatch_check"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at. `fatal`: records cannot arrive."""

    words: str
    good: bool = True
    fatal: bool = False


def check(sink: InfluxConfig, read_secret: SecretReader) -> Iterator[Found]:
    """Looks at all that records need to arrive, and writes one of `painwatch_check` to see one do so."""
    from painwatch.sinks.client import Influx, bucket_of

    try:
        secret = secret_of(sink, read_secret)
        inquiry = Inquiry(sink, secret)
        version = inquiry.version()
    except PainwatchError as error:
        yield Found(str(error), good=False, fatal=True)
        return
    yield Found(f"InfluxDB {version or '(it does not say which version)'} answers at {sink.url}")
    if secret and not _private(sink.url):
        yield Found("the login goes over the network for all to read: use an address with https", good=False)
    client = Influx(sink, secret)
    answer = client.write(f"{CHECK_MEASUREMENT} ok=1i {SystemClock().now().wall_ns}".encode())
    client.close()
    if answer.meaning is not Meaning.TAKEN:
        yield Found(f'bucket "{bucket_of(sink)}" takes no records: {answer.words}', good=False, fatal=True)
        return
    yield Found(f'bucket "{bucket_of(sink)}" takes records')
    reply = inquiry.influxql("SHOW MEASUREMENTS", database=sink.bucket, policy=sink.retention_policy)
    if _succeeded(reply):
        yield Found("it can be asked in InfluxQL, as dashboards do")
    else:
        words = f"it cannot be asked in InfluxQL with this login ({reply.status}: {reply.words})"
        yield Found(f"{words}; records arrive all the same: dashboards need a login that may read", good=False)


def _private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def set_up(sink: InfluxConfig, read_secret: SecretReader, *, keep_days: int | None = None) -> tuple[str, ...]:
    """Makes the database or bucket unless it is there, and says what was done. What is there is never changed.

    Args:
        keep_days: for how long a new one keeps records; None: for ever.

    Raises:
        PainwatchError: it cannot be made, or nothing answers.
    """
    from painwatch.sinks.client import make_bucket

    secret = secret_of(sink, read_secret)
    inquiry = Inquiry(sink, secret)
    version = inquiry.version()
    match major_of(version):
        case 1:
            done = _first(inquiry, keep_days)
        case 2:
            if not sink.org:
                raise inquiry.fault("is a 2.x, which has organisations", "name the sink's `org`")
            done = make_bucket(sink, secret, keep_days * DAY_S if keep_days else None)
        case 3:
            done = _third(inquiry, keep_days)
        case _:
            mend = "make the bucket or database with its own tools, then run `painwatch influx check`"
            raise inquiry.fault("does not say which version it is", mend)
    return (f"InfluxDB {version} answers at {sink.url}", *done)


def _first(inquiry: Inquiry, keep_days: int | None) -> tuple[str, ...]:
    name, policy = inquiry.sink.bucket, inquiry.sink.retention_policy
    kept = f"{keep_days}d" if keep_days else "INF"
    if name not in _column(_done(inquiry, "SHOW DATABASES"), "name"):
        own = f" WITH DURATION {kept}" if keep_days and not policy else ""
        _done(inquiry, f'CREATE DATABASE "{name}"{own}')
        if not policy:
            return (f'made database "{name}", which keeps records {for_ever_or((keep_days or 0) * DAY_S)}',)
        said = f'made database "{name}"'
    else:
        said = f'database "{name}" is there'
    reply = _done(inquiry, f'SHOW RETENTION POLICIES ON "{name}"')
    policies = dict(zip(_column(reply, "name"), _column(reply, "duration"), strict=True))
    if policy and policy not in policies:
        _done(inquiry, f'CREATE RETENTION POLICY "{policy}" ON "{name}" DURATION {kept} REPLICATION 1')
        keeps = for_ever_or((keep_days or 0) * DAY_S)
        return said, f'made retention policy "{policy}", which keeps records {keeps}'
    default = (name for name, chosen in zip(_column(reply, "name"), _column(reply, "default"), strict=True) if chosen)
    used = policy or next(default, "autogen")
    kept_s, wanted_s = _seconds(str(policies.get(used, "0s"))), (keep_days or 0) * DAY_S
    keeps = f'retention policy "{used}" keeps records {for_ever_or(kept_s)}'
    if kept_s != wanted_s:
        mend = f'ALTER RETENTION POLICY "{used}" ON "{name}" DURATION {kept}'
        keeps += f", not {for_ever_or(wanted_s)}; left as it is, since a change may delete records: {mend}"
    return said, keeps


def _third(inquiry: Inquiry, keep_days: int | None) -> tuple[str, ...]:
    from painwatch.sinks.client import bucket_of

    name = bucket_of(inquiry.sink)
    wanted = {"db": name} | ({"retention_period": f"{keep_days}d"} if keep_days else {})
    headers = {"Content-Type": "application/json"}
    reply = inquiry.ask("POST", "/api/v3/configure/database", body=json.dumps(wanted).encode(), headers=headers)
    if reply.status in (200, 201, 204):
        return (f'made database "{name}", which keeps records {for_ever_or((keep_days or 0) * DAY_S)}',)
    if reply.status == 409:
        return (f'database "{name}" is there; for how long it keeps records cannot be changed in InfluxDB 3 Core',)
    mend = "the token must be an admin token"
    raise inquiry.fault(f"does not make the database ({reply.status}: {reply.words})", mend)


def _done(inquiry: Inquiry, statement: str) -> Reply:
    reply = inquiry.influxql(statement)
    if not _succeeded(reply):
        mend = "the user must be an administrator"
        raise inquiry.fault(f"refuses {statement} ({reply.status}: {reply.words})", mend)
    return reply


def _succeeded(reply: Reply) -> bool:
    results = reply.told.get("results") if isinstance(reply.told, dict) else None
    return reply.status == 200 and isinstance(results, list) and not any("error" in result for result in results)


def _column(reply: Reply, name: str) -> list[object]:
    rows = [
        dict(zip(series["columns"], values, strict=True))
        for result in reply.told["results"]
        for series in result.get("series", ())
        for values in series.get("values", ())
    ]
    return [row[name] for row in rows]


def _seconds(duration: str) -> int:
    """Of a duration as 1.x writes it, such as 720h0m0s."""
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)([hms])", duration))
