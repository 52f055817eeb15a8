"""What an agent is told, and how it opens a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Instructions:
    """What the agent is told to be and to do.

    `audio` is added to `common` for an answer to a caller who speaks, `text` to one who types.
    """

    short_form: ClassVar[str] = "common"

    common: str
    audio: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """How the agent opens a call: exactly one of the three texts is set.

    `user_input` is what a caller seems to have said first, `instructions` tells the model how to
    open, and `say` is spoken word for word, or is what the file `audio` says. `allow_interruptions`
    is for this opening alone; None leaves it to the profile. An agent of several opens like this
    the first time that it takes over, or each time if `every` is set.
    """

    short_form: ClassVar[str] = "user_input"

    user_input: str | None = None
    instructions: str | None = None
    say: str | None = None
    audio: str | None = None
    allow_interruptions: bool | None = None
    every: bool | None = None
