"""The stand-in's speech-to-text, fed real speech through LiveKit's own client."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest
from livekit.agents import APIError, inference
from livekit.agents.stt import SpeechEventType
from support.clients import ONCE, access, clients, frames, texts, transcribe, websocket
from support.speech import seconds, silence, spoken, word_errors, words

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.process import Standin
from voice_agent.standin.recognition import Recognizer

# Real speech, recognized as it is in a call.
pytestmark = pytest.mark.calls

SENTENCES = (
    "Stop please, I have a question for you.",
    "What are your opening hours?",
    "I would like to book a table for four people tomorrow evening.",
    "Could you repeat that more slowly?",
)
QUESTION = SENTENCES[1]


async def test_speech_is_understood_and_told_as_it_comes(standin: Standin) -> None:
    speech = silence(0.5) + b"".join(spoken(text) + silence(1) for text in SENTENCES)
    async with clients():
        events = await transcribe(standin.url, speech, finals=len(SENTENCES))
    finals = texts(events, SpeechEventType.FINAL_TRANSCRIPT)
    said = " ".join(SENTENCES)
    assert word_errors(said, " ".join(finals)) / len(words(said)) < 0.25, finals
    kinds = [event.type for event in events]
    first = kinds.index(SpeechEventType.FINAL_TRANSCRIPT)
    assert kinds[0] is SpeechEventType.START_OF_SPEECH
    assert SpeechEventType.INTERIM_TRANSCRIPT in kinds[1:first]
    assert all(final[0].isupper() for final in finals)


async def test_times_are_those_of_the_audio(standin: Standin) -> None:
    speech = spoken(SENTENCES[0])
    async with clients():
        events = await transcribe(standin.url, silence(2) + speech + silence(1))
    (final,) = [e for e in events if e.type is SpeechEventType.FINAL_TRANSCRIPT]
    heard = final.alternatives[0]
    assert heard.start_time == pytest.approx(2, abs=0.4)
    assert heard.end_time == pytest.approx(2 + seconds(speech), abs=0.4)
    assert heard.words is not None
    starts = [word.start_time for word in heard.words]
    assert starts == sorted(starts)
    assert " ".join(heard.words).lower() == heard.text.lower()
    assert 0 < heard.confidence <= 1


async def test_speech_of_another_rate_is_understood(standin: Standin) -> None:
    speech = spoken(QUESTION, 48000) + silence(1, 48000)
    async with clients():
        events = await transcribe(standin.url, speech, sample_rate=48000)
    (final,) = texts(events, SpeechEventType.FINAL_TRANSCRIPT)
    assert word_errors(QUESTION, final) <= 1, final


async def test_a_listener_begins_every_call_afresh(standin: Standin) -> None:
    speech = silence(0.3) + spoken(QUESTION) + silence(1)
    async with clients():
        first = await transcribe(standin.url, speech)
        second = await transcribe(standin.url, speech)
    kind = SpeechEventType.FINAL_TRANSCRIPT
    assert texts(first, kind) == texts(second, kind)


async def test_the_end_of_input_brings_the_final_transcript(standin: Standin) -> None:
    async with clients():
        stt = inference.STT("deepgram/nova-3-general", **access(standin.url))
        async with stt.stream(conn_options=ONCE) as stream:
            for frame in frames(spoken(QUESTION)):
                stream.push_frame(frame)
            stream.end_input()
            async for event in stream:
                if event.type is SpeechEventType.FINAL_TRANSCRIPT:
                    break
        await stt.aclose()
    assert event.type is SpeechEventType.FINAL_TRANSCRIPT


async def test_a_microphone_that_is_muted_in_mid_sentence_ends_the_utterance(
    standin: Standin,
) -> None:
    async with clients():
        events = await transcribe(standin.url, spoken(QUESTION)[: 16000 * 2])
    assert texts(events, SpeechEventType.FINAL_TRANSCRIPT)


async def test_a_session_is_closed_after_its_last_transcript(standin: Standin) -> None:
    pcm = spoken(QUESTION)
    async with websocket(f"{standin.url}/stt?model=a/b") as ws:
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": "16000"}})
        for frame in frames(pcm):
            await ws.send_json({"type": "input_audio", "audio": _encoded(frame.data.tobytes())})
        await ws.send_json({"type": "session.close"})
        kinds = [json.loads(message.data)["type"] async for message in ws]
    assert kinds[0] == "session.created"
    assert kinds[-3:] == ["final_transcript", "session.finalized", "session.closed"]


async def test_a_recogniser_that_ends_is_an_error_for_its_client_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("voice_agent.standin.listener._MODULE", "voice_agent.no_such_module")
    async with Gateway() as gateway, clients():
        with pytest.raises(APIError):
            await transcribe(gateway.url, spoken(QUESTION))
    ours = [each for each in caplog.records if each.name == "voice_agent.standin"]
    told = {each.getMessage() for each in ours}
    assert told == {"the recognizer ended by itself, with exit code 1"}


def _encoded(pcm: bytes) -> str:
    import base64

    return base64.b64encode(pcm).decode()


async def test_a_listener_that_died_before_its_call_is_replaced() -> None:
    speech = spoken(QUESTION) + silence(1)
    async with Gateway(warm=True) as gateway, clients():
        await gateway.register(KnownCall())
        (spare,) = gateway._listeners._idle
        spare._process.kill()
        assert texts(await transcribe(gateway.url, speech), SpeechEventType.FINAL_TRANSCRIPT)


async def test_a_listener_that_nobody_waits_for_any_more_ends_all_the_same() -> None:
    async with Gateway(warm=True) as gateway:
        await gateway.register(KnownCall())
        (spare,) = gateway._listeners._idle
        stopping = asyncio.create_task(spare.stop())
        await asyncio.sleep(0)
        stopping.cancel()
        await asyncio.wait([stopping])
    assert spare._process.returncode is not None


async def test_no_listener_outlives_its_gateway() -> None:
    async with Gateway(warm=True) as gateway, websocket(f"{gateway.url}/stt?model=a/b") as ws:
        await gateway.register(KnownCall())
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": "16000"}})
        await ws.receive_json()
        listeners = list(gateway._listeners._all)
    assert len(listeners) == 1
    assert all(listener._process.returncode is not None for listener in listeners)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer()


def _hear(recognizer: Recognizer, pcm: bytes) -> list[str]:
    recognizer.reset(16000)
    events = [event for frame in frames(pcm) for event in recognizer.hear(frame.data.tobytes())]
    events += recognizer.finish()
    return [event["transcript"] for event in events if event["type"] == "final_transcript"]


@pytest.mark.parametrize("amplitude", [0, 10, 300, 3000])
def test_silence_and_noise_are_not_taken_for_words(recognizer: Recognizer, amplitude: int) -> None:
    noise = np.random.default_rng(0).normal(0, 1, 16000) * amplitude
    pcm = np.clip(noise, -32768, 32767).astype(np.int16).tobytes()
    assert not any(_hear(recognizer, pcm))


def test_one_stream_leaves_no_trace_in_the_next(recognizer: Recognizer) -> None:
    speech = silence(0.3) + spoken(QUESTION) + silence(1)
    recognizer.reset(16000)
    first = recognizer.hear(speech)
    recognizer.reset(48000)
    recognizer.hear(spoken(QUESTION, 48000) + silence(1, 48000))
    recognizer.reset(16000)
    assert recognizer.hear(speech) == first


def test_speech_is_found_in_quiet_and_in_noisy_recordings(recognizer: Recognizer) -> None:
    samples = np.frombuffer(silence(0.5) + spoken(QUESTION) + silence(1), np.int16)
    hiss = np.random.default_rng(0).normal(0, 20, len(samples))
    for gain in (0.2, 1.0):
        pcm = (samples * gain + hiss).astype(np.int16).tobytes()
        assert word_errors(QUESTION, " ".join(_hear(recognizer, pcm))) <= 2


def test_endless_speech_is_cut_into_utterances(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice_agent.standin.recognition._LONGEST", 1.0)
    assert len(_hear(recognizer, spoken(SENTENCES[2]))) >= 2


@pytest.mark.parametrize("rate", ["quick", "-1", "²", "7"])
async def test_a_sample_rate_that_is_none_is_refused(standin: Standin, rate: str) -> None:
    async with websocket(f"{standin.url}/stt?model=a/b") as ws:
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": rate}})
        assert (await ws.receive_json())["type"] == "error"


async def test_what_is_no_message_is_passed_over(standin: Standin) -> None:
    async with websocket(f"{standin.url}/stt?model=a/b") as ws:
        await ws.send_str("{")
        await ws.send_str("[]")
        await ws.send_json({"type": "session.create", "settings": {"sample_rate": "24000"}})
        for audio in (None, "=", "AAA", "é"):
            await ws.send_json({"type": "input_audio", "audio": audio})
        await ws.send_json({"type": "session.update", "settings": {"language": "de"}})
        await ws.send_json({"type": "session.close"})
        kinds = [json.loads(message.data)["type"] async for message in ws]
    assert kinds == ["session.created", "session.finalized", "session.closed"]
