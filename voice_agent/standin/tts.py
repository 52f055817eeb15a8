"""The gateway's text-to-speech websocket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from typing import Any

from aiohttp import web

from .exchange import (
    FOR_A_TEST,
    Exchange,
    die,
    drop,
    fallbacks,
    first_of,
    open_websocket,
    read,
    sample_rate,
)
from .speech import Voice

_DEFAULT_RATE = 24000  # Hz: what LiveKit's client asks for by default
_CHUNK = 0.1  # seconds of audio in a message
# Seconds. LiveKit's client gives an utterance up when it receives nothing for ten, which a slow
# LLM or a long sentence may well take.
_KEEPALIVE = 2.0
# Seconds of silence in place of text without a word in it: no audio at all is an error there.
_WORDLESS = 0.1


async def serve(request: web.Request, exchange: Exchange, voice: Voice) -> web.StreamResponse:
    """Speak one utterance after another until the client goes away."""
    ws = await open_websocket(request)
    session = _Session(request, exchange, ws, voice)
    work = (session.listen(), session.speak(), session.keep_alive())
    await first_of(*work, failed=session.fail)
    await ws.close()
    return ws


class _Session:
    def __init__(
        self, request: web.Request, exchange: Exchange, ws: web.WebSocketResponse, voice: Voice
    ) -> None:
        self._request = request
        self._exchange = exchange
        self._ws = ws
        self._voice = voice
        self._rate = _DEFAULT_RATE
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self._in_utterance = False
        self._others: list[str] = []
        self._fault: str | None = None
        self._spoken = 0
        self._last_sent = 0.0

    async def listen(self) -> None:
        """Take the client's messages, until it goes away."""
        async for message in self._ws:
            data = read(message)
            self._exchange.received(data)
            await self._take(data or {})

    async def fail(self) -> None:
        """Send the client an error, after which nothing follows."""
        await self._send({"type": "error", "code": 500, "message": "Speech cannot be made."})

    async def _take(self, data: dict[str, Any]) -> None:
        match data.get("type"):
            case "session.create":
                rate = sample_rate(data.get("sample_rate"), _DEFAULT_RATE)
                if rate is None:
                    await self._send({"type": "error", "code": 400, "message": "No such rate."})
                    return
                self._rate = rate
                self._others = fallbacks(data)
                await self._send({"type": "session.created"})
            case "input_transcript":
                self._texts.put_nowait(str(data.get("transcript", "")))
            case "session.flush":
                self._texts.put_nowait(None)

    async def speak(self) -> None:
        """Speak the texts that were taken, in order; one task for the whole connection."""
        while True:
            text = await self._texts.get()
            if not self._in_utterance:
                self._in_utterance = True
                self._spoken = 0
                self._fault = self._exchange.fault(self._others)
                written = False
            if text is not None:
                written = written or bool(text.strip())
                if not await self._say(text):
                    return
            else:
                if written and not self._spoken and self._fault is None:
                    await self._send_audio(bytes(2 * round(self._rate * _WORDLESS)))
                self._in_utterance = False
                if self._fault != "hang":
                    await self._send({"type": "done"})

    async def keep_alive(self) -> None:
        """Send something at intervals while an utterance is being made."""
        while True:
            await asyncio.sleep(_KEEPALIVE / 2)
            quiet = time.monotonic() - self._last_sent
            if self._in_utterance and self._fault != "hang" and quiet >= _KEEPALIVE:
                await self._send({"type": "output_alignment", "words": []})

    async def _say(self, text: str) -> bool:
        if self._fault == "hang":
            return True
        if self._fault == "garbage":
            await self._ws.send_str(FOR_A_TEST)
            return True
        if self._fault is not None and (self._fault == "error" or self._fault.isdigit()):
            code = 500 if self._fault == "error" else int(self._fault)
            await self._send({"type": "error", "code": code, "message": FOR_A_TEST})
            return True
        async for pcm in self._voice.speak(text, self._rate):
            size = 2 * round(self._rate * _CHUNK)
            for start in range(0, len(pcm), size):
                await self._send_audio(pcm[start : start + size])
                if self._fault == "drop":
                    drop(self._request)
                    return False
                if self._fault == "die":
                    die()
        return True

    async def _send_audio(self, pcm: bytes) -> None:
        self._spoken += len(pcm)
        audio = base64.b64encode(pcm).decode()
        await self._send({"type": "output_audio", "audio": audio})

    async def _send(self, message: dict[str, Any]) -> None:
        self._last_sent = time.monotonic()
        with contextlib.suppress(ConnectionError):
            await self._ws.send_json({**message, "session_id": self._exchange.session_id})
