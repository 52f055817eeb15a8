"""YAML text as plain data, with the node tree beside it that tells where each value stands."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import yaml
from yaml.composer import Composer
from yaml.error import Mark
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import Resolver
from yaml.scanner import Scanner

from .credentials import in_lines, starred
from .diagnostics import Diagnostic, InvalidProfile, Place, quote
from .yaml_errors import explain
from .yaml_traps import in_quotes, is_template

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
# Keys and values, with every alias counted as often as it is used.
MAX_VALUES = 10_000
# libyaml compares every directive with all before it.
_MAX_DIRECTIVES = 100

_TAG = "tag:yaml.org,2002:"
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
BOOLEANS = {word: value for words, value in ((_TRUE, True), (_FALSE, False)) for word in words}
# What ends and indents lines, as str.translate takes it.
_LAYOUT = dict.fromkeys(map(ord, "\r\n\t"))
_NOTHING = ScalarNode(_TAG + "null", "")

Entries: TypeAlias = dict[int, dict[str, tuple[Node, Node]]]
"""The nodes of the keys and the values of every mapping, by the id of its node."""


class Span(NamedTuple):
    """A part of a file: two offsets into its text, the second exclusive, and its path."""

    start: int
    end: int
    path: str


@dataclass(frozen=True, slots=True)
class Source:
    """A profile's text, its data, and what is wrong with it as YAML.

    Data and nodes may be from several files: `parts` has those beside the profile's own, by path.
    Every node and every span knows its file; an offset alone is one into the profile's own text.
    `named_at` is the value that names this file, where it is the text of a value and no YAML.
    """

    path: str
    text: str
    data: Any = None
    problems: Sequence[Diagnostic] = ()
    root: Node = _NOTHING
    entries: Entries = field(default_factory=dict)
    parts: Mapping[str, Source] = field(default_factory=dict)
    named_at: Node | None = None
    _starts: list[int] = field(default_factory=list)

    @property
    def texts(self) -> dict[str, str]:
        """The texts of all its files, by path."""
        return {self.path: self.text, **{path: part.text for path, part in self.parts.items()}}

    def value(self, where: Sequence[str | int]) -> Node:
        """Return the node of the value at a path into the data."""
        node = self.root
        for part in where:
            node = node.value[part] if isinstance(part, int) else self.entries[id(node)][part][1]
        return node

    def key(self, where: Sequence[str | int]) -> Node:
        """Return the node of the key at a path into the data; of the value, if there is no key."""
        if not where or isinstance(where[-1], int):
            return self.value(where)
        return self.entries[id(self.value(where[:-1]))][where[-1]][0]

    def line(self, node: Node) -> int:
        """Return the line of its file that a node starts on."""
        return self.place(node).line

    def line_in_words(self, node: Node, beside: Node) -> str:
        """Return "line 3", or "line 3 of base.yaml" for a node in another file than `beside`."""
        path, line = self.path_of(node), f"line {self.line(node)}"
        return line if path == self.path_of(beside) else f"{line} of {self.short(path)}"

    def short(self, path: str) -> str:
        """Return the path of one of its files from the folder that the profile is in."""
        return Path(os.path.relpath(path, Path(self.path).parent)).as_posix()

    def path_of(self, node: Node) -> str:
        """Return the path of the file that a node is in."""
        return str(node.start_mark.name)

    def order(self, node: Node) -> tuple[bool, str, int]:
        """Return what nodes are sorted by: those of the profile's own file go first."""
        path = self.path_of(node)
        return path != self.path, path, int(node.start_mark.index)

    def at(
        self,
        place: Node | Span | int,
        kind: str,
        message: str,
        hint: str | None = None,
        *,
        severity: Literal["error", "warning"] = "error",
        other: Node | None = None,
    ) -> Diagnostic:
        """Return a diagnostic on a node, a span, or the one character at an offset."""
        path = self.path
        if not isinstance(place, int):
            path = place.path if isinstance(place, Span) else self.path_of(place)
        second, other_path = (None, None) if other is None else self._second(other, path)
        return Diagnostic(
            path,
            *self.place(place),
            severity,
            kind,
            message,
            hint,
            other=second,
            other_path=other_path,
        )

    def _second(self, node: Node, first: str) -> tuple[Place, str | None]:
        path = self.path_of(node)
        return self.place(node), None if path == first else path

    def place(self, place: Node | Span | int) -> Place:
        """Return the lines and columns of a node, a span, or the one character at an offset."""
        if isinstance(place, int):
            start, end, file = place, place, self
        else:
            start, end, path = self.span(place) if isinstance(place, Node) else place
            file = self._file(path)
        line, column = file._place(start)
        return Place(line, column, *(file._place(end) if end > start else (line, column + 1)))

    def span(self, node: Node) -> Span:
        """Return where a node is in the text of its file, without the blanks after it."""
        start, end, path = node.start_mark.index, node.end_mark.index, self.path_of(node)
        return Span(start, start + len(self._file(path).text[start:end].rstrip()), path)

    def written(self, within: Node | Span) -> str:
        """Return what a file has in the place of a node or in a span, quotes and escapes too."""
        start, end, path = self.span(within) if isinstance(within, Node) else within
        return self._file(path).text[start:end]

    def find(self, pattern: str, within: Node | Span) -> Iterator[Span]:
        """Yield where a regular expression matches what is written in the place of a node."""
        start, _, path = self.span(within) if isinstance(within, Node) else within
        for found in re.finditer(pattern, self.written(within)):
            yield Span(start + found.start(), start + found.end(), path)

    def invalid(
        self, place: Node | int, kind: str, message: str, hint: str | None = None
    ) -> InvalidProfile:
        """Return the error for a problem after which nothing more can be read."""
        texts = {path: starred(text, in_lines(text)) for path, text in self.texts.items()}
        return InvalidProfile([self.at(place, kind, message, hint)], texts)

    def _file(self, path: str) -> Source:
        return self.parts.get(path, self)

    def _place(self, offset: int) -> tuple[int, int]:
        if not self._starts:  # which most profiles, being right, never need
            ends = re.finditer(r"\r\n|\r|\n", self.text)
            self._starts.extend((0, *(match.end() for match in ends)))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def read(path: str | Path, file: Path | None = None, what: str = "a profile is a YAML file") -> str:
    """Return the text of a profile; raise InvalidProfile unless it is a readable UTF-8 file.

    The text is read from `file` where that is given, and messages name `path`. `what` says what is
    expected there.
    """
    nothing = Source(str(path), "")
    file = file or Path(path)
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):  # opening a FIFO or a device could wait for ever
            found = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise nothing.invalid(0, "unreadable", f"this is {found}, and {what}")
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise nothing.invalid(0, "unreadable", f"the file cannot be read: {reason}") from None
    return read_bytes(raw, str(path))


