"""What the language model of a call does once the caller has said something, and once it can.

Replies in order are asked for one by one, whoever asks. Where several agents, their tasks and their
summaries ask the same language model, a cue waits for the words of the caller and for its tools.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .replies import Messages, Reply, ReplyData, text_of


@dataclass(frozen=True, slots=True)
class Cue:
    """One reply, and what it follows on."""

    after: str
    """What the caller has said last, or a part of it."""
    reply: ReplyData
    """It waits for a request that offers all tools which it calls."""


class Prompter:
    """Gives the cues of one conversation, each once."""

    def __init__(self, cues: Sequence[Cue], otherwise: str) -> None:
        """Give `cues` in order, and `otherwise` to requests that no cue is for."""
        self._waiting = list(cues)
        self._otherwise = Reply(otherwise)
        self._step = -1
        self._latest = self._otherwise
        self._said = ""

    def reply(self, step: int, messages: Messages, offered: Collection[str]) -> Reply:
        """Return the reply to a request that offers these tools.

        `step` is that of `Progress`: one that is asked for again gets the same reply.
        """
        again = step == self._step and _can(self._latest, offered)
        if not again:
            self._step = step
            self._latest = self._next(messages, offered)
        return self._latest

    def _next(self, messages: Messages, offered: Collection[str]) -> Reply:
        # An agent that is told nothing of what was said before goes on with it all the same.
        self._said = _said_last(messages) or self._said
        for number, cue in enumerate(self._waiting):
            reply = Reply.of(cue.reply)
            if cue.after in self._said and _can(reply, offered):
                del self._waiting[number]
                return reply
        return self._otherwise


def _can(reply: Reply, offered: Collection[str]) -> bool:
    return all(each.tool in offered for each in reply.calls)


def _said_last(messages: Messages) -> str:
    said = [text_of(each) for each in messages if each.get("role") == "user"]
    return said[-1] if said else ""
