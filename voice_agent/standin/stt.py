"""The gateway's speech-to-text websocket."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiohttp import WSMsgType, web

from .calls import KnownCall
from .exchange import (
    FOR_A_TEST,
    Exchange,
    die,
    drop,
    fallbacks,
    first_of,
    open_websocket,
    pcm_of,
    read,
    sample_rate,
)
from .hearing import Listens, listening
from .listener import ListenerLost, Listeners

_DEFAULT_RATE = 16000  # Hz: what LiveKit's client asks for by default
# Seconds without audio after which an utterance counts as ended: a muted microphone sends none.
_STALLED = 1.0
# Seconds of audio after which a fault shows, so that it strikes in mid-stream.
_FAULT_AFTER = 0.5


async def serve(
    request: web.Request, exchange: Exchange, call: KnownCall, listeners: Listeners
) -> web.StreamResponse:
    """Transcribe one stream of audio of a call until the client closes it."""
    ws = await open_websocket(request)
    session = _Session(request, exchange, ws)
    if await session.created():
        try:
            await session.transcribe(call, listeners)
        except ListenerLost:
            await session.fail()
    await ws.close()
    return ws


class _Session:
    def __init__(self, request: web.Request, exchange: Exchange, ws: web.WebSocketResponse) -> None:
        self._request = request
        self._exchange = exchange
        self._ws = ws
        self._fault: str | None = None
        self._rate = _DEFAULT_RATE
        self._closing = False

    async def transcribe(self, call: KnownCall, listeners: Listeners) -> None:
        """Send the client's audio to a listener, and its events back; raise ListenerLost."""
        async with listening(call, self._rate, listeners) as listener:
            await first_of(self._listen(listener), self._report(listener), failed=self.fail)

    async def fail(self) -> None:
        """Send the client an error, after which nothing follows."""
        await self._send({"type": "error", "code": 500, "message": "Speech cannot be recognised."})

    async def created(self) -> bool:
        """Wait for the client to describe its audio; return False if it does not."""
        async for message in self._ws:
            data = read(message)
            self._exchange.received(data)
            if data is not None and data.get("type") == "session.create":
                settings = data.get("settings")
                settings = settings if isinstance(settings, dict) else {}
                rate = sample_rate(settings.get("sample_rate"), _DEFAULT_RATE)
                if rate is None:
                    await self._send({"type": "error", "code": 400, "message": "No such rate."})
                    return False
                self._rate = rate
                self._fault = self._exchange.fault(fallbacks(data))
                await self._send({"type": "session.created"})
                return True
        return False

    async def _report(self, listener: Listens) -> None:
        while True:
            event = await listener.event()
            if self._fault != "hang":
                await self._send(event)
            if event["type"] == "session.finalized" and self._closing:
                await self._send({"type": "session.closed"})
                return

    async def _listen(self, listener: Listens) -> None:
        heard = 0.0
        pending = False
        while True:
            try:
                message = await self._ws.receive(timeout=_STALLED if pending else None)
            except asyncio.TimeoutError:
                pending = False
                await listener.finish()
                continue
            if message.type in (
                WSMsgType.CLOSE,
                WSMsgType.CLOSING,
                WSMsgType.CLOSED,
                WSMsgType.ERROR,
            ):
                return
            data = read(message)
            self._exchange.received(data)
            match (data or {}).get("type"):
                case "input_audio" if data:
                    pcm = pcm_of(data.get("audio"))
                    await listener.hear(pcm)
                    heard += len(pcm) / 2 / self._rate
                    pending = True
                    if heard >= _FAULT_AFTER and await self._misbehave():
                        return
                case "session.finalize":
                    pending = False
                    await listener.finish()
                case "session.close":
                    self._closing = True
                    await listener.finish()
                    await asyncio.Event().wait()  # until the last transcript was reported

    async def _misbehave(self) -> bool:
        match self._fault:
            case "error":
                await self._send({"type": "error", "code": 500, "message": FOR_A_TEST})
            case "garbage":
                await self._ws.send_str(FOR_A_TEST)
            case str() as status if status.isdigit():
                await self._send({"type": "error", "code": int(status), "message": FOR_A_TEST})
            case "drop":
                drop(self._request)
            case "die":
                die()
            case _:
                return False
        return True

    async def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            await self._ws.send_json({**message, "session_id": self._exchange.session_id})
