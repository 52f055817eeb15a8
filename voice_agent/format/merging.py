"""What one file says over what another says: mappings merge key by key, and all else replaces."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from yaml.nodes import MappingNode, Node

from .declared_tools import get, mapping
from .models import ROLES
from .schema import exclude, resolved, schema
from .short_forms import has, short_forms
from .sounds import clip_of
from .yaml_source import Entries


class Tree(NamedTuple):
    """A part of the data, and its node."""

    data: Any
    node: Node


class Merger:
    """Merges parts of the data, and adds the nodes of what it makes to `entries`."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def profile(self, base: Tree, own: Tree) -> Tree:
        """Return what a profile says over what it extends."""
        # What both say, each in another form, is what the profile says.
        for where in _said_in_another_form(base.data, own.data):
            base = self._without(base, where)
        return self._merged(base, own, schema())

    def _merged(self, base: Tree, own: Tree, part: Mapping[str, Any]) -> Tree:
        if not isinstance(own.data, dict):
            return own
        base = self._long_form(base, part)
        if not isinstance(base.data, dict) or _is_another(base.data, own.data, part):
            return own
        of_base, of_own = (self._entries[id(each.node)] for each in (base, own))
        data, entries = {}, {}
        for key, value in base.data.items():
            if not any(exclude(part, key, each) for each in own.data):
                data[key], entries[key] = value, of_base[key]
        for key, value in own.data.items():
            name, tree = of_own[key][0], Tree(value, of_own[key][1])
            if key in base.data:
                inner = resolved(_part_of(part, key))
                tree = self._merged(Tree(base.data[key], of_base[key][1]), tree, inner)
            data[key], entries[key] = tree.data, (name, tree.node)
        return self._tree(data, entries, own.node)

    def _long_form(self, tree: Tree, part: Mapping[str, Any]) -> Tree:
        """Return a value in its short form as the mapping that it stands for."""
        key = part.get("x-short-form")
        if part.get("x-plugin") in ROLES:  # One model, or a list of those that are tried in order.
            key = "fallback" if isinstance(tree.data, list) else "model"
        elif isinstance(tree.data, list):
            key = None
        if key is None or isinstance(tree.data, dict) or tree.data is None:
            return tree
        return self._tree({key: tree.data}, {key: (tree.node, tree.node)}, tree.node)

    def _without(self, tree: Tree, where: Sequence[str]) -> Tree:
        """Return a mapping without the value at a path, nor the mappings that it leaves empty."""
        key, *rest = where
        data, entries = dict(tree.data), dict(self._entries[id(tree.node)])
        inner = self._without(Tree(data[key], entries[key][1]), rest) if rest else None
        if inner and inner.data:
            data[key], entries[key] = inner.data, (entries[key][0], inner.node)
        else:
            del data[key], entries[key]
        return self._tree(data, entries, tree.node)

    def _tree(self, data: Any, entries: dict[str, tuple[Node, Node]], place: Node) -> Tree:
        """Return a mapping with a node of its own, in the place of another."""
        node = MappingNode(place.tag, [], place.start_mark, place.end_mark)
        self._entries[id(node)] = entries
        return Tree(data, node)


def moved(data: Any, part: Mapping[str, Any], folder: str) -> Any:
    """Return data of a file in `folder` as it reads in the folder above.

    The paths of sound files are given from there.
    """
    part = resolved(part)
    if isinstance(data, dict):
        return {key: moved(value, _part_of(part, key), folder) for key, value in data.items()}
    if isinstance(data, list):
        return [moved(each, part.get("items", {}), folder) for each in data]
    if isinstance(data, str) and data.strip() and part.get("x-path") and not clip_of(data):
        return posixpath.normpath(posixpath.join(folder, data))
    return data


def _said_in_another_form(base: Any, own: Any) -> Iterator[Sequence[str]]:
    """Yield the paths in `base` of what `own` says in its short or long form."""
    agents = [["agents", name] for name in mapping(get(own, "agents"))]
    for above in ([], *agents):
        for key, long in short_forms().items():
            for where, other in ([key], long), (long, [key]):
                if has(base, [*above, *where]) and has(own, [*above, *other]):
                    yield [*above, *where]


def _part_of(part: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the part of the schema for a key of a mapping; {} where there is none."""
    found = part.get("properties", {}).get(key, part.get("additionalProperties"))
    if isinstance(found, dict):
        return found
    # A value of several types has the part for mappings there.
    choices = (resolved(part.get(choice)) for choice in ("then", "else"))
    return next((inner for each in choices if each and (inner := _part_of(each, key))), {})


def _is_another(base: dict[str, Any], own: dict[str, Any], part: Mapping[str, Any]) -> bool:
    """Tell whether a mapping is of another model, to which the options of the first say nothing.

    One that names no model or plugin adds to the options; `model` is one of a plugin's.
    """
    if "x-plugin" not in part:
        return False
    return "plugin" in own or "fallback" in own or ("model" in own and "plugin" not in base)
