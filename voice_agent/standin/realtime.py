"""The gateway's realtime websocket: a model that hears, thinks and speaks, in OpenAI's protocol.

It is played by the other three models: a listener hears, the script or another language model
thinks, and the agent's voice speaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import WSMsgType, web

from .activity import Activity, TurnDetection, VoiceActivity
from .calls import RegisteredCall
from .conversation import Conversation, Item, item_of
from .exchange import FOR_A_TEST, Exchange, die, drop, first_of, open_websocket, pcm_of, read
from .hearing import Transcripts, listening
from .listener import ListenerLost, Listeners
from .llm import Answered, Asked, Completions, conversation_of
from .passthrough import UpstreamFailure
from .realtime_response import RATE, Response
from .speech import Voice

# Seconds without audio after which a caller who spoke has ended: a muted microphone sends none.
_STALLED = 1.0
_NOT_ACTIVE = "Cancellation failed: no active response found"


async def serve(
    request: web.Request,
    exchange: Exchange,
    call: RegisteredCall,
    *,
    listeners: Listeners,
    completions: Completions,
    voice: Voice,
) -> web.StreamResponse:
    """Hold one conversation of a call until the client closes it."""
    ws = await open_websocket(request)
    session = _Session(request, exchange, ws, call, completions, voice)
    await session.send("session.created", session={"id": exchange.session_id, "type": "realtime"})
    try:
        async with listening(call.known, RATE, listeners) as listener:
            session.ear = Transcripts(listener)
            work = (session.listen(), session.take_turns(), session.ear.attend())
            await first_of(*work, failed=session.fail)
    except ListenerLost:
        await session.fail()
    await ws.close()
    return ws


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn of the caller's to be understood, or of the agent's to be made, or both."""

    item: Item | None = None
    transcript: asyncio.Future[str] | None = None
    response: dict[str, Any] | None = None
    """What the client says of the response; None where it asks for none."""
    automatic: bool = False
    """Whether the caller's silence asks for the response, and not the client."""
    number: int = 0
    """How many cancellations there were before it."""


