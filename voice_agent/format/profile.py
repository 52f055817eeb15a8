"""What a profile says, as the only thing that passes beyond the loader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from .models import Model, Models
from .option_types import Recording, Room, Session, TurnHandling, Vad
from .scenario import Scenario
from .tools import History, Knowledge, McpServer, Tools, Variable


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
    is for this opening alone; None leaves it to the profile.
    """

    short_form: ClassVar[str] = "user_input"

    user_input: str | None = None
    instructions: str | None = None
    say: str | None = None
    audio: str | None = None
    allow_interruptions: bool | None = None


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
    """One agent, as its operator wrote it, with defaults filled in.

    `preemptive_generation` and `recording` are None for LiveKit's own default. `stt` and `tts` are
    None only beside a realtime `llm`, and for an agent that hears nobody or only writes.
    `turn_handling`, `session` and `room` have LiveKit's own options, those alone that the operator
    wrote. `timezone` None is UTC. `allow_hosts` may be in a private network. `path` is where the
    profile was read from, and `files` has the files that it is made of, itself first.
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
