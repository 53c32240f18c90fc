"""`painwatch influx`: the real 1.6.7, and stand-ins of 2.x and 3 that are strict on what they are asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from fixtures.kinds_of_record import config_with, minute
from fixtures.outboxes import MemoryOutbox
from fixtures.waiting import wait_until
from painwatch.cli import app
from painwatch.config.delivery import InfluxConfig
from painwatch.core.errors import PainwatchError
from painwatch.sinks.drainer import Drainer, into_influx
from painwatch.sinks.lines import lines_for
from painwatch.sinks.setup import check, set_up
from servers.faulty_influx import FaultyInflux
from servers.influx import PASSWORD, USER, InfluxServer, missing
from servers.influx_stand_ins import ORG, TOKEN, Influx2, Influx3


def sink_of(url: str, **settings: Any) -> InfluxConfig:
    return InfluxConfig.model_validate({"url": url} | settings)


def with_token(url: str, **settings: Any) -> InfluxConfig:
    return sink_of(url, token={"env": "INFLUX_TOKEN"}, **settings)


def found(sink: InfluxConfig, secret: str = "") -> list[tuple[str, bool]]:
    return [(each.words, each.fatal) for each in check(sink, lambda _: secret)]


def done(sink: InfluxConfig, secret: str = "", **asked: Any) -> str:
    return "\n".join(set_up(sink, lambda _: secret, **asked))


def test_a_database_is_made_once_with_its_retention(influx: InfluxServer) -> None:
    sink = sink_of(influx.url, bucket="rats")
    before = found(sink)
    assert before[-1][1]
    assert "painwatch influx setup" in before[-1][0]
    assert 'made database "rats", which keeps records for 90 days' in done(sink, keep_days=90)
    (policy,) = influx.query('SHOW RETENTION POLICIES ON "rats"')
    assert (policy["duration"], policy["default"]) == ("2160h0m0s", True)
    again = done(sink, keep_days=90)
    assert 'database "rats" is there' in again
    assert "keeps records for 90 days" in again
    assert [fatal for _, fatal in found(sink)] == [False, False, False]
    assert influx.query("SELECT * FROM painwatch_check", "rats")[0]["ok"] == 1


def test_a_database_that_is_there_is_not_changed(influx: InfluxServer) -> None:
    said = done(sink_of(influx.url), keep_days=7)
    assert "keeps records for ever, not for 7 days; left as it is" in said
    assert 'ALTER RETENTION POLICY "autogen" ON "painwatch" DURATION 7d' in said
    assert influx.query('SHOW RETENTION POLICIES ON "painwatch"')[0]["duration"] == "0s"
    influx.query(said.rpartition(": ")[2])
    assert "keeps records for 7 days" in done(sink_of(influx.url), keep_days=7)


@pytest.mark.parametrize("database", ["painwatch", "new-one"])
def test_a_policy_of_its_own_is_made_in_a_database_new_or_old(influx: InfluxServer, database: str) -> None:
    sink = sink_of(influx.url, bucket=database, retention_policy="year")
    assert 'made retention policy "year", which keeps records for 365 days' in done(sink, keep_days=365)
    policies = {row["name"]: row for row in influx.query(f'SHOW RETENTION POLICIES ON "{database}"')}
    assert (policies["year"]["duration"], policies["year"]["default"]) == ("8760h0m0s", False)
    assert 'retention policy "year" keeps records for 365 days' in done(sink, keep_days=365)
    assert not any(fatal for _, fatal in found(sink))


def test_a_login_is_needed_where_one_is(tmp_path: Path) -> None:
    if why := missing():
        pytest.skip(why)
    with InfluxServer(tmp_path / "influx", auth=True) as influx:
        sink = sink_of(influx.url, username=USER, password={"env": "INFLUX_PASSWORD"})
        with pytest.raises(PainwatchError, match="refuses SHOW DATABASES"):
            done(sink, "wrong")
        assert "made database" in done(sink, PASSWORD)
        assert not any(fatal for _, fatal in found(sink, PASSWORD))
        words, fatal = found(sink, "wrong")[-1]
        assert fatal
        assert "401" in words
        assert "wrong" not in words


def test_an_address_that_is_none_is_told(influx: InfluxServer) -> None:
    with FaultyInflux() as other:
        sink = sink_of(other.url)
        words, fatal = found(sink)[-1]
        assert fatal
        assert "this is no InfluxDB" in words
        url = other.url
    words, fatal = found(sink_of(url))[-1]
    assert fatal
    assert "does not answer" in words
    with pytest.raises(PainwatchError, match="does not answer"):
        done(sink_of(url))
    # 1.6.7 without the write API of 1.8 in front of it.
    words, fatal = found(sink_of(influx.direct))[-1]
    assert fatal
    assert "from version 1.8 on" in words


@pytest.mark.parametrize("virtual", [False, True])
def test_2_x_gets_a_bucket_and_a_mapping_once(virtual: bool) -> None:
    with Influx2(virtual=virtual) as influx:
        sink = with_token(influx.url, org=ORG)
        words, fatal = found(sink, TOKEN)[-1]
        assert fatal
        assert 'bucket "painwatch" not found' in words
        said = done(sink, TOKEN, keep_days=30)
        assert 'made bucket "painwatch", which keeps records for 30 days' in said
        assert influx.buckets["painwatch"]["retentionRules"][0]["everySeconds"] == 30 * 86_400
        assert len(influx.mappings) == (0 if virtual else 1)
        again = done(sink, TOKEN)
        assert "keeps records for 30 days, not for ever; left as it is" in again
        assert 'InfluxQL finds it as database "painwatch"' in again
        assert len(influx.mappings) == (0 if virtual else 1)
        assert [fatal for _, fatal in found(sink, TOKEN)] == [False, False, False]
        assert influx.lines["painwatch"][0].startswith(b"painwatch_check ok=1i ")
        assert not influx.complaints


def test_2_x_tells_what_is_missing() -> None:
    with Influx2() as influx:
        with pytest.raises(PainwatchError, match="name the sink's `org`"):
            done(with_token(influx.url), TOKEN)
        with pytest.raises(PainwatchError, match="all-access token"):
            done(with_token(influx.url, org=ORG), "another")
        with pytest.raises(PainwatchError, match="nobody"):
            done(with_token(influx.url, org="nobody"), TOKEN)
        # Records arrive, but dashboards would not find them.
        influx.buckets["painwatch"] = {"id": "1", "name": "painwatch"}
        looked = list(check(with_token(influx.url, org=ORG), lambda _: TOKEN))
        assert [each.fatal for each in looked] == [False, False, False]
        assert not looked[-1].good
        assert "no dbrp mapping" in looked[-1].words


def test_3_gets_a_database_once() -> None:
    with Influx3() as influx:
        sink = with_token(influx.url)
        said = done(sink, TOKEN, keep_days=30)
        assert 'made database "painwatch", which keeps records for 30 days' in said
        assert influx.databases == {"painwatch": "30d"}
        assert "cannot be changed" in done(sink, TOKEN, keep_days=60)
        assert influx.databases == {"painwatch": "30d"}
        assert [fatal for _, fatal in found(sink, TOKEN)] == [False, False, False]
        with pytest.raises(PainwatchError, match="does not make the database"):
            done(with_token(influx.url, bucket="not.allowed"), TOKEN)
        influx.complaints.clear()
        assert found(sink, "another")[-1][1]


@pytest.mark.parametrize("kind", [Influx2, Influx3])
def test_records_go_to_2_x_and_3_by_the_same_settings(kind: type[Influx2 | Influx3]) -> None:
    line = lines_for(config_with({"url": "http://127.0.0.1"}))(minute(), "influxdb")
    assert line is not None
    with kind() as influx:
        sink = with_token(influx.url, org=ORG)
        done(sink, TOKEN)
        outbox = MemoryOutbox([line])
        drainer = Drainer(sink.name, outbox, into_influx(sink, lambda _: TOKEN))
        try:
            wait_until(lambda: not outbox.waiting, what="the line to be sent")
        finally:
            drainer.stop()
        assert influx.lines["painwatch"] == [line]
        assert not influx.complaints


def test_the_verbs_read_the_settings_and_tell_what_they_find(
    influx: InfluxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text("utf-8"))
    file, run = tmp_path / "config.yaml", CliRunner()

    def ask(*words: str, **changed: Any) -> tuple[int, str]:
        file.write_text(yaml.safe_dump(settings | changed))
        result = run.invoke(app, ["influx", *words, "--config", str(file)])
        return result.exit_code, result.output

    code, said = ask("check")
    assert code == 1
    assert "there are no `sinks`" in said
    sinks = [{"url": influx.url, "bucket": "one"}, {"name": "other", "url": influx.url, "bucket": "two"}]
    code, said = ask("check", sinks=sinks)
    assert code == 1
    assert 'influxdb: ! bucket "one" takes no records' in said
    code, said = ask("setup", "--sink", "other", "--keep-days", "3", sinks=sinks)
    assert (code, 'other: made database "two"' in said, "influxdb" in said) == (0, True, False)
    assert ask("check", "--sink", "other", sinks=sinks)[0] == 0
    code, said = ask("check", "--sink", "third", sinks=sinks)
    assert (code, "name one of: influxdb, other" in said) == (1, True)
    monkeypatch.delenv("INFLUX_TOKEN", raising=False)
    code, said = ask("check", sinks=[{"url": influx.url, "token": {"env": "INFLUX_TOKEN"}}])
    assert code == 1
    assert "$INFLUX_TOKEN: is not set" in said
