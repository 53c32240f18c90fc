"""How the watch itself does, in numbers, for the databases that results go to."""

from __future__ import annotations

import msgspec

from painwatch.core.signals import Of


class Vitals(msgspec.Struct, frozen=True, tag="vitals"):
    """What is measured of one camera, process, cage, sink, target or of the site, some times a minute.

    `values`: numbers by name, units in the names; what cannot be told is left out. `words`: the same in words, such
    as a phase. `cage` is empty where there is none.
    """

    of: Of
    subject: str
    time_ns: int
    cage: str = ""
    values: dict[str, float] = {}
    words: dict[str, str] = {}
