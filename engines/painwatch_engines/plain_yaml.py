"""YAML files that may come from anywhere: plain values within bounds, or an error that names what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

MAX_BYTES = 1_000_000
MAX_VALUES = 50_000

_MOST_TOLD, _LONGEST_WORDS = 20, 200


def read_plain_yaml(path: Path) -> Any:
    """The values in the file.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8.
        yaml.YAMLError: it is no YAML, or too much, or too deep, or holds a date or number that there is not.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise yaml.YAMLError(f"larger than {MAX_BYTES / 1e6:g} MB")
    try:
        # A safe loader: nothing but plain values is made.
        return yaml.load(data.decode("utf-8-sig"), _Loader)
    except RecursionError:
        raise yaml.YAMLError("too deep inside one another") from None
    except UnicodeDecodeError:
        raise
    except (ValueError, AttributeError, LookupError, TypeError) as error:
        # A date or number that there is not, or a tag, such as !!timestamp or !!bool, on what is none.
        raise yaml.YAMLError(f"a value that is not what it says it is ({shortened(str(error))})") from None


def wrong_fields(error: ValidationError, top: str) -> str:
    """What is wrong, field by field. `top`: what the whole is called."""
    faults = [
        f"{shortened('.'.join(map(str, fault['loc'])) or top)}: {shortened(fault['msg'])}" for fault in error.errors()
    ]
    told = faults[:_MOST_TOLD] + ([f"and {len(faults) - _MOST_TOLD} more"] if len(faults) > _MOST_TOLD else [])
    return "; ".join(told)


def shortened(words: str, most: int = _LONGEST_WORDS) -> str:
    """What a file holds may be of any length; what is told of it is not."""
    return words if len(words) <= most else f"{words[:most]} ..."


class _Loader(yaml.SafeLoader):
    """Without `<<`: merges inside one another, however short, would fill the memory."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise yaml.YAMLError(f"more than {MAX_VALUES} values")
        return super().compose_node(parent, index)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, "`<<` is not understood here", key.start_mark)
