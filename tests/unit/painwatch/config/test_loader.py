"""Every mistake in a configuration is told with its place and its mend, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch.config.loader import load_config, load_located
from painwatch.core.errors import ConfigError, Problem

GOOD = """\
version: 1
site: Room 1
cages:
  - name: cage-1
    species: rat
    strain: rendered
    coat: white
    cameras:
      - name: left
        source: {kind: virtual, scenario: demo, view: left}
      - name: right
        source: {kind: virtual, scenario: demo, view: right}
"""


def problems(tmp_path: Path, text: str | bytes) -> tuple[Problem, ...]:
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert all(problem.file == str(path) and problem.what and problem.mend for problem in caught.value.problems)
    return caught.value.problems


def test_the_good_text_loads(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(GOOD)
    assert [c.name for _, c in load_config(tmp_path / "config.yaml").cameras] == ["left", "right"]


def test_the_shipped_configuration_loads() -> None:
    config = load_config(Path(__file__).parents[4] / "config.yaml")
    assert config.cages[0].cameras


def test_a_chain_that_the_runner_does_not_use_is_refused(tmp_path: Path) -> None:
    chain = "chain: [onnxruntime-cpu]"
    (problem,) = problems(tmp_path, GOOD + f"keypoints: {{runner: dlclive, {chain}}}\n")
    assert problem.line == 13
    assert "chain" in problem.what
    (tmp_path / "config.yaml").write_text(GOOD + f"keypoints: {{{chain}}}\n")
    assert load_config(tmp_path / "config.yaml").keypoints.chain == ("onnxruntime-cpu",)
    assert "`chain`" in problems(tmp_path, GOOD + "classifier: {chain: []}\n")[0].what


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_config(tmp_path / "config.yaml").site == "Room 1"


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "what", "mend"),
    [
        ("species: rat", "specis: rat", 5, 5, "`specis` is not a setting", "Did you mean `species`?"),
        ("    strain: rendered\n", "", 4, 5, "`strain` is missing", "Add `strain:`"),
        ("coat: white", "coat: whit", 7, 11, '`coat` is "whit"', "Did you mean `white`? Allowed: white, black, agouti"),
        ("site: Room 1", "site: 12", 2, 7, "`site` should be a text, but is 12", "Put it in quotes"),
        ("site: Room 1", "site:", 2, 6, "`site` should be a text, but is empty", "Write a text"),
        ("kind: virtual, scenario: demo, view: left", "kind: virtul", 10, 24, '"virtul"', "Did you mean `virtual`?"),
        ("kind: virtual, scenario: demo, view: left", "view: left", 10, 17, "`kind` is missing", "http_mjpeg"),
        (", view: right}", "}", 12, 17, "`view` is missing in `source`", "which of the scenario's cameras"),
        ("view: right", "veiw: right", 12, 49, "`veiw` is not a setting", "Did you mean `view`?"),
        ("- name: right", "- name: left", 11, 15, 'a second camera named "left" (first on line 9)', "Rename"),
        ("- name: right", "- name: Right Eye", 11, 15, '"Right Eye"', "a-z, 0-9 and dashes"),
        ("version: 1", "version: 2", 1, 10, "`version` is 2", "Allowed: 1"),
        ("    coat: white", "    coat: white\n    sample_rate_hz: 0", 8, 21, "is 0", "0.2 or more"),
        ("    coat: white", "    coat: white\n    sample_rate_hz: fast", 8, 21, "should be a number", "such as 2.5"),
        (
            "    coat: white",
            "    coat: white\n    sample_rate_hz: .nan",
            8,
            21,
            ".nan is not a number",
            "Write a number",
        ),
        (
            "    coat: white",
            "    coat: white\n    coat: black",
            8,
            5,
            "a second time (first on line 7)",
            "one of the two",
        ),
        ("    coat: white", "\tcoat: white", 7, 1, "a tab", "spaces only"),
        ("site: Room 1", "site: Room: 1", 2, 11, "mapping values", "in quotes"),
        ("site: Room 1", "site: 'Room 1", 13, 1, "end of stream", "Close the quote"),
        ("site: Room 1", "site: @home", 2, 7, "cannot start any token", "in quotes"),
        ("site: Room 1", "site: !!python/name:os.system", 2, 7, "constructor", "Delete the tag"),
        ("site: Room 1", "site: &a [*a]", 2, 7, "contains itself", "Write the value out"),
        ("site: Room 1", "site: x\x07y", 2, 8, "U+0007", "Delete it"),
        ("site: Room 1", 'site: "x\\0y"', 2, 7, "U+0000", "Delete it"),
        ("site: Room 1", 'site: "x\\ud800y"', 2, 7, "U+D800", "Delete it"),
        ("species: rat", "species:\trat", 5, 13, "cannot start any token", "spaces in the place of the tab"),
        ("version: 1", f"page: {{port: 0x{'f' * 5000}}}\nversion: 1", 1, 14, "too many digits", "smaller"),
        ("version: 1", "page: {<<: 5}\nversion: 1", 1, 12, "`<<` takes in settings only", "*name"),
        ("version: 1", "page: {host: ''}\nversion: 1", 1, 14, "`host` is an empty text", "Write a text"),
        ("version: 1", "runtime: {keep_points_days: 1.0e+300}\nversion: 1", 1, 29, "1e+300", "36500 or less"),
        ("version: 1", "workers: [{}, {name: b, cameras: []}]\nversion: 1", 1, 34, "without cameras", "delete it"),
        ("version: 1", "? [a, b]\n: 1\nversion: 1", 1, 3, "a key that is not a word", "plain word"),
        ("version: 1", "page: {port: 70000}\nversion: 1", 1, 14, "`port` is 70000", "65535 or less"),
        ("version: 1", 'page: {port: "80"}\nversion: 1', 1, 14, "whole number", "without quotes"),
        ("version: 1", "page:\nversion: 1", 1, 6, "`page` should hold settings, but is empty", "delete the line"),
        ("version: 1", "workers: []\nversion: 1", 1, 10, "has 0 entries", "Add an entry"),
        ("version: 1", "workers: [{cameras: [left]}]\nversion: 1", 12, 15, "served by no worker", "`workers:`"),
        (
            "version: 1",
            "workers: [{cameras: [left, rihgt, right]}]\nversion: 1",
            1,
            28,
            '"rihgt"',
            "Did you mean `right`?",
        ),
        ("version: 1", "workers: [{name: a}, {name: b, cameras: [left]}]\nversion: 1", 1, 42, "a second worker", "own"),
        ("version: 1", "workers: [{cameras: left}]\nversion: 1", 1, 21, "should be a list", "Begin each entry"),
        (
            "version: 1",
            "quality: {brightness_min: 0.9, brightness_max: 0.2}\nversion: 1",
            1,
            27,
            "not below",
            "smaller",
        ),
        ("version: 1", f"runtime: {{run_dir: /{'x' * 120}}}\nversion: 1", 1, 20, "bytes", "shorter folder"),
        ("version: 1", "crop: {face_multiple: 1.6, frame_fraction: 0.4}\nversion: 1", 1, 7, "`crop`", "."),
    ],
)
def test_one_mistake_is_told_where_it_stands(
    tmp_path: Path, old: str, new: str, line: int, column: int, what: str, mend: str
) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new))
    at_place = {(problem.line, problem.column): problem for problem in found}
    assert (line, column) in at_place, found
    assert what in at_place[line, column].what
    assert mend in at_place[line, column].mend


@pytest.mark.parametrize(
    ("source", "column", "what"),
    [
        ("{kind: rtsp, url: 'http://h/'}", 35, "is not a URL of its kind"),
        ("{kind: rtsp, url: 'rtsp://h:99999/'}", 35, "is not a URL of its kind"),
        ("{kind: rtsp, url: 'rtsp://[h/'}", 35, "is not a URL of its kind"),
        ("{kind: file, path: 'rtsp://h/'}", 36, "an address, not a file"),
        ("{kind: [rtsp]}", 24, "`kind` is a list"),
        ("{kind: }", 23, "`kind` is empty"),
        ("{kind: file, path: a.mp4, pace: fast, started_at: 9999-12-31T23:59:59Z}", 17, "no year of a recording"),
        ("{kind: rtsp, url: 'rtsp://h/', username: u, password: {}}", 71, "neither `env` nor `file`"),
        ("{kind: rtsp, url: 'rtsp://h/', username: u, password: {env: A, file: b}}", 71, "both `env` and `file`"),
        ("{kind: rtsp, url: 'rtsp://h/', password: {env: A}}", 48, "without a `username`"),
        ("{kind: file, path: a.mp4, pace: fast, loop: true}", 55, "`loop` needs"),
        ("{kind: v4l2, device: /dev/video0, width_px: 640.5}", 61, "whole number"),
        ("{kind: file, path: a.mp4, loop: 'yes'}", 49, "true or false"),
        ("{kind: file, path: a.mp4, pace: fast, started_at: 2026-11-20T22:00:00}", 67, "without its time zone"),
        ("{kind: file, path: a.mp4, pace: fast, started_at: tonight}", 67, "should be a date and time"),
    ],
)
def test_one_mistake_in_a_source(tmp_path: Path, source: str, column: int, what: str) -> None:
    text = GOOD.replace("{kind: virtual, scenario: demo, view: left}", source)
    (problem,) = problems(tmp_path, text)
    assert (problem.line, problem.column) == (10, column)
    assert what in problem.what


def test_two_cameras_on_one_device(tmp_path: Path) -> None:
    source = "{kind: v4l2, device: /dev/video0}"
    text = GOOD.replace("{kind: virtual, scenario: demo, view: left}", source)
    text = text.replace("{kind: virtual, scenario: demo, view: right}", source)
    (problem,) = problems(tmp_path, text)
    assert (problem.line, problem.column) == (12, 38)
    assert "first on line 10" in problem.what


def test_all_mistakes_are_told_at_once_and_in_file_order(tmp_path: Path) -> None:
    text = GOOD.replace("species: rat", "species: cat").replace("name: right", "name: left") + "pge: {}\nsite: again\n"
    found = problems(tmp_path, text)
    assert [(p.line, p.column) for p in found] == [(5, 14), (11, 15), (13, 1), (14, 1)]


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("{kind: rtsp, url: 'rtsp://me:hunter2@h/'}", 35),
        ("{kind: rtsp, url: 'rtsp://me:hunter2@[h/'}", 35),
        ("{kind: rtsp, url: 'rtsp://me:hun/hunter2@h/'}", 35),
        ("{kind: http_mjpeg, url: 'http://h/?user=me&Password=hunter2'}", 41),
        ("rtsp://me:hunter2@h/", 17),
        ("{kind: 'rtsp://me:hunter2@h/'}", 24),
        ("{kind: file, path: 'rtsp://me:hunter2@h/'}", 36),
        ("{kind: rtsp, url: 'rtsp://h/', username: u, password: hunter2}", 71),
        ("{kind: rtsp, url: 'rtsp://h/', username: u, password: *hunter2}", 71),
        ("{kind: rtsp, url: 'rtsp://h/', username: u, password: {hunter2}}", 72),
        ("{kind: rtsp, url: 'rtsp://h/', username: u, password: {env: {hunter2}}}", 77),
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, source: str, column: int) -> None:
    found = problems(tmp_path, GOOD.replace("{kind: virtual, scenario: demo, view: left}", source))
    assert (10, column) in [(problem.line, problem.column) for problem in found]
    assert "hunter2" not in "".join(map(str, found))


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "empty"),
        ("# nothing but words\n", 1, 1, "empty"),
        ("just words\n", 1, 1, "no settings"),
        ("- a\n- b\n", 1, 1, "no settings"),
        (b"site: ok\nsite\xff: x\n", 2, 5, "not UTF-8"),
        (GOOD + "---\n" + GOOD, 13, 1, "another document"),
    ],
)
def test_a_file_that_holds_no_configuration(
    tmp_path: Path, text: str | bytes, line: int, column: int, what: str
) -> None:
    (problem,) = problems(tmp_path, text)
    assert (problem.line, problem.column) == (line, column)
    assert what in problem.what


@pytest.mark.parametrize(("name", "what"), [("absent.yaml", "no such file"), (".", "a folder")])
def test_a_path_that_is_no_file(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / name)
    (problem,) = caught.value.problems
    assert what in problem.what
    assert (problem.line, problem.column) == (1, 1)


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    found = problems(tmp_path, "\n".join(lines))
    assert any("more than" in problem.what for problem in found)


def test_merges_that_unfold_without_end_are_read_at_once(tmp_path: Path) -> None:
    merges = [f"&a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 15)]
    found = problems(tmp_path, f"<<: [&a0 {{x: 1}}, {', '.join(merges)}]\n" + GOOD)
    assert [problem.what for problem in found] == ["`x` is not a setting at the top of the file"]


@pytest.mark.parametrize(("text", "line"), [("x: " + "[" * 5000, 1), (GOOD + "y: " + "[" * 99 + "]" * 99, 13)])
def test_brackets_without_end_are_refused(tmp_path: Path, text: str, line: int) -> None:
    assert any(p.line == line and "too deep" in p.what for p in problems(tmp_path, text))


def test_a_file_too_large_to_be_a_configuration_is_not_read(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, GOOD + "#" * 2_000_000)
    assert "larger than 1 MB" in problem.what


def test_settings_made_by_a_merge_may_be_used_again(tmp_path: Path) -> None:
    text = GOOD.replace("source: {kind: virtual, scenario: demo, view: left}", "source: &s {kind: virtual, view: left}")
    text = text.replace("source: {kind: virtual, scenario: demo, view: right}", "source: &t {<<: *s, view: right}")
    (tmp_path / "config.yaml").write_text(text + "      - name: third\n        source: *t\n")
    config = load_config(tmp_path / "config.yaml")
    assert [getattr(c.source, "view", None) for _, c in config.cameras] == ["left", "right", "right"]


def test_aliases_and_merge_keys_may_be_used(tmp_path: Path) -> None:
    text = GOOD.replace("source: {kind: virtual, scenario: demo, view: left}", "source: &s {kind: virtual, view: left}")
    text = text.replace("source: {kind: virtual, scenario: demo, view: right}", "source: {<<: *s, view: right}")
    (tmp_path / "config.yaml").write_text(text)
    config = load_config(tmp_path / "config.yaml")
    assert [getattr(c.source, "view", None) for _, c in config.cameras] == ["left", "right"]


@pytest.mark.parametrize("tag", ["!!timestamp", "!!bool", "!!int", "!!float", "!!binary", "!!null"])
def test_a_tag_on_what_is_none_is_refused(tmp_path: Path, tag: str) -> None:
    found = problems(tmp_path, GOOD.replace("coat: white", f"coat: {tag} x"))
    assert any(problem.line == 7 for problem in found)


def test_a_later_finding_is_told_at_the_settings_place(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(GOOD)
    problem = load_located(tmp_path / "config.yaml").problem(("cages", 0, "cameras", 1, "source"), "closed", "open it")
    assert (problem.line, problem.column, problem.mend) == (12, 9, "Open it")
