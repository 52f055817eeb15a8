"""A rehearsal as text for a terminal: both sides of each call on one time axis."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...format.diagnostics import printable
from ...format.diagnostics import width as columns_of
from ..coverage import Coverage
from ..results import CallResult, Check, Rehearsal, Step, ToolRun, Turn, Who
from . import covered, step_words
from .summary import (
    STANDIN,
    arguments,
    count,
    date,
    earlier_runs,
    ending,
    exchange,
    figures,
    lateness,
    left_out,
    manner,
    ran,
    responsible,
    speeches,
    standin_failure,
    stopped,
    summarise,
    verdict,
)

_BOLD, _DIM, _RED, _GREEN, _YELLOW, _CYAN = (1, 2, 31, 32, 33, 36)
_SIDES: tuple[Who, Who] = ("caller", "agent")
_HUE = {"caller": _YELLOW, "agent": _CYAN}
_NARROW, _WIDE = 60, 100  # columns
_TIME = 8  # columns for a time and what sets it off
_SAID = 23  # columns before what was said to cut in
_TOLD = 10  # columns before what a tool was told and has sent
_FIGURE = 31  # columns before a figure


def render(rehearsal: Rehearsal, *, colour: bool, width: int = 100, verbose: bool = False) -> str:
    """Return each call with its result, and what was measured.

    Derived calls that passed are shown by their barge-ins alone, unless `verbose`.
    """
    paint = _Paint(colour)
    lines = [*_heading(rehearsal, paint, width), ""]
    for call in rehearsal.calls:
        whole = verbose or not (call.derived and call.passed)
        lines.extend(_call(call, rehearsal.path, paint, width, whole))
    lines.extend(_left_out(rehearsal, paint, width))
    if lines[-1]:
        lines.append("")
    lines.extend(_summary(rehearsal, paint, width))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def columns() -> int:
    """Return how wide text is shown: as the terminal, but never very narrow or very wide."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, _NARROW), _WIDE)


def one(call: CallResult, path: str, *, width: int = 100) -> str:
    """Return all about one call of the profile at `path`, without colours."""
    lines = _call(call, path, _Paint(colour=False), width, whole=True)
    return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True, slots=True)
class _Paint:
    colour: bool

    def __call__(self, text: str, *codes: int) -> str:
        """Return a text that is safe to print, in these colours if colours are on."""
        text = printable(text)
        if not self.colour or not text.strip():
            return text
        return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m"


def _heading(rehearsal: Rehearsal, paint: _Paint, width: int) -> Iterator[str]:
    about = rehearsal.about
    sentence = f"{rehearsal.profile} ({rehearsal.path}) {manner(rehearsal)}."
    yield from (paint(line, _BOLD) for line in _wrap(sentence, width))
    run = f"{date(about)} · profile sha256 {about.profile_sha256} · {about.versions}"
    for sentence in (run, STANDIN, *speeches(rehearsal)):
        yield from (paint(line, _DIM) for line in _wrap(sentence, width))


def _call(call: CallResult, path: str, paint: _Paint, width: int, whole: bool) -> Iterator[str]:
    mark = paint("✓ passed", _GREEN) if call.passed else paint("✗ failed", _RED)
    size = f"({call.duration:.1f} s, {count(len(call.checks), 'check')})"
    first, *more = _together([call.name, size], width - 10)
    yield f"{mark}  {paint(first, _BOLD)}"
    yield from (f"{'':<10}{paint(line, _BOLD)}" for line in more)
    yield from _note(earlier_runs(call), paint, width)
    if whole and call.turns:
        yield ""
        yield from _turns(call.turns, paint, width)
    if whole and call.steps:
        yield from ("", f"  {step_words.heading(call.steps)}")
        for step in call.steps:
            yield from _step(step, path, paint, width)
    if call.barge_ins:
        if whole:
            yield from ("", "  Barge-ins")
        yield from _ledger(call, path, paint, width)
    if whole and call.tools:
        yield from ("", "  Tools")
        for run in call.tools:
            yield from _tool(run, paint, width)
    if whole and call.checks:
        yield from ("", "  Checks")
        for check in call.checks:
            yield from _check(check, paint, width)
    if whole or call.barge_ins:
        yield ""


def _note(sentences: Iterable[str], paint: _Paint, width: int) -> Iterator[str]:
    for sentence in sentences:
        yield from (f"  {paint(line, _YELLOW)}" for line in _wrap(sentence, width - 2))


