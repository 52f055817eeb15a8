"""Variables, and what an agent can do beside talking, as a profile says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Literal

from .models import Model


class Unset(Enum):
    """What is not written, where null may be."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that differs from call to call.

    `origin` is "metadata.NAME", "attributes.NAME" or "env.NAME"; None where it is set in the call.
    One that is set to `redact` is kept out of logs, transcripts and reports.
    """

    renamed: ClassVar = {"from": "origin"}

    type: str = "string"
    enum: tuple[str | float | bool, ...] | None = None
    origin: str | None = None
    default: Any = UNSET
    sample: Any = UNSET
    description: str | None = None
    redact: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is asked of the caller: by LiveKit's `task`, or as JSON Schema.

    `options` has what is written for either, under its own names. `rejections` is what the llm is
    told of a value that does not fit, by the keyword that forbids it.
    """

    others: ClassVar[str] = "options"

    task: str | None = None
    optional: bool = False
    confirm: bool = False
    redact: bool = False
    rejections: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_redacted(self) -> bool:
        """Whether it is kept out of logs, transcripts and reports."""
        return self.redact or self.task == "credit_card"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A text file that stands in the prompt, what is in it, and its contents."""

    short_form: ClassVar[str] = "file"

    file: str
    description: str | None = None
    contents: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """An earlier talk: a file and the data it has, or `origin`, where the job brings it."""

    renamed: ClassVar = {"from": "origin"}

    file: str | None = None
    origin: str | None = None
    contents: Any = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """What the llm gives to a tool: `schema` has what JSON Schema says of it, as it is written.

    One with a `value` is ours, and the llm never sees it.
    """

    others: ClassVar[str] = "schema"

    optional: bool = False
    value: Any = UNSET
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Http:
    """A request; `timeout` is in seconds, and `retries` is None for what fits the method."""

    short_form: ClassVar[str] = "method url"

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = UNSET
    form: bool = False
    timeout: float = 10
    retries: int | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What becomes of an answer; `max_size` is in bytes, and `fields` None is all of it."""

    fields: tuple[str, ...] | None = None
    save: Mapping[str, str] = field(default_factory=dict)
    max_size: int = 8000
    example: Any = UNSET


@dataclass(frozen=True, slots=True)
class Filler:
    """What is said while a tool works; `delay` and `interval` are in seconds."""

    short_form: ClassVar[str] = "say"

    say: tuple[str, ...] = ()
    instructions: str | None = None
    audio: str | None = None
    delay: float = 1.5
    interval: float | None = None


@dataclass(frozen=True, slots=True)
class Rpc:
    """A call to the frontend; `timeout` is in seconds."""

    method: str | None = None
    payload: Any = UNSET
    timeout: float = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """What is in effect once it was switched to."""

    stt: Model | None = None
    llm: Model | None = None
    tts: Model | None = None
    instructions: str | None = None
    say: str | None = None
    audio: str | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a tool is treated, whatever it does.

    `on_error` is what the llm is told, by status, "timeout", "connection" or "default".
    `allow_interruptions` and `on_duplicate` are None for what fits the kind.
    """

    response: Response = Response()
    requires: Mapping[str, str] = field(default_factory=dict)
    on_error: str | Mapping[str, str] | None = None
    filler: Filler | None = None
    allow_interruptions: bool | None = None
    on_duplicate: Literal["allow", "reject", "replace", "confirm"] | None = None
    confirm: bool = False
    silent: bool = False
    background: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Treatment):
    """Something the agent can do: exactly one of `http`, `rpc`, `result` and `switch` is set."""

    description: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    http: Http | None = None
    rpc: Rpc | None = None
    result: Any = UNSET
    switch: Mapping[str, Choice] = field(default_factory=dict)
    collect: Mapping[str, Field] = field(default_factory=dict)

    @property
    def only_reads(self) -> bool:
        """Whether calling it twice does nothing twice: a GET, and what sends no request."""
        return self.rpc is None and (self.http is None or self.http.method == "GET")


@dataclass(frozen=True, slots=True)
class EndCall:
    """How the agent ends a call."""

    bare: ClassVar[bool] = True

    description: str | None = None
    say: str | None = None
    instructions: str | None = None
    audio: str | None = None
    on_interruption: Literal["stay", "end"] = "stay"
    delete_room: bool = True


@dataclass(frozen=True, slots=True)
class Destination:
    """Somebody that calls are put through to; `warm` has LiveKit's options, as written."""

    when: str
    transfer_to: str
    mode: Literal["cold", "warm"] = "cold"
    warm: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransferCall:
    """How calls are put through, and to whom."""

    destinations: Mapping[str, Destination]
    description: str | None = None
    say: str | None = None
    instructions: str | None = None
    audio: str | None = None
    on_failure: str | None = None
    play_dialtone: bool = False


@dataclass(frozen=True, slots=True)
class SendDtmfEvents:
    """How the agent presses keys of the telephone."""

    bare: ClassVar[bool] = True

    description: str | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """All that an agent can do: LiveKit's own tools, and those that the profile declares."""

    others: ClassVar[str] = "declared"

    end_call: EndCall | None = None
    transfer_call: TransferCall | None = None
    send_dtmf_events: SendDtmfEvents | None = None
    declared: Mapping[str, Tool] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The names of all that the agent has."""
        own = ("end_call", "transfer_call", "send_dtmf_events")
        return [*(name for name in own if getattr(self, name)), *self.declared]


@dataclass(frozen=True, slots=True)
class McpTool(Treatment):
    """How a tool of an MCP server is treated, and the values that we give to its parameters."""

    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class McpServer:
    """A server whose tools the agent has: at `url`, or the program `command`.

    `timeout` is in seconds, for connecting and for a call each.
    """

    allowed_tools: tuple[str, ...]
    url: str | None = None
    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    transport_type: Literal["streamable_http", "sse"] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10
    required: bool = True
    tools: Mapping[str, McpTool] = field(default_factory=dict)
