"""The seam to influxdb-client: nothing else imports it. Synchronous writes only; it never retries for us.

One way for all versions: POST /api/v2/write, which 1.8, 2.x and 3 have. 1.8 takes `username:password` as the token and
`database/retention_policy` as the bucket, and no organisation.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.domain.dbrp_create import DBRPCreate
from influxdb_client.rest import ApiException
from influxdb_client.service.dbr_ps_service import DBRPsService
from urllib3 import exceptions as faults

from painwatch.config.delivery import InfluxConfig
from painwatch.core.errors import PainwatchError
from painwatch.sinks.answers import Answer, Meaning, answer_of, for_ever_or, hidden_of
from painwatch.sinks.connections import Connections

CONNECT_S = 2.0
"""The longest a connection may take to be made: within a site it takes milliseconds, and `stop` must wait for it."""

log = logging.getLogger(__name__)


def bucket_of(sink: InfluxConfig) -> str:
    """The bucket's name as the v2 API wants it."""
    return f"{sink.bucket}/{sink.retention_policy}" if sink.retention_policy else sink.bucket


def opened(sink: InfluxConfig, secret: str) -> InfluxDBClient:
    """influxdb-client for this sink; `secret` is the token, or `username:password`, or empty without a login."""
    read_ms, connect_ms = int(sink.timeout_s * 1000), int(min(sink.timeout_s, CONNECT_S) * 1000)
    return InfluxDBClient(
        url=sink.url,
        token=secret or None,  # type: ignore[arg-type]
        # 1.8 and 3 have no organisations and take any; the API wants one.
        org=sink.org or "-",
        timeout=(connect_ms, read_ms),
        enable_gzip=True,
        connection_pool_maxsize=1,
    )


class Influx:
    """One InfluxDB to write to. For one thread, but for `break_off`."""

    def __init__(self, sink: InfluxConfig, secret: str) -> None:
        self._hidden, self._bucket = hidden_of(secret, sink.username), bucket_of(sink)
        self._client = opened(sink, secret)
        self._writing = self._client.write_api(write_options=SYNCHRONOUS)
        self._connections = Connections()
        self._connections.note(self._client.api_client.rest_client.pool_manager.connection_from_url(sink.url))

    def write(self, lines: bytes) -> Answer:
        """Sends lines with times in ns; says what became of them, whatever happens."""
        if self._connections.broken:
            return Answer(Meaning.LATER, "was broken off")
        try:
            self._writing.write(self._bucket, record=lines, write_precision="ns")  # type: ignore[arg-type]
        except ApiException as error:
            if not error.status:
                return Answer(Meaning.LATER, f"no safe connection: {_plain(error)}")
            return self._answer(int(error.status), dict(error.headers or {}), str(error.body or ""))
        except (faults.HTTPError, OSError, ValueError) as error:
            return Answer(Meaning.LATER, _plain(error))
        response = self._client.api_client.last_response
        return self._answer(int(response.status), dict(response.getheaders()), str(response.data or ""))

    def break_off(self) -> None:
        """Ends a request that is in flight, from another thread, and lets no more begin."""
        self._connections.break_off()

    def close(self) -> None:
        """Lets the connections go."""
        self._connections.close()
        self._client.close()  # type: ignore[no-untyped-call]

    def _answer(self, status: int, headers: dict[str, str], body: str) -> Answer:
        return answer_of(status, headers, body, now=datetime.now(UTC), secret=self._hidden)


def _plain(error: Exception) -> str:
    """Why there was no answer, without the address that urllib3 repeats."""
    if isinstance(error, faults.NameResolutionError):
        return "the host's name is not known"
    if isinstance(error, faults.ConnectTimeoutError | faults.NewConnectionError):
        return "nothing answers at its address"
    if isinstance(error, faults.TimeoutError):
        return "does not answer in time"
    if isinstance(error, faults.SSLError | ApiException):
        return " ".join(str(getattr(error, "reason", error)).split())[:200]
    if isinstance(error, faults.ProtocolError | ConnectionError):
        return "breaks off the connection"
    return f"cannot be asked ({type(error).__name__})"


def make_bucket(sink: InfluxConfig, token: str, keep_s: int | None) -> tuple[str, ...]:
    """Makes the bucket of a 2.x, and lets InfluxQL find it, unless both are there; says what was done.

    Raises:
        PainwatchError: the database refuses, or does not answer.
    """
    try:
        with opened(sink, token) as client:
            bucket, said = _bucket(client.buckets_api(), sink, keep_s)
            return said, _mapped(DBRPsService(client.api_client), sink, str(bucket.id))  # type: ignore[no-untyped-call]
    except ApiException as error:
        answer = answer_of(
            int(error.status or 503),
            dict(error.headers or {}),
            str(error.body or ""),
            now=datetime.now(UTC),
            secret=hidden_of(token, sink.username),
        )
        mend = "the token must be one that may make buckets: an operator's or all-access token of this organisation"
        raise PainwatchError(answer.words, where=f"{sink.name} ({sink.url})", mend=mend) from None
    except (InfluxDBError, faults.HTTPError, OSError, ValueError) as error:
        what = getattr(error, "message", "") or _plain(error)
        raise PainwatchError(what, where=f"{sink.name} ({sink.url})", mend="check `url`, `org` and the token") from None


# influxdb-client's services tell no types of what they give.
def _bucket(buckets: Any, sink: InfluxConfig, keep_s: int | None) -> tuple[Any, str]:
    name = bucket_of(sink)
    try:
        listed = buckets.find_buckets(name=name, org=sink.org).buckets or ()
    except ApiException as error:
        if error.status != 404:
            raise
        listed = ()
    found = next((bucket for bucket in listed if bucket.name == name), None)
    if found is None:
        rule = BucketRetentionRules(type="expire", every_seconds=keep_s or 0)  # type: ignore[no-untyped-call]
        made = buckets.create_bucket(bucket_name=name, retention_rules=rule if keep_s else None, org=sink.org)
        return made, f'made bucket "{name}", which keeps records {for_ever_or(keep_s or 0)}'
    kept_s = next((int(rule.every_seconds) for rule in found.retention_rules or ()), 0)
    said = f'bucket "{name}" is there and keeps records {for_ever_or(kept_s)}'
    if kept_s != (keep_s or 0):
        mend = f"influx bucket update --id {found.id} --retention {keep_s or 0}s"
        said += f", not {for_ever_or(keep_s or 0)}; left as it is, since a change may delete records: {mend}"
    return found, said


def _mapped(mappings: Any, sink: InfluxConfig, bucket_id: str) -> str:
    database, policy = sink.bucket, sink.retention_policy or "autogen"
    known = mappings.get_dbr_ps(org=sink.org, db=database).content or ()
    mine = [mapping for mapping in known if mapping.bucket_id == bucket_id]
    if mine:
        return f'InfluxQL finds it as database "{database}", policy "{mine[0].retention_policy}"'
    mapping = DBRPCreate(  # type: ignore[no-untyped-call]
        org=sink.org,
        bucket_id=bucket_id,
        database=database,
        retention_policy=policy,
        default=not any(other.default for other in known),
    )
    mappings.post_dbrp(mapping)
    return f'let InfluxQL find it as database "{database}", policy "{policy}"'
