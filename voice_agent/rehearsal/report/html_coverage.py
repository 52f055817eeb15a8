"""Coverage on the page: what the calls have reached, a table, and the profile with its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...format.diagnostics import split_lines
from ..coverage import Coverage, Covered
from . import covered
from .html_call import outcome_icon
from .markup import Markup, tag

_LONGEST = 600  # lines of a profile that are shown
_HEADINGS = ("What", "Line", "Derived calls", "Your scenarios")


def section(coverage: Coverage, path: str) -> str:
    """Return what the calls have reached of the profile at `path`; "" where nobody asks."""
    if not (headline := covered.headline(coverage)):
        return ""
    never = [tag("li", tag("code", line)) for line in covered.lines(coverage)]
    return tag(
        "section",
        tag("h2", "Coverage"),
        tag("p", headline.removeprefix("Coverage: ")),
        tag("ul", *never, class_="never") if never else "",
        *(tag("p", sentence, class_="soft") for sentence in covered.advice(coverage)),
        _table(coverage, path) if coverage.covered else "",
        *_sources(coverage),
        class_="coverage",
    )


def _table(coverage: Coverage, path: str) -> Markup:
    headings = tag("tr", *(tag("th", each, scope="col") for each in _HEADINGS))
    rows = [_row(each, path) for each in coverage.covered]
    table = tag("table", tag("thead", headings), tag("tbody", *rows))
    return _folded("Everything that there is to reach", tag("div", table, class_="table"))


def _row(each: Covered, path: str) -> Markup:
    item, line = each.item, each.item.place.line
    ways = (covered.manner(way, item) for way in (each.derived, each.written))
    return tag(
        "tr",
        tag("th", outcome_icon(bool(each.reached)), f" {item.words}", scope="row"),
        tag("td", tag("code", str(line) if item.path == path else covered.place(item))),
        *(tag("td", way, class_="nothing" if way == "never" else None) for way in ways),
        class_="reached" if each.reached else "never",
    )


def _sources(coverage: Coverage) -> Iterator[Markup]:
    """Yield every file that has something to reach, with its lines marked, unless it is long."""
    for path, at_lines in covered.by_file(coverage):
        lines = split_lines(coverage.texts.get(path, "").rstrip("\r\n"))
        if len(lines) <= _LONGEST and any(lines):
            rows = [
                _line(number, line, at_lines.get(number, ()))
                for number, line in enumerate(lines, start=1)
            ]
            yield _folded(path, tag("ol", *rows, class_="source"))


def _line(number: int, text: str, there: Sequence[Covered]) -> Markup:
    """Show a line of a profile, marked where something stands that is reached, or never is."""
    never = [each for each in there if not each.reached]
    state = "" if not there else "never" if never else "reached"
    said = ", ".join(each.item.words for each in never or there)
    return tag(
        "li",
        tag("span", str(number), class_="at"),
        tag("span", {"": "", "never": "✗", "reached": "✓"}[state], aria_hidden="true"),
        tag("span", f"{state}: {said}. ", class_="sr") if state else "",
        tag("code", text or " "),
        class_=state or None,
        title=f"{said}: {state}" if state else None,
    )


def _folded(title: str, content: Markup) -> Markup:
    return tag("details", tag("summary", title), content, class_="more")
