"""The record of one problem in a profile, and its rendering for people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

# Longer lines are shown as this many characters around the token.
_SHOWN = 100

_RESET, _BOLD, _RED, _GREEN, _YELLOW, _DIM = (f"\x1b[{code}m" for code in (0, 1, 31, 32, 33, 2))


# Every kind of problem, and what it says of a profile. The warnings are those in WARNINGS.
KINDS = {
    "alias": "An alias or a merge in the YAML leads nowhere.",
    "bad-example": "An example does not fit what it is an example of.",
    "bad-schema": "A parameter of a tool is such that no llm could fill it in.",
    "checks-nothing": "A part of the rehearsal is never used, or passes whatever the agent does.",
    "conflict": "Two keys exclude each other.",
    "duplicate-key": "A key is there twice.",
    "duplicate-name": "Two calls of the rehearsal have one name.",
    "empty": "There is nothing in the file.",
    "encoding": "The file is not UTF-8.",
    "limit": "The file is out of all proportion for a profile.",
    "missing-file": "A file that the profile names is not there.",
    "missing-key": "A key is needed, and not there.",
    "name-taken": "The llm would see two tools under one name.",
    "plain-http": "An address goes over the network unencrypted.",
    "reserved-name": "A variable is called what every template has already.",
    "secret-in-text": "A secret stands in what the llm reads or callers hear.",
    "no-number": "Nobody can be called at what stands where a telephone number should.",
    "several-documents": "The file has more than one YAML document.",
    "syntax": "The file is not YAML.",
    "tag": "A YAML tag asks for more than plain data.",
    "template": "A {{ }} has no name that may stand there.",
    "template-in-host": "A value could choose which host is called.",
    "unknown-agent": "An agent is named that the profile does not have.",
    "unknown-field": "A field is named that the profile does not collect.",
    "unknown-key": "A key means nothing in a profile.",
    "unknown-tool": "Something is said of a tool that the agent does not have.",
    "unknown-variable": "A variable is named that the profile does not declare.",
    "unquoted-template": "Braces without quotes are a mapping to YAML.",
    "unreadable": "The file cannot be read.",
    "unset-secret": "A secret that the profile names is not in the environment.",
    "unset-variable": "A variable is used where it may have no value.",
    "unusable-file": "A file that the profile names cannot be a part of it.",
    "wrong-type": "A value is of another type than its key takes.",
    "wrong-value": "A value is not one of those that its key takes.",
}
WARNINGS = {
    "asks-llm-for-facts": "The llm is to give what it does not know, and would make up.",
    "card-in-record": "A recording has the sound of what all texts are kept free of.",
    "contradiction": "Settings do not go together, and the agent does something odd.",
    "dead-end": "An agent neither hands the call over nor ends it.",
    "every-tool": "The agent has every tool of an MCP server, those as well that are added later.",
    "forbids-interruption": "A text forbids interruption while callers may interrupt.",
    "invites-interruption": "A text invites interruption while callers may not interrupt.",
    "large-knowledge": "The files that the llm reads for every answer are long.",
    "language-as-voice": "A language stands where tts takes the name of a voice.",
    "long-description": "A description is long, and the llm reads it before every answer.",
    "many-tools": "There are more tools and handoffs than an llm chooses well among.",
    "mcp-not-installed": "The package that connects to MCP servers is not installed.",
    "missing-audio": "A call of the rehearsal plays a sound file that is not there.",
    "no-description": "Nothing tells the llm what a parameter is, or a menu on a key.",
    "no-effect": "A key has no effect beside another.",
    "no-example": "Nothing says what a tool's service answers.",
    "no-on-error": "Nothing says what the agent does when a tool fails.",
    "no-snapshot": "Nothing is known of an MCP server's tools, so nothing checks or plays them.",
    "not-on-server": "The snapshot of an MCP server has no such tool or parameter.",
    "placeholder": "A text has a placeholder, and nothing fills it in.",
    "plugin-not-installed": "A plugin is not installed, so nothing checks its options.",
    "promise-without-tool": "The instructions promise what the agent has no tool for.",
    "realtime": "A realtime llm overrides the key, or has no use for it.",
    "retry-of-post": "A request is sent again that may do its work twice.",
    "said-twice": "Callers hear a sentence twice, as one agent follows another.",
    "secret-in-file": "A secret is written into the file.",
    "silent-opening": "The opening says nothing.",
    "slip-in-option": "An option of a plugin, or its value, looks like a slip of a known one.",
    "slow-tool": "A tool may take long, and callers hear nothing meanwhile.",
    "tool-not-here": "A text names a tool that the agent does not have.",
    "twin-descriptions": "The llm cannot tell two tools, handoffs or destinations apart.",
    "unknown-model": "A model's name looks like a slip of a known one.",
    "unknown-option": "The installed LiveKit lists no such option for the model.",
    "unknown-provider": "The installed LiveKit does not know the model's provider.",
    "unreachable-agent": "Nothing leads to an agent.",
    "unused-ignore": "A comment ignores a warning that is not there.",
    "unused-tool": "No agent has a tool, or it always refuses for want of a variable's value.",
    "unused-variable": "Nothing uses a variable.",
    "vague-description": "A description hardly says when the llm is to choose it.",
}


class Place(NamedTuple):
    """A place in a text: lines and columns start at 1, and the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: where it is, what kind it is, what is wrong, and what to write instead.

    Lines and columns start at 1 and count characters; the end is exclusive. `other` is the second
    place of a problem that is between two, and `other_path` its file if that is not `path`.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    severity: Literal["error", "warning"]
    kind: str
    message: str
    hint: str | None = None
    other: Place | None = None
    other_path: str | None = None

    @property
    def text(self) -> str:
        """What is wrong and what to write instead, on one line."""
        return self.message + (f"; {self.hint}" if self.hint else "")

    def __lt__(self, other: Diagnostic) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[str, int, int, int, int, str]:
        return (self.path, self.line, self.column, self.end_line, self.end_column, self.message)


