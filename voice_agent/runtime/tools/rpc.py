"""The frontend of a caller who is no telephone: what a tool with `rpc` calls, by LiveKit's RPC."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from livekit import rtc

from ...format.templates import render
from ...format.tools import UNSET, Rpc
from ..call_state import CallState
from . import telephone

_STANDARD = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD


def is_there(call: CallState) -> bool:
    """Tell whether a frontend is in the call, or is played for it."""
    job = telephone.in_room(call)
    if job is None:
        return telephone.SERVICES in os.environ
    return telephone.partner(job, _STANDARD) is not None


def payload(call: CallState, written: Rpc, arguments: Mapping[str, Any]) -> str:
    """Return what the frontend is given: text as it is, and all else as JSON."""
    if written.payload is UNSET:
        return json.dumps(arguments, ensure_ascii=False)

    def look_up(name: str) -> Any:
        return arguments[name] if name in arguments else call.values.get(name)

    made = render(written.payload, look_up)
    return made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)


def read(answer: str) -> Any:
    """Return what a frontend has answered: data where it is JSON, and else the text."""
    try:
        return json.loads(answer)
    except ValueError:
        return answer
