"""The watches of the fault table: a room whose cages break each in its own way at the same time, and two single cages
at which what concerns the whole watch is broken, one fault after the other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from endurance.chaos_proxy import FaultyFront, faulty_front
from endurance.fault_alone import on_a_small_disk, with_own_models
from endurance.fault_pictures import Pictures
from endurance.fault_rows import CONTROL, Fault, Row, cage_words, carry_out, process_words, undone
from endurance.fault_stage import FAKETIME, Cameras, Clock, gpu_stand_in
from endurance.fault_watch import FaultWatch, killing, stopped, write_config
from fixtures.hosts import free_port
from painwatch.config.builtin_rules import FIXED
from painwatch.core.alarms import Priority
from painwatch.core.signals import Signal
from painwatch.curve.folder import allow, make_pair
from servers.influx import InfluxServer
from servers.mjpeg_server import PASSWORD, USER
from servers.web_hook import WebHook

MINUTE_S = 60.0
CAPTURE_MIB = 200
CLOCK_OFF_S = 3.0
Tell = Callable[[str, str], None]

ROOMS = {"single cage": with_own_models, "small disk": on_a_small_disk}


def all_rows(folder: Path, pictures: Pictures, short_min: float | None, only: str, tell: Tell) -> list[Row]:
    """Carries out every fault; each watch in a thread of its own."""
    rooms: dict[str, Callable[[], list[Row]]] = {
        "room": lambda: at_once(folder / "room", pictures, short_min, lambda words: tell("room", words)),
        **{
            name: lambda name=name, work=work: work(folder / name.replace(" ", "-"), pictures, lambda w: tell(name, w))
            for name, work in ROOMS.items()
        },
    }
    chosen = {name: work for name, work in rooms.items() if not only or only == name}
    with ThreadPoolExecutor(len(chosen)) as pool:
        return [
            row for rows in [pool.submit(_safely, name, work) for name, work in chosen.items()] for row in rows.result()
        ]


def _safely(name: str, work: Callable[[], list[Row]]) -> list[Row]:
    try:
        return work()
    except Exception as error:
        return [undone(Fault(f"the watch of the {name}", contextlib.nullcontext, "", "", 0), error)]


def at_once(folder: Path, pictures: Pictures, short_min: float | None, tell: Callable[[str], None]) -> list[Row]:
    """The room: independent faults, all at the same time."""
    cannot_see_min, outside_min = (short_min, short_min) if short_min else (15.0, 10.0)
    with contextlib.ExitStack() as stack:
        cameras = stack.enter_context(Cameras(tuple(pictures.animal)))
        influx = stack.enter_context(InfluxServer(folder / "influx"))
        influx.query("CREATE DATABASE painwatch")
        front = stack.enter_context(faulty_front(influx.url))
        desk, pager = stack.enter_context(WebHook()), stack.enter_context(WebHook())
        gpu, switch = gpu_stand_in(folder / "site", "falls")
        settings = _settings(folder, cameras, influx.url, front.url, {"desk": desk, "pager": pager}, short_min)
        clock = Clock(folder / "clock")
        clock.set(0)
        far = _far_host(folder, settings, cameras, clock)
        watch = stack.enter_context(FaultWatch(folder, settings, gpu))
        if far is not None:
            stack.enter_context(far)
        faults = [
            *_of_pictures(cameras, pictures, cannot_see_min, outside_min),
            *_of_processes(cameras, pictures, watch, switch, short_min),
            *_of_receivers(influx, front, pager),
            Fault(
                "50 messages of garbage at the hub's socket",
                lambda: _sent(watch, *(bytes([number]) * 40 for number in range(50))),
                "refused-messages",
                "site",
                0,
                ("control",),
                blind=False,
                says=lambda w: f"refused so far: {w.snapshot.malformed_messages}",
                mine=lambda key: key[1] == "control",
            ),
        ]
        if far is not None:
            faults.append(
                Fault(
                    f"clock of a camera's host {CLOCK_OFF_S:.0f} s ahead of the hub's",
                    lambda: clock.off_by(CLOCK_OFF_S),
                    "clock-offset",
                    "far-cam",
                    MINUTE_S,
                    ("far",),
                    blind=False,
                )
            )
        outside = next(fault for fault in faults if fault.from_start)
        with ThreadPoolExecutor(len(faults)) as pool:
            first = pool.submit(carry_out, outside, watch, tell)
            tell("starting")
            watch.started([cage["name"] for cage in settings["cages"] if cage["name"] != "strain"])
            rest = [pool.submit(carry_out, fault, watch, tell) for fault in faults if fault is not outside]
            rows = [first.result(), *(row.result() for row in rest)]
        rows.append(_control(watch))
        return rows


def _of_pictures(cameras: Cameras, pictures: Pictures, cannot_see_min: float, outside_min: float) -> Iterator[Fault]:
    def lost(name: str, what: str, harm: Callable[[], Any], **more: Any) -> Fault:
        return Fault(what, harm, "camera-lost", f"{name}-cam", 30, (name,), **more)

    yield lost("plug", "camera's plug pulled", lambda: cameras.unplugged("plug"))
    yield lost("hang", "stream hangs", lambda: cameras.broken("hang", "hang"))
    yield Fault(
        "still picture",
        lambda: cameras.broken("still", "still"),
        "camera-lost",
        "still-cam",
        50,
        ("still",),
        settles_s=13,
        note="scored until it has not changed for `frozen_after_s` (10 s); when it is asked for anew it shows another"
        " picture, and stands still again",
    )
    yield lost("spoilt", "nothing but corrupt pictures", lambda: cameras.broken("spoilt", "garbage"))
    yield lost("login", "camera refuses its login (401)", lambda: cameras.broken("login", "login"))
    # A minute that begins well is not below the threshold: up to one more passes.
    below_s = (cannot_see_min + 1) * MINUTE_S
    for name, what, shown in (
        ("covered", "lens covered", pictures.covered),
        ("absent", "animal not in view", pictures.absent),
        ("blurred", "picture out of focus", pictures.blurred),
    ):
        yield Fault(
            what,
            lambda name=name, shown=shown: cameras.showing(name, tuple(shown)),
            "cannot-see",
            name,
            below_s,
            (name,),
            clears_s=200,
            note=f"rule: {cannot_see_min:g} min",
        )
    yield Fault(
        "strain that the model was not made for",
        contextlib.nullcontext,
        "out-of-domain",
        "strain",
        (outside_min + 1) * MINUTE_S + 60,
        ("strain",),
        from_start=True,
        settles_s=0,
        clears_s=None,
        note=f"rule: {outside_min:g} min; counted from the start of the watch; ends with another configuration",
    )


def _of_processes(
    cameras: Cameras, pictures: Pictures, watch: FaultWatch, switch: Path, short_min: float | None
) -> Iterator[Fault]:
    ten_minutes_s = None if short_min else 700.0
    restarting_ends = "ends 10 min after the last start"

    @contextlib.contextmanager
    def fallen() -> Iterator[None]:
        switch.touch()
        try:
            yield
        finally:
            switch.unlink()

    def says(process: str, *cages: str) -> Callable[[FaultWatch], str]:
        return lambda w: "; ".join(filter(None, (cage_words(w, *cages), process_words(w, process))))

    yield Fault(
        "capture held still (SIGSTOP)",
        lambda: stopped(watch, "capture", "standing-cam"),
        "camera-lost",
        "standing-cam",
        30,
        ("standing",),
        says=says("capture-standing-cam", "standing"),
        stays_s=45,
        mends_itself=True,
        note="the watchdog starts it anew after 30 s",
    )
    yield Fault(
        "infer held still (SIGSTOP)",
        lambda: stopped(watch, "infer", "held"),
        "camera-lost",
        "held-cam",
        30,
        ("held",),
        says=says("infer-held", "held"),
        stays_s=45,
        mends_itself=True,
        note="the watchdog starts it anew after 30 s",
    )
    yield Fault(
        "infer killed again and again",
        lambda: killing(watch, "infer", "killed"),
        "process-restarting",
        "infer-killed",
        20,
        ("killed",),
        says=says("infer-killed", "killed"),
        mine=lambda key: key[1] in ("infer-killed", "killed", "killed-cam"),
        stays_s=75,
        clears_s=ten_minutes_s,
        note=f"three starts are needed; {restarting_ends}",
    )
    yield Fault(
        "page's process killed again and again",
        lambda: killing(watch, "web"),
        "process-restarting",
        "web",
        20,
        says=lambda w: process_words(w, "web"),
        clears_s=ten_minutes_s,
        note=restarting_ends,
    )
    yield Fault(
        "pictures so large that capture passes its memory ceiling",
        lambda: cameras.showing("huge", tuple(pictures.huge)),
        "process-restarting",
        "capture-huge-cam",
        60,
        ("huge",),
        blind=False,
        says=says("capture-huge-cam", "huge"),
        mine=lambda key: key[1] in ("capture-huge-cam", "huge", "huge-cam"),
        clears_s=ten_minutes_s,
        note=f"three lives of some seconds; {restarting_ends}",
    )
    yield Fault(
        "engine fails while it computes (stand-in for a GPU)",
        fallen,
        "engine-fallen",
        "falls-cam",
        MINUTE_S,
        ("falls",),
        blind=False,
        says=lambda w: getattr(getattr(w.camera("falls-cam"), "prediction", None), "engine", ""),
        clears_s=400,
        note="judging goes on with the next engine",
    )


def _of_receivers(influx: InfluxServer, front: FaultyFront, pager: WebHook) -> Iterator[Fault]:
    @contextlib.contextmanager
    def away() -> Iterator[None]:
        influx.vanish()
        try:
            yield
        finally:
            influx.start()

    @contextlib.contextmanager
    def refusing() -> Iterator[None]:
        front.fault = "401"
        try:
            yield
        finally:
            front.fault = ""

    @contextlib.contextmanager
    def unreachable() -> Iterator[None]:
        pager.fault = "status/503"
        try:
            yield
        finally:
            pager.fault = ""

    def sink(name: str) -> Callable[[FaultWatch], str]:
        return lambda w: next(f"{s.fault}, {s.waiting} records wait" for s in w.snapshot.sinks if s.name == name)

    yield Fault("InfluxDB away", away, "sink-backlog", "influxdb", 600, says=sink("influxdb"), clears_s=300)
    yield Fault(
        "InfluxDB refuses the login (401)", refusing, "sink-backlog", "locked", 600, says=sink("locked"), clears_s=600
    )
    yield Fault(
        "webhook of a target answers 503",
        unreachable,
        "notice-undelivered",
        "pager",
        340,
        says=lambda w: next(f"{t.fault}, {t.waiting} wait" for t in w.snapshot.targets if t.name == "pager"),
        clears_s=600,
    )


def _control(watch: FaultWatch) -> Row:
    """The cage to which nothing was done."""
    fault = Fault(CONTROL, contextlib.nullcontext, "", "", 0, ("control",), blind=False)
    raised = [key for key, _ in watch.raised_since(0, lambda key: key[1] in ("control", "control-cam"))]
    problems = tuple(f"{'/'.join(key)} was raised" for key in raised)
    return Row(fault, None, "", "", cage_words(watch, "control"), (), (), -1, None, problems)


def _settings(
    folder: Path, cameras: Cameras, url: str, front_url: str, hooks: dict[str, WebHook], short_min: float | None
) -> dict[str, Any]:
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o600)
    for name, hook in hooks.items():
        (folder / name).write_text(hook.address("json"))
        (folder / name).chmod(0o600)
    login = {"username": USER, "password": {"file": "password"}}
    seen = ("control", "plug", "hang", "still", "spoilt", "covered", "absent", "blurred", "standing", "huge")
    workers = ("held", "killed", "falls")
    cages = [
        *(cameras.cage(name) for name in (*seen, *workers)),
        cameras.cage("login", login=login),
        cameras.cage("strain", strain="Sprague-Dawley"),
    ]
    by_worker = [{"name": name, "cameras": [f"{name}-cam"]} for name in workers]
    by_worker[-1]["chain"] = ["onnxruntime-cuda", "onnxruntime-cpu"]
    seeing = {"name": "seeing", "cameras": [f"{name}-cam" for name in (*seen, "login", "strain")]}
    return {
        "cages": cages,
        "workers": [seeing, *by_worker],
        "alarms": {"rules": _shortened(short_min) if short_min else []},
        "sinks": [{"name": "influxdb", "url": url}, {"name": "locked", "url": front_url}],
        "notify": {"targets": [{"name": n, "url": {"file": n}, "at_most_per_hour": 3600} for n in hooks]},
        "runtime": {"memory_mb": {"capture": CAPTURE_MIB}},
    }


def _shortened(minutes: float) -> list[dict[str, Any]]:
    outside = next(rule for rule in FIXED if rule.name == "out-of-domain")
    see = {"name": "cannot-see", "signal": Signal.COVERAGE.value, "below": 0.5, "priority": Priority.MEDIUM.value}
    return [see | {"for_min": minutes}, outside.model_dump(mode="json", exclude_unset=True) | {"for_min": minutes}]


def _far_host(folder: Path, settings: dict[str, Any], cameras: Cameras, clock: Clock) -> FaultWatch | None:
    """A host of its own with one camera, whose clock can be set; its cage is added to the room's `settings`."""
    if not FAKETIME.exists():
        return None
    there = folder / "far-host"
    there.mkdir()
    cage, port = cameras.cage("far"), free_port()
    hub, far = make_pair(folder / "keys"), make_pair(there / "keys")
    allow(folder / "keys", "far-host", far.public)
    way = {"host": "127.0.0.1", "port": port, "public_key": hub.public}
    own = {"cages": [cage], "network": {"name": "far-host", "hub": way}}
    remote = {"name": "far-cam", "source": {"kind": "remote", "host": "far-host"}}
    settings["cages"].append({**cage, "cameras": [remote]})
    settings["network"] = {"name": "desk", "listen": {"host": "127.0.0.1", "port": port}}
    write_config(there, own)
    return FaultWatch(there, own, clock.environment)


@contextlib.contextmanager
def _sent(watch: FaultWatch, *messages: bytes) -> Iterator[None]:
    watch.send(*messages)
    yield
