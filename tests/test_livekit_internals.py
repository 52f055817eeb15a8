"""What this program leans on inside LiveKit is still there, and says what it did before.

A failure here means that the installed LiveKit has changed: see the function of
`voice_agent/runtime/livekit_internals.py` that the test names, and the versions in pyproject.toml.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from livekit.agents import Agent, AgentServer, AgentSession, TurnHandlingOptions, cli
from livekit.agents.beta.workflows import GetDtmfTask
from livekit.agents.cli import _legacy
from livekit.agents.llm.chat_context import Instructions
from livekit.agents.llm.mcp import MCPServer, MCPServerStdio
from livekit.agents.testing import fake_job_context
from livekit.agents.utils import http_context
from livekit.agents.voice.remote_session import SessionHost, SessionTransport
from livekit.agents.worker import ServerEnvOption
from livekit.protocol.agent_pb.agent_session import AgentSessionMessage, SessionRequest
from mcp import ClientSession
from support import ROOT
from support.profiles import make_profile
from support.scripted_llm import ScriptedLLM, agent, conversation, session

from voice_agent import build
from voice_agent.runtime import livekit_internals, models
from voice_agent.runtime.livekit_internals import Server

PACKAGE = ROOT / "voice_agent"
INTERNALS = PACKAGE / "runtime" / "livekit_internals.py"

# Modules of LiveKit that are made for its own programs and tests.
INSIDE = {
    "livekit.agents.cli",
    "livekit.agents.testing",
    "livekit.agents.utils",
    "livekit.agents.voice.remote_session",
    "livekit.agents.worker",
}


class Remote(SessionTransport):
    """What connects `lk agent console` to a session, without a network."""

    def __init__(self) -> None:
        self.typed: asyncio.Queue[AgentSessionMessage] = asyncio.Queue()
        self.answered: asyncio.Queue[str] = asyncio.Queue()

    def type(self, text: str) -> None:
        run_input = SessionRequest.RunInput(text=text)
        request = SessionRequest(request_id=text, run_input=run_input)
        self.typed.put_nowait(AgentSessionMessage(request=request))

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def send_message(self, msg: AgentSessionMessage) -> None:
        if msg.HasField("response"):
            self.answered.put_nowait(msg.response.error or msg.response.request_id)

    def __aiter__(self) -> AsyncIterator[AgentSessionMessage]:
        return self

    async def __anext__(self) -> AgentSessionMessage:
        return await self.typed.get()


async def test_text_typed_from_afar_waits_its_turn_in_the_host_that_livekit_makes() -> None:
    """`RemotelyTyped`: `_session_host`, `_handle_request` and the three parts of a host."""
    model, remote = ScriptedLLM("One.", "Two.", "Three."), Remote()
    model.may_speak.clear()
    with fake_job_context():
        async with session(model) as call:
            await call.start(agent(allow_interruptions=False))
            call._session_host = SessionHost(remote)
            call._session_host.register_session(call)
            await call._session_host.start()
            call.generate_reply(user_input="First")
            remote.type("Second")
            remote.type("Third")
            await asyncio.sleep(0)
            model.may_speak.set()
            answered = [await asyncio.wait_for(remote.answered.get(), 5) for _ in range(2)]
            assert answered == ["Second", "Third"]
            assert conversation(call) == ["First", "One.", "Second", "Two.", "Third", "Three."]


def test_a_session_keeps_its_host_where_ours_takes_its_place() -> None:
    """`RemotelyTyped`: it is no use where LiveKit keeps the host under another name."""
    source = inspect.getsource(AgentSession.start)
    assert "self._session_host = SessionHost(" in source
    assert "await self._session_host.start()" in source


async def test_a_session_that_begins_to_close_says_so_at_once() -> None:
    """`is_closing`: `_is_closing`, which is the difference to other errors."""
    with fake_job_context():
        async with session(ScriptedLLM()) as call:
            await call.start(agent(allow_interruptions=True))
            assert not livekit_internals.is_closing(call)
            call.shutdown()
            assert livekit_internals.is_closing(call)
            await call.aclose()
            assert livekit_internals.is_closing(call)
            with pytest.raises(RuntimeError):
                call.generate_reply(user_input="Hello")


async def test_waiting_for_silence_ends_with_the_session() -> None:
    """`becomes_idle`: `ActivityClosedError`, which LiveKit does not export."""
    model = ScriptedLLM("Hello.", "Never said.")
    with fake_job_context():
        async with session(model) as call:
            await call.start(agent(allow_interruptions=True))
            await call.generate_reply(user_input="Hello")
            assert await livekit_internals.becomes_idle(call)
            model.may_speak.clear()
            call.generate_reply(user_input="Again")
            waiting = asyncio.create_task(livekit_internals.becomes_idle(call))
            await asyncio.sleep(0)
            await call.aclose()
            assert not await asyncio.wait_for(waiting, 5)


async def test_calls_have_a_room_and_an_http_session_outside_a_job() -> None:
    """`outside_a_job`: `fake_job_context` and `http_context`."""
    from livekit.agents.utils.http_context import http_session

    async with livekit_internals.outside_a_job() as context:
        assert context.job.room.sid
        assert not http_session().closed


def test_the_port_for_health_checks_is_for_production_only() -> None:
    """`Server`: `ServerEnvOption`."""
    port = Server(port=4321)._port
    assert ServerEnvOption.getvalue(port, True) == 0
    assert ServerEnvOption.getvalue(port, False) == 4321


async def test_a_worker_that_cannot_run_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`Server.run`: LiveKit's command line calls it, and only logs what it raises."""

    async def fail(self: AgentServer, *, devmode: bool, unregistered: bool) -> None:
        raise OSError("the port is taken")

    monkeypatch.setattr(AgentServer, "run", fail)
    with pytest.raises(SystemExit) as end:
        await Server(port=0).run()
    assert end.value.code == 2
    assert capsys.readouterr().err == "The agent cannot serve calls: the port is taken\n"
    assert 'logger.exception("worker failed")' in inspect.getsource(cli.cli._run_worker)


