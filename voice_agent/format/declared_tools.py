"""The tools in a profile's data, which may be of any shape, with their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .tool_schema import CHOICE

RESERVED = ("end_call", "transfer_call", "send_dtmf_events")
"""The tools of ours and of LiveKit's that a profile only has to list."""


class Written(NamedTuple):
    """A tool as it is written, and where."""

    name: str
    where: list[str]
    data: Mapping[str, Any]

    def get(self, *keys: str) -> Any:
        """Return the value at a path into the tool; None where there is none."""
        return get(self.data, *keys)


def get(data: Any, *keys: str) -> Any:
    """Return the value at a path into data; None where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def texts(value: Any, where: Sequence[str | int]) -> Iterator[tuple[list[str | int], str]]:
    """Yield a text, or those in a list or a mapping, each with its path."""
    if isinstance(value, str):
        yield [*where], value
    elif isinstance(value, list | dict):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in pairs:
            yield from texts(each, [*where, key])


def declared(data: Any) -> list[Written]:
    """Return the tools that a profile declares, without those that it only lists."""
    return [
        Written(name, ["tools", name], mapping(tool))
        for name, tool in mapping(get(data, "tools")).items()
        if name not in RESERVED
    ]


def of_servers(data: Any) -> list[tuple[str, list[str | int]]]:
    """Return the names of the tools that MCP servers are allowed to give, with their paths."""
    return [
        (name, ["mcp_servers", server, "allowed_tools", number])
        for server, written in mapping(get(data, "mcp_servers")).items()
        for number, name in enumerate(allowed(written))
    ]


def allowed(server: Any) -> list[str]:
    """Return the names under `allowed_tools` of an MCP server."""
    names = get(server, "allowed_tools")
    return [each for each in names if isinstance(each, str)] if isinstance(names, list) else []


def names(data: Any) -> dict[str, list[str | int]]:
    """Return the tools that the llm sees, by their names, each with the path of its first."""
    found: dict[str, list[str | int]] = {
        name: ["tools", name] for name in mapping(get(data, "tools"))
    }
    for name, where in of_servers(data):
        found.setdefault(name, where)
    found.pop("*", None)
    return found


def has_unknown(data: Any) -> bool:
    """Tell whether a server gives all its tools, whose names the profile does not have."""
    return any("*" in allowed(each) for each in mapping(get(data, "mcp_servers")).values())


def method(tool: Written) -> str | None:
    """Return the method of a tool's request; None where it sends none."""
    http = tool.get("http")
    if isinstance(http, str):
        return http.split(maxsplit=1)[0].upper() if http.strip() else None
    if not isinstance(http, dict):
        return None
    found = http.get("method", "GET")
    return found.upper() if isinstance(found, str) else None


def chosen(name: str, written: Any) -> dict[str, dict[str, Any]] | None:
    """Return the parameters of a tool that the llm chooses, by name; None where it is not known.

    `written` is what the profile has under the name.
    """
    if name == "transfer_call":
        return {"destination": {"enum": [*mapping(get(written, "destinations"))]}}
    if name == "end_call":
        return {}
    if not isinstance(written, dict) or name == "send_dtmf_events":
        return None
    if "switch" in written:
        return {CHOICE: {"enum": [*mapping(written["switch"])]}}
    return {
        each: schema
        for each, schema in mapping(written.get("parameters")).items()
        if isinstance(schema, dict) and "value" not in schema
    }
