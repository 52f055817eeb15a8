"""The stand-in's realtime model, in calls that LiveKit's own client makes, and on the wire."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import numpy as np
import pytest
from livekit.agents import Agent, AgentSession, inference
from livekit.plugins import silero
from support.clients import access, websocket
from support.speech import silence, spoken

from voice_agent.rehearsal.audio_io import RATE, speech_in
from voice_agent.rehearsal.call import Call, calling
from voice_agent.standin.activity import TurnDetection, VoiceActivity
from voice_agent.standin.calls import KnownCall, Utterance
from voice_agent.standin.conversation import Conversation, Item
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.testing.faults import Fault
from voice_agent.standin.testing.instruments import TestInstruments

# Those that keep real time, as a caller speaks in them.
calls = pytest.mark.calls

MODEL = "openai/gpt-realtime"
QUESTION = "What are your opening hours?"
STOP = "Stop please, I have a question for you."
LONG = "It is grey today, and it was grey yesterday. " * 4 + "That is all."


class Opening(Agent):
    """An agent that opens the call, as an instruction or a caller's words tell it."""

    def __init__(self, **opening: Any) -> None:
        super().__init__(instructions="Be brief.")
        self._opening = opening

    async def on_enter(self) -> None:
        if self._opening:
            self.session.generate_reply(**self._opening)


@asynccontextmanager
async def call_of(
    *replies: str,
    model: str = MODEL,
    agent: Agent | None = None,
    session: dict[str, Any] | None = None,
    tts: bool = False,
    **options: Any,
) -> AsyncIterator[Call]:
    """Call an agent whose realtime model is the stand-in's, which knows what the caller says."""
    said = [Utterance(text, spoken(text, RATE), RATE) for text in (QUESTION, STOP)]
    known = KnownCall(replies=replies, utterances=tuple(said), hears_really=False)
    async with Gateway() as gateway:
        keys = access(await gateway.register(known))

        def make_session() -> AgentSession[None]:
            llm = inference.RealtimeModel(model, **keys, **options)
            voice = {"tts": inference.TTS("cartesia/sonic-3", **keys)} if tts else {}
            return AgentSession(llm=llm, aec_warmup_duration=None, **(session or {}), **voice)

        async with calling(agent or Opening(), make_session) as call:
            yield call


def texts(call: Call, name: str) -> list[str]:
    return [event.text for event in call.events if event.name == name]


async def ask(call: Call, text: str = QUESTION) -> None:
    await call.say(spoken(text, RATE), text)


@calls
@pytest.mark.parametrize(
    "opening", [{"user_input": "Say hello."}, {"instructions": "Greet the caller."}]
)
async def test_it_opens_the_call(opening: dict[str, str]) -> None:
    async with call_of("Good morning to you.", agent=Opening(**opening)) as call:
        assert await call.until(lambda: call.count("response") == 1, 10)
    assert texts(call, "response") == ["Good morning to you."]
    [heard] = call.heard
    assert 0.5 < heard.played < 3


@calls
async def test_a_spoken_question_is_understood_and_answered() -> None:
    async with call_of("From nine to five.") as call:
        await ask(call)
        asked = call.now
        assert await call.until(lambda: call.count("response") == 1, 10)
        began = next(event.at for event in call.events if event.name == "bot_started_speaking")
        assert began - asked < 2
    assert texts(call, "user_transcription") == [QUESTION]
    assert texts(call, "response") == ["From nine to five."]


@calls
async def test_typed_text_is_answered() -> None:
    async with call_of("From nine to five.") as call:
        call.session.generate_reply(user_input="When are you open?")
        assert await call.until(lambda: call.count("response") == 1, 10)
        messages = [item for item in call.session.history.items if item.type == "message"]
    assert [item.text_content for item in messages] == ["When are you open?", "From nine to five."]


@calls
async def test_a_caller_who_speaks_cuts_it_and_is_answered() -> None:
    async with call_of(LONG, "I stop.", agent=Opening(user_input="Talk.")) as call:
        await call.until(lambda: call.speaker.for_seconds > 1)
        await ask(call, STOP)
        assert await call.until(lambda: call.count("response") == 2, 10)
    cut, answer = call.heard
    assert cut.cut
    assert not answer.cut
    first, second = texts(call, "response")
    assert LONG.startswith(first)
    assert len(first) < len(LONG)
    assert second == "I stop."


@calls
async def test_a_text_model_is_spoken_by_the_voice_beside_it() -> None:
    async with call_of("From nine to five.", tts=True, modalities=["text"]) as call:
        await ask(call)
        assert await call.until(lambda: call.count("response") == 1, 10)
    assert texts(call, "response") == ["From nine to five."]
    [heard] = call.heard
    assert 0.5 < heard.played < 3


@calls
@pytest.mark.parametrize("model", ["xai/grok-voice", "google/gemini-live"])
async def test_it_plays_the_realtime_models_of_other_providers(model: str) -> None:
    async with call_of("From nine to five.", model=model) as call:
        await ask(call)
        assert await call.until(lambda: call.count("response") == 1, 10)
    assert texts(call, "user_transcription") == [QUESTION]


