"""The gateway's chat completions: answers of the script, or of another server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from . import openai_errors
from .calls import KnownCall, next_reply
from .exchange import FOR_A_TEST, Exchange, die, drop
from .passthrough import Upstream
from .script import answer

MODEL = "offline/script"
_BETWEEN_WORDS = 0.025  # seconds
_FAULT_AFTER = 3  # words


class Completions:
    """Answers chat-completion requests: by their replies, then by `upstream` or the script."""

    def __init__(self, upstream: Upstream | None) -> None:
        self._upstream = upstream

    async def serve(
        self, request: web.Request, exchange: Exchange, call: KnownCall
    ) -> web.StreamResponse:
        """Answer one request, as a stream or in one piece, as it asks."""
        try:
            body = await request.json()
        except ValueError:
            body = None
        exchange.received(body)
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
            return openai_errors.response(400, "The request's body is not a chat completion.")
        fault = exchange.fault()
        if fault == "hang":
            await asyncio.Event().wait()
        messages = [m for m in body["messages"] if isinstance(m, dict)]
        reply = next_reply(call.replies, messages)
        if fault is None and self._upstream is not None and reply is None:
            return await self._upstream.serve(request, body)
        text = reply or answer(messages, call.language)
        completion = _Completion(exchange.session_id, body, messages, text)
        if body.get("stream"):
            return await _stream(request, completion, fault)
        if fault == "drop":
            drop(request)
        if fault == "die":
            die()
        if fault == "garbage":
            return web.Response(text=FOR_A_TEST)
        if fault == "error":
            return openai_errors.response(500, FOR_A_TEST)
        return web.json_response(completion.whole())

    async def think(
        self, messages: list[dict[str, Any]], call: KnownCall, model: str
    ) -> AsyncIterator[str]:
        """Yield the answer to a conversation in pieces, as `model`; raise UpstreamFailure."""
        reply = next_reply(call.replies, messages)
        if self._upstream is None or reply is not None:
            yield reply or answer(messages, call.language)
            return
        async for piece in self._upstream.think(messages, model):
            yield piece


def models() -> web.Response:
    """Return the list of models, which is the script alone."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "offline stand-in"}
    return web.json_response({"object": "list", "data": [model]})


class _Completion:
    def __init__(
        self, name: str, body: dict[str, Any], messages: list[dict[str, Any]], text: str
    ) -> None:
        options = body.get("stream_options")
        self.with_usage = bool(isinstance(options, dict) and options.get("include_usage"))
        self.words = [f" {word}" if i else word for i, word in enumerate(text.split(" "))]
        self._about = {"id": name, "created": int(time.time()), "model": str(body.get("model"))}
        # A word counts as a token: the script has no tokenizer, and nothing is paid for.
        asked = len(json.dumps(messages).split())
        said = len(self.words)
        self._usage = {
            "prompt_tokens": asked,
            "completion_tokens": said,
            "total_tokens": asked + said,
        }

    def whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(self.words)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        kind = {"object": "chat.completion"}
        return {**self._about, **kind, "choices": [choice], "usage": self._usage}

    async def chunks(self) -> AsyncIterator[dict[str, Any]]:
        yield self._chunk({"role": "assistant", "content": ""})
        for word in self.words:
            await asyncio.sleep(_BETWEEN_WORDS)
            yield self._chunk({"content": word})
        yield self._chunk({}, finish="stop")
        if self.with_usage:
            yield {**self._chunk({}), "choices": [], "usage": self._usage}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {**self._about, "object": "chat.completion.chunk", "choices": [choice]}


async def _stream(
    request: web.Request, completion: _Completion, fault: str | None
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    written = 0
    # A client that stops reading has been interrupted, which is nothing to report.
    with contextlib.suppress(ConnectionError):
        async for chunk in completion.chunks():
            if fault is not None and written > _FAULT_AFTER:
                if fault == "die":
                    die()
                if fault == "drop":
                    drop(request)
                    return response
                if fault == "garbage":
                    await response.write(f"data: {FOR_A_TEST}\n\n".encode())
                    break
                await _write(response, openai_errors.body(FOR_A_TEST))
                break
            await _write(response, chunk)
            written += 1
        await response.write(b"data: [DONE]\n\n")
    return response


async def _write(response: web.StreamResponse, data: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(data).encode() + b"\n\n")