def test_the_audio_console_closes_its_streams_by_two_methods() -> None:
    """`_close_audio`: `AgentsConsole` of LiveKit's command line, which leaves them open."""
    for name in ("set_microphone_enabled", "set_speaker_enabled"):
        method = getattr(_legacy.AgentsConsole, name)
        assert next(iter(inspect.signature(method).parameters.values())).name == "self"
        assert "enable" in inspect.signature(method).parameters
    source = inspect.getsource(_legacy._run_console)
    assert "_CanonicalConsole._instance = c" in source
    assert not hasattr(cli.AgentsConsole, "set_microphone_enabled")


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield what a file imports of LiveKit, with the line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((f"{node.module}.{each.name}", node.lineno) for each in node.names)


def private_attributes_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names with an underscore that a file reads from anything but itself."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if not node.attr.startswith("__") and owner not in ("self", "cls", "os", "sys"):
                yield node.attr, node.lineno


def test_nothing_else_reaches_into_livekit() -> None:
    found = []
    for path in sorted({*PACKAGE.rglob("*.py"), ROOT / "agent.py"} - {INTERNALS}):
        place = path.relative_to(ROOT)
        for name, line in imports_of(path):
            parts = name.split(".")
            inside = any(name == each or name.startswith(f"{each}.") for each in INSIDE)
            if parts[0] == "livekit" and (inside or any(part[0] == "_" for part in parts)):
                found.append(f"{place}:{line}: {name} belongs into {INTERNALS.name}")
        if place.parts[:2] in (("voice_agent", "runtime"), ("voice_agent", "rehearsal")):
            found += [
                f"{place}:{line}: {name} belongs into {INTERNALS.name}, if it is LiveKit's"
                for name, line in private_attributes_of(path)
            ]
    assert found == []


async def test_the_model_that_a_session_makes_to_detect_keyterms_is_found(offline: None) -> None:
    """See `keyterm_model`."""
    detection = {"enabled": True, "llm": "google/gemini-2.5-flash"}
    profile = make_profile(session={"stt_context_options": {"keyterm_detection": detection}})
    async with http_context.open():
        with fake_job_context():
            without, made = (build.build_session(each) for each in (make_profile(), profile))
            for each in (without, made):
                await each.start(Agent(instructions="Be brief."))
                await each.aclose()
            assert livekit_internals.keyterm_model(without) is None
            found = livekit_internals.keyterm_model(made)
            assert found
            assert found.model == "google/gemini-2.5-flash"
            for each in (without, made):
                await models.close(each)


async def test_the_session_with_an_mcp_server_is_where_livekits_client_keeps_it() -> None:
    """`mcp_client`: `MCPServer._client`, and that LiveKit lists the first page of tools alone."""
    server = MCPServerStdio(
        sys.executable, [str(ROOT / "tests" / "support" / "mcp_server.py"), "stdio"]
    )
    assert livekit_internals.mcp_client(server) is None
    await server.initialize()
    assert isinstance(livekit_internals.mcp_client(server), ClientSession)
    await server.aclose()
    assert livekit_internals.mcp_client(server) is None
    listing = inspect.getsource(MCPServer._list_raw_tools)
    assert listing.count("list_tools") == 1
    assert "cursor" not in listing


async def test_a_task_takes_turns_as_its_agent_does() -> None:
    """`take_turns_as`: where an agent keeps the options of turns, all of them."""
    handling = TurnHandlingOptions(
        turn_detection="stt",
        endpointing={"min_delay": 0.7, "max_delay": 5.0},
        interruption={"enabled": False, "mode": "vad"},
    )
    task, plain = GetDtmfTask(num_digits=4), Agent(instructions="Be brief.")
    careful = Agent(instructions="Be brief.", turn_handling=handling)
    changed = {
        name for name, each in vars(plain).items() if repr(each) != repr(getattr(careful, name))
    }
    assert {*livekit_internals._TURNS} == changed - {"_chat_ctx"}
    livekit_internals.take_turns_as(task, careful)
    assert all(getattr(task, each) == getattr(careful, each) for each in livekit_internals._TURNS)
    livekit_internals.take_turns_as(task, careful, allow_interruptions=True)
    assert task._allow_interruptions is True


async def test_a_task_is_given_instructions_that_differ_for_who_types() -> None:
    """`instruct`: LiveKit's own `update_instructions` takes a text alone."""
    task, wanted = GetDtmfTask(num_digits=4), Instructions("Ask.", text="In writing.")
    livekit_internals.instruct(task, wanted)
    assert task.instructions is wanted
    assert inspect.signature(Agent.update_instructions).parameters["instructions"].annotation == (
        "str"
    )
