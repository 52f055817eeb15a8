"""What a profile says, as the only thing that passes beyond the loader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from .agents import Agent, Handoff
from .models import Model, Models
from .opening import Instructions, Opening
from .option_types import Recording, Room, Session, TurnHandling, Vad
from .scenario import Scenario
from .tools import History, Knowledge, McpServer, Tools, Variable


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of LiveKit's, or a file, and how it is played; None is LiveKit's own default."""

    short_form: ClassVar[str] = "source"

    source: str
    volume: float | None = None
    probability: float | None = None
    fade_in: float | None = None
    fade_out: float | None = None


@dataclass(frozen=True, slots=True)
class BackgroundAudio:
    """What is heard behind the agent: of each several sounds, one is chosen."""

    ambient_sound: tuple[Sound, ...] = ()
    thinking_sound: tuple[Sound, ...] = ()
    stream_timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One agent, or several, as their operator wrote them, with defaults filled in.

    `preemptive_generation` and `recording` are None for LiveKit's own default. `stt` and `tts` are
    None only beside a realtime `llm`, and for an agent that hears nobody or only writes.
    `turn_handling`, `session` and `room` have LiveKit's own options, those alone that the operator
    wrote. `variables` has what is collected and given at handoffs as well. `timezone` None is UTC.
    `handoffs` hold from any of the `agents`, of which the first takes the call. `allow_hosts` may
    be in a private network. `path` is where the profile was read from, and `files` has the files
    that it is made of, itself first.
    """

    name: str
    instructions: Instructions
    llm: Models
    stt: Models | None = None
    tts: Models | None = None
    description: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    timezone: str | None = None
    knowledge: tuple[Knowledge, ...] = ()
    history: History | None = None
    allow_interruptions: bool = True
    on_enter: Opening | None = None
    preemptive_generation: bool | None = None
    turn_handling: TurnHandling = field(default_factory=TurnHandling)
    session: Session = field(default_factory=Session)
    vad: Vad | None = field(default_factory=Vad)
    room: Room = field(default_factory=Room)
    recording: bool | Recording | None = None
    background_audio: BackgroundAudio | None = None
    avatar: Model | None = None
    tools: Tools = field(default_factory=Tools)
    mcp_servers: Mapping[str, McpServer] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    handoffs: Mapping[str, Handoff] = field(default_factory=dict)
    allow_hosts: tuple[str, ...] = ()
    rehearsal: tuple[Scenario, ...] = ()
    path: Path | None = field(default=None, compare=False)
    files: tuple[Path, ...] = field(default=(), compare=False)

    @property
    def asks_services(self) -> bool:
        """Whether tools bring it data from outside: by HTTP, from the frontend or an MCP server."""
        declared = self.tools.declared.values()
        return bool(self.mcp_servers) or any(each.http or each.rpc for each in declared)

    @property
    def hears(self) -> bool:
        """Whether the agent hears callers, or else only reads what they write."""
        return self.room.get("audio_input") is not False

    @property
    def speaks(self) -> bool:
        """Whether the agent speaks, by itself or through its avatar, or else only writes."""
        return self.room.get("audio_output") is not False or self.avatar is not None

    def tools_of(self, agent: str) -> frozenset[str]:
        """Return the names of the tools and MCP servers that one of the agents has."""
        listed = self.agents[agent].tools
        if listed is not None:
            return frozenset(listed)
        others = {name for each in self.agents.values() for name in each.tools or ()}
        return frozenset({*self.tools.names, *self.mcp_servers} - others)

    def handoffs_of(self, agent: str) -> dict[str, Handoff]:
        """Return where calls can go from one of the agents, its own ways before those of all."""
        from_anywhere = {to: each for to, each in self.handoffs.items() if to != agent}
        return {**from_anywhere, **self.agents[agent].handoffs}
