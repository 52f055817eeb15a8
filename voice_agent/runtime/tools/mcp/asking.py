"""What the MCP servers of a profile say of their tools, outside any call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

from ....format.mcp_snapshot import Tools
from ....format.profile import Profile
from ...secrets import hidden
from ...variables import Values
from .connection import Connection, Failed
from .reaching import lookup, target


async def ask(profile: Profile, names: Iterable[str], values: Values) -> dict[str, Tools | str]:
    """Return the tools of servers, by the servers' names, or why one cannot be asked."""
    names = list(names)
    answers = await asyncio.gather(*(_asked(profile, name, values) for name in names))
    return dict(zip(names, answers, strict=True))


async def _asked(profile: Profile, name: str, values: Values) -> Tools | str:
    find = partial(target, profile, name, partial(lookup, values))
    server = Connection(find, profile.mcp_servers[name].timeout)
    try:
        return await server.tools()
    except Failed as failed:
        return hidden(str(failed))
    finally:
        await server.aclose()
