"""What validates starts: profiles made from the schema, each started against the stand-in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import yaml
from support import examples, generated
from support.profiles import MODELS
from support.repaired import repaired

from voice_agent import Profile
from voice_agent.format.schema import part_at, schema
from voice_agent.format.sounds import clips
from voice_agent.lint.check import check_text
from voice_agent.standin.process import Standin

SEEDS = range(250)
STARTED = SEEDS[: examples(len(SEEDS))]
# The agent never sees what is rehearsed with it. A sound that is made up is no file.
ALONE = generated.of_one_file(schema())
LEFT_OUT = ("rehearsal", "agents", "handoffs")  # of which others are made below
PROFILES = {
    **ALONE,
    "$defs": {**ALONE["$defs"], "sounds": {"enum": list(clips())}},
    "properties": {k: part for k, part in ALONE["properties"].items() if k not in LEFT_OUT},
}
REALTIME_PROFILES = {
    **PROFILES,
    "properties": {**PROFILES["properties"], "llm": {"$ref": "#/$defs/realtime"}},
}


AGENTS = [f"agent_{number}" for number in range(4)]
# What agents name, and what of it a profile has.
NAMES = {
    "own": AGENTS,
    "agent": [*AGENTS, "back"],
    "tool": ["hours", "book_table", "end_call"],
    "variable": ["tier"],
    "field": ["name", "email", "phone_number", "address", "dob", "credit_card"],
}
THERE: dict[str, Any] = {
    "instructions": "Be brief.",
    "variables": {"tier": {"default": "gold"}},
    "tools": {
        "hours": {"description": "Says when we are open.", "result": "From ten to ten."},
        "book_table": {"description": "Books a table for the caller.", "result": "It is booked."},
        "end_call": None,
    },
}
SEVERAL_AGENTS: dict[str, Any] = {
    "$defs": PROFILES["$defs"],
    "type": "object",
    "properties": {
        **{key: ALONE["properties"][key] for key in ("allow_interruptions", "handoffs")},
        "agents": {**ALONE["properties"]["agents"], "x-names": "own", "minProperties": 3},
    },
    "required": ["agents"],
}
SEVERAL = range(20)


class Starter:
    """Starts calls as a job does, but without a room, audio or a microphone."""

    def __init__(self) -> None:
        from livekit.plugins import silero

        self.tracebacks: list[str] = []
        """What LiveKit logged of exceptions, since the last call was started."""
        self._loop = asyncio.new_event_loop()
        # LiveKit leaves futures behind where a call ends early; nobody asks them how it went.
        self._loop.set_exception_handler(lambda *_: None)
        self._vad = silero.VAD.load()
        self._calls: list[asyncio.Task[None]] = []

    def start(self, profile: Profile) -> None:
        """Start a call with the agent of `profile`; raises what building or starting it raises."""
        self.tracebacks.clear()
        self._loop.run_until_complete(self._start(profile))

    def close(self) -> None:
        """Wait until every call has ended, which takes some seconds, and all of them the same."""
        self.tracebacks.clear()
        self._loop.run_until_complete(self._ended())
        self._loop.close()

    async def _start(self, profile: Profile) -> None:
        started = asyncio.get_running_loop().create_future()
        self._calls.append(asyncio.create_task(self._call(profile, started)))
        await started

    async def _ended(self) -> None:
        await asyncio.gather(*self._calls)

    async def _call(self, profile: Profile, started: asyncio.Future[None]) -> None:
        from livekit.agents.testing import fake_job_context
        from livekit.agents.utils import http_context

        from voice_agent.runtime import background, build, models
        from voice_agent.runtime.call_state import CallState

        async with http_context.open():
            with fake_job_context():
                try:
                    assert build.build_room_options(profile)
                    background.build_player(profile)
                    state = CallState(profile)
                    session = build.build_session(profile, vad=self._vad, call=state)
                    agent = build.build_agent(profile, state)
                    await session.start(agent)
                    await asyncio.wait_for(agent.entered.wait(), 60)
                    for each in later_agents(state):
                        models.keep(session, each.stt, each.llm, each.tts)
                except Exception as error:
                    started.set_exception(error)
                else:
                    started.set_result(None)
                    await session.aclose()
                    await models.close(session)


class _Listener(logging.Handler):
    def __init__(self, tracebacks: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._tracebacks = tracebacks

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the errors that were raised, other than of models that no call waits for."""
        if record.exc_info and "Connector is closed." not in str(record.exc_info[1]):
            self._tracebacks.append(logging.Formatter().format(record))


