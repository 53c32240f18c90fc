"""YAML text to plain values that remember where they stood. Pure.

PyYAML keeps a later duplicate of a key silently and gives values without their place; a person who is told that
something is wrong needs both, so the document is composed to nodes here and the values are built from those.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
"""Where a value hangs: keys and list indices from the top of the document."""

MAX_VALUES = 100_000
"""No configuration of a building comes near; nested aliases that unfold beyond it are refused."""

MAX_CHARACTERS = 4_000_000
"""Of all texts together, aliases unfolded: a long text behind many aliases would else fill the memory."""

MAX_DEPTH = 40
"""Settings inside settings; the configuration has seven levels."""

MAX_INTEGER = 2**63 - 1

_MERGE = "tag:yaml.org,2002:merge"
_WORDS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:bool")
"""Keys that count as words; `on` and `no` are truth values to YAML, and words to a person."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the text that cannot be used, wherever it is."""

    mark: Mark
    what: str
    mend: str


@dataclass(slots=True)
class Tree:
    """A document: its plain `value`, where each value and key stood, and what is wrong with the text."""

    value: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def at(self, path: Path) -> Mark:
        """Where the value at `path` stands, or the nearest one that encloses it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(1, 1))

    def key_at(self, path: Path) -> Mark:
        """Where the key that leads to `path` stands; for a list entry, the entry."""
        return self.keys.get(path) or self.at(path)


def read_tree(text: str) -> Tree:
    """The document in `text`; never raises: what cannot be used is in `faults`, and then `value` may be None."""
    tree = Tree(faults=list(_tabs(text)))
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            tree.faults.append(Fault(Mark(1, 1), "the file is empty", "start from the config.yaml that is shipped"))
        else:
            tree.value = _Builder(loader, tree).build(node, (), ())
    except _TooManyError as error:
        tree.faults.append(error.fault)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        mark = Mark(before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1)
        tree.faults.append(
            Fault(mark, f"the character U+{_code(error.character):04X} is not allowed in YAML", "delete it")
        )
    except yaml.MarkedYAMLError as error:
        if not tree.faults:
            tree.faults.append(_syntax_fault(error))
    except RecursionError:
        tree.faults.append(_too_deep(_mark(loader.get_mark()) if loader is not None else Mark(1, 1)))
    finally:
        if loader is not None:
            loader.dispose()
    return tree


class _TooManyError(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.what)


class _Loader(yaml.SafeLoader):
    """Gives up at MAX_VALUES nodes: at some ten thousand a second a file full of them would take a minute."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._nodes += 1
        if self._nodes > MAX_VALUES:
            event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
            mark = _mark(event.start_mark)
            raise _TooManyError(Fault(mark, f"more than {MAX_VALUES} values", "name the file of a configuration"))
        return super().compose_node(parent, index)


_Pairs = dict[str, tuple[yaml.Node, yaml.Node]]
"""The key and the value node of each word in a mapping."""


