"""What concerns a whole watch: its models, its hub, its disk and its clock, broken one after the other."""

from __future__ import annotations

import contextlib
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import painwatch_engines.zoo as zoo
from endurance.chaos_proxy import POISON
from endurance.fault_pictures import Pictures
from endurance.fault_rows import Fault, Row, cage_words, carry_out, process_words
from endurance.fault_stage import FAKETIME, Cameras, Clock, People, filled_history, full, small_disk
from endurance.fault_watch import FaultWatch, killing, stopped
from painwatch.core.alarms import Mark, Request, RequestAction
from painwatch.web.wording import about_hub
from servers.faulty_influx import FaultyInflux, Reply
from servers.web_hook import WebHook

HOUR_S = 3600.0
HISTORY_MB = 64
DISK_MB = 160
FLOOD = 6000
CAGE = "cage"
PAUSE_S = 10.0
Tell = Callable[[str], None]


def with_own_models(folder: Path, pictures: Pictures, tell: Tell) -> list[Row]:
    """A watch with its own copy of the classifier, a picky sink and a target that is told the last word."""
    model = folder / "classifier" / "model.onnx"
    shutil.copytree(Path(zoo.__file__).parent / "action_units_rendered", model.parent)
    with (
        Cameras(tuple(pictures.animal)) as cameras,
        FaultyInflux(judge=_picky) as sink,
        WebHook() as hook,
    ):
        (folder / "desk").write_text(hook.address("json"))
        (folder / "desk").chmod(0o600)
        settings: dict[str, Any] = {
            "cages": [cameras.cage(CAGE)],
            "classifier": {"model": "classifier"},
            "sinks": [{"name": "picky", "url": sink.url, "org": "lab"}],
            "notify": {"targets": [{"name": "desk", "url": {"file": "desk"}, "at_most_per_hour": 3600}]},
        }
        people = People(hook)
        with FaultWatch(folder, settings) as watch:
            tell("starting")
            watch.started([CAGE])
            return _in_turn(_of_hub_and_models(watch, people, model), watch, tell)


def _in_turn(faults: Iterator[Fault], watch: FaultWatch, tell: Tell) -> list[Row]:
    rows = []
    for fault in faults:
        rows.append(carry_out(fault, watch, tell))
        # What was told last is on the disk by then: a hub that is stopped sooner begins again with what was before.
        time.sleep(PAUSE_S)
    return rows


def _of_hub_and_models(watch: FaultWatch, people: People, model: Path) -> Iterator[Fault]:
    everything = lambda _key: True  # noqa: E731
    yield Fault(
        "record that the database refuses for good",
        lambda: _poisoned(watch),
        "sink-refused",
        "picky",
        10,
        (CAGE,),
        blind=False,
        says=lambda w: "; ".join(f"{s.refused} refused, {s.waiting} wait" for s in w.snapshot.sinks),
        clears_s=None,
        note="ends an hour after the last refusal: not waited for",
    )
    yield Fault(
        "classifier's file cut in half, and infer started anew",
        lambda: _cut(watch, model),
        "engine-error",
        CAGE,
        4 * 60,
        (CAGE,),
        mine=everything,
        says=lambda w: cage_words(w, CAGE),
        clears_s=200,
        note="the file is tried again every 10 s",
    )
    yield Fault(
        "hub held still once (SIGSTOP)",
        lambda: stopped(watch, "hub"),
        "",
        "",
        0,
        (CAGE,),
        blind=False,
        mine=everything,
        says=lambda w: _silent_hub(w, 20),
        stays_s=45,
        back_s=90,
        note="no alarm by design: the watchdog starts it anew after 30 s; looks sent meanwhile are lost and count as"
        " not seen",
    )
    yield Fault(
        "run_dir deleted",
        lambda: _deleted(watch),
        "",
        "",
        0,
        (CAGE,),
        blind=False,
        mine=everything,
        says=_why_anew,
        stays_s=20,
        back_s=120,
        note="no alarm by design: the supervisor starts everything anew, and says why",
    )
    for what, number, seconds in (
        ("hub killed again and again", signal.SIGKILL, 60),
        ("hub held still again and again (SIGSTOP)", signal.SIGSTOP, 60 + 36),
    ):
        yield Fault(
            what,
            lambda number=number: _told(people, killing(watch, "hub", number=number)),
            "last word",
            "every target",
            seconds,
            (CAGE,),
            blind=False,
            told=lambda _: people.last_word(),
            says=lambda w: about_hub(w.silent_s),
            mine=everything,
            back_s=120,
            note="by the supervisor, as no hub is there to raise an alarm",
        )


