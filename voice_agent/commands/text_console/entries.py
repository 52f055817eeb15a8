"""What the operator enters: a line for the agent, or a command that begins with a slash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ...format.typos import closest

HELP = """\
/say TEXT    the agent says exactly this
/press KEYS  press keys of the telephone: /press 12#
/interrupt   cut the agent off, as a caller would
/quit        end the call, as Ctrl-D does
/help        show this
//TEXT       say something that begins with a slash: //TEXT says /TEXT"""

_COMMANDS = ("/say", "/press", "/interrupt", "/quit", "/help")
_KEYS = frozenset("0123456789*#ABCD")
_TO_PRESS = "Write the keys after it, which are 0 to 9, *, # and A to D: /press 12#"
# As other consoles have them.
_ALIASES = {"/exit": "/quit", "/bye": "/quit", "/?": "/help", "/dtmf": "/press"}


@dataclass(frozen=True, slots=True)
class Line:
    """What a caller would say."""

    text: str


@dataclass(frozen=True, slots=True)
class Say:
    """What the agent is to say."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """The keys of the telephone that a caller would press."""

    keys: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The agent is to be cut off."""


@dataclass(frozen=True, slots=True)
class Quit:
    """The call is to end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator is told at once."""

    text: str


Entry: TypeAlias = Line | Say | Press | Interrupt | Quit | Answer


def read(entered: str) -> Entry:
    """Return what an entry means; it must not be blank."""
    if entered.startswith("//"):
        return Line(entered[1:])
    if not entered.startswith("/"):
        return Line(entered)
    word, _, rest = entered.partition(" ")
    rest = rest.strip()
    command = _ALIASES.get(word, word)
    if command == "/say":
        return Say(rest) if rest else Answer("Write what the agent is to say after it: /say TEXT")
    if command == "/press":
        keys = "".join(rest.upper().split())
        return Press(keys) if keys and _KEYS.issuperset(keys) else Answer(_TO_PRESS)
    if command in _COMMANDS and rest:
        return Answer(f"{command} stands alone. To say this to the agent: /{entered}")
    match command:
        case "/interrupt":
            return Interrupt()
        case "/quit":
            return Quit()
        case "/help":
            return Answer(HELP)
    close = closest(word, _COMMANDS)
    meant = f" Did you mean {close}?" if close else ""
    return Answer(f"There is no command {word}.{meant} See /help.")
