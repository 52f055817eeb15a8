"""Every check derived from a profile fails on an agent built to break it, and only that check."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from livekit.agents import (
    AgentSession,
    ChatContext,
    ChatMessage,
    StopResponse,
    UserInputTranscribedEvent,
)
from livekit.agents.vad import VAD
from livekit.agents.voice.room_io import RoomOptions, TextInputEvent, TextInputOptions
from livekit.agents.voice.room_io.types import TextInputCallback
from support.profiles import make_profile

from voice_agent import Profile
from voice_agent.format.scenario import Scenario, ScenarioTurn
from voice_agent.rehearsal import runner, worker
from voice_agent.rehearsal.plan import CallPlan
from voice_agent.rehearsal.results import CallResult, Check
from voice_agent.runtime import build
from voice_agent.runtime.build import build_session
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.session import answer_typed_text
from voice_agent.standin.process import Standin

pytestmark = pytest.mark.calls

_AT_ONCE = 2

FIRM = make_profile("firm", allow_interruptions=False, on_enter="Say something long.")
YIELDING = dataclasses.replace(FIRM, name="yielding", allow_interruptions=True)
WAITING = dataclasses.replace(FIRM, name="waiting", on_enter=None)
REALTIME = make_profile(
    "realtime", llm="openai/gpt-realtime", stt=None, tts=None, on_enter="Say something long."
)


class Deaf(build.ProfileAgent):
    """Hears nothing once it has opened the call."""

    async def on_enter(self) -> None:
        opening = self.session.generate_reply(user_input="Say something long.")
        opening.add_done_callback(lambda _: self.session.input.set_audio_enabled(False))


class Absent(build.ProfileAgent):
    """Lets the first thing it is told pass by."""

    told = 0

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        self.told += 1
        if self.told == 1:
            raise StopResponse


def hears_all(profile: Profile, vad: VAD) -> AgentSession[None]:
    """Make a session that keeps for later what is said over the agent."""
    session = build_session(profile, vad)
    session.options.interruption["discard_audio_if_uninterruptible"] = False

    def keep(event: UserInputTranscribedEvent) -> None:
        speech = session.current_speech
        if event.is_final and speech:
            speech.add_done_callback(lambda _: session.generate_reply(user_input=event.transcript))

    session.on("user_input_transcribed", keep)
    return session


async def cut_by_text(session: AgentSession[None], event: TextInputEvent) -> None:
    await AgentSession.interrupt(session, force=True)
    session.generate_reply(user_input=event.text)


@dataclasses.dataclass(frozen=True)
class Rehearsed:
    """A profile, the agent that is called instead of its own, and the one check that it breaks."""

    profile: Profile
    moment: str
    breaks: str | None = None
    agent: Callable[[Profile, CallState], build.ProfileAgent] = build.build_agent
    is_really: Profile | None = None
    session: Callable[[Profile, VAD], AgentSession[None]] = build_session
    text_input: TextInputCallback = answer_typed_text


MIDDLE, PAST, TYPED = "talked over in the middle", "talked over past the end", "typed over"
TO_ITS_END = "The speech is heard to its end."

CALLS = {
    "an agent that is not interruptable, in the middle": Rehearsed(FIRM, MIDDLE),
    "an agent that is not interruptable, past its end": Rehearsed(FIRM, PAST),
    "an agent that is not interruptable, by typing": Rehearsed(FIRM, TYPED),
    "an agent that is interruptable, in the middle": Rehearsed(YIELDING, MIDDLE),
    "an agent that is interruptable, by typing": Rehearsed(YIELDING, TYPED),
    "an agent that waits to be spoken to": Rehearsed(WAITING, "talked over at the start"),
    "an agent with a realtime model, in the middle": Rehearsed(REALTIME, MIDDLE),
    "an agent with a realtime model, by typing": Rehearsed(REALTIME, TYPED),
    "cannot be cut though its realtime model should see to it": Rehearsed(
        REALTIME, MIDDLE, "The speech is cut within 2 s.", is_really=FIRM
    ),
    "can be cut though it should not": Rehearsed(FIRM, MIDDLE, TO_ITS_END, is_really=YIELDING),
    "cannot be cut though it should": Rehearsed(
        YIELDING, MIDDLE, "The speech is cut within 2 s.", is_really=FIRM
    ),
    "speaks first though it should not": Rehearsed(
        WAITING,
        MIDDLE,
        "The agent waits for the caller for 3 s, as there is no on_enter.",
        is_really=FIRM,
    ),
    "is silent though it should speak first": Rehearsed(
        FIRM,
        MIDDLE,
        "The agent speaks first, within 15 s, as on_enter says.",
        is_really=WAITING,
    ),
    "answers later what was said over it": Rehearsed(
        FIRM,
        MIDDLE,
        "Speech that was not let through is not answered later.",
        session=hears_all,
    ),
    "goes deaf after its opening": Rehearsed(
        FIRM, MIDDLE, "Afterwards the agent hears a question and answers it.", agent=Deaf
    ),
    "lets speech pass that reaches past its own": Rehearsed(
        FIRM, PAST, "Speech that reaches past the agent's is answered.", agent=Absent
    ),
    "loses text, as LiveKit does by default": Rehearsed(
        FIRM, TYPED, "What was typed is answered.", text_input=TextInputOptions().text_input_cb
    ),
    "lets text cut it": Rehearsed(FIRM, TYPED, TO_ITS_END, text_input=cut_by_text),
}


def run_call(name: str, plan: CallPlan) -> CallResult:
    """Run the call `name`, in the process that it is sent to."""
    call = CALLS[name]
    real = call.is_really or call.profile
    text_input = TextInputOptions(text_input_cb=call.text_input)
    with mock.patch.multiple(
        build,
        build_agent=lambda _, __: call.agent(real, CallState(real)),
        build_session=lambda _, vad, __: call.session(real, vad),
        build_room_options=lambda _: RoomOptions(text_input=text_input),
    ):
        return worker.run_call(plan)


@pytest.fixture(scope="module")
def checks() -> dict[str, tuple[Check, ...]]:
    """Run every call, some side by side, and return the checks of each."""
    with runner.stage(_AT_ONCE) as stage:
        profiles = {call.profile.name: call.profile for call in CALLS.values()}
        plans = {
            (name, plan.name): plan
            for name, profile in profiles.items()
            for plan in stage.plan(profile, (), Path())
        }
        calls = [
            partial(run_call, name, plans[call.profile.name, call.moment])
            for name, call in CALLS.items()
        ]
        ended = stage.run_calls(calls, lambda *_: None)
        assert stage.left_out == {}
    return {name: call.checks for name, call in zip(CALLS, ended, strict=True)}


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.breaks is None])
def test_an_honest_agent_passes(checks: dict[str, tuple[Check, ...]], name: str) -> None:
    assert [check for check in checks[name] if not check.passed] == []
    assert len(checks[name]) >= 2


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.breaks])
def test_an_agent_fails_the_one_check_that_it_breaks(
    checks: dict[str, tuple[Check, ...]], name: str
) -> None:
    failed = [check.name for check in checks[name] if not check.passed]
    assert failed == [CALLS[name].breaks]


class LogsAnError(build.ProfileAgent):
    async def on_enter(self) -> None:
        logging.getLogger("an agent").error("the printer is on fire")


class LosesAnException(build.ProfileAgent):
    async def on_enter(self) -> None:
        async def fail() -> None:
            raise LookupError("nobody looked")

        asyncio.create_task(fail())  # noqa: RUF006


class LeavesATask(build.ProfileAgent):
    tasks: list[asyncio.Task[bool]] = []  # noqa: RUF012

    async def on_enter(self) -> None:
        self.tasks.append(asyncio.create_task(asyncio.Event().wait(), name="the errand"))


@pytest.fixture
def clean(
    standin: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[type[build.ProfileAgent]], Check]]:
    """Call an agent that is hung up on at once; return whether nothing went wrong behind it."""

    def call(agent: type[build.ProfileAgent]) -> Check:
        monkeypatch.setattr(build, "build_agent", agent)
        hang_up = Scenario("a wrong number", (ScenarioTurn(hang_up=True),))
        environment = standin.environment
        key = ("allow_interruptions", None)
        record = tmp_path / "call.wav"
        plan = CallPlan(hang_up.name, WAITING, hang_up, environment, {}, key, key, record)
        return worker.run_call(plan).checks[-1]

    monkeypatch.setattr(worker, "_SETTLE", 0.5)
    with mock.patch.dict(os.environ):
        yield call


@pytest.mark.parametrize(
    ("agent", "passed", "reason"),
    [
        (build.ProfileAgent, True, "There was none."),
        (LogsAnError, False, "There was: the printer is on fire."),
        (LosesAnException, False, "There was: nobody looked."),
        (LeavesATask, False, "There was: the errand was left running."),
    ],
)
def test_what_goes_wrong_behind_the_scenes_is_told(
    clean: Callable[[type[build.ProfileAgent]], Check],
    agent: type[build.ProfileAgent],
    passed: bool,
    reason: str,
) -> None:
    check = clean(agent)
    assert (check.passed, check.reason) == (passed, reason)
