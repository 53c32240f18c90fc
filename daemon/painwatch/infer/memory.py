"""What of a camera's last look is of use to its next one."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.infer.search import Tracked
from painwatch.infer.stillness import Judged


@dataclass(slots=True)
class Memory:
    """Of one camera. Empty, all is looked for everywhere and judged anew."""

    tracked: Tracked | None = None
    judged: Judged | None = None

    def forget(self) -> None:
        """After a look that failed, whatever it was about."""
        self.tracked = self.judged = None
