"""A model that fails in any way: the next one answers the caller, and one line says so.

All calls run side by side with one stand-in, and their models bear the names of the faults.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import NamedTuple
from unittest import mock

import pytest
from support.profiles import make_profile
from support.speech import spoken

from voice_agent import Profile
from voice_agent.rehearsal.audio_io import RATE
from voice_agent.rehearsal.call import Call, calling
from voice_agent.runtime import build
from voice_agent.runtime.session import ProfileSession
from voice_agent.standin.calls import KnownCall, Utterance
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.process import Standin
from voice_agent.standin.testing.faults import Fault
from voice_agent.standin.testing.instruments import TestInstruments

pytestmark = pytest.mark.calls

QUESTION = "What are your opening hours?"
ANSWER = "From nine to five."

FAULTS = ("refuse", "429", "500", "hang", "drop", "garbage", "error")
# LiveKit does not notice that a recognizer gives nothing back, as long as it takes the audio.
OF_HEARING = ("refuse", "429", "500", "stall", "drop", "garbage", "error")
# LiveKit Inference itself answers: it is a provider behind it that fails.
BEHIND = ("429", "500", "hang", "drop", "garbage", "error")

WORKS = {"stt": "deepgram/nova-3", "llm": "openai/gpt-4.1-mini", "tts": "cartesia/sonic-3"}
# A realtime model is known by its name.
REALTIME = {
    "refuse": "openai/gpt-realtime-mini",
    "garbage": "openai/gpt-realtime-2.1",
    "error": "google/gemini-live",
}
REALTIME_WORKS = "openai/gpt-realtime"
# Nobody is to wait for longer than it takes.
HASTE = {
    "stt": {"attempt_timeout": 1, "max_retry_per_stt": 0},
    "llm": {"attempt_timeout": 1, "retry_on_chunk_sent": True},
    "tts": {"max_retry_per_tts": 0},
}
_TOGETHER = 12


class Case(NamedTuple):
    """A fault of the first model of a role."""

    role: str
    fault: str
    behind: bool = False
    """Whether LiveKit Inference falls back, and not LiveKit's adapter in the agent."""

    def __str__(self) -> str:
        return "-".join([self.role, self.fault, *(["behind"] * self.behind)])

    @property
    def broken(self) -> str:
        """The model that fails."""
        if self.role == "realtime":
            return REALTIME[self.fault]
        return f"broken{'-behind' * self.behind}/{self.role}-{self.fault}"

    @property
    def works(self) -> str:
        """The model that answers in its place."""
        return REALTIME_WORKS if self.role == "realtime" else WORKS[self.role]

    @property
    def profile(self) -> Profile:
        """An agent with both of them."""
        if self.role == "realtime":
            broken = {"model": self.broken, "conn_options": {"max_retry": 0}}
            return make_profile(llm=[broken, self.works], stt=None, tts=None)
        tried = [self.broken, self.works]
        models = tried if self.behind else {"fallback": tried, **HASTE[self.role]}
        return make_profile(**{self.role: models})


CASES = [
    *(Case("stt", fault) for fault in OF_HEARING),
    *(Case("llm", fault) for fault in FAULTS),
    *(Case("tts", fault) for fault in FAULTS),
    *(Case(role, fault, behind=True) for role in ("stt", "tts") for fault in BEHIND),
    *(Case("realtime", fault) for fault in REALTIME),
]


class Came(NamedTuple):
    """What the caller got."""

    answers: list[str]
    seconds: float
    """How much speech was heard."""


async def run(case: Case, gateway: Gateway, environment: dict[str, str]) -> Came:
    """Ask an agent whose first model fails twice, and return what came of it."""
    known = KnownCall(
        replies=(ANSWER,) * 3,
        utterances=(Utterance(QUESTION, spoken(QUESTION, RATE), RATE),),
        hears_really=False,
    )
    url = await gateway.register(known)
    profile = case.profile

    def make_session() -> ProfileSession:
        with mock.patch.dict("os.environ", {**environment, "LIVEKIT_INFERENCE_URL": url}):
            return build.build_session(profile)

    async with calling(build.build_agent(profile), make_session) as call:
        if case.role == "stt":
            await call.until(lambda: call.now > 3)  # until its fault has struck
        for number in (1, 2):
            await ask(call, by_voice=case.role == "stt")
            await call.until(lambda n=number: call.count("response") >= n and call.silent, 20)
    answers = [event.text for event in call.events if event.name == "response"]
    return Came(answers, sum(heard.played for heard in call.heard))


async def ask(call: Call, *, by_voice: bool) -> None:
    if by_voice:
        await call.say(spoken(QUESTION, RATE), QUESTION)
    else:
        call.type(QUESTION)


async def run_all(environment: dict[str, str]) -> dict[Case, Came]:
    free = asyncio.Semaphore(_TOGETHER)
    faults = [Fault(case.role, case.fault, model=case.broken) for case in CASES]
    async with Gateway(instruments=TestInstruments(misbehave=faults)) as gateway:

        async def take(case: Case) -> Came:
            async with free:
                return await run(case, gateway, environment)

        return dict(zip(CASES, await asyncio.gather(*map(take, CASES)), strict=True))


class Lines(logging.Handler):
    """What is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self.messages.append(record.getMessage())


@pytest.fixture(scope="module")
def came(standin: Standin) -> Iterator[tuple[dict[Case, Came], list[str]]]:
    """Make all calls; what came of each, and what was logged."""
    lines = Lines()
    logger = logging.getLogger("voice_agent")
    logger.addHandler(lines)
    yield asyncio.run(run_all(standin.environment)), lines.messages
    logger.removeHandler(lines)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_caller_hears_an_answer_though_the_first_model_fails(
    came: tuple[dict[Case, Came], list[str]], case: Case
) -> None:
    answers, seconds = came[0][case]
    assert ANSWER in answers[-1]
    assert seconds > 0.8


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_log_says_in_one_line_who_answers_in_place_of_whom(
    came: tuple[dict[Case, Came], list[str]], case: Case
) -> None:
    about = [line for line in came[1] if case.broken in line]
    if case.behind:
        expected = f"{case.role} {case.broken} failed ({case.fault}), and {case.works} answers"
        assert set(about) == {expected}
    else:
        role = "llm" if case.role == "realtime" else case.role
        assert about[0] == f"{role}: {case.broken} failed, and {case.works} takes over"
