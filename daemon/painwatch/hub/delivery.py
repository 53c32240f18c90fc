"""What carries results and notices away from the hub: a thread for each sink, each target and the sign of life."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from painwatch.config.grafana import ANNOTATIONS
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.alarms import Notice, Transition
from painwatch.core.live import SinkLive, TargetLive
from painwatch.hub.host import STUCK_S
from painwatch.notify.heartbeat import Heartbeat
from painwatch.notify.notifier import Notifier
from painwatch.notify.wording import notices_of
from painwatch.secrets import SecretReader, read_secret
from painwatch.sinks.drainer import Client, Drainer, into_influx
from painwatch.store.notices import NoticeQueue
from painwatch.store.outbox import Outbox
from painwatch.store.writer import Writer


class Delivery:
    """The threads that deliver, and how they do."""

    def __init__(
        self,
        drainers: tuple[Drainer, ...],
        notifiers: dict[str, Notifier],
        heartbeat: Heartbeat,
        notices: Callable[[Transition], tuple[Notice, ...]],
    ) -> None:
        self._drainers, self._notifiers, self._heartbeat = drainers, notifiers, heartbeat
        self.notices = notices

    @property
    def sinks(self) -> tuple[SinkLive, ...]:
        return tuple(drainer.state for drainer in self._drainers)

    @property
    def targets(self) -> tuple[TargetLive, ...]:
        beat = self._heartbeat.state
        return (*(notifier.state for notifier in self._notifiers.values()), *(() if beat is None else (beat,)))

    def offer(self, notice: Notice) -> None:
        """A notice that was just handed to the history."""
        self._notifiers[notice.target].offer(notice)

    def alive(self) -> None:
        """The hub's loop has turned."""
        self._heartbeat.alive()


@contextlib.contextmanager
def delivering(
    config: Config, places: Places, writer: Writer, *, config_dir: Path, validation: str
) -> Iterator[Delivery]:
    """Delivers from the history that `writer` writes until left. `validation`: what the model's card says of it."""
    secrets = partial(read_secret, config_dir=config_dir)
    with contextlib.ExitStack() as stack:
        drainers = []
        for name in config.outboxes:
            outbox = stack.enter_context(contextlib.closing(Outbox(places.database, writer, name)))
            drainer = _drainer(name, outbox, config, partial(secrets, what=f"the login of {name}"))
            stack.callback(drainer.stop)
            drainers.append(drainer)
        notifiers = {}
        for target in config.notify.targets:
            queue = stack.enter_context(contextlib.closing(NoticeQueue(places.database, writer, target.name)))
            notifiers[target.name] = stack.enter_context(
                contextlib.closing(
                    Notifier(
                        target,
                        queue,
                        site=config.site,
                        read_secret=partial(secrets, what=f"the address of {target.name}"),
                        # Notices go out without a history that hangs.
                        blocked=lambda: bool(writer.health.fault) or writer.stuck_s > STUCK_S,
                    )
                )
            )
        heartbeat = stack.enter_context(
            contextlib.closing(Heartbeat(config.notify, read_secret=partial(secrets, what="the heartbeat's address")))
        )
        # All are asked first: one that hangs in a message then does not hold up the others' end.
        for notifier in notifiers.values():
            stack.callback(notifier.ask_to_stop)
        stack.callback(heartbeat.ask_to_stop)
        yield Delivery(
            tuple(drainers),
            notifiers,
            heartbeat,
            partial(notices_of, config=config, validation=validation),
        )


def _drainer(name: str, outbox: Outbox, config: Config, read_secret: SecretReader) -> Drainer:
    if name == ANNOTATIONS:
        # One at a time: each is looked for before it is sent.
        return Drainer(name, outbox, _into_grafana(config, read_secret), records=1)
    (sink,) = (sink for sink in config.sinks if sink.name == name)
    return Drainer(name, outbox, into_influx(sink, read_secret), mend="`painwatch influx check`")


def _into_grafana(config: Config, read_secret: SecretReader) -> Callable[[], Client]:
    # requests costs a fifth of a second: only who writes annotations pays for it.
    from painwatch.grafana.annotator import into_grafana

    return into_grafana(config.grafana, read_secret)
