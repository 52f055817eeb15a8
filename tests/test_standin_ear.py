"""The stand-in's ear that knows what a caller says, fed real speech through LiveKit's client."""

from __future__ import annotations

import json

import numpy as np
import pytest
from livekit.agents.stt import SpeechEvent, SpeechEventType
from support.clients import clients, frames, texts, transcribe
from support.speech import seconds, silence, spoken

from voice_agent.standin.calls import KnownCall, Utterance
from voice_agent.standin.ear import KnowingEar
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.resampling import Resampler
from voice_agent.standin.voices import Voices
from voice_agent.standin.words import words_of

STOP, HOURS, WEATHER, SHORT = SAID = (
    "Stop please, I have a question for you.",
    "What are your opening hours?",
    "Please tell me about the weather. It is grey today, and it was grey yesterday as well.",
    "Stop.",
)
MICROPHONE = 24000  # Hz: the rate at which callers are recorded, and LiveKit's rooms have


def utterance(text: str, heard: str | None = None) -> Utterance:
    pcm = spoken(text, MICROPHONE)
    return Utterance(text if heard is None else heard, pcm, MICROPHONE)


def received(text: str, rate: int = 16000) -> bytes:
    """Return what a client of `rate` Hz sends of what the caller says."""
    resampler = Resampler(MICROPHONE, rate)
    return resampler.resample(spoken(text, MICROPHONE)) + resampler.rest()


def ear(*utterances: Utterance, rate: int = 16000, language: str = "en") -> KnowingEar:
    return KnowingEar(utterances or [utterance(text) for text in SAID], language, rate)


def listen(by: KnowingEar, pcm: bytes, rate: int = 16000) -> list[tuple[float, str, str]]:
    """Return when each event came, in seconds of audio, its kind and its text."""
    events, at = [], 0.0
    for frame in frames(pcm, rate):
        at += frame.duration
        events += [(at, each) for each in by.hear(frame.data.tobytes())]
    events += [(at, each) for each in by.finish()]
    return [(at, each["type"], each.get("transcript", "")) for at, each in events]


def finals(by: KnowingEar, pcm: bytes, rate: int = 16000) -> list[str]:
    return [text for _, kind, text in listen(by, pcm, rate) if kind == "final_transcript"]


async def from_livekit(call: KnownCall, pcm: bytes, rate: int, count: int) -> list[SpeechEvent]:
    async with Gateway() as gateway, clients():
        url = await gateway.register(call)
        return await transcribe(url, pcm, sample_rate=rate, finals=count)


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
async def test_every_word_is_heard_as_the_caller_says_it_at_any_rate(rate: int) -> None:
    call = KnownCall(utterances=tuple(map(utterance, SAID)), hears_really=False, language="en-GB")
    pcm = silence(0.5, rate) + b"".join(received(text, rate) + silence(1, rate) for text in SAID)
    events = await from_livekit(call, pcm, rate, len(SAID))
    assert texts(events, SpeechEventType.FINAL_TRANSCRIPT) == list(SAID)
    kinds = [event.type for event in events]
    first = kinds.index(SpeechEventType.FINAL_TRANSCRIPT)
    assert kinds[0] is SpeechEventType.START_OF_SPEECH
    assert kinds[1:first].count(SpeechEventType.INTERIM_TRANSCRIPT) == len(STOP.split())
    final = events[first].alternatives[0]
    assert final.language == "en-GB"
    assert final.start_time == pytest.approx(0.5, abs=0.1)
    assert final.end_time == pytest.approx(0.5 + seconds(received(STOP)), abs=0.4)
    assert final.words is not None
    assert " ".join(final.words) == STOP
    ends = [word.end_time for word in final.words]
    assert ends == sorted(ends)


def test_words_come_as_late_as_from_a_real_recognizer() -> None:
    begins, speech = 0.5, received(WEATHER)
    events = listen(ear(), silence(begins) + speech + silence(1))
    voice = np.frombuffer(speech, np.int16).astype(np.float32)
    words = words_of(WEATHER, voice, 16000)
    interims = [at for at, kind, _ in events if kind == "interim_transcript"]
    behind = [at - begins - word.end for at, word in zip(interims, words, strict=True)]
    assert min(behind) >= 0.15
    assert max(behind) <= 0.35
    (final,) = [at for at, kind, _ in events if kind == "final_transcript"]
    assert 0.3 <= final - begins - words[-1].end <= 0.5


