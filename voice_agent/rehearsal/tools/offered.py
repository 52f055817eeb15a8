"""The tools that an agent has, as the calls that are derived from them need them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...format import mcp_snapshot
from ...format.profile import Profile
from ...format.tool_schema import schema_of
from ...format.tools import Http, McpTool, Rpc, Tool, Treatment
from . import samples

_KEYS = {"type": "array", "items": {"enum": ["1", "2"]}}
_LIVEKITS: Mapping[str, dict[str, Any]] = {
    "end_call": {"type": "object", "properties": {}},
    "send_dtmf_events": {"type": "object", "properties": {"events": _KEYS}, "required": ["events"]},
}


@dataclass(frozen=True, slots=True)
class Offered:
    """One tool."""

    name: str
    schema: Mapping[str, Any]
    """What the language model gives to it, as JSON Schema of an object."""
    settings: Treatment | None = None
    """How it is treated; None for LiveKit's own and for transfers."""
    is_mcp: bool = False
    timeout: float = 0.0
    """Seconds within which what is behind it must answer; 0 where nothing is."""
    server: str = ""
    """The MCP server that it comes from; "" for one of the profile's own."""

    @property
    def arguments(self) -> dict[str, Any] | None:
        """Arguments that it takes; None where none are known."""
        return samples.arguments_for(self.schema)

    @property
    def declared(self) -> Tool | None:
        """What the profile declares; None for a tool that it has from elsewhere."""
        return self.settings if isinstance(self.settings, Tool) else None

    @property
    def http(self) -> Http | None:
        """The request that it sends; None where it sends none."""
        return self.declared.http if self.declared else None

    @property
    def rpc(self) -> Rpc | None:
        """What it asks of the frontend; None where it asks for nothing."""
        return self.declared.rpc if self.declared else None

    @property
    def at_work(self) -> bool:
        """Whether it may take time."""
        return self.timeout > 0


def offered_by(profile: Profile) -> Iterator[Offered]:
    """Yield every tool of a profile; those of MCP servers as the snapshot has them."""
    for name, tool in profile.tools.declared.items():
        behind = tool.http or tool.rpc
        yield Offered(name, schema_of(tool), tool, timeout=behind.timeout if behind else 0.0)
    if profile.tools.end_call is not None:
        yield Offered("end_call", _LIVEKITS["end_call"])
    if profile.tools.transfer_call is not None:
        names = {"destination": {"enum": [*profile.tools.transfer_call.destinations]}}
        schema = {"type": "object", "properties": names, "required": ["destination"]}
        yield Offered("transfer_call", schema)
    if profile.tools.send_dtmf_events is not None:
        yield Offered("send_dtmf_events", _LIVEKITS["send_dtmf_events"])
    if profile.path is not None and profile.mcp_servers:
        yield from _of_servers(profile)


def _of_servers(profile: Profile) -> Iterator[Offered]:
    known = mcp_snapshot.load(profile.path) if profile.path else {}
    for server, settings in profile.mcp_servers.items():
        for name, tool in known.get(server, {}).items():
            if "*" not in settings.allowed_tools and name not in settings.allowed_tools:
                continue
            treated = settings.tools.get(name, McpTool())
            schema = _without(tool.input_schema, treated.values)
            yield Offered(name, schema, treated, True, settings.timeout, server)


def _without(schema: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    properties = {k: v for k, v in schema.get("properties", {}).items() if k not in ours}
    required = [name for name in schema.get("required", ()) if name not in ours]
    return {**schema, "properties": properties, "required": required}
