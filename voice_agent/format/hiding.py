"""Diagnostics that show lines of a profile, and none of the secrets that are written there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .credentials import is_literal, known, starred, takes_secret, without
from .diagnostics import Diagnostic
from .yaml_source import Source, Span


def hide(
    found: Sequence[Diagnostic], source: Source
) -> tuple[tuple[Diagnostic, ...], dict[str, str]]:
    """Return diagnostics, and the texts that they are about, without the secrets in a profile.

    In the texts, a star is in the place of every character, so that the columns are still right.
    """
    places: dict[str, list[tuple[int, int]]] = {}
    secrets: set[str] = set()
    for path, text in source.texts.items():
        places[path] = known(text)
        secrets.update(text[start:end] for start, end in places[path])
    for node in _literals(source):
        start, end, path = content(source, node)
        places[path].append((start, end))
        secrets |= {node.value, f"{node.value[:59]}…"}
    if not secrets:
        return tuple(found), source.texts
    texts = {path: starred(text, places[path]) for path, text in source.texts.items()}
    return tuple(_without(each, secrets) for each in found), texts


def content(source: Source, node: Node) -> Span:
    """Return where the text of a value is, without its quotes or the | above it."""
    start, end, path = source.span(node)
    if not isinstance(node, ScalarNode):
        return Span(start, end, path)
    if node.style in ("|", ">"):
        header, _, below = source.written(node).partition("\n")
        start += len(header) + 1 + len(below) - len(below.lstrip())
    elif node.style:
        start, end = start + 1, end - 1
    return Span(start, end, path)


def _literals(source: Source) -> Iterator[ScalarNode]:
    """Yield the values of keys that take a secret, where they are written into a file."""
    for file in (source, *source.parts.values()):
        for key, value in _pairs(file.root):
            if takes_secret(key.value) and is_literal(key.value, value.value):
                yield value


def _pairs(root: Node) -> Iterator[tuple[Node, ScalarNode]]:
    """Yield every key of a node tree with its value, where that is no mapping and no list."""
    seen: set[int] = set()
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            ahead += node.value
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                ahead += key, value
                if isinstance(value, ScalarNode):
                    yield key, value


def _without(found: Diagnostic, secrets: Iterable[str]) -> Diagnostic:
    message = without(found.message, secrets)
    hint = found.hint and without(found.hint, secrets)
    if (message, hint) == (found.message, found.hint):
        return found
    return replace(found, message=message, hint=hint)