def _left_out(rehearsal: Rehearsal, paint: _Paint, width: int) -> Iterator[str]:
    for name, runs in left_out(rehearsal):
        first, *more = _wrap(name, width - 12)
        yield f"{paint('- left out', _RED)}  {paint(first, _BOLD)}"
        yield from (f"{'':<12}{paint(line, _BOLD)}" for line in more)
        yield from _note(runs, paint, width)


def _ledger(call: CallResult, path: str, paint: _Paint, width: int) -> Iterator[str]:
    """Show every barge-in: what was said, how soon it silenced the agent, and what decided it."""
    room = width - _SAID
    for each in call.barge_ins:
        outcome = paint(f"{each.outcome:<11}", _BOLD)
        typed = "(types) " if each.typed else ""
        said = _wrap(f'{typed}"{each.said}"', room)
        why = [part for part in (stopped(each), responsible(each, path)) if part]
        lines = [paint(line, _DIM) for line in _together(why, room)]
        if columns_of("  ".join([*said, *why])) <= room:
            lines = [f"{printable(said[0])}  {lines[0]}"]
        else:
            lines[:0] = map(printable, said)
        yield f"  {each.at:6.2f}  {outcome}  {lines[0]}"
        yield from (f"{'':<{_SAID}}{line}" for line in lines[1:])


def _tool(run: ToolRun, paint: _Paint, width: int) -> Iterator[str]:
    """Show when a tool ran and how it ended, what it sent, and what the language model was told."""
    room = width - _TOLD
    how = paint(f"{ending(run)} {ran(run)}".rstrip(), _RED if run.status != "done" else _GREEN)
    yield f"  {run.started:6.2f}  {paint(run.tool, _BOLD)}  {how}"
    sent = [line for each in run.requests for line in (exchange(each), each.body, each.answer)]
    for line in (arguments(run), *sent, run.told and f"told: {run.told}"):
        yield from (f"{'':<{_TOLD}}{paint(each, _DIM)}" for each in _wrap(line, room))


def _step(step: Step, path: str, paint: _Paint, width: int) -> Iterator[str]:
    """Show a handoff, a field or a key, and the line of the profile that decided it."""
    words = f"{step_words.in_words(step)} {step_words.decided(step, path)}"
    first, *more = _wrap(words, width - _TOLD)
    yield f"  {step.at:6.2f}  {printable(first)}"
    yield from (f"{'':<{_TOLD}}{printable(line)}" for line in more)


def _check(check: Check, paint: _Paint, width: int) -> Iterator[str]:
    mark = paint("✓", _GREEN) if check.passed else paint("✗", _RED)
    name, *more = _wrap(check.name, width - 6)
    yield f"    {mark} {printable(name)}"
    yield from (f"      {printable(line)}" for line in more)
    for line in _wrap(check.reason, width - 8):
        yield f"        {paint(line, *((_DIM,) if check.passed else (_RED,)))}"


def _summary(rehearsal: Rehearsal, paint: _Paint, width: int) -> Iterator[str]:
    summary = summarise(rehearsal)
    rows = [(each.name, each.value, each.note) for each in figures(summary)]
    if any(summary.outcomes.values()):
        counts = ", ".join(f"{number} {outcome}" for outcome, number in summary.outcomes.items())
        rows.insert(0, ("Barge-ins", counts, ""))
    for name, value, note in (*rows, ("Machine late by", lateness(summary), "at worst")):
        first, *more = _wrap(f"{value} {note}", width - _FIGURE)
        yield f"  {name:<{_FIGURE - 2}}{paint(first, _BOLD)}"
        yield from (f"{'':<{_FIGURE}}{paint(line, _BOLD)}" for line in more)
    yield ""
    yield from _coverage(rehearsal.coverage, paint, width)
    for note in rehearsal.notes:
        yield from (paint(line, _YELLOW) for line in _wrap(note, width))
    if failure := standin_failure(rehearsal):
        yield from (paint(line, _YELLOW) for line in _wrap(failure, width))
    hue = _RED if summary.failed or summary.late or summary.shortfall else _GREEN
    for line in _wrap(f"{rehearsal.profile}: {verdict(summary)}", width):
        yield paint(line, _BOLD, hue)


