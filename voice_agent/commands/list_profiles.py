"""The command `list`: show the profiles, one a line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence

from ..errors import OK, WRONG, UsageError
from ..format import catalog
from ..format.diagnostics import printable, width
from ..format.loader import Checked, examine_file
from ..format.opening import Opening
from ..format.profile import Profile
from .parser import parser_of, program

_TITLES = ("NAME", "MODELS", "INTERRUPTIBLE", "OPENS WITH", "DESCRIPTION")
# As many characters of an opening tell it from another.
_FEW_WORDS = 40


def run(arguments: Sequence[str]) -> int:
    """Print the profiles, the broken ones too, and return the exit code: 1 where one is broken."""
    about = "Show the profiles in profiles/, one a line. It ends with 1 where one is broken."
    parser_of("list", about).parse_args(arguments)
    found = {str(path): (name, examine_file(path)) for name, path in catalog.by_name().items()}
    if not found:
        raise UsageError(f"{catalog.nothing_there()} Write one: {program()} new NAME")
    for line in _lines([_row(path, *each) for path, each in found.items()]):
        print(_fitted(line))
    return OK if all(checked.profile for _, checked in found.values()) else WRONG


def _row(path: str, name: str, checked: Checked) -> tuple[str, ...]:
    profile = checked.profile
    if profile is None:
        problems = sum(each.severity == "error" for each in checked.diagnostics)
        count = "1 problem" if problems == 1 else f"{problems} problems"
        return name, f"broken: {count}, see {program()} validate {path}"
    called = name if profile.name == name else f"{name} ({profile.name})"
    models = (profile.stt, profile.llm, profile.tts)
    agents = f"Agents: {', '.join(profile.agents)}." if profile.agents else ""
    return (
        called,
        ", ".join(str(each) for each in models if each),
        _interruptible(profile),
        _opens_with(_opening(profile)),
        " ".join(filter(None, (profile.description, agents))),
    )


def _opening(profile: Profile) -> Opening | None:
    """Return how a call begins, of several agents with the first."""
    if profile.on_enter or not profile.agents:
        return profile.on_enter
    return next(iter(profile.agents.values())).on_enter


def _interruptible(profile: Profile) -> str:
    word = "yes" if profile.allow_interruptions else "no"
    opening = profile.on_enter.allow_interruptions if profile.on_enter else None
    if opening is None or opening is profile.allow_interruptions:
        return word
    return f"{word}, but the opening" if opening else f"{word}, not the opening"


def _opens_with(opening: Opening | None) -> str:
    """Return the first words with which a profile opens a call."""
    if opening is None:
        return "nothing: waits"
    if opening.say is not None:
        return _few(f'"{opening.say}')
    if opening.user_input is not None:
        return _few(f"answer to: {opening.user_input}")
    return _few(opening.instructions or "")


def _few(text: str) -> str:
    flat = " ".join(text.split())
    if len(flat) > _FEW_WORDS:
        flat = flat[: _FEW_WORDS - 1].rstrip() + "…"
    return flat + '"' * flat.startswith('"')


def _lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table; the last cell of a short row runs over the columns it lacks."""
    rows = [_TITLES, *(tuple(map(printable, row)) for row in rows)]
    full = [row for row in rows if len(row) == len(_TITLES)]
    widths = [max(width(row[column]) for row in full) for column in range(len(_TITLES) - 1)]
    widths[0] = max(width(row[0]) for row in rows)
    for row in rows:
        cells = [cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row[:-1])]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _fitted(line: str) -> str:
    """Return a line cut to the width of the terminal, or whole where there is no terminal."""
    if not sys.stdout.isatty():
        return line
    columns = shutil.get_terminal_size().columns
    while width(line) > columns:
        line = line.removesuffix("…")[:-1] + "…"
    return line
