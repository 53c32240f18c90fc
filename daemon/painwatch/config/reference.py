"""Every setting as a page for people: `python -m painwatch.config.reference > docs/configuration.md`.

Written from the models, so that it cannot say something else than what the loader accepts.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import annotated_types as bounds
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from painwatch.config import alarms, delivery, grafana, models, network, page, sources

_INTRODUCTION = """\
# Settings

<!-- Written by `make docs` from the models in daemon/painwatch/config; a test holds it to them. -->

painwatch reads one YAML file, `config.yaml` unless `--config` names another. `painwatch check FILE` finds everything
that would keep it from working and says, for each, the line, the column and how to mend it. Unknown settings are
errors, so that a slip of the pen is not taken for a wish. Units stand in the names: `_s` seconds, `_ms` milliseconds,
`_hz` times a second, `_px` pixels. Relative paths start at the file's own folder.

Passwords, tokens and addresses that hold them never stand in the file: the setting names an environment variable
(`env`) or a file (`file`), such as a systemd credential; exactly one of the two.

Beyond what the tables say, these must hold: names of cages, of cameras, of workers, of sinks and of targets are unique,
and no target is called heartbeat; each camera is served by exactly one worker; two cameras never share a device;
`password` has a `username` beside it; `loop` needs `pace: realtime`; `brightness_min` is below `brightness_max`; a
`chain` under `keypoints` needs `runner: compiled`.
"""

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", models.Config),
    ("`cages`: each entry", models.CageConfig),
    ("`cameras`: each entry", models.CameraConfig),
    ("`source` of `kind: file`", sources.FileSource),
    ("`source` of `kind: v4l2`", sources.V4l2Source),
    ("`source` of `kind: rtsp`", sources.RtspSource),
    ("`source` of `kind: http_mjpeg`", sources.HttpMjpegSource),
    ("`source` of `kind: virtual`", sources.VirtualSource),
    ("`source` of `kind: remote`", sources.RemoteSource),
    ("`password`, `token`, `url` of a target, `heartbeat`", sources.Secret),
    ("`fusion`", models.FusionConfig),
    ("`keypoints`", models.KeypointsConfig),
    ("`crop`", models.CropConfig),
    ("`quality`", models.QualityConfig),
    ("`stillness`", models.StillnessConfig),
    ("`classifier`", models.ClassifierConfig),
    ("`workers`: each entry", models.WorkerConfig),
    ("`runtime`", models.RuntimeConfig),
    ("`memory_mb` under `runtime`", models.MemoryConfig),
    ("`page`", page.PageConfig),
    ("`users` under `page`: each entry", page.UserConfig),
    ("`tls` under `page`", page.TlsConfig),
    ("`proxy` under `page`", page.ProxyConfig),
    ("`alarms`", alarms.AlarmsConfig),
    ("`rules` under `alarms`: each entry", alarms.RuleConfig),
    ("`baseline` of a rule", alarms.BaselineConfig),
    ("`escalation` of a rule: each entry", alarms.EscalationStep),
    ("`sinks`: each entry", delivery.InfluxConfig),
    ("`notify`", delivery.NotifyConfig),
    ("`targets` under `notify`: each entry", delivery.TargetConfig),
    ("`grafana`", grafana.GrafanaConfig),
    ("`database_login` under `grafana`", grafana.DatabaseLogin),
    ("`contact_points` under `grafana`: each entry of `kind: email`", grafana.EmailPoint),
    ("`contact_points` under `grafana`: each entry of another kind", grafana.AddressPoint),
    ("`network`", network.NetworkConfig),
    ("`listen` under `network`", network.ListenConfig),
    ("`hub` under `network`", network.HubAddress),
)


def reference() -> str:
    """The page, in Markdown."""
    parts = [_INTRODUCTION]
    for title, model in _SECTIONS:
        rows = [
            f"| `{name}` | {_kind(field.annotation)} | {_default(field)} | {_meaning(field)} |"
            for name, field in model.model_fields.items()
        ]
        table = "\n".join(["| setting | value | if unset | meaning |", "|---|---|---|---|", *rows])
        parts.append(f"## {title}\n\n{(model.__doc__ or '').strip()}\n\n{table}\n")
    return "\n".join(parts)


def described_models() -> set[type[BaseModel]]:
    """The models that have a section."""
    return {model for _, model in _SECTIONS}


def _kind(annotation: Any) -> str:
    if typing.get_origin(annotation) is typing.Annotated:
        return _kind(typing.get_args(annotation)[0])
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " or ".join(f"`{value.value}`" for value in annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (types.UnionType, typing.Union):
        kinds = dict.fromkeys(_kind(member) for member in arguments if member is not type(None))
        return " or ".join(kinds)
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "settings, see below"
    if annotation is AwareDatetime:
        return "date and time with its zone"
    return {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", Path: "path"}[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    default = field.get_default()
    if default is None:
        return "-"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, BaseModel):
        return "as below"
    if isinstance(default, tuple):
        if not default:
            return "none"
        plain = all(isinstance(entry, str) for entry in default)
        return f"`[{', '.join(default)}]`" if plain else "one with the values below"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _meaning(field: FieldInfo) -> str:
    words = [field.description or "", *_limits(field)]
    return "; ".join(word for word in words if word).replace("|", "\\|")


def _limits(field: FieldInfo) -> Iterator[str]:
    for limit in field.metadata:
        match limit:
            case bounds.Gt(value):
                yield f"above {value:g}"
            case bounds.Ge(value):
                yield f"{value:g} or more"
            case bounds.Lt(value):
                yield f"below {value:g}"
            case bounds.Le(value):
                yield f"{value:g} or less"
            case bounds.MinLen(1) if field.annotation is str:
                yield "not empty"
            case bounds.MinLen(value):
                yield f"at least {value}"
            case bounds.MaxLen(value):
                yield f"at most {value} characters" if field.annotation is str else f"at most {value}"


if __name__ == "__main__":
    sys.stdout.write(reference())
