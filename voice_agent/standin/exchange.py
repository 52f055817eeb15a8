"""What the services of the stand-in share: the request they serve, and how they answer."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from aiohttp import WSMessage, WSMsgType, web

from . import openai_errors
from .instruments import Instruments
from .log import AlreadyLogged, logger

FOR_A_TEST = "This request was to fail, for a test."
# Bytes; a client may send its audio in one piece.
_LARGEST_MESSAGE = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to a service; `number` counts the requests from 1."""

    service: str
    number: int
    instruments: Instruments
    received: Callable[[object], None]
    """What is called with every message of the client."""
    model: str = ""
    """The model that the client asks for."""

    @property
    def session_id(self) -> str:
        """The name by which the client knows this exchange."""
        return f"standin_{self.service}_{self.number}"

    def fault(self, others: Sequence[str] = ()) -> str | None:
        """Return how the service fails in what it does next; see `Instruments.fault`.

        Where the model fails, the first one of the `others` that works does it in its place.
        """
        kind = None
        for model in (self.model, *others):
            failed, kind = kind, self.instruments.fault(self.service, model)
            if kind is None:
                if failed:
                    logger.warning(
                        "%s %s failed (%s), and %s answers", self.service, self.model, failed, model
                    )
                return None
        return kind


async def open_websocket(request: web.Request) -> web.WebSocketResponse:
    """Accept a websocket."""
    ws = web.WebSocketResponse(max_msg_size=_LARGEST_MESSAGE)
    await ws.prepare(request)
    return ws


async def first_of(*work: Coroutine[Any, Any, None], failed: Callable[[], Awaitable[None]]) -> None:
    """Do all of `work` until some of it ends; log its errors, and call `failed` if it has any."""
    tasks = [asyncio.ensure_future(part) for part in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        errors = [each for each in ended if isinstance(each, Exception)]
        for error in errors:
            if not isinstance(error, AlreadyLogged):
                logger.error("a service failed", exc_info=error)
    if errors:
        await failed()


def read(message: WSMessage) -> dict[str, Any] | None:
    """Return the JSON object in a websocket message; None if it is anything else."""
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        data = json.loads(message.data)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def sample_rate(asked: object, default: int) -> int | None:
    """Return the rate in Hz that a client asks for; None if it cannot be one.

    A client that asks for none gets the `default`.
    """
    text = str(default if asked is None else asked)
    return int(text) if text.isdecimal() and 8000 <= int(text) <= 192000 else None


def pcm_of(audio: object) -> bytes:
    """Return the 16-bit samples of a message; none where they cannot be read."""
    try:
        pcm = base64.b64decode(audio) if isinstance(audio, str) else b""
    except ValueError:
        return b""
    return pcm[: len(pcm) // 2 * 2]


def fallbacks(data: dict[str, Any]) -> list[str]:
    """Return the other models that a client names in `session.create`, in order."""
    fallback = data.get("fallback")
    models = fallback.get("models") if isinstance(fallback, dict) else None
    return [str(each.get("model")) for each in models or () if isinstance(each, dict)]


async def refuse(request: web.Request, kind: str) -> web.Response:
    """Fail a request in place of answering it, as a test asks for; see `Instruments.refusal`."""
    if kind == "stall":
        await asyncio.Event().wait()
    if kind == "refuse":
        drop(request)
        return web.Response()
    return openai_errors.response(int(kind), FOR_A_TEST)


def drop(request: web.Request) -> None:
    """Break the connection off, with no closing message."""
    if request.transport is not None:
        request.transport.abort()


def die() -> NoReturn:
    """End the process at once."""
    os._exit(70)
