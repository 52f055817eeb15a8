"""The request of a tool in a call, with its values and with secrets from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....format.credentials import MASK
from ....format.tools import Tool
from ... import offline
from ...call_state import CallState
from ...secrets import rendered
from .request import Request, build

_OF_SECRETS = "secrets."


def requested(name: str, tool: Tool, arguments: Mapping[str, Any], call: CallState) -> Request:
    """Return the request of a tool for arguments that fit its schema.

    Raises Unsendable for a value that cannot stand in its place, KeyError for a name without a
    value, and ValueError for a secret that the environment does not have.
    """

    def value(name: str) -> Any:
        return _secret(name) if name.startswith(_OF_SECRETS) else call.values.get(name)

    return build(
        name,
        tool,
        arguments,
        value,
        call_id=call.id,
        allow_hosts=call.profile.allow_hosts,
    )


def _secret(name: str) -> Any:
    # What plays the services offline needs none, and none is there.
    return MASK if offline.is_offline() else rendered({name: f"{{{{ {name} }}}}"})[name]