class InvalidProfile(Exception):
    """A profile cannot be used; `diagnostics` says why, and `sources` maps its path to its text."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        self.diagnostics = tuple(sorted(diagnostics))
        self.sources = dict(sources)
        super().__init__(self.diagnostics, self.sources)

    def __str__(self) -> str:
        return render(self.diagnostics, self.sources)


def split_lines(text: str) -> list[str]:
    """Return the lines of a text as editors number them."""
    return re.split(r"\r\n|\r|\n", text)


def quote(text: str) -> str:
    """Return a text from a profile for a message: in quotes, and not too long."""
    return f'"{text if len(text) <= 60 else text[:59] + "…"}"'


def render(
    diagnostics: Diagnostic | Iterable[Diagnostic],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
) -> str:
    """Return diagnostics as text for a terminal, each with its source line where it is known."""
    if isinstance(diagnostics, Diagnostic):
        diagnostics = (diagnostics,)
    lines = {path: split_lines(text) for path, text in sources.items()}
    return "\n".join(_render_one(each, lines.get(each.path, []), colour) for each in diagnostics)


def _render_one(diagnostic: Diagnostic, lines: list[str], colour: bool) -> str:
    def paint(text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if colour else text

    warning = diagnostic.severity == "warning"
    header = " ".join(
        (
            paint(printable(f"{diagnostic.path}:{diagnostic.line}:{diagnostic.column}:"), _BOLD),
            *([paint("warning:", _YELLOW)] if warning else []),
            paint(printable(diagnostic.text), _BOLD if warning else _RED),
            paint(f"[{diagnostic.kind}]", _DIM),
        )
    )
    line = lines[diagnostic.line - 1] if diagnostic.line <= len(lines) else ""
    if not line:
        return header
    start = diagnostic.column - 1
    end = diagnostic.end_column - 1 if diagnostic.end_line == diagnostic.line else len(line)
    before, token, after = _around(line, start, max(end, start))
    number = str(diagnostic.line)
    margin = " " * len(number)
    blank = "".join("\t" if char == "\t" else " " * _width(char) for char in before)
    caret = "^" + "~" * (width(token) - 1)
    return "\n".join(
        (
            header,
            paint(f"{margin} |", _DIM),
            paint(f"{number} | ", _DIM) + printable(before + token + after),
            paint(f"{margin} | ", _DIM) + blank + paint(caret, _GREEN),
        )
    )


def _around(line: str, start: int, end: int) -> tuple[str, str, str]:
    """Return what is before a token, the token, and what is after it, trimmed to be shown."""
    left, right = 0, len(line)
    if right > _SHOWN:
        left = max(0, min(start - _SHOWN // 3, right - _SHOWN))
        right = left + _SHOWN
    end = min(end, right)
    before = ("…" if left else "") + line[left:start]
    after = line[end:right] + ("…" if right < len(line) else "")
    return before, line[start:end], after


def printable(text: str) -> str:
    """Return a text on one line, without control characters that a terminal would obey."""
    return "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in text)


def width(text: str) -> int:
    """Return the columns that a text takes on a terminal."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    """Return the columns that a character takes on a terminal."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
