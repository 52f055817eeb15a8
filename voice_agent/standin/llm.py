"""The gateway's chat completions: answers of the script, or of another server."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from . import openai_errors, script
from .calls import RegisteredCall
from .exchange import FOR_A_TEST, Exchange, die, drop
from .given_details import with_details
from .passthrough import Upstream
from .replies import Progress, Reply, ToolCall
from .taking_over import Before

MODEL = "offline/script"
_BETWEEN_WORDS = 0.025  # seconds
_FAULT_AFTER = 3  # words
_LETTERS = 12  # of the arguments of a call, in a chunk


@dataclass(frozen=True, slots=True)
class Asked:
    """What a language model is asked for."""

    messages: Sequence[dict[str, Any]]
    tools: Sequence[dict[str, Any]] = ()
    """The tools that it may call, each with `name`, `description` and `parameters`."""
    tool_choice: object = None
    """As OpenAI has it."""
    conversation: str = ""
    """What tells it from others of the same call."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply, with an id for each of its calls."""

    reply: Reply
    call_ids: tuple[str, ...] = ()
    progress: Progress | None = None

    @property
    def calls(self) -> Iterator[tuple[str, ToolCall]]:
        """The calls, each with its id."""
        return zip(self.call_ids, self.reply.calls, strict=True)

    def delivered(self) -> None:
        """Note that the client has got all of it."""
        if self.progress is not None:
            self.progress.delivered()


class Completions:
    """Answers chat-completion requests: by their replies, then by `upstream` or the script."""

    def __init__(self, upstream: Upstream | None) -> None:
        self._upstream = upstream
        self._call_ids = (f"call_{number}" for number in itertools.count(1))

    async def serve(
        self, request: web.Request, exchange: Exchange, call: RegisteredCall
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
        asked = Asked(
            [each for each in body["messages"] if isinstance(each, dict)],
            _functions(body.get("tools")),
            body.get("tool_choice"),
            conversation_of(request),
        )
        answered = self.answer(asked, call, scripted=fault is not None)
        if answered is None and self._upstream is not None:
            return await self._upstream.serve(request, body)
        completion = _Completion(
            exchange.session_id, body, asked.messages, answered or Answered(Reply())
        )
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
        response = web.json_response(completion.whole())
        completion.answered.delivered()
        return response

    def answer(
        self, asked: Asked, call: RegisteredCall, *, scripted: bool = False
    ) -> Answered | None:
        """Return the reply of the call, or that of the script; None where `upstream` answers.

        With `scripted`, it does not.
        """
        # A summary is no turn of the conversation.
        sums_up = script.is_summary(asked.messages)
        progress = None if sums_up else call.progress(asked.conversation)
        reply = Reply()
        if progress is not None:
            names = frozenset(str(tool["name"]) for tool in asked.tools)
            step = progress.step(asked.messages, names)
            reply = call.reply(asked.conversation, step, asked.messages, names)
            reply = with_details(reply, asked.messages, asked.tools, call.known.language)
        may_call = asked.tool_choice != "none"
        if not may_call:
            reply = Reply(reply.text)
        if not reply:
            if self._upstream is not None and not scripted:
                return None
            tools = asked.tools if may_call else ()
            known = call.known
            before = call.before.get(asked.conversation)
            reply = script.think(asked.messages, tools, known.language, known.agents, before)
        if not sums_up:
            call.before[asked.conversation] = Before.of(asked.messages, call.known.agents)
        call_ids = tuple(itertools.islice(self._call_ids, len(reply.calls)))
        if progress is not None:
            progress.answering(reply, call_ids)
        return Answered(reply, call_ids, progress)

    def think(self, asked: Asked, model: str) -> AsyncIterator[str]:
        """Yield the answer of `upstream` in pieces, as `model`; raise UpstreamFailure."""
        if self._upstream is None:
            raise RuntimeError("No other server was named.")
        return self._upstream.think(list(asked.messages), model)


def conversation_of(request: web.Request) -> str:
    """Return what LiveKit's clients call the room that they are in; "" where they do not say."""
    return request.headers.get("X-LiveKit-Room-ID", "")


def _functions(tools: object) -> list[dict[str, Any]]:
    """Return what a chat completion says of each tool that is a function."""
    offered = tools if isinstance(tools, list) else []
    functions = [each.get("function") for each in offered if isinstance(each, dict)]
    return [each for each in functions if isinstance(each, dict) and "name" in each]


def models() -> web.Response:
    """Return the list of models, which is the script alone."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "offline stand-in"}
    return web.json_response({"object": "list", "data": [model]})


class _Completion:
    def __init__(
        self,
        name: str,
        body: dict[str, Any],
        messages: Sequence[dict[str, Any]],
        answered: Answered,
    ) -> None:
        options = body.get("stream_options")
        self.with_usage = bool(isinstance(options, dict) and options.get("include_usage"))
        self.answered = answered
        text = answered.reply.text
        words = text.split(" ") if text or not answered.reply.calls else []
        self.words = [f" {word}" if i else word for i, word in enumerate(words)]
        self._calls: list[dict[str, Any]] = [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": call.tool, "arguments": json.dumps(dict(call.arguments))},
            }
            for call_id, call in answered.calls
        ]
        self._finish = "tool_calls" if self._calls else "stop"
        self._about = {"id": name, "created": int(time.time()), "model": str(body.get("model"))}
        # A word counts as a token: the script has no tokenizer, and nothing is paid for.
        asked = len(json.dumps(messages).split())
        said = len(self.words) + len(json.dumps(self._calls).split()) * bool(self._calls)
        self._usage = {
            "prompt_tokens": asked,
            "completion_tokens": said,
            "total_tokens": asked + said,
        }

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.words) or None}
        if self._calls:
            message["tool_calls"] = self._calls
        choice = {"index": 0, "message": message, "finish_reason": self._finish}
        kind = {"object": "chat.completion"}
        return {**self._about, **kind, "choices": [choice], "usage": self._usage}

    async def chunks(self) -> AsyncIterator[dict[str, Any]]:
        yield self._chunk({"role": "assistant", "content": "" if self.words else None})
        for word in self.words:
            await asyncio.sleep(_BETWEEN_WORDS)
            yield self._chunk({"content": word})
        for index, call in enumerate(self._calls):
            function = call["function"]
            begun = {**call, "index": index, "function": {**function, "arguments": ""}}
            yield self._chunk({"tool_calls": [begun]})
            for piece in _pieces(function["arguments"]):
                await asyncio.sleep(_BETWEEN_WORDS)
                part = {"index": index, "function": {"arguments": piece}}
                yield self._chunk({"tool_calls": [part]})
        yield self._chunk({}, finish=self._finish)
        if self.with_usage:
            yield {**self._chunk({}), "choices": [], "usage": self._usage}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {**self._about, "object": "chat.completion.chunk", "choices": [choice]}


def _pieces(text: str) -> list[str]:
    return [text[start : start + _LETTERS] for start in range(0, len(text), _LETTERS)]


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
        else:
            completion.answered.delivered()
        await response.write(b"data: [DONE]\n\n")
    return response


async def _write(response: web.StreamResponse, data: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(data).encode() + b"\n\n")
