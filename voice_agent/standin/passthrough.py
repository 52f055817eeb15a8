"""LLM requests that another OpenAI-compatible server answers, such as Ollama."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from aiohttp import web

from . import openai_errors

# Seconds. A server that loads its model first may take a minute to answer; LiveKit's client gives
# up after ten seconds without a byte, so an answer that is late is begun with comments.
_LATE = 3.0
_LONGEST = 200  # characters of an answer that is no error as OpenAI has it
_ADVICE = {
    401: "It wants a key, which is never sent: name a server that wants none, such as Ollama.",
    403: "It wants a key, which is never sent: name a server that wants none, such as Ollama.",
    404: "Correct OFFLINE_LLM_URL or OFFLINE_LLM_MODEL; Ollama gets a model with: ollama pull NAME",
}


class UpstreamFailure(Exception):
    """The other server did not answer; the message is a sentence for the operator."""


class Upstream:
    """The server at OFFLINE_LLM_URL; `model`, unless None, replaces what clients ask for."""

    def __init__(self, url: str, model: str | None) -> None:
        self._url = url.rstrip("/") + "/chat/completions"
        self._shown = redacted(url)
        self._model = model
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections to the server."""
        if self._session is not None:
            await self._session.close()

    async def serve(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        """Forward one request, and its answer piece by piece."""
        asking = asyncio.ensure_future(self._ask(body))
        try:
            return await self._relay(request, asking, streamed=bool(body.get("stream")))
        finally:
            asking.cancel()
            if asking.done() and not asking.cancelled() and asking.exception() is None:
                asking.result().close()

    async def think(self, messages: list[dict[str, Any]], model: str) -> AsyncIterator[str]:
        """Yield the pieces of the answer to a conversation; raise UpstreamFailure."""
        try:
            answer = await self._ask({"model": model, "messages": messages, "stream": True})
            async with answer:
                if answer.status != 200:
                    raise UpstreamFailure(self._refusal(answer.status, await _message(answer)))
                async for line in answer.content:
                    yield _written(line)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise UpstreamFailure(self._unreachable(error)) from None

    async def _ask(self, body: dict[str, Any]) -> aiohttp.ClientResponse:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, connect=10)
            self._session = aiohttp.ClientSession(timeout=timeout)
        if self._model is not None:
            body = {**body, "model": self._model}
        return await self._session.post(self._url, json=body)

    async def _relay(
        self,
        request: web.Request,
        asking: asyncio.Future[aiohttp.ClientResponse],
        streamed: bool,
    ) -> web.StreamResponse:
        response: web.StreamResponse | None = None
        if streamed and not (await asyncio.wait((asking,), timeout=_LATE))[0]:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            while not (await asyncio.wait((asking,), timeout=_LATE))[0]:
                await response.write(b": waiting for the model\n\n")
        try:
            answer = await asking
            if answer.status != 200:
                message = self._refusal(answer.status, await _message(answer))
                if response is None:
                    return openai_errors.response(answer.status, message)
                await _late_failure(response, message)
                return response
            if response is None:
                kind = answer.headers.get("Content-Type", "application/json")
                response = web.StreamResponse(status=answer.status, headers={"Content-Type": kind})
                await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            message = self._unreachable(error)
            if response is None:
                return openai_errors.response(502, message)
            await _late_failure(response, message)
        return response

    def _unreachable(self, error: Exception) -> str:
        return (
            f"The language model at {self._shown} (OFFLINE_LLM_URL) cannot be reached "
            f"({type(error).__name__}). Start it, or correct OFFLINE_LLM_URL."
        )

    def _refusal(self, status: int, message: str) -> str:
        what = f"The language model at {self._shown} (OFFLINE_LLM_URL) refused with {status}"
        advice = _ADVICE.get(status, "See what that server logs.")
        return f"{what}: {message.rstrip('.')}. {advice}"


def redacted(url: str) -> str:
    """Return a URL without user name, password, query and fragment, to show to people."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))
    except ValueError:
        return "an address that cannot be read"


def _written(line: bytes) -> str:
    """Return what a line of a streamed answer adds to it; raise ValueError."""
    kind, _, data = line.decode().strip().partition(":")
    if kind != "data" or data.strip() == "[DONE]":
        return ""
    choices = json.loads(data).get("choices") or [{}]
    return (choices[0].get("delta") or {}).get("content") or ""


async def _message(answer: aiohttp.ClientResponse) -> str:
    text = await answer.text(errors="replace")
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return " ".join(text.split())[:_LONGEST] or "without a word"


async def _late_failure(response: web.StreamResponse, message: str) -> None:
    with contextlib.suppress(ConnectionError):
        await response.write(b"data: " + json.dumps(openai_errors.body(message)).encode() + b"\n\n")