def on_a_small_disk(folder: Path, pictures: Pictures, tell: Tell) -> list[Row]:
    """A watch whose history lies on a small disk and is as large as it may be, and whose clock can be set."""
    folder.mkdir(parents=True)
    clock = Clock(folder / "clock")
    clock.set(0)
    with Cameras(tuple(pictures.animal)) as cameras, small_disk(folder / "disk", DISK_MB) as disk:
        data = "disk/data" if disk else "data"
        filled_history(folder / data / "painwatch.sqlite", folder.name, HISTORY_MB + 2)
        settings = {"cages": [cameras.cage(CAGE)], "runtime": {"data_dir": data, "history_mb": HISTORY_MB}}
        environment = clock.environment if FAKETIME.exists() else None
        with FaultWatch(folder, settings, environment) as watch:
            tell("starting")
            watch.started([CAGE])
            faults = _of_host(watch, disk, clock if environment else None)
            return _in_turn(faults, watch, tell)


def _of_host(watch: FaultWatch, disk: Path | None, clock: Clock | None) -> Iterator[Fault]:
    everything = lambda _key: True  # noqa: E731
    yield Fault(
        "history as large as it may be",
        contextlib.nullcontext,
        "history-pruned",
        "site",
        60,
        says=lambda w: f"{w.snapshot.store.pruned} moments deleted early",
        from_start=True,
        clears_s=None,
        note="counted from the start of the watch; ends an hour after the last deletion: not waited for",
    )
    yield Fault(
        f"flood of {FLOOD} messages at the hub's socket",
        lambda: _flood(watch),
        "refused-messages",
        "site",
        2,
        (CAGE,),
        blind=False,
        mine=everything,
        says=lambda w: f"refused so far: {w.snapshot.malformed_messages}; {cage_words(w, CAGE)}",
    )
    if disk is not None:
        yield Fault(
            "disk of the history full",
            lambda: full(disk),
            "disk-low",
            "site",
            60,
            (CAGE,),
            blind=False,
            mine=everything,
            says=lambda w: w.snapshot.store.fault or f"{w.snapshot.store.disk_free_bytes} bytes free",
        )
    if clock is None:
        return
    yield Fault(
        "clock of the whole host 1 h back",
        lambda: clock.off_by(-HOUR_S),
        "cage-silent",
        CAGE,
        60,
        (CAGE,),
        blind=False,
        mine=everything,
        note="mended by setting it right; the animal is seen, but no minute is told until the clock has caught up",
    )
    yield Fault(
        "clock of the whole host 1 h ahead",
        lambda: _for_good(clock, HOUR_S),
        "cannot-see",
        CAGE,
        60,
        (CAGE,),
        blind=False,
        mine=everything,
        note="by the clock nothing was seen for an hour; ends with the next minute of which enough was seen",
    )


@contextlib.contextmanager
def _poisoned(watch: FaultWatch) -> Iterator[None]:
    now_ns = time.time_ns()
    mark = Mark(CAGE, f"{POISON.decode()} {uuid.uuid4().hex}", now_ns, words="made to be refused", who="faults")
    watch.send(Request(uuid.uuid4().hex, RequestAction.MARK, now_ns, "faults", mark=mark))
    yield


def _picky(lines: tuple[bytes, ...]) -> Reply:
    # Tags are written with backslashes before what is special, and the name of a mark with none in it.
    bad = [line for line in lines if POISON in line]
    return Reply(400, body='{"code":"invalid","message":"partial write: field type conflict"}') if bad else Reply()


@contextlib.contextmanager
def _cut(watch: FaultWatch, model: Path) -> Iterator[None]:
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) // 2])
    watch.signal("infer-cpu", signal.SIGKILL)
    try:
        yield
    finally:
        model.write_bytes(whole)


@contextlib.contextmanager
def _told(people: People, harm: contextlib.AbstractContextManager[None]) -> Iterator[None]:
    people.begin()
    with harm:
        yield


@contextlib.contextmanager
def _flood(watch: FaultWatch) -> Iterator[None]:
    camera = watch.camera(f"{CAGE}-cam")
    assert camera is not None
    assert camera.state is not None
    watch.send(*(replace(camera.state, time_ns=time.time_ns()) for _ in range(FLOOD)))
    yield


@contextlib.contextmanager
def _deleted(watch: FaultWatch) -> Iterator[None]:
    shutil.rmtree(watch.places.run_dir)
    yield


@contextlib.contextmanager
def _for_good(clock: Clock, offset_s: float) -> Iterator[None]:
    # To set it right again would be a step back: another fault.
    clock.set(offset_s)
    yield


def _why_anew(watch: FaultWatch) -> str:
    watch.until(lambda: "removed" in process_words(watch, "hub"), 60)
    return process_words(watch, "hub")


def _silent_hub(watch: FaultWatch, after_s: float) -> str:
    watch.until(lambda: (watch.silent_s or 0) > after_s, after_s + 20)
    return about_hub(watch.silent_s)
