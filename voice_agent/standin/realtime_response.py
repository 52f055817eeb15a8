"""One response of a realtime model: its events, in the order in which OpenAI sends them."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Protocol

from .conversation import Conversation, Item
from .speech import Voice

RATE = 24000
"""Hz, of what the model hears and says."""
_CHUNK = 0.1  # seconds of audio in a message
_SENTENCE = re.compile(r".*?[.!?\u2026\u3002\uff01\uff1f]+(?:\s+|(?<=[\u3002\uff01\uff1f]))", re.S)


class Send(Protocol):
    """Sends an event to the client."""

    def __call__(self, kind: str, **fields: Any) -> Awaitable[None]: ...


class Response:
    """Says a text sentence by sentence, with `voice`, or in writing where that is None."""

    def __init__(
        self, name: str, send: Send, conversation: Conversation, voice: Voice | None
    ) -> None:
        self._id = name
        self._send = send
        self._conversation = conversation
        self._voice = voice
        self._item: Item | None = None
        self._outputs = 0

    async def begin(self, metadata: object) -> None:
        """Tell the client that the response is being made; `metadata` is the client's own."""
        response = {"id": self._id, "object": "realtime.response", "status": "in_progress"}
        await self._send("response.created", response={**response, "metadata": metadata})

    async def say(self, texts: AsyncIterator[str]) -> AsyncIterator[None]:
        """Say what comes in pieces of any length; yield after each piece that was sent."""
        async for sentence in _sentences(texts):
            item = self._item or await self._begin_item()
            item.text += sentence
            kind = "output_audio_transcript" if self._voice else "output_text"
            await self._part(f"response.{kind}.delta", item, delta=sentence)
            yield
            if self._voice is not None:
                async for pcm in self._voice.speak(sentence, RATE):
                    await self._speak(item, pcm)
                    yield

    async def call(self, call_id: str, tool: str, arguments: str) -> None:
        """Have the client call a tool, with arguments as JSON, after what was said."""
        await self._end_item("completed")
        item = Item(self._conversation.new_id(), "assistant", tool=tool, call_id=call_id)
        before = self._conversation.add(item)
        shown = {
            "id": item.id,
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "call_id": call_id,
            "name": tool,
            "arguments": "",
        }
        await self._of_response("response.output_item.added", item=shown)
        await self._send("conversation.item.added", previous_item_id=before, item=shown)
        about = {"item_id": item.id, "call_id": call_id}
        kind = "response.function_call_arguments"
        await self._of_response(f"{kind}.delta", **about, delta=arguments)
        await self._of_response(f"{kind}.done", **about, name=tool, arguments=arguments)
        item.text = arguments
        done = {**shown, "status": "completed", "arguments": arguments}
        await self._of_response("response.output_item.done", item=done)
        self._outputs += 1

    async def end(self, status: str, details: dict[str, Any]) -> None:
        """Tell the client that nothing more comes, and why."""
        await self._end_item("completed" if status == "completed" else "incomplete")
        response: dict[str, Any] = {"id": self._id, "object": "realtime.response", "status": status}
        if details:
            response["status_details"] = {"type": status, **details}
        await self._send("response.done", response=response)

    async def _end_item(self, status: str) -> None:
        if self._item is None:
            return
        await self._part("response.content_part.done", self._item, part=self._content())
        shown = self._shown(self._item, status)
        await self._of_response("response.output_item.done", item=shown)
        self._item = None
        self._outputs += 1

    async def _begin_item(self) -> Item:
        self._item = item = Item(self._conversation.new_id(), "assistant")
        before = self._conversation.add(item)
        shown = self._shown(item, "in_progress")
        await self._of_response("response.output_item.added", item=shown)
        await self._send("conversation.item.added", previous_item_id=before, item=shown)
        await self._part("response.content_part.added", item, part=self._content())
        return item

    async def _speak(self, item: Item, pcm: bytes) -> None:
        size = 2 * round(RATE * _CHUNK)
        for start in range(0, len(pcm), size):
            piece = pcm[start : start + size]
            item.audio += len(piece) / 2 / RATE * 1000
            delta = base64.b64encode(piece).decode()
            await self._part("response.output_audio.delta", item, delta=delta)

    def _shown(self, item: Item, status: str) -> dict[str, Any]:
        return {
            "id": item.id,
            "object": "realtime.item",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [],
        }

    def _content(self) -> dict[str, str]:
        # With audio, the text is its transcript.
        return {"type": "audio", "transcript": ""} if self._voice else {"type": "text", "text": ""}

    async def _part(self, kind: str, item: Item, **fields: Any) -> None:
        await self._of_response(kind, item_id=item.id, content_index=0, **fields)

    async def _of_response(self, kind: str, **fields: Any) -> None:
        await self._send(kind, response_id=self._id, output_index=self._outputs, **fields)


async def _sentences(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield each sentence once it is complete, with the space after it, and then what is left."""
    written = ""
    async for piece in texts:
        written += piece
        while (sentence := _SENTENCE.match(written)) is not None:
            yield sentence[0]
            written = written[sentence.end() :]
    if written.strip():
        yield written