@pytest.fixture(scope="module")
def starter(standin: Standin) -> Iterator[Starter]:
    """Start calls whose models are the stand-in's."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in standin.environment.items():
            patch.setenv(name, value)
        made = Starter()
        listener = _Listener(made.tracebacks)
        logging.getLogger("livekit").addHandler(listener)
        yield made
        made.close()
        logging.getLogger("livekit").removeHandler(listener)
        assert made.tracebacks == []


def later_agents(call: Any) -> Iterator[Any]:
    """Build the agents of a call that hold it later, once all variables have values."""
    from voice_agent.runtime.agents.agent import HoldingAgent

    values = {"integer": 4, "number": 0.5, "boolean": True, "array": [], "object": {}}
    for name, variable in call.profile.variables.items():
        value = variable.enum[0] if variable.enum else values.get(variable.type, "text")
        call.values.save(name, value)
    yield from (HoldingAgent(call, name) for name in [*call.profile.agents][1:])


def with_agents(seed: int) -> dict[str, Any] | None:
    """Return a profile with several agents, every second one with a realtime llm; None for none."""
    made = generated.document(SEVERAL_AGENTS, Random(seed), NAMES)
    agents: dict[str, Any] = {name: {} for name in AGENTS} | made["agents"]
    model = {"llm": "openai/gpt-realtime"} if seed % 2 else yaml.safe_load(MODELS)
    return repaired({**THERE, **model, **made, "agents": agents})


@pytest.mark.calls
@pytest.mark.parametrize("seed", SEVERAL[: examples(len(SEVERAL))])
def test_whatever_validates_with_several_agents_starts(seed: int, starter: Starter) -> None:
    text = yaml.safe_dump(with_agents(seed), allow_unicode=True, sort_keys=False)
    profile = check_text(text, "desk.yaml").profile
    if profile is None:
        pytest.skip("nothing is left that is valid")
    print(text)
    starter.start(profile)
    assert starter.tracebacks == []


def test_every_key_of_an_agent_is_in_some_of_these_profiles() -> None:
    profiles = [each for each in map(with_agents, SEVERAL) if each]
    assert len(profiles) > len(SEVERAL) / 2
    agents = [agent for profile in profiles for agent in profile["agents"].values()]
    used = {key for agent in agents for key in agent}
    assert used == {*part_at(["agents", AGENTS[0]])["properties"]}
    assert {to for agent in agents for to in agent.get("handoffs", {})} == {*NAMES["agent"]}


def made(seed: int) -> dict[str, Any]:
    """Return a profile; every second one has a realtime llm, as those have rules of their own."""
    document: dict[str, Any] = generated.document(
        REALTIME_PROFILES if seed % 2 else PROFILES, Random(seed)
    )
    return document


@pytest.mark.calls
@pytest.mark.parametrize("seed", STARTED)
def test_whatever_validates_starts(seed: int, starter: Starter) -> None:
    text = yaml.safe_dump(made(seed), allow_unicode=True)
    profile = check_text(text, "desk.yaml").profile
    if profile is None:
        pytest.skip("a rule beside the schema refuses it")
    print(text)
    starter.start(profile)
    assert starter.tracebacks == []


def test_every_key_that_the_agent_sees_is_in_some_of_these_profiles() -> None:
    used = {path for seed in SEEDS for path in keys_in(made(seed))}
    assert set(keys_of(PROFILES)) - used == set()


def keys_of(part: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every key that a part of the schema has."""
    for key, value in part.get("properties", {}).items():
        yield f"{path}.{key}"
        yield from keys_of(value, f"{path}.{key}")
    if isinstance(part.get("items"), dict):
        yield from keys_of(part["items"], path)


def keys_in(data: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every key that a document has."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield f"{path}.{key}"
            yield from keys_in(value, f"{path}.{key}")
    elif isinstance(data, list):
        for each in data:
            yield from keys_in(each, path)
