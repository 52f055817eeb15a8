"""Comments that turn warnings off: `# voice-agent: ignore[KIND]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ..format.diagnostics import KINDS, WARNINGS, Diagnostic, quote
from ..format.yaml_source import Source, Span

_COMMENT = re.compile(r"(?:^|(?<=\s))#[ \t]*voice-agent:[ \t]*ignore\[([^\]\r\n]*)\]", re.MULTILINE)

# Far more than a profile has lines to warn of; a file made of comments is not read to its end.
_MOST = 100


@dataclass(frozen=True, slots=True)
class _Suppression:
    """One kind of warning that a comment turns off, and where the comment names it."""

    kind: str
    line: int
    span: Span


def suppress(source: Source, found: list[Diagnostic]) -> list[Diagnostic]:
    """Drop suppressed warnings, and report suppressions that matched nothing.

    A comment counts for the warnings on its line: the line of the warning, that of its key, or
    that of the other place that the warning names.
    """
    files = [each for each in (source, *source.parts.values()) if "voice-agent:" in each.text]
    if not files:
        return found
    every = (each for file in files if not file.named_at for each in _suppressions(file))
    suppressions = list(islice(every, _MOST))
    used: set[_Suppression] = set()
    left = []
    for warning in found:
        lines = _lines(source, warning)
        matching = [
            one
            for one in suppressions
            if one.kind == warning.kind and (one.span.path, one.line) in lines
        ]
        used.update(matching)
        if not matching:
            left.append(warning)
    # A comment in a file that others extend may be for a warning on one of them.
    unused = (one for one in suppressions if one not in used and one.span.path == source.path)
    return [*left, *(_unused(source, one) for one in unused)]


def _unused(source: Source, suppression: _Suppression) -> Diagnostic:
    """Report a suppression that matched no warning."""
    hint = "delete it"
    if suppression.kind in WARNINGS:
        message = f"there is no warning {quote(suppression.kind)} here to ignore"
    elif suppression.kind in KINDS:
        message = f"{quote(suppression.kind)} is an error, which no comment turns off"
        hint = "mend it"
    else:
        message = f"there are no warnings of the kind {quote(suppression.kind)}"
        hint = f"the kinds are {', '.join(each for each in WARNINGS if each != 'unused-ignore')}"
    return source.at(suppression.span, "unused-ignore", message, hint, severity="warning")


def _suppressions(source: Source) -> Iterator[_Suppression]:
    """Yield every kind that a comment names; what a text quotes is no comment."""
    texts = [_content(source, value) for _, value in _scalars(source.root)]
    for comment in _COMMENT.finditer(source.text):
        if any(start <= comment.start() < end for start, end, _ in texts):
            continue
        start, end = comment.span(1)
        kinds = [match.span() for match in re.finditer(r"[^\s,]+", comment[1])]
        for first, last in kinds or [(0, end - start)]:
            span = Span(start + first, start + last, source.path)
            yield _Suppression(source.written(span), source.place(start).line, span)


def _lines(source: Source, found: Diagnostic) -> set[tuple[str, int]]:
    """Return the lines on which a comment counts for a warning, each with the path of its file."""
    lines = {(found.path, found.line)}
    if found.other:
        lines.add((found.other_path or found.path, found.other.line))
    file = source.parts.get(found.path, source)
    if file.named_at:
        return {*lines, (source.path_of(file.named_at), source.line(file.named_at))}
    for key, value in _scalars(file.root):
        place = file.place(value)
        if key and place[:2] <= (found.line, found.column) < place[2:]:
            lines |= {(found.path, file.line(key)), (found.path, place.end_line)}
    return lines


def _content(source: Source, node: ScalarNode) -> Span:
    """Return where the text of a node is; a comment may stand after the | or > that starts it."""
    start, end, path = source.span(node)
    if node.style in ("|", ">"):
        start = source.text.find("\n", start, end) % (end + 1)
    return Span(start, end, path)


def _scalars(root: Node) -> Iterator[tuple[Node | None, ScalarNode]]:
    """Yield every scalar of a node tree, keys too, with its key where it has one."""
    seen: set[int] = set()
    ahead: list[tuple[Node | None, Node]] = [(None, root)]
    while ahead:
        key, node = ahead.pop()
        if isinstance(node, ScalarNode):
            yield key, node
        elif id(node) not in seen:
            seen.add(id(node))
            if isinstance(node, MappingNode):
                for pair in node.value:
                    ahead += [(None, pair[0]), pair]
            elif isinstance(node, SequenceNode):
                ahead += [(None, each) for each in node.value]
