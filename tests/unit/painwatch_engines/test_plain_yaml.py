"""YAML files from anywhere: values, or an error that can be read, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from painwatch_engines.artefacts import read_card
from painwatch_engines.errors import ArtefactError
from painwatch_engines.plain_yaml import MAX_BYTES, MAX_VALUES, read_plain_yaml


def written(folder: Path, text: str) -> Path:
    path = folder / "card.yaml"
    path.write_text(text)
    return path


def test_plain_values_come_as_they_are(tmp_path: Path) -> None:
    assert read_plain_yaml(written(tmp_path, "\ufeffa: &x [1, 0.5, é]\nb: *x\n")) == {
        "a": [1, 0.5, "é"],
        "b": [1, 0.5, "é"],
    }


MERGES = "\n".join(["a0: &a0 {k: 1}", *(f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))])


@pytest.mark.parametrize(
    "text",
    [
        "a: 2001-99-99",
        "a: 0b_",
        "a: " + "9" * 5000,
        "[" * 100_000,
        "a: [" + "1," * MAX_VALUES + "]",
        "# " + "x" * MAX_BYTES,
        MERGES,
        "a: !!timestamp x",
        "a: !!bool x",
        "a: !!int ''",
        "!!python/object:os.system {}",
        "a: [",
    ],
    ids=lambda text: text[:20],
)
def test_what_cannot_be_used_is_said_in_few_words(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(yaml.YAMLError):
        read_plain_yaml(path)
    with pytest.raises(ArtefactError, match="no YAML") as caught:
        read_card(path)
    assert len(str(caught.value)) < 1000


def test_a_card_with_words_without_end_is_told_in_few(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"and \d+ more") as caught:
        read_card(written(tmp_path, "\n".join(f"{'x' * 900}{n}: 1" for n in range(20))))
    assert len(str(caught.value)) < 10_000
