"""The errors of the YAML parser, in an operator's words."""

from __future__ import annotations

import re

import yaml

from .yaml_traps import IN_QUOTES, braces_before, dash_without_space, in_quotes, missing_space

_IN_QUOTES = "put the text in quotes"
_ALIKE = "indent the keys of one mapping alike"
_OPEN_QUOTE = "this quotation mark is never closed"
_MISFIT = "this does not fit the lines above"
_LONGEST_LINE = 200  # characters that are looked at for what was meant

# What libyaml or PyYAML's own parser says, in part; what to tell an operator; what to write
# instead; and whether to point at where the broken thing starts rather than where it breaks.
_EXPLANATIONS = (
    ("unexpected end of stream", _OPEN_QUOTE, "close it", True),
    ("document indicator", _OPEN_QUOTE, "close it", True),
    ("',' or ']'", "this list is not closed, or lacks a comma", "write it as [a, b]", True),
    ("',' or '}'", "this mapping is not closed, or lacks a comma", "write it as {a: b}", True),
    ("expected ':'", 'this line is not "key: value"', "indent it if it continues a text", True),
    ("undefined alias", "* starts an alias, which must come after its anchor", _IN_QUOTES, False),
    ("scanning an alias", "* starts an alias, and this is none", _IN_QUOTES, True),
    ("scanning an anchor", "& starts an anchor, and this is none", _IN_QUOTES, True),
    ("duplicate anchor", "this anchor's name is taken", "give it a name of its own", False),
    ("tag", "! starts a tag, and this is none", _IN_QUOTES, False),
    ("block scalar", "nothing can follow | or > on its line", "start the text below it", True),
    ("entries are not", "a list cannot start on the line of its key", "start it below", False),
    ("escape code", "this escape is no character", "write the character itself", False),
    ("quoted scalar", "this escape is unknown", "write \\\\ for a backslash", False),
    ("directive", "% starts a YAML directive, and a profile needs none", "delete the line", True),
    ("incompatible", "a profile needs no such YAML directive", "delete the line", False),
    ("mapping keys are not", "? starts a key, and none can stand here", _IN_QUOTES, False),
    ("mapping values are not", "a key cannot stand here", _ALIKE, False),
    ("expected '-'", _MISFIT, 'start every entry of a list with "- "', False),
    ("expected key", _MISFIT, _ALIKE, False),
    ("expected <block end>", _MISFIT, _ALIKE, False),
    ("<document start>", _MISFIT, _ALIKE, False),
)


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str | None]:
    """Return the offset of a syntax error, what is wrong there, and what to write instead."""
    says = f"{error.context} {error.problem}"
    place = error.problem_mark.index if error.problem_mark else 0
    here, before = text[place : place + 1], text[:place]
    if trap := _trap(error, place, text):
        return trap
    if here == "\t":
        return place, "a tab cannot indent YAML", "use spaces"
    if "start any token" in says or "node content" in says:
        return place, f"a value cannot start with {here or 'nothing'}", _IN_QUOTES
    if "mapping values" in says:
        line = re.split(r"[\r\n]", before)[-1]
        if ": " in line:
            message = "this colon would make a key of the text before it"
            return place, message, IN_QUOTES
        place -= len(line.lstrip())
    if ("expected key" in says or "block end" in says) and before.rstrip(" ")[-1:] in {"'", '"'}:
        message = "the text goes on after its closing quotation mark"
        return place, message, "put the whole text in quotation marks of the other kind"
    for part, message, hint, at_start in _EXPLANATIONS:
        if part in says:
            if at_start and error.context_mark:
                place = error.context_mark.index
            return place, message, hint
    return place, f"this is not YAML: {says}", None


def _trap(error: yaml.MarkedYAMLError, place: int, text: str) -> tuple[int, str, str | None] | None:
    """Return what `explain` does where quotes or a space are missing before a syntax error."""
    problem = str(error.problem)
    context = error.context_mark.index if error.context_mark else place
    if "expected ':'" in problem and (hint := missing_space(_line(text, context))):
        return context, 'this line is not "key: value"', hint
    if text[context - 1 : context + 1] == "{{":  # It is never closed.
        context, place = context - 1, context
    start = max(text.rfind("\n", 0, place), text.rfind("\r", 0, place)) + 1
    if (braces := braces_before(text[start : place + 1])) is not None:
        whole = _line(text, start + braces) if "{" not in text[start : start + braces] else ""
        message = "YAML takes braces at the beginning of a text for a mapping"
        return start + braces, message, in_quotes(whole)
    if "',' or '}'" in problem and "{{" in text[max(context, start) : place + 2]:
        message = "YAML takes braces within other braces for a mapping"
        return text.index("{{", max(context, start)), message, IN_QUOTES
    if "mapping values" in problem and ": " not in text[start:place]:
        above = max(text.rfind("\n", 0, start - 1), text.rfind("\r", 0, start - 1)) + 1
        if (dash := dash_without_space(_line(text, above))) is not None:
            message = "no space follows this dash, so it begins no entry of a list"
            return above + dash, message, 'write "- "'
    return None


def _line(text: str, start: int) -> str:
    """Return what is left of a line."""
    return re.split(r"[\r\n]", text[start : start + _LONGEST_LINE], maxsplit=1)[0]
