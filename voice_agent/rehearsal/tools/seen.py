"""What was seen of a tool in a call."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from livekit.agents import llm

from ...runtime.call_state import ToolEvent
from ..asked import outputs
from ..call import Call
from .trials import SERVICES, Trial

_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Seen:
    """A call that was made, as far as it is about its tool."""

    call: Call
    trial: Trial
    received: Sequence[dict[str, Any]]
    """The requests that reached what is behind the tool, as the stand-in has them."""

    @property
    def called(self) -> list[ToolEvent]:
        """Each time that it was called."""
        return self.events("tool_called")

    @property
    def ended(self) -> list[ToolEvent]:
        """Each time that it ended."""
        return self.events("tool_ended")

    def events(self, name: str) -> list[ToolEvent]:
        """Return the events of this name that are about the tool, in order."""
        every = self.call.tool_events
        return [each for each in every if each.name == name and each.tool == self.trial.tool]

    @property
    def outputs(self) -> list[llm.FunctionCallOutput]:
        """What the language model was told of the tool, in requests, or by a realtime session."""
        asked = [list(each.items) for each in self.call.asked]
        items = [item for each in asked for item in each] or self.call.session.history.items
        found = [each for each in outputs(items) if each.name.startswith(self.trial.tool)]
        return list({(each.call_id, each.output): each for each in found}.values())

    @property
    def told(self) -> str:
        """All of that as one text."""
        return "\n".join(each.output for each in self.outputs)

    @property
    def first_stop(self) -> float:
        """When the caller had first asked for something, in seconds since the call began."""
        names = ("user_stopped_speaking", "user_typed")
        return next((each.at for each in self.call.events if each.name in names), 0.0)


def received() -> list[dict[str, Any]]:
    """Return the requests that reached the services of this call."""
    requests: list[dict[str, Any]] = json.loads(_ask("GET"))
    return requests


def forget() -> None:
    """Have the services of this call begin anew, with no request and their first answers."""
    _ask("DELETE")


def _ask(method: str) -> bytes:
    request = urllib.request.Request(os.environ[SERVICES], method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body
