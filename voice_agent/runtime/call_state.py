"""What one call knows and has done, for those who take part in it or watch it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from livekit.agents import JobContext

from ..format.profile import Profile
from .secrets import hidden
from .variables import Values

logger = logging.getLogger(__name__)

Happened: TypeAlias = Literal[
    "tool_called",
    "tool_ended",
    "filler_started",
    "dtmf_sent",
    "transfer_started",
    "transfer_ended",
    "agent_entered",
    "handoff_refused",
    "field_collected",
    "field_refused",
    "key_pressed",
]


@dataclass(frozen=True, slots=True)
class ToolEvent:
    """Something that a tool did, or that happened to an agent, a field or a key of that name.

    `at` is in seconds of `time.monotonic`.
    """

    name: Happened
    tool: str
    details: Mapping[str, Any]
    at: float


class CallState:
    """One call: its profile, the values of its variables, and its job; None where there is none."""

    def __init__(
        self, profile: Profile, values: Values | None = None, job: JobContext | None = None
    ) -> None:
        self.profile = profile
        self.values = values or Values(profile)
        self.redaction = self.values.redaction
        self.job = job
        self.id = job.job.id if job and not job.is_fake_job() else f"local-{uuid4().hex}"
        """What no other call has."""
        self.agent: str | None = next(iter(profile.agents), None)
        """The agent that holds, of several; None in a profile that has one."""
        self.ended_by: str | None = None
        """The tool that has ended the call; None until one has."""
        self.additions: dict[str, str] = {}
        """What the llm is told beside its instructions, by the tool that has it told."""
        self._watchers: list[Callable[[ToolEvent], None]] = []

    def watch(self, watcher: Callable[[ToolEvent], None]) -> None:
        """Have `watcher` called with everything that tools and agents do from now on."""
        self._watchers.append(watcher)

    def note(self, name: Happened, tool: str, **details: Any) -> None:
        """Log something that a tool or an agent did, and tell it those who watch.

        What is private they are not told.
        """
        details = self.redaction.details(details)
        event = ToolEvent(name, tool, details, time.monotonic())
        # What services answer is about callers, and long.
        logged = {key: value for key, value in details.items() if key != "requests"}
        logger.info("%s: %s %s", name, tool, hidden(str(logged)))
        for watcher in self._watchers:
            watcher(event)