def test_words_begin_where_they_are_heard() -> None:
    speech = np.frombuffer(received(WEATHER), np.int16).astype(np.float32)
    words = words_of(WEATHER, speech, 16000)
    assert len(words) == len(WEATHER.split())
    loud = np.flatnonzero(np.abs(speech) > 500) / 16000
    assert words[0].start == pytest.approx(loud[0], abs=0.05)
    assert words[-1].end == pytest.approx(loud[-1], abs=0.05)
    # Piper pauses between two sentences, and after a comma.
    for ended, begins in ((5, 6), (9, 10)):
        assert begins - ended == 1
        assert words[begins].start - words[ended].end >= 0.15


@pytest.mark.parametrize(
    ("silenced", "heard"),
    [
        (1.62, ["It is grey today, and it was grey yesterday as well."]),
        (3.5, ["yesterday as well."]),
        (seconds(received(WEATHER)), []),
    ],
)
def test_words_whose_audio_was_silenced_are_not_heard(silenced: float, heard: list[str]) -> None:
    speech = received(WEATHER)
    cut = 2 * round(silenced * 16000)
    pcm = silence(0.5) + bytes(cut) + speech[cut:] + silence(1)
    assert finals(ear(), pcm) == heard


def test_words_that_are_silenced_later_are_not_heard() -> None:
    speech = received(WEATHER)
    cut = 2 * round(1.62 * 16000)
    pcm = silence(0.5) + speech[:cut] + bytes(len(speech) - cut) + silence(1)
    assert finals(ear(), pcm) == ["Please tell me about the weather."]


def test_one_utterance_may_follow_another_at_once() -> None:
    pcm = silence(0.3) + received(STOP) + received(HOURS) + received(SHORT) + silence(1)
    assert finals(ear(), pcm) == [f"{STOP} {HOURS} {SHORT}"]


def test_an_utterance_may_be_said_again() -> None:
    pcm = silence(0.3) + 2 * received(SHORT) + silence(0.7) + received(SHORT) + silence(1)
    assert finals(ear(), pcm) == [f"{SHORT} {SHORT}", SHORT]


def test_the_same_call_has_the_same_words_however_its_audio_is_cut() -> None:
    said = b"".join(received(text) + silence(0.8) for text in SAID)
    heard = [finals(ear(), silence(0.3) + bytes(2 * shift) + said) for shift in range(0, 400, 57)]
    assert heard == [list(SAID)] * len(heard)


def test_what_is_misheard_comes_in_the_order_in_which_it_is_said() -> None:
    by = ear(utterance(SHORT), utterance(SHORT, "Shop."), utterance(SHORT, ""))
    assert finals(by, 3 * (received(SHORT) + silence(1))) == [SHORT, "Shop."]


def test_sounds_that_are_nobody_s_are_not_heard() -> None:
    noise = np.random.default_rng(0).normal(0, 3000, 32000).astype(np.int16).tobytes()
    stranger = spoken("Nobody expects these words.")
    assert listen(ear(), noise + silence(1) + stranger + silence(1)) == []


def test_quiet_and_noisy_lines_change_no_word() -> None:
    samples = np.frombuffer(silence(0.5) + received(STOP) + silence(1), np.int16)
    hiss = np.random.default_rng(0).normal(0, 20, len(samples))
    for gain in (0.2, 1.0):
        assert finals(ear(), (samples * gain + hiss).astype(np.int16).tobytes()) == [STOP]


def test_what_is_written_without_spaces_is_heard_letter_by_letter() -> None:
    by = ear(utterance(HOURS, "営業時間は何時ですか。"), language="ja")
    events = listen(by, silence(0.3) + received(HOURS) + silence(1))
    assert events[1][1:] == ("interim_transcript", "営")
    assert events[-1][1:] == ("final_transcript", "営業時間は何時ですか。")


def test_the_end_of_the_stream_brings_what_was_heard_of_the_last_word() -> None:
    speech = received(STOP)
    assert finals(ear(), silence(0.3) + speech[: len(speech) // 2 * 97 // 100 * 2]) == [STOP]


def test_a_call_is_registered_with_all_that_is_known_of_it() -> None:
    voices = Voices(file="de.onnx")
    call = KnownCall(("One.",), (utterance(SHORT),), hears_really=False, voices=voices)
    assert KnownCall.from_json(call.to_json()) == call
    assert set(json.loads(call.to_json())) >= {"replies", "utterances", "hears_really"}
