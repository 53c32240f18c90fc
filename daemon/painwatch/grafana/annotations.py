"""Which marks and alarms become annotations in a Grafana, and what stands in them. Pure.

An annotation waits in the outbox as a line: what it is of, a blank, and the form that Grafana's API takes. In a tag
Grafana takes a colon for the end of its key and drops what follows a second one; it has room for 100 characters of a
key and of a value, and for 500 bytes of all tags as JSON. It shows texts as HTML.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Iterator
from typing import Any

from painwatch.alarm.rules import rules_of
from painwatch.config.models import Config
from painwatch.core.alarms import RAISED, AlarmPhase, Mark, Transition
from painwatch.core.signals import SIGNALS, AlarmKind, Of
from painwatch.notify.wording import gist_of, reserve

OURS = "painwatch"
"""A tag of every annotation."""

LINE_MAX_CHARS = 4000
"""Of each line of its text."""

_SITE_BYTES, _MARK_BYTES, _NAME_BYTES = 100, 100, 64

_ENDED = (AlarmPhase.CLEARED, AlarmPhase.INACTIVE)


def annotations_for(config: Config, validation: str = "") -> Callable[[object], bytes | None]:
    """Gives the line of what becomes of a record; None if it is not annotated: only Marks and Transitions are.

    Args:
        validation: what the model's card says of its validation, told wherever a score is.
    """

    def line_of(record: object) -> bytes | None:
        match record:
            case Mark():
                return _line("mark", _of_mark(record, config))
            case Transition() if is_shown(record):
                return _line("alarm", _of_transition(record, config, validation))
            case _:
                return None

    return line_of


def form_of(line: bytes) -> dict[str, Any]:
    """What Grafana's API takes, of a line.

    Raises:
        ValueError: it is no such line.
    """
    form = json.loads(line.partition(b" ")[2])
    if not isinstance(form, dict) or not key_of(form):
        raise ValueError("no annotation of painwatch")
    return form


def key_of(form: dict[str, Any]) -> str:
    """The tag that no other annotation bears; empty if there is none."""
    return next((str(tag) for tag in form.get("tags", ()) if str(tag).startswith("key:")), "")


def is_shown(transition: Transition) -> bool:
    """Whether a person wants to see it in a chart: an alarm was raised, answered, or ended after it was raised.

    Not: that a condition began to hold and perhaps ceased to, before anybody was asked; nor steps of escalation.
    """
    if transition.before is transition.after:
        return False
    return transition.after in RAISED or (
        transition.after in _ENDED and transition.before in (*RAISED, AlarmPhase.CLEARED)
    )


def _of_mark(mark: Mark, config: Config) -> dict[str, Any]:
    by = f" ({mark.who})" if mark.who else ""
    tags = (
        *_common(config, "mark", f"{mark.cage}/{mark.time_ns}/{mark.name}"),
        _tag("kind", "mark"),
        _tag("cage", mark.cage),
        _tag("mark", mark.name, _MARK_BYTES),
    )
    return _form(mark.time_ns, mark.end_ns, tags, (f"{mark.name} at {mark.cage}{by}", mark.words))


def _of_transition(transition: Transition, config: Config, validation: str) -> dict[str, Any]:
    welfare = transition.kind is AlarmKind.WELFARE
    tags = (
        *_common(config, "alarm", transition.key),
        _tag("kind", transition.kind.value),
        _tag("rule", transition.rule),
        _tag("phase", transition.after.value),
        *_about(transition, config),
    )
    text = (
        *gist_of(transition, config),
        transition.runbook and f"What to do: {transition.runbook}",
        config.notify.page and f"Page: {config.notify.page}",
        reserve(validation) if welfare else "",
    )
    return _form(transition.time_ns, None, tags, text)


def _common(config: Config, of: str, key: str) -> Iterator[str]:
    yield OURS
    yield _tag("site", config.site, _SITE_BYTES)
    # Several sites may write into one Grafana.
    digest = hashlib.sha256("\x1f".join((config.site, of, key)).encode("utf-8", "replace")).hexdigest()
    yield f"key:{digest[:32]}"


def _about(transition: Transition, config: Config) -> Iterator[str]:
    """A cage and a camera may bear one name: the rule says which of them its alarms are about."""
    subject = transition.subject
    rule = next((rule.config for rule in rules_of(config) if rule.config.name == transition.rule), None)
    of = SIGNALS[rule.signal].of if rule is not None else None
    if of is Of.CAMERA:
        yield from (_tag("cage", cage.name) for cage, camera in config.cameras if camera.name == subject)
        yield _tag("camera", subject)
    elif rule is None or of not in (Of.CAGE_MINUTE, Of.CAGE):
        yield _tag("subject", subject)
    elif rule.scope != "all":
        yield _tag(rule.scope, subject)


def _form(begin_ns: int, end_ns: int | None, tags: tuple[str, ...], text: tuple[str, ...]) -> dict[str, Any]:
    # Grafana takes 0 for now.
    begin_ms = max(1, begin_ns // 1_000_000)
    lasted = {"timeEnd": end_ns // 1_000_000} if end_ns is not None and end_ns // 1_000_000 > begin_ms else {}
    written = (html.escape(line[:LINE_MAX_CHARS], quote=False) for line in text if line)
    words = "<br>".join(line.replace("\n", "<br>") for line in written)
    return {"time": begin_ms, **lasted, "tags": list(tags), "text": words}


def _tag(key: str, value: str, most_bytes: int = _NAME_BYTES) -> str:
    # The column holds characters, the limit on all tags counts the bytes of what stands between JSON's quotes.
    plain = " ".join(value.replace(":", ".").split()).encode("utf-8", "replace")[:most_bytes]
    return ":".join(filter(None, (key, plain.decode("utf-8", "ignore").strip())))


def _line(of: str, form: dict[str, Any]) -> bytes:
    # The witnesses that a sink is asked for are the newest of each kind: the first word tells which it is.
    return f"{of} {json.dumps(form, ensure_ascii=False, separators=(',', ':'))}".encode("utf-8", "replace")
