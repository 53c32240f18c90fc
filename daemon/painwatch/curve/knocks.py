"""Which knocks of strangers are told: rarely enough for a log, and so that a crowd hides no rightful new host. Pure."""

from __future__ import annotations

from collections import OrderedDict

MOST = 1000
"""Keys, and addresses, kept in mind; beyond, the one told longest ago is forgotten."""

KEY_AGAIN_NS = 3600 * 1_000_000_000
ADDRESS_AGAIN_NS = 10 * 1_000_000_000
ANY_AGAIN_NS = 1_000_000_000
"""Who is not told now knocks again within seconds."""


class Knocks:
    """Each key is told once an hour, and for one address no more than one key in ten seconds."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, int] = OrderedDict()  # when it was told; the one told last comes last
        self._addresses: OrderedDict[str, int] = OrderedDict()
        self._told_ns: int | None = None

    def worth_telling(self, key: str, address: str, mono_ns: int) -> bool:
        """Whether a knock with `key` from `address` is to be told now; if so it counts as told."""
        if (
            (self._told_ns is not None and mono_ns - self._told_ns < ANY_AGAIN_NS)
            or mono_ns - self._keys.get(key, mono_ns - KEY_AGAIN_NS) < KEY_AGAIN_NS
            or mono_ns - self._addresses.get(address, mono_ns - ADDRESS_AGAIN_NS) < ADDRESS_AGAIN_NS
        ):
            return False
        self._told_ns = mono_ns
        for told, of in ((self._keys, key), (self._addresses, address)):
            told[of] = mono_ns
            told.move_to_end(of)
            if len(told) > MOST:
                told.popitem(last=False)
        return True