class _Builder:
    """Walks the nodes once and fills the tree; a class because the walk shares five things."""

    def __init__(self, loader: yaml.SafeLoader, tree: Tree) -> None:
        self._loader, self._tree, self._count, self._characters = loader, tree, 0, 0
        self._known: dict[int, _Pairs] = {}

    def build(self, node: yaml.Node, path: Path, above: tuple[int, ...]) -> Any:
        mark = _mark(node.start_mark)
        self._tree.values.setdefault(path, mark)
        self._count += 1
        if id(node) in above:
            self._fault(mark, "an alias that contains itself", "write the value out instead of using `*`")
            return None
        if len(above) > MAX_DEPTH:
            self._tree.faults.append(_too_deep(mark))
            return None
        if self._count > MAX_VALUES:
            if self._count == MAX_VALUES + 1:
                self._fault(mark, f"more than {MAX_VALUES} values", "write fewer aliases (`*`) inside one another")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, (*above, id(node)))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(entry, (*path, index), (*above, id(node))) for index, entry in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path, above: tuple[int, ...]) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key, (key_node, value_node) in self._pairs(node).items():
            here = (*path, key)
            self._tree.keys[here] = _mark(key_node.start_mark)
            self._tree.values.pop(here, None)
            built[key] = self.build(value_node, here, above)
        return built

    def _pairs(self, node: yaml.MappingNode) -> _Pairs:
        """What stands in the mapping and what is merged into it (`<<`), its own keys first.

        Each mapping is unfolded once: PyYAML's own merging keeps every repetition, so that a short text of merges
        inside one another fills the memory, and it changes the nodes, so that a second use shows keys twice.
        """
        if id(node) in self._known:
            return self._known[id(node)]
        self._known[id(node)] = {}  # what merges itself finds nothing new
        self._duplicates(node)
        own: _Pairs = {}
        merged: _Pairs = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                for name, pair in self._sources(value_node):
                    merged.setdefault(name, pair)
            elif isinstance(key_node, yaml.ScalarNode) and key_node.tag in _WORDS and not _unfit(key_node.value):
                own[key_node.value] = (key_node, value_node)
            else:
                mend = "write a plain word before the colon; values with { } or [ ] belong after it"
                self._fault(_mark(key_node.start_mark), "a key that is not a word", mend)
        self._known[id(node)] = own | {name: pair for name, pair in merged.items() if name not in own}
        return self._known[id(node)]

    def _sources(self, node: yaml.Node) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(source, yaml.MappingNode):
                yield from self._pairs(source).items()
            else:
                mend = "name settings that stand earlier in the file: `<<: *name`"
                self._fault(_mark(source.start_mark), "`<<` takes in settings only", mend)

    def _duplicates(self, node: yaml.MappingNode) -> None:
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue
            mark = _mark(key_node.start_mark)
            if key_node.value in first:
                what = f"`{key_node.value}` stands here a second time (first on line {first[key_node.value]})"
                self._fault(mark, what, "delete one of the two")
            first.setdefault(key_node.value, mark.line)

    def _scalar(self, node: yaml.Node) -> Any:
        before, self._characters = self._characters, self._characters + len(node.value)
        if self._characters > MAX_CHARACTERS:
            if before <= MAX_CHARACTERS:
                what = f"more than {MAX_CHARACTERS / 1e6:g} million characters"
                self._fault(_mark(node.start_mark), what, "write fewer aliases (`*`) of a long text")
            return None
        try:
            value = self._loader.construct_object(node)
        except yaml.MarkedYAMLError as error:
            self._tree.faults.append(_syntax_fault(error))
            return None
        except (ValueError, AttributeError, LookupError):  # a tag, such as !!timestamp or !!bool, on what is none
            return str(node.value)
        mark = _mark(node.start_mark)
        if isinstance(value, float) and not math.isfinite(value):
            self._fault(mark, f"{node.value} is not a number that can be used", "write a number")
            return None
        if isinstance(value, int) and abs(value) > MAX_INTEGER:
            self._fault(mark, "a number with too many digits", "write a smaller number")
            return None
        if isinstance(value, str) and (unfit := _unfit(value)):
            self._fault(mark, f"a text with the character U+{ord(unfit):04X} in it", "delete it")
            return None
        return value if value is None or isinstance(value, bool | int | float | str) else str(node.value)

    def _fault(self, mark: Mark, what: str, mend: str) -> None:
        self._tree.faults.append(Fault(mark, what, mend))


def _unfit(text: str) -> str:
    """The first character that no name, path or title has, written as an escape such as "\\0"; empty if none."""
    return next((c for c in text if (c < " " and c not in "\t\n") or c == "\x7f" or "\ud800" <= c <= "\udfff"), "")


def _too_deep(mark: Mark) -> Fault:
    return Fault(mark, "brackets or settings too deep inside one another", "compare it with the config.yaml shipped")


def _tabs(text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), start=1):
        indent = re.match(r" *\t[ \t]*(?=[^\s#])", line)
        if indent:
            mend = "YAML allows spaces only before a key: two for each step"
            yield Fault(Mark(number, line.index("\t") + 1), "a tab in the indentation", mend)


def _syntax_fault(error: yaml.MarkedYAMLError) -> Fault:
    at = error.problem_mark or error.context_mark
    # An alias that is not known may be a password that begins with *: its name is left out.
    problem = re.sub(r"(undefined alias).*", r"\1", (error.problem or "not YAML").strip())
    context = f" ({error.context.strip()})" if error.context else ""
    return Fault(_mark(at) if at else Mark(1, 1), f"not valid YAML: {problem}{context}", _syntax_mend(problem))


def _syntax_mend(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "put a text that contains `: ` in quotes, or mend the indentation of this line"
    if "single document" in problem or "but found another document" in problem:
        return "keep one document in the file: delete the `---` line"
    if "undefined alias" in problem:
        return "name an anchor (`&name`) that stands earlier in the file, or put a text that begins with * in quotes"
    if "could not determine a constructor" in problem:
        return "delete the tag that begins with `!`; plain values are enough"
    if r"character '\t'" in problem:
        return "put spaces in the place of the tab"
    if "cannot start any token" in problem:
        return "put a text that begins with @, ` or % in quotes"
    if "unexpected end of stream" in problem or "',' or ']'" in problem or "',' or '}'" in problem:
        return "close the quote or the bracket that was opened"
    return "compare the indentation with the lines above: keys of one group start in the same column"


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _code(character: int | str | bytes) -> int:
    return character if isinstance(character, int) else ord(character)