def read_bytes(raw: bytes, path: str) -> str:
    """Return the text of a profile's bytes; raise InvalidProfile if it is long or not UTF-8."""
    nothing = Source(path, "")
    if len(raw) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES >> 20} MiB, which no profile needs"
        raise nothing.invalid(0, "limit", message)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        message = "the file is UTF-16, and a profile is UTF-8"
        raise nothing.invalid(0, "encoding", message, "save it as UTF-8")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        source = Source(path, raw.decode(errors="replace"))
        place = len(raw[: error.start].decode())
        message = f"the byte 0x{raw[error.start]:02x} here is not UTF-8"
        raise source.invalid(place, "encoding", message, "save the file as UTF-8") from None


def read_text(path: str, file: Path, named_at: Node) -> Source:
    """Return a file that is the text of a value, which `named_at` names, as the value it is.

    Raises InvalidProfile as `read` does, and for characters that YAML would not take either.
    """
    source = Source(path, read(path, file, "a text is a file"), named_at=named_at)
    _refuse_control_characters(source)
    start_mark, end_mark = (Mark(path, index, 0, 0, None, 0) for index in (0, len(source.text)))
    data = re.sub(r"\r\n?", "\n", source.text)
    return replace(source, data=data, root=ScalarNode(_TAG + "str", data, start_mark, end_mark))


