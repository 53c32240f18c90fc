"""Configurations and files of rules that cannot be meant."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

from hostile.mutate import NASTY_BYTES, NASTY_TEXTS, mutated, nasty, with_a_worse_value, without_surrogates
from hostile.trial import ACCEPTED, REFUSED, Counts, Trial, UnclearError, clear
from painwatch.config.loader import load_config, load_located
from painwatch.config.rules_file import load_rules
from painwatch.core.errors import ConfigError

CONFIG = Path(__file__).parents[2] / "config.yaml"
RICH = {
    "network": {"listen": {"host": "127.0.0.1", "port": 5555}},
    "sinks": [{"url": "http://127.0.0.1:8086", "database": "painwatch"}],
    "runtime": {"run_dir": "run", "data_dir": "data", "memory_mb": 900},
    "notify": {"targets": [{"name": "duty", "url": {"env": "DUTY"}}]},
}


@contextlib.contextmanager
def configurations(folder: Path) -> Iterator[Trial]:
    """`config.yaml` by `load_config`: a Config, or ConfigError that names file, line and column."""
    path = folder / "config.yaml"
    text = CONFIG.read_text(encoding="utf-8")

    def one(dice: Random) -> Counts:
        path.write_bytes(hostile_yaml(text, yaml.safe_load(text) | RICH, dice))
        return tried(lambda: load_config(path), path)

    yield Trial(one)


@contextlib.contextmanager
def rules_files(folder: Path) -> Iterator[Trial]:
    """The RULES file of `painwatch backtest`."""
    path = folder / "rules.yaml"
    base = load_located(CONFIG)
    rules = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["alarms"] | {"off": ["camera-lost"]}
    text = yaml.safe_dump(rules)

    def one(dice: Random) -> Counts:
        path.write_bytes(hostile_yaml(text, rules, dice))
        return tried(lambda: load_rules(path, base), path)

    yield Trial(one)


def tried(load: Callable[[], object], path: Path) -> Counts:
    try:
        load()
    except ConfigError as error:
        if not error.problems:
            raise UnclearError("a ConfigError without problems") from error
        lines = path.read_bytes().count(b"\n") + path.read_bytes().count(b"\r") + 2
        for problem in error.problems:
            clear(problem.what, str(problem))
            if problem.file != str(path) or not (1 <= problem.line <= lines * 2 and problem.column >= 1):
                raise UnclearError(f"no place in the file: {problem}") from error
        return REFUSED
    return ACCEPTED


def hostile_yaml(text: str, tree: Any, dice: Random) -> bytes:
    """Bytes that are near to the document `text`, or a blow of a known kind."""
    match dice.randrange(100):
        case n if n < 45:
            worse = tree
            for _ in range(dice.randint(1, 3)):
                worse = with_a_worse_value(worse, dice)
            return written(worse, dice)
        case n if n < 75:
            return mutated(text.encode(), dice)
        case n if n < 88:
            return _lines_moved(text, dice)
        case n if n < 90:
            return dice.randbytes(dice.randint(0, 3000))
        case _:
            return _blow(text, dice)


def written(tree: Any, dice: Random) -> bytes:
    """As YAML, or as JSON, which is YAML too."""
    if dice.random() < 0.5:
        with contextlib.suppress(ValueError):  # whole numbers beyond 4300 digits cannot be written
            return json.dumps(tree, indent=dice.choice((None, 1))).encode()
    with contextlib.suppress(ValueError):
        return without_surrogates(yaml.safe_dump(tree, allow_unicode=True)).encode()
    return b"version: 1" + b"0" * 5000


def _lines_moved(text: str, dice: Random) -> bytes:
    lines = text.splitlines()
    for _ in range(dice.randint(1, 4)):
        at, to = dice.randrange(len(lines)), dice.randrange(len(lines))
        match dice.randrange(5):
            case 0:
                lines[at], lines[to] = lines[to], lines[at]
            case 1:
                lines[at] = " " * dice.randrange(9) + lines[at].lstrip()
            case 2:
                lines[at] = "\t" + lines[at]
            case 3:
                key, colon, _ = lines[at].partition(":")
                lines[at] = key + colon + " " + without_surrogates(str(dice.choice(NASTY_TEXTS)))
            case _:
                lines.insert(to, lines[at])
    return "\n".join(lines).encode()


def _blow(text: str, dice: Random) -> bytes:
    size = 10 ** dice.randint(2, 5)
    match dice.randrange(16):
        case 0:
            return b"[" * size
        case 1:
            return b"a: " + b"{a: " * size
        case 2:
            return b"- " * size
        case 3:
            ten = "\n".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))
            return f"a0: &a0 [x,x]\n{ten}\n{text}".encode()
        case 4:
            ten = "\n".join(f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n  k{n}: 1" for n in range(1, 60))
            return f"a0: &a0 {{x: 1}}\n{ten}\n{text}".encode()
        case 5:
            return f"a: &a {'x' * 100_000}\nb: [{','.join(['*a'] * (size // 2))}]\n{text}".encode()
        case 6:
            return f"{text}\nversion: {'9' * size}\n".encode()
        case 7:
            return f"a: &a [*a]\ncages: *a\n{text}".encode()
        case 8:
            return text.encode() + b"# " + b"x" * (10_000_000 if dice.random() < 0.2 else size)
        case 9:
            at = dice.randrange(len(text))
            return text[:at].encode() + dice.choice(NASTY_BYTES) + text[at:].encode()
        case 10:
            return text.encode(dice.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-be")))
        case 11:
            tag = dice.choice(
                ("!!python/object:os.system", "!!binary", "!!timestamp", "!!set", "!!omap", "!x", "!!int")
            )
            return text.replace(": ", f": {tag} ", dice.randint(1, 3)).encode()
        case 12:
            return text.encode() + b"\n---\n" + text.encode()
        case 13:
            return text.replace("\n", dice.choice(("\r", "\r\n", "\x85", "\u2028"))).encode()
        case 14:
            return b"%YAML 9.9\n%TAG ! tag:x,2000:\n" + text.encode()
        case _:
            return written({"version": 1, "cages": [nasty(dice, 6)] * min(size, 300)}, dice)
