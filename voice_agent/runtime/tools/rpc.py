"""Tools that call the frontend of a caller, by LiveKit's remote procedure calls."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping
from typing import Any, cast

import aiohttp
from livekit import rtc
from livekit.agents import JobContext, RunContext

from ...format.templates import render
from ...format.tools import UNSET, Rpc, Tool
from ..call_state import CallState
from . import telephone
from .outcome import Outcome

_STANDARD = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
_CODES = rtc.RpcError.ErrorCode
_FAILURES = {
    _CODES.CONNECTION_TIMEOUT: "timeout",
    _CODES.RESPONSE_TIMEOUT: "timeout",
    _CODES.RECIPIENT_NOT_FOUND: "connection",
    _CODES.RECIPIENT_DISCONNECTED: "connection",
    _CODES.SEND_FAILED: "connection",
    _CODES.RESPONSE_PAYLOAD_TOO_LARGE: "too_large",
}


def is_there(call: CallState) -> bool:
    """Tell whether a frontend is in the call, or is played for it."""
    job = telephone.in_room(call)
    if job is None:
        return telephone.SERVICES in os.environ
    return telephone.partner(job, _STANDARD) is not None


async def run(
    name: str, tool: Tool, call: CallState, arguments: dict[str, Any], _: RunContext[None]
) -> Outcome:
    """Call the frontend, and return what it has answered."""
    written = cast(Rpc, tool.rpc)
    sent, began = payload(call, tool, arguments), time.monotonic()
    method, job = written.method or name, telephone.in_room(call)
    failure, reason, answer = None, "", ""
    try:
        if job is None:
            answer = await _played(name, sent, written.timeout)
        else:
            answer = await _performed(job, method, sent, written.timeout)
    except rtc.RpcError as error:
        code = _CODES(error.code) if error.code in [*_CODES] else None
        failure = _FAILURES[code] if code in _FAILURES else str(error.code)
        reason = f"{error.code} {error.message}"
    except asyncio.TimeoutError:
        failure, reason = "timeout", f"there was no answer within {written.timeout:g} s"
    except aiohttp.ClientResponseError as error:
        failure, reason = str(error.status), f"the answer was {error.status}"
    except aiohttp.ClientError as error:
        failure, reason = "connection", str(error)
    seconds = round(time.monotonic() - began, 3)
    request = {"method": "RPC", "url": method, "body": sent, "answer": answer, "seconds": seconds}
    return Outcome(
        data=None if failure else read(answer), failure=failure, reason=reason, requests=(request,)
    )


async def _performed(job: JobContext, method: str, sent: str, timeout: float) -> str:
    frontend = telephone.partner(job, _STANDARD)
    if frontend is None:
        raise rtc.RpcError(_CODES.RECIPIENT_NOT_FOUND, "no frontend is in the call any more")
    return await job.room.local_participant.perform_rpc(
        destination_identity=frontend.identity,
        method=method,
        payload=sent,
        response_timeout=timeout,
    )


async def _played(name: str, sent: str, timeout: float) -> str:
    """Return what the stand-in answers in place of a frontend."""
    url = f"{os.environ[telephone.SERVICES]}/rpc/{name}"
    client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout))
    async with client, client.post(url, data=sent, allow_redirects=False) as response:
        response.raise_for_status()
        return await response.text()


def payload(call: CallState, tool: Tool, arguments: Mapping[str, Any]) -> str:
    """Return what the frontend is given: text as it is, and all else as JSON.

    What the LLM has left out is null.
    """
    written = cast(Rpc, tool.rpc)
    if written.payload is UNSET:
        return json.dumps(arguments, ensure_ascii=False)

    def look_up(name: str) -> Any:
        return arguments.get(name) if name in tool.parameters else call.values.get(name)

    made = render(written.payload, look_up)
    return made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)


def read(answer: str) -> Any:
    """Return what a frontend has answered: data where it is JSON, and else the text."""
    try:
        return json.loads(answer)
    except ValueError:
        return answer
