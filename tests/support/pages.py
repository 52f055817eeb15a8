"""The pages for people, and the blocks and commands in them, for the tests that check them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from . import ROOT

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
}


class Block(NamedTuple):
    """A fenced block of a page, and what a `text` block right after it shows."""

    page: str
    language: str
    text: str
    shown: str | None
    after_sh: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.text.splitlines()[0]}"


FENCED = re.compile(r"^```(\w*)\n(.*?)^```$(?=(?:\n\n```text\n(.*?)^```$)?)", re.M | re.S)


def blocks() -> Iterator[Block]:
    """Yield every fenced block of every page."""
    for page, text in PAGES.items():
        end, was_sh = 0, False
        for found in FENCED.finditer(text):
            language, content, shown = found.groups()
            follows = was_sh and text[end : found.start()] == "\n\n"
            yield Block(page, language, content, shown, follows)
            end, was_sh = found.end(), language == "sh"


BLOCKS = list(blocks())
SHELL = [block for block in BLOCKS if block.language == "sh"]
YAML = [block for block in BLOCKS if block.language == "yaml"]
OF_OTHERS = {"repos", "jobs"}
"""The keys that show a block to be of pre-commit, or of GitHub Actions."""


def loaded(block: Block) -> dict[str, Any]:
    """Return the data of a YAML block."""
    data = yaml.safe_load(block.text)
    assert isinstance(data, dict)
    return data


def settings(key: str) -> dict[str, Any]:
    """Return the YAML block that sets `key`, which is another program's."""
    [found] = [data for data in map(loaded, YAML) if key in data]
    return found


class Command(NamedTuple):
    """One simple command that a page shows, in words."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"

    @property
    def of_ours(self) -> tuple[str, ...]:
        """What is given to our program, where it is our program."""
        words = [word for word in self.words if not re.match(r"[A-Z_]+=", word)]
        for program in (["python", "agent.py"], ["voice-agent"]):
            if words[: len(program)] == program:
                return tuple(words[len(program) :])
        return ()


STARTED = r"`((?:python (?:-m |agent\.py |tests/)|voice-agent |pytest |bash |pip )[^`]+)`"


def commands() -> Iterator[Command]:
    """Yield every simple command of the shell blocks, of the sentences, and of the workflow."""
    for page, text in PAGES.items():
        written = [line for each in SHELL if each.page == page for line in each.text.splitlines()]
        written += re.findall(STARTED, text)
        for line in written:
            for part in re.split(r"&&|\|", line):
                yield Command(page, tuple(shlex.split(part)))
    for step in settings("jobs")["jobs"]["validate"]["steps"]:
        if "run" in step:
            yield Command("docs/checking.md", tuple(shlex.split(step["run"])))


COMMANDS = list(dict.fromkeys(commands()))


def section(page: str, heading: str) -> str:
    """Return what stands under a heading of a page, up to the next one like it."""
    level = heading.partition(" ")[0]
    assert f"\n{heading}\n" in PAGES[page]
    return PAGES[page].partition(f"\n{heading}\n")[2].partition(f"\n{level} ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in a text, without their headings."""
    lines = re.findall(r"^\| (.+) \|$", text, re.MULTILINE)
    return [[cell.strip("` ") for cell in line.split(" | ")] for line in lines if "---" not in line]


def first_column(text: str) -> list[str]:
    """Return what the rows of the one table in a text begin with."""
    return [row[0] for row in rows(text)[1:]]