@calls
async def test_without_turn_detection_of_its_own_it_answers_when_livekit_ends_the_turn() -> None:
    session = {"vad": silero.VAD.load(), "turn_handling": {"turn_detection": "vad"}}
    async with call_of("From nine to five.", session=session, turn_detection=None) as call:
        await ask(call)
        assert await call.until(lambda: call.count("response") == 1, 10)
    assert texts(call, "user_transcription") == [QUESTION]
    assert texts(call, "response") == ["From nine to five."]


@calls
async def test_the_caller_s_words_are_kept_to_itself_where_no_transcript_is_wanted() -> None:
    async with call_of("From nine to five.", input_audio_transcription=None) as call:
        await ask(call)
        assert await call.until(lambda: call.count("response") == 1, 10)
    assert texts(call, "user_transcription") == []


@calls
async def test_it_answers_as_the_script_where_no_reply_is_written() -> None:
    async with call_of() as call:
        await ask(call)
        assert await call.until(lambda: call.count("response") == 1, 15)
    [answer] = texts(call, "response")
    assert "What are your opening hours?" in answer


@asynccontextmanager
async def on_the_wire(*faults: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    instruments = TestInstruments(misbehave=list(map(Fault.parse, faults)))
    async with (
        Gateway(instruments=instruments) as gateway,
        websocket(f"{gateway.url}/realtime?model={MODEL}") as ws,
    ):
        assert (await ws.receive_json())["type"] == "session.created"
        yield ws


async def until_type(ws: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while (event := await ws.receive_json(timeout=10))["type"] != kind:
        pass
    return dict(event)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"type": "response.cancel"}, "Cancellation failed: no active response found"),
        ({"type": "conversation.item.delete", "item_id": "x"}, "There is no item x to delete."),
        (
            {"type": "conversation.item.create", "item": {}, "previous_item_id": "x"},
            "There is no item 'x' to put this one after.",
        ),
    ],
)
async def test_what_cannot_be_done_is_answered_with_an_error(
    message: dict[str, Any], said: str
) -> None:
    async with on_the_wire() as ws:
        await ws.send_json({**message, "event_id": "mine"})
        error = (await until_type(ws, "error"))["error"]
    assert error["message"] == said
    assert error["event_id"] == "mine"


async def test_a_response_that_is_cancelled_says_so_and_the_next_one_is_made() -> None:
    async with on_the_wire() as ws:
        tell = {"instructions": "Tell me a long story."}
        await ws.send_json({"type": "response.create", "response": tell})
        await until_type(ws, "response.output_audio.delta")
        await ws.send_json({"type": "response.cancel"})
        done = (await until_type(ws, "response.done"))["response"]
        assert done["status"] == "cancelled"
        assert done["status_details"]["reason"] == "client_cancelled"
        await ws.send_json({"type": "response.create", "response": {"output_modalities": ["text"]}})
        assert (await until_type(ws, "response.done"))["response"]["status"] == "completed"


async def test_a_caller_whose_microphone_falls_silent_in_mid_sentence_is_answered() -> None:
    audio = base64.b64encode(silence(0.2, RATE) + speech_in(spoken("Hello.", RATE))[1]).decode()
    async with on_the_wire() as ws:
        await ws.send_json({"type": "input_audio_buffer.append", "audio": audio})
        await until_type(ws, "input_audio_buffer.speech_started")
        await until_type(ws, "input_audio_buffer.speech_stopped")
        assert (await until_type(ws, "response.done"))["response"]["status"] == "completed"


async def test_noise_is_no_speech() -> None:
    noise = np.random.default_rng(1).normal(0, 300, 3 * RATE).astype(np.int16).tobytes()
    assert not list(VoiceActivity(RATE, TurnDetection()).hear(noise))


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({"type": "server_vad"}, 0.5),
        ({"type": "server_vad", "silence_duration_ms": 1500}, 1.5),
        ({"type": "semantic_vad", "eagerness": "low"}, 1.2),
        ({"type": "semantic_vad", "eagerness": "high"}, 0.4),
    ],
)
def test_a_turn_ends_after_the_silence_that_is_asked_for(
    options: dict[str, Any], seconds: float
) -> None:
    activity = VoiceActivity(RATE, TurnDetection.from_options(options))
    _, speech = speech_in(spoken("Hello.", RATE))
    [began] = activity.hear(silence(0.5, RATE) + speech)
    assert began.speaking
    assert not list(activity.hear(silence(seconds - 0.2, RATE)))
    [ended] = activity.hear(silence(0.3, RATE))
    assert not ended.speaking


def test_a_higher_threshold_wants_louder_speech() -> None:
    quiet = (np.frombuffer(spoken(QUESTION, RATE), np.int16) // 30).astype(np.int16)
    noise = np.random.default_rng(1).normal(0, 100, len(quiet)).astype(np.int16)
    pcm = bytes((quiet + noise).tobytes())

    def heard(threshold: float) -> int:
        activity = VoiceActivity(RATE, TurnDetection(threshold=threshold))
        return len(list(activity.hear(noise.tobytes() + pcm)))

    assert heard(0.1) > heard(1.0) == 0


def test_what_was_not_heard_is_taken_out_of_the_conversation() -> None:
    conversation = Conversation()
    conversation.add(Item("a", "assistant", "one two three four", audio=4000))
    assert conversation.truncate("a", 2000)
    assert conversation.messages() == [{"role": "assistant", "content": "one two"}]
