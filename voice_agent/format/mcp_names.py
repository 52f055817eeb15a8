"""The MCP servers in the data of a profile, and the names of their tools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

ALL = "*"
"""The entry of `allowed_tools` that stands for every tool of the server."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 64

Servers: TypeAlias = Mapping[str, dict[str, Any]]


def servers_of(data: Any) -> Servers:
    """Return the servers in the data of a profile, by their names; those alone that are mappings.

    The data may be invalid.
    """
    found = data.get("mcp_servers") if isinstance(data, dict) else None
    found = found if isinstance(found, dict) else {}
    return {name: server for name, server in found.items() if isinstance(server, dict)}


def llm_name(name: str) -> str:
    """Return the name by which the llm knows a tool: that of the server, as far as it may be.

    Providers take letters, digits, "_" and "-" alone.
    """
    return _NOT_IN_NAMES.sub("_", name)[:_LONGEST]