def parse(text: str, path: str, needs: str = "instructions and an llm") -> Source:
    """Return a profile's text as plain data; raise InvalidProfile where it cannot be read on.

    What else is wrong with the YAML is in `problems`. `needs` says what an empty file lacks.
    """
    source = Source(path, text)
    _refuse_control_characters(source)
    if "%" in text and len(re.findall(r"^%", text, re.MULTILINE)) > _MAX_DIRECTIVES:
        raise source.invalid(0, "limit", "there are more YAML directives than a profile needs")
    problems: list[Diagnostic] = []
    try:
        composer = _Composer(source)
        composer.get_event()  # the start of the stream
        if composer.check_event(yaml.StreamEndEvent):
            hint = f"it needs at least {needs}"
            raise source.invalid(0, "empty", "there is nothing in this file", hint)
        root = composer.compose_document() or _NOTHING
        if not composer.check_event(yaml.StreamEndEvent):
            message = "a second YAML document starts here, and a profile is one"
            problems.append(source.at(composer.here(), "several-documents", message))
        reading = _Reading(source, problems)
        data = reading.plain(root)
    except yaml.MarkedYAMLError as error:
        place, message, advice = explain(error, text)
        raise source.invalid(place, "syntax", message, advice) from None
    except (ReaderError, ValueError) as error:
        raise source.invalid(0, "syntax", f"this is not YAML: {error}") from None
    # What an alias repeats is reported once.
    return Source(path, text, data, tuple(dict.fromkeys(problems)), root, reading.entries)


def _refuse_control_characters(source: Source) -> None:
    # The first question is the quicker one, and yes for most profiles.
    plain = source.text.translate(_LAYOUT).isprintable()
    if not plain and (unprintable := Reader.NON_PRINTABLE.search(source.text)):
        message = f"the control character U+{ord(unprintable[0]):04X} cannot stand in a profile"
        raise source.invalid(unprintable.start(), "syntax", message, "delete it")


class PlainResolver(Resolver):
    """Reads booleans as YAML 1.1 and 1.2 do, and numbers as 1.2, to which 12:30 is text."""


# Emptied before it is filled: a subclass would otherwise add to PyYAML's own YAML 1.1 rules.
PlainResolver.yaml_implicit_resolvers = {}
for _kind, _pattern, _first in (
    ("bool", rf"(?i:{'|'.join(BOOLEANS)})", [*"tTfFyYnNoO"]),
    ("null", "~|null|Null|NULL|", [*"~nN", ""]),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(?i:inf)|\.(?i:nan)",
        [*"-+.0123456789"],
    ),
    ("merge", "<<", ["<"]),
):
    PlainResolver.add_implicit_resolver(_TAG + _kind, re.compile(f"({_pattern})\\Z"), _first)


class _SlowParser(Reader, Scanner, Parser):
    """PyYAML's parser in Python, for a PyYAML that was built without libyaml."""

    def __init__(self, stream: _Named) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)


