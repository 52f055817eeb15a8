"""Profiles of several files: those that it extends, that have its texts, and that it reads."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path, PureWindowsPath
from typing import Any

from yaml.nodes import Node

from .declared_tools import get, mapping
from .diagnostics import Diagnostic, InvalidProfile, quote
from .knowledge import named_files
from .merging import Merger, Tree, moved
from .schema import nested_keys, part_at, schema
from .typos import closest
from .yaml_source import Source, parse, read, read_text

_KIND = "unusable-file"
_EXTENDS = "extends"
# No operator has more levels, and a folder made to be slow may have more.
_MOST_LEVELS = 20
_MOST_SUGGESTIONS = 1_000


def assembled(source: Source) -> Source:
    """Return a profile with what it extends merged in, and with the texts that are in files.

    What is wrong with the files is added to `problems`. A key that names a file that cannot be
    used stays in the data as it was written.
    """
    data = source.data
    several = isinstance(data, dict) and (_EXTENDS in data or any(_named_texts(data)))
    if not (several or any(named_files(data))):
        return source
    return _Assembly(source).whole()


def is_part(path: str | Path) -> bool:
    """Tell whether a file is one that profiles share: its name begins with "_"."""
    return Path(path).name.startswith("_")


@cache
def _text_places() -> tuple[tuple[str, ...], ...]:
    """Return the paths of the values that may stand in files of their own."""
    return tuple(path for path in nested_keys(schema()) if part_at(path).get("x-text-file"))


def _named_texts(data: Any) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the values that are said to stand in files, those of agents as well."""
    above = [(), *(("agents", name) for name in mapping(get(data, "agents")))]
    for where in (each + place for each in above for place in _text_places()):
        value = get(data, *where)
        is_file = isinstance(value, dict) and [*value] == ["file"]
        if is_file and isinstance(value["file"], str) and part_at(where).get("x-text-file"):
            yield where


