"""Where the servers of a profile are: at their own addresses, or offline at the stand-in's."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ....format import addresses
from ....format.addresses import BadAddress, Reach
from ....format.profile import Profile
from ....format.secret_errors import is_secret
from ....format.templates import render
from ....format.tools import McpServer
from ...offline import is_offline
from ...secrets import rendered
from ...variables import Values
from ..http.connection import SERVICES_VARIABLE, CheckedResolver
from .connection import Target
from .transport import Resolve


def target(profile: Profile, name: str, lookup: Callable[[str], Any]) -> Target:
    """Return a server of a profile with its values filled in.

    `lookup` gives the values of names in templates, secrets too. Raises ValueError for a value
    that cannot stand where it is named, and whatever `lookup` raises.
    """
    server = profile.mcp_servers[name]
    folder = Path(profile.path or "").parent.absolute()
    if is_offline():
        return Target(_played(name, server), folder, _resolver(Reach.LOOPBACK))
    filled = _filled(server, lookup)
    if filled.url is None:
        return Target(filled, folder, _resolver(Reach.PUBLIC))
    try:
        reach = addresses.parse(filled.url, profile.allow_hosts).reach
    except BadAddress as error:
        raise ValueError(f"its address {error.message}") from None
    return Target(filled, folder, _resolver(reach))


def _played(name: str, server: McpServer) -> McpServer:
    """Return the server that the stand-in plays, over HTTP, in the place of another."""
    base = os.environ.get(SERVICES_VARIABLE, "").rstrip("/")
    return McpServer(
        allowed_tools=server.allowed_tools,
        url=f"{base}/mcp/{name}",
        transport_type="streamable_http",
        timeout=server.timeout,
        required=server.required,
        tools=server.tools,
    )


def _filled(server: McpServer, lookup: Callable[[str], Any]) -> McpServer:
    def encoded(name: str) -> str:
        return quote(str(lookup(name)), safe="")

    return replace(
        server,
        url=server.url and str(render(server.url, encoded)),
        args=tuple(map(str, render(server.args, lookup))),
        env=_texts(render(server.env, lookup)),
        headers=_texts(render(server.headers, lookup)),
    )


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _resolver(reach: Reach) -> Resolve:
    resolver = CheckedResolver(reach)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [found["host"] for found in await resolver.resolve(host, port)]

    return resolve


def lookup(values: Values, name: str) -> Any:
    """Return the value of a name that may be a secret's; raise LookupError or ValueError."""
    return rendered({name: f"{{{{ {name} }}}}"})[name] if is_secret(name) else values.get(name)