class _Named(io.StringIO):
    """A text with the path of its file, which the marks of all nodes then carry."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text)
        self.name = path


def _parser(stream: _Named) -> Any:
    try:
        from yaml._yaml import CParser
    except ImportError:
        return _SlowParser(stream)
    return CParser(stream)


class _Composer(Composer, PlainResolver):
    """Builds the node tree, and stops at a document that is too deep or too large."""

    def __init__(self, source: Source) -> None:
        Composer.__init__(self)
        PlainResolver.__init__(self)
        events = _parser(_Named(source.text, source.path))
        self.check_event = events.check_event
        self.peek_event: Any = events.peek_event
        self.get_event = events.get_event
        self._source = source
        self._depth = self._values = 0

    def here(self) -> int:
        """Return the offset that the parser has reached."""
        offset: int = self.peek_event().start_mark.index
        return offset

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._values += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _too_deep(self._source, self.here())
        if self._values > MAX_VALUES:
            raise _too_many(self._source, self.here())
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _too_deep(source: Source, place: Node | int) -> InvalidProfile:
    return source.invalid(place, "limit", f"this is nested more than {MAX_DEPTH} levels deep")


def _too_many(source: Source, place: Node | int) -> InvalidProfile:
    message = f"the profile has more than {MAX_VALUES:,} keys and values, with what aliases repeat"
    return source.invalid(place, "limit", message)


class _Reading:
    """Makes plain data of the node tree, and remembers where each key is."""

    def __init__(self, source: Source, problems: list[Diagnostic]) -> None:
        self.source = source
        self.problems = problems
        self.entries: Entries = {}
        self._open: set[int] = set()
        self._values = 0

    def plain(self, node: Node) -> Any:
        """Return the value of a node as JSON has it."""
        self._count(node, 1)
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if is_template(node):
            return self._template(node)
        value: Any
        with self._inside(node):
            if isinstance(node, MappingNode):
                self._check_tag(node, "map")
                entries = self._mapping(node)
                value = {key: self.plain(child) for key, (_, child) in entries.items()}
            else:
                self._check_tag(node, "seq")
                value = [self.plain(child) for child in node.value]
        return value

    def _template(self, node: Node) -> str:
        """Return {{ name }} as the text that it was meant to be."""
        written = self.source.written(node)
        message = "YAML takes braces without quotes for a mapping"
        self.problems.append(self.source.at(node, "unquoted-template", message, in_quotes(written)))
        return written

    def _count(self, node: Node, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise _too_many(self.source, node)

    @contextmanager
    def _inside(self, node: Node) -> Iterator[None]:
        """Raise InvalidProfile for a node within itself, or below too many others."""
        if id(node) in self._open:
            raise self.source.invalid(node, "alias", "this contains an alias of itself")
        if len(self._open) >= MAX_DEPTH:
            raise _too_deep(self.source, node)
        self._open.add(id(node))
        yield
        self._open.remove(id(node))

    def _scalar(self, node: ScalarNode) -> str | int | float | bool | None:
        text: str = node.value
        try:
            match node.tag.removeprefix(_TAG):
                case "null":
                    return None
                case "bool":
                    return BOOLEANS[text.lower()]
                case "int":
                    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
                case "float":
                    return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
        except (ValueError, KeyError):
            message = f"{quote(text)} cannot be read as {node.tag.replace(_TAG, '!!')}"
            self.problems.append(self.source.at(node, "tag", message))
            return text
        if node.tag != _TAG + "merge":
            self._check_tag(node, "str")
        return text

    def _check_tag(self, node: Node, expected: str) -> None:
        if node.tag == _TAG + expected:
            return
        tag = node.tag.replace(_TAG, "!!") if node.tag.startswith(_TAG) else node.tag
        message = f"the tag {quote(tag)} means nothing here, as a profile is plain data"
        hint = "remove it, and put a text that starts with ! in quotes"
        self.problems.append(self.source.at(node, "tag", message, hint))

    def _mapping(self, node: MappingNode) -> dict[str, tuple[Node, Node]]:
        """Return the keys of a mapping with their nodes: those it merges, then its own."""
        if id(node) in self.entries:
            return self.entries[id(node)]
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                parts = value.value if isinstance(value, SequenceNode) else [value]
                for part in parts:
                    merged = {**self._merged(part), **merged}
            elif not isinstance(key, ScalarNode):
                self.problems.append(self.source.at(key, "syntax", "a key must be plain text"))
            elif key.value in own:
                line = self.source.line(own[key.value][0])
                message = f"the key {quote(key.value)} is here twice, first on line {line}"
                hint, first = "keep one of the two", own[key.value][0]
                problem = self.source.at(key, "duplicate-key", message, hint, other=first)
                self.problems.append(problem)
            else:
                # Whatever YAML makes of it elsewhere, a key is its text: `on` is no boolean here.
                own[key.value] = (key, value)
        self.entries[id(node)] = {**merged, **own}
        return self.entries[id(node)]

    def _merged(self, node: Node) -> dict[str, tuple[Node, Node]]:
        if not isinstance(node, MappingNode):
            message = "<< merges the keys of a mapping, and this is not one"
            self.problems.append(self.source.at(node, "alias", message))
            return {}
        with self._inside(node):
            entries = self._mapping(node)
        self._count(node, len(entries))
        return entries
