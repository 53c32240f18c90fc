"""What can go wrong between a model file and a number, said so that a person can mend it.

Failure
+-- EngineError     an inference engine could not open a model or could not run it
+-- ArtefactError   a model folder or its card is missing, broken or contradicts itself
+-- DataError       labelled pictures, a rating table or a request about them that cannot be used
"""

from __future__ import annotations


class Failure(Exception):
    """A failure with its place and its remedy.

    Attributes:
        what: what happened, in one clause.
        where: the file, engine or input it happened in.
        mend: what a person can do about it.
    """

    def __init__(self, what: str, where: str, mend: str) -> None:
        # All three, so that it arrives whole from another process.
        super().__init__(what, where, mend)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.mend}"


class EngineError(Failure):
    """An inference engine could not open a model or could not run it."""


class ArtefactError(Failure):
    """A model folder or its card is missing, broken or contradicts itself."""


class DataError(Failure):
    """Labelled pictures, a rating table or a request about them that cannot be used."""