class _Session:
    ear: Transcripts

    def __init__(
        self,
        request: web.Request,
        exchange: Exchange,
        ws: web.WebSocketResponse,
        call: RegisteredCall,
        completions: Completions,
        voice: Voice,
    ) -> None:
        self._request = request
        self._exchange = exchange
        self._ws = ws
        self._call = call
        self._completions = completions
        self._voice = voice
        self._conversation = Conversation()
        self._instructions = ""
        self._tools: list[dict[str, Any]] = []
        self._tool_choice: object = None
        self._speaks = True
        self._transcribes = False
        self._detection: TurnDetection | None = TurnDetection()
        self._activity = VoiceActivity(RATE, TurnDetection())
        self._turns: asyncio.Queue[_Turn] = asyncio.Queue()
        self._response: asyncio.Task[None] | None = None
        self._responses = 0
        self._cancellations = 0
        self._reason: Literal["client_cancelled", "turn_detected"] = "client_cancelled"

    async def send(self, kind: str, **fields: Any) -> None:
        """Send an event; a client that is gone gets nothing."""
        with contextlib.suppress(ConnectionError):
            await self._ws.send_json({"type": kind, **fields})

    async def fail(self) -> None:
        """Send the client an error, after which nothing follows."""
        await self._error("The realtime model failed.", kind="server_error")

    async def listen(self) -> None:
        """Take the client's messages, until it goes away."""
        while True:
            try:
                speaking = self._activity.speaking
                message = await self._ws.receive(timeout=_STALLED if speaking else None)
            except asyncio.TimeoutError:
                for change in self._activity.finish():
                    await self._note(change)
                continue
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                return
            data = read(message) or {}
            self._exchange.received(data)
            await self._take(data)

    async def _take(self, data: dict[str, Any]) -> None:
        match data.get("type"):
            case "session.update":
                await self._update(_mapping(data.get("session")))
            case "input_audio_buffer.append":
                await self._hear(pcm_of(data.get("audio")))
            case "input_audio_buffer.commit":
                await self._commit(None)
            case "input_audio_buffer.clear":
                await self.ear.finish()
                await self.send("input_audio_buffer.cleared")
            case "conversation.item.create":
                await self._create(data)
            case "conversation.item.delete":
                await self._delete(data)
            case "conversation.item.truncate":
                if self._conversation.truncate(data.get("item_id"), data.get("audio_end_ms")):
                    await self.send("conversation.item.truncated", item_id=data["item_id"])
            case "response.create":
                self._turns.put_nowait(_Turn(response=_mapping(data.get("response"))))
            case "response.cancel" if not self._cancel("client_cancelled"):
                await self._error(_NOT_ACTIVE, "response_cancel_not_active", data.get("event_id"))

    async def _update(self, session: dict[str, Any]) -> None:
        self._instructions = str(session.get("instructions", self._instructions) or "")
        if isinstance(session.get("tools"), list):
            self._tools = [each for each in session["tools"] if "name" in _mapping(each)]
        self._tool_choice = session.get("tool_choice", self._tool_choice)
        if "output_modalities" in session:
            self._speaks = session["output_modalities"] != ["text"]
        hears = _mapping(_mapping(session.get("audio")).get("input"))
        if "transcription" in hears:
            self._transcribes = hears["transcription"] is not None
        if "turn_detection" in hears:
            options = hears["turn_detection"]
            self._detection = TurnDetection.from_options(options) if options else None
            self._activity = VoiceActivity(RATE, self._detection or TurnDetection())
        await self.send("session.updated", session={"type": "realtime"})

    async def _hear(self, pcm: bytes) -> None:
        await self.ear.hear(pcm)
        if self._detection is not None:
            for change in self._activity.hear(pcm):
                await self._note(change)

    async def _note(self, change: Activity) -> None:
        """Tell the client that the caller begins or ends a turn, and act as it has asked for."""
        detection = self._detection or TurnDetection()
        if change.speaking:
            self._spoken = self._conversation.new_id()
            await self.send(
                "input_audio_buffer.speech_started", item_id=self._spoken, audio_start_ms=change.at
            )
            if detection.interrupt_response:
                self._cancel("turn_detected")
        else:
            await self.send(
                "input_audio_buffer.speech_stopped", item_id=self._spoken, audio_end_ms=change.at
            )
            await self._commit(self._spoken, answer=detection.create_response)

    async def _commit(self, item_id: str | None, *, answer: bool = False) -> None:
        item = Item(item_id or self._conversation.new_id(), "user")
        before = self._conversation.add(item)
        transcript = await self.ear.finish()
        await self.send("input_audio_buffer.committed", item_id=item.id, previous_item_id=before)
        content = [{"type": "input_audio", "transcript": None}]
        await self._added(item, before, {"type": "message", "role": "user", "content": content})
        response: dict[str, Any] | None = {} if answer else None
        self._turns.put_nowait(
            _Turn(item, transcript, response, automatic=True, number=self._cancellations)
        )

    async def _added(self, item: Item, before: str | None, data: dict[str, Any]) -> None:
        shown = {**data, "id": item.id, "object": "realtime.item", "status": "completed"}
        await self.send("conversation.item.added", previous_item_id=before, item=shown)

    async def _create(self, data: dict[str, Any]) -> None:
        written = _mapping(data.get("item"))
        item = item_of(written, self._conversation.new_id())
        try:
            before = self._conversation.add(item, data.get("previous_item_id"))
        except KeyError as unknown:
            message = f"There is no item {unknown} to put this one after."
            await self._error(message, "item_not_found", data.get("event_id"))
        else:
            await self._added(item, before, written)

    async def _delete(self, data: dict[str, Any]) -> None:
        item_id = data.get("item_id")
        if self._conversation.delete(item_id):
            await self.send("conversation.item.deleted", item_id=item_id)
        else:
            message = f"There is no item {item_id} to delete."
            await self._error(message, "item_not_found", data.get("event_id"))

    async def _error(
        self,
        message: str,
        code: str | None = None,
        event_id: object = None,
        kind: str = "invalid_request_error",
    ) -> None:
        error = {"type": kind, "code": code, "message": message, "event_id": event_id}
        await self.send("error", error=error)

    def _cancel(self, reason: Literal["client_cancelled", "turn_detected"]) -> bool:
        """Cancel the response that is being made; return whether there is one."""
        self._cancellations += 1
        if self._response is None or self._response.done():
            return False
        self._reason = reason
        self._response.cancel()
        return True

    async def take_turns(self) -> None:
        """Understand what the caller has said, and answer, one turn after the other."""
        while True:
            turn = await self._turns.get()
            understood = await self._understand(turn)
            if turn.response is None or (turn.automatic and not understood):
                continue
            if turn.automatic and turn.number != self._cancellations:
                continue  # The caller has gone on.
            self._response = asyncio.ensure_future(self._respond(turn.response))
            try:
                await asyncio.wait([self._response])
            finally:
                self._response.cancel()
                await asyncio.wait([self._response])
            if not self._response.cancelled():
                self._response.result()

    async def _understand(self, turn: _Turn) -> bool:
        if turn.item is None or turn.transcript is None:
            return False
        turn.item.text = await turn.transcript
        if turn.item.text and self._transcribes:
            await self.send(
                "conversation.item.input_audio_transcription.completed",
                item_id=turn.item.id,
                content_index=0,
                transcript=turn.item.text,
            )
        return bool(turn.item.text)

    async def _respond(self, wanted: dict[str, Any]) -> None:
        fault = self._exchange.fault()
        match fault:
            case "hang":
                await asyncio.Event().wait()
            case "garbage":
                await self._ws.send_str(FOR_A_TEST)
                return
            case "error":
                await self._error(FOR_A_TEST, "insufficient_quota")
                return
        self._responses += 1
        name = f"{self._exchange.session_id}_response_{self._responses}"
        speaks = wanted.get("output_modalities", ["audio" if self._speaks else "text"]) != ["text"]
        response = Response(name, self.send, self._conversation, self._voice if speaks else None)
        await response.begin(wanted.get("metadata"))
        status = "completed"
        details: dict[str, Any] = {}
        try:
            asked = self._asked(wanted)
            answered = self._completions.answer(asked, self._call)
            async for _ in response.say(self._words(asked, answered)):
                if fault == "drop":
                    drop(self._request)
                    return
                if fault == "die":
                    die()
            if answered is not None:
                for call_id, call in answered.calls:
                    await response.call(call_id, call.tool, json.dumps(dict(call.arguments)))
                answered.delivered()
        except asyncio.CancelledError:
            status, details = "cancelled", {"reason": self._reason}
        except UpstreamFailure as failure:
            status = "failed"
            details = {"error": {"type": "offline_stand_in", "message": str(failure)}}
        await response.end(status, details)

    def _asked(self, wanted: dict[str, Any]) -> Asked:
        """Return the conversation so far; `wanted` may say what this one answer is to be."""
        written = str(wanted.get("instructions") or "")
        # LiveKit's client puts what holds for all answers before it.
        own = written.removeprefix(self._instructions).strip()
        messages = [
            {"role": "system", "content": self._instructions},
            *self._conversation.messages(),
            *([{"role": "system", "content": own}] if own else []),
        ]
        tools = wanted.get("tools") if isinstance(wanted.get("tools"), list) else None
        tool_choice = wanted.get("tool_choice", self._tool_choice)
        conversation = conversation_of(self._request)
        return Asked(messages, self._tools if tools is None else tools, tool_choice, conversation)

    async def _words(self, asked: Asked, answered: Answered | None) -> AsyncIterator[str]:
        if answered is not None:
            if answered.reply.text:
                yield answered.reply.text
            return
        async for piece in self._completions.think(asked, self._exchange.model):
            yield piece


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