def _coverage(coverage: Coverage, paint: _Paint, width: int) -> Iterator[str]:
    if not (headline := covered.headline(coverage)):
        return
    yield from (paint(line, _BOLD) for line in _wrap(headline, width))
    for each in covered.lines(coverage):
        yield from (f"  {paint(line, _YELLOW)}" for line in _wrap(each, width - 2))
    for sentence in covered.advice(coverage):
        yield from map(printable, _wrap(sentence, width))
    yield ""


def _turns(turns: tuple[Turn, ...], paint: _Paint, width: int) -> Iterator[str]:
    """Show both sides in two columns, with a stroke beside whoever is speaking."""
    columns = _Columns(paint, (width - _TIME) // 2)
    yield from columns.row("", {who: (f"  {who}", _DIM) for who in _SIDES})
    for at, kind, turn in sorted(_edges(turns), key=lambda edge: edge[:2]):
        yield from columns.start(at, turn) if kind else columns.stop(at, turn)
    yield from columns.flush()


def _edges(turns: tuple[Turn, ...]) -> Iterator[tuple[float, int, Turn]]:
    for turn in turns:
        yield turn.started, 1, turn
        if not turn.typed:
            # A turn ends before another begins, but never before itself.
            yield turn.stopped, 0 if turn.stopped > turn.started else 2, turn


class _Columns:
    """Shows both sides line by line; a text runs on beside what the other side does."""

    def __init__(self, paint: _Paint, width: int) -> None:
        self._paint = paint
        self._width = width
        self._pending: dict[str, list[str]] = {who: [] for who in _SIDES}
        self._speaking: dict[str, bool] = dict.fromkeys(_SIDES, False)

    def start(self, at: float, turn: Turn) -> Iterator[str]:
        """Begin a turn, or show what was typed or pressed."""
        yield from self.flush(turn.who)
        text = f"({turn.verb}) {turn.text}" if turn.typed else turn.text
        if turn.origin == "test sentence":
            text = f"({turn.origin}) {text}"
        if turn.agent:
            text = f"{turn.agent}: {text}"
        first, *rest = _wrap(text, self._width - 4) or [""]
        stroke = "»" if turn.typed else "┌"
        yield from self.row(f"{at:6.2f}", {turn.who: (f"{stroke} {first}", _HUE[turn.who])})
        self._pending[turn.who] = rest
        self._speaking[turn.who] = self._speaking[turn.who] or not turn.typed

    def stop(self, at: float, turn: Turn) -> Iterator[str]:
        """End a turn, once its whole text has been shown."""
        yield from self.flush(turn.who)
        self._speaking[turn.who] = False
        end = ("✂ cut off", _RED) if turn.cut else ("└", _HUE[turn.who])
        yield from self.row(f"{at:6.2f}", {turn.who: end})

    def flush(self, *sides: Who) -> Iterator[str]:
        """Show what is left of the texts of these sides, or of both."""
        while any(self._pending[who] for who in sides or _SIDES):
            yield from self.row("", {})

    def row(self, time: str, cells: dict[Who, tuple[str, int]]) -> Iterator[str]:
        """Show one line, filled up with what goes on beside it."""
        line = f"{self._paint(f'{time:<{_TIME}}', _DIM)}"
        for who in _SIDES:
            text, hue = cells.get(who) or (self._going_on(who), _HUE[who])
            line += self._paint(text, hue) + " " * (self._width - columns_of(text))
        yield line

    def _going_on(self, who: Who) -> str:
        text = self._pending[who].pop(0) if self._pending[who] else ""
        return ("│ " if self._speaking[who] else "  ") + text


def _together(parts: list[str], width: int) -> list[str]:
    """Return parts side by side if they fit, else each in lines of its own."""
    line = "  ".join(parts)
    if columns_of(line) <= width:
        return [line]
    return [line for part in parts for line in _wrap(part, width)]


def _wrap(text: str, width: int) -> list[str]:
    """Return a text in lines that are at most `width` columns wide.

    Only words that are wider than that are broken.
    """
    lines: list[str] = []
    for word in text.split():
        if lines and columns_of(lines[-1]) + 1 + columns_of(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
        while columns_of(lines[-1]) > width:
            kept = next(
                n for n in range(len(lines[-1]), 0, -1) if columns_of(lines[-1][:n]) <= width
            )
            lines[-1:] = [lines[-1][:kept], lines[-1][kept:]]
    return lines