class _Assembly:
    """Reads the files of one profile and makes one tree of them."""

    def __init__(self, source: Source) -> None:
        self._parts: dict[str, Source] = {}
        self._source = replace(source, parts=self._parts, entries=dict(source.entries))
        self._problems: list[Diagnostic] = [*source.problems]

    def whole(self) -> Source:
        """Return the profile with everything in it."""
        source = self._source
        own = Path(source.path).resolve()
        data, root = self._tree(source, {own: source.path})
        source = replace(source, data=data, root=root)
        for where in named_files(data):
            self._text(source.value(where))
        return replace(source, problems=tuple(self._problems))

    def _tree(self, source: Source, chain: Mapping[Path, str]) -> Tree:
        """Return what a file says, over what those say that it extends.

        `chain` has the files that extend it, by their real paths, and itself.
        """
        self._put_in_texts(source)
        data = source.data
        if folder := posixpath.dirname(self._source.short(source.path)):
            data = moved(data, schema(), folder)
        own = Tree(data, source.root)
        base = self._base(source, chain)
        if base is None:
            return own
        left = {key: value for key, value in data.items() if key != _EXTENDS}
        return Merger(self._source.entries).profile(base, own._replace(data=left))

    def _base(self, source: Source, chain: Mapping[Path, str]) -> Tree | None:
        """Return what the file says that a file extends, less what is never taken over."""
        rule, name = part_at([_EXTENDS]), source.data.get(_EXTENDS)
        if not isinstance(name, str) or not name.endswith((".yaml", ".yml")):
            return None  # which the schema forbids
        node = source.value([_EXTENDS])
        file = self._file(node, name)
        if file is None or not self._may_follow(file, node, chain):
            return None
        path = self._path(node, name)
        try:
            base = parse(read(path, file), path, "one key of a profile")
        except InvalidProfile as error:
            self._fail(error)
            return None
        self._parts[path] = base
        self._source.entries.update(base.entries)
        self._problems += base.problems
        if not isinstance(base.data, dict):
            message = f"a file that others extend must be a mapping, as {quote(name)} is to be"
            self._report(base.root, "wrong-type", message, rule.get("x-begins"))
            return None
        data, node = self._tree(base, {**chain, file: path})
        never = [key for key, part in schema()["properties"].items() if part.get("x-own")]
        left = {key: value for key, value in data.items() if key not in never or key == _EXTENDS}
        return Tree(left, node)

    def _may_follow(self, file: Path, node: Node, chain: Mapping[Path, str]) -> bool:
        if file in chain:
            names = [*chain.values(), chain[file]]
            circle = " → ".join(self._source.short(each) for each in names)
            message = f"these files extend each other in a circle: {circle}"
            self._report(node, _KIND, message, 'take one "extends" out')
            return False
        if len(chain) > _MOST_LEVELS:
            message = f"there are more than {_MOST_LEVELS} files that extend each other"
            self._report(node, "limit", message)
            return False
        return True

    def _put_in_texts(self, source: Source) -> None:
        """Put the texts of files in the place of the mappings that name them."""
        for *above, key in _named_texts(source.data):
            text = self._text(source.value([*above, key, "file"]))
            if text is None:
                continue
            holder = source.data
            for step in above:
                holder = holder[step]
            holder[key] = text.data
            entries = source.entries[id(source.value(above))]
            entries[key] = (entries[key][0], text.root)

    def _text(self, node: Node) -> Source | None:
        """Return the file that a value names; report why it cannot be used."""
        name = node.value
        file = self._file(node, name) if name.strip() else None
        if file is None:
            return None
        path = self._path(node, name)
        try:
            text = read_text(path, file, node)
        except InvalidProfile as error:
            self._fail(error)
            return None
        return self._parts.setdefault(path, text)

    def _path(self, node: Node, name: str) -> str:
        """Return the path of a file as messages show it."""
        return os.path.normpath(Path(self._source.path_of(node)).parent / name)

    def _file(self, node: Node, name: str) -> Path | None:
        """Return the real path of a file that a value names; report why it cannot be used."""
        if Path(name).is_absolute() or PureWindowsPath(name).is_absolute():
            message = f"{quote(name)} is an absolute path, which holds on one computer alone"
            instead = "write the path from the folder of this file, as in shared/_base.yaml"
            self._report(node, _KIND, message, instead)
            return None
        folder = Path(self._source.path).parent
        if any(part.startswith(".") for part in Path(name).parts if part not in (".", "..")):
            self._refuse_hidden(node, name)
            return None
        try:
            file = (Path(self._source.path_of(node)).parent / name).resolve()
            is_inside, is_there = file.is_relative_to(folder.resolve()), file.exists()
        except (OSError, RuntimeError, ValueError):  # a name that no file can have
            is_inside, is_there = True, False
        if not is_inside:
            message = f"{quote(name)} leads out of the folder of the profile, {folder.as_posix()}"
            instead = "put the file beside the profile, or into a folder below"
            self._report(node, _KIND, message, instead)
            return None
        if not is_there:
            close = closest(name, self._there(node))
            hint = f"did you mean {quote(close)}?" if close else None
            message = f"there is no file {quote(name)} beside this file or below it"
            self._report(node, "missing-file", message, hint)
            return None
        if file.name.startswith("."):  # behind a link of another name
            self._refuse_hidden(node, name)
            return None
        return file

    def _refuse_hidden(self, node: Node, name: str) -> None:
        message = f"{quote(name)} is a hidden file, which may have secrets in it"
        self._report(node, _KIND, message, "name a file that does not begin with a dot")

    def _there(self, node: Node) -> Iterator[str]:
        """Yield the files beside the one that a node is in and below, from its folder."""
        folder = Path(self._source.path_of(node)).parent
        count = 0
        for here, folders, names in os.walk(folder):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            for name in sorted(names):
                count += 1
                if count > _MOST_SUGGESTIONS:
                    return
                yield Path(os.path.relpath(Path(here, name), folder)).as_posix()

    def _fail(self, error: InvalidProfile) -> None:
        self._problems += error.diagnostics
        for path, text in error.sources.items():
            self._parts.setdefault(path, Source(path, text))

    def _report(self, node: Node, kind: str, message: str, hint: str | None = None) -> None:
        self._problems.append(self._source.at(node, kind, message, hint))
