"""The entry point in the processes of calls, and under LiveKit's own command line."""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from livekit.agents import AgentServer
from livekit.protocol.agent_pb.agent_session import AgentSessionMessage, SessionRequest
from support import ROOT
from support.profiles import MINIMAL, write_profile
from support.program import environment

from voice_agent.commands import main as commands
from voice_agent.runtime import livekit_internals
from voice_agent.standin.process import Standin
from voice_agent.standin.testing.process import InstrumentedStandin

SAID = "Good morning. This is a recording, and it takes its time. It will be over soon."

# A worker that is not registered anywhere takes one call, in a process of its own.
WORKER = """
import asyncio, sys
from voice_agent.runtime.server import make_server

server = make_server(multiprocessing_context=sys.argv[1])

async def take_a_call():
    started = asyncio.Event()
    server.once("worker_started", started.set)
    serving = asyncio.ensure_future(server.run(devmode=True, unregistered=True))
    await started.wait()
    await server.simulate_job("a-room", agent_identity="agent", fake_job=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.aclose()
    await serving

if __name__ == "__main__":
    asyncio.run(take_a_call())
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    opening = f"allow_interruptions: false\non_enter: {{say: '{SAID}'}}\n"
    return write_profile(tmp_path / "recording.yaml", MINIMAL + opening)


@pytest.mark.calls
@pytest.mark.parametrize("context", ["forkserver", "spawn"])
async def test_a_call_is_taken_in_a_job_process(
    context: str, profile: Path, tmp_path: Path
) -> None:
    worker_file = tmp_path / "worker.py"
    worker_file.write_text(WORKER)
    record = tmp_path / "record.jsonl"
    with InstrumentedStandin(record=record) as standin:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            str(worker_file),
            context,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(
                AGENT_PROFILE=str(profile), PYTHONPATH=str(ROOT), **standin.environment
            ),
        )
        assert worker.stdin
        assert worker.stderr
        errors = asyncio.create_task(worker.stderr.read())
        try:
            spoken = await asyncio.wait_for(_sent(record, "input_transcript"), 60)
        finally:
            worker.stdin.close()
            await worker.wait()
    assert SAID.startswith(spoken["transcript"].strip())
    assert "Traceback" not in (await errors).decode()


async def _sent(record: Path, kind: str) -> dict[str, Any]:
    """Wait until a client has sent the stand-in a message of this kind, and return it."""
    while True:
        for line in record.read_text().splitlines() if record.exists() else []:
            message = json.loads(line)["message"]
            if message and message.get("type") == kind:
                return dict(message)
        await asyncio.sleep(0.05)


class Lk:
    """What LiveKit's `lk agent console` is to the agent: it plays its audio and types to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, message: AgentSessionMessage) -> None:
        data = message.SerializeToString()
        self._writer.write(struct.pack(">I", len(data)) + data)

    def type(self, text: str) -> None:
        self.send(
            AgentSessionMessage(
                request=SessionRequest(
                    request_id=text, run_input=SessionRequest.RunInput(text=text)
                )
            )
        )

    def finish_playing(self) -> None:
        message = AgentSessionMessage()
        message.audio_playback_finished.SetInParent()
        self.send(message)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def until(self, kind: str) -> AgentSessionMessage:
        """Read until a message of this kind comes; the agent must not be told to stop."""
        while True:
            (size,) = struct.unpack(">I", await self._reader.readexactly(4))
            message = AgentSessionMessage.FromString(await self._reader.readexactly(size))
            assert message.WhichOneof("message") != "audio_playback_clear", "the speech was cut"
            if message.WhichOneof("message") == kind:
                return message


@asynccontextmanager
async def lk_console(**variables: str) -> AsyncIterator[Lk]:
    connected: asyncio.Queue[Lk] = asyncio.Queue()
    listening = await asyncio.start_server(
        lambda *streams: connected.put_nowait(Lk(*streams)), "127.0.0.1", 0
    )
    host, port = listening.sockets[0].getsockname()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "livekit.agents", "console", "agent.py"),
        *("--connect-addr", f"{host}:{port}"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(**variables),
        start_new_session=True,
    )
    assert process.stderr
    errors = asyncio.create_task(process.stderr.read())
    lk = await asyncio.wait_for(connected.get(), 60)
    try:
        yield lk
    finally:
        process.terminate()
        await process.wait()
        await lk.close()
        listening.close()
        assert b"Traceback" not in await errors


@pytest.mark.calls
async def test_text_typed_into_the_lk_console_waits_for_the_opener_and_is_answered_in_order(
    profile: Path,
) -> None:
    with Standin() as standin:
        async with lk_console(AGENT_PROFILE=str(profile), **standin.environment) as lk:
            await asyncio.wait_for(lk.until("audio_playback_flush"), 60)
            lk.type("My name is Ada")
            lk.type("Thank you")
            answers = []
            for _ in range(2):
                lk.finish_playing()
                await asyncio.wait_for(lk.until("audio_playback_flush"), 60)
                lk.finish_playing()
                answered = await asyncio.wait_for(lk.until("response"), 60)
                assert not answered.response.error
                answers.append(answered.response)
    assert [answer.request_id for answer in answers] == ["My name is Ada", "Thank you"]
    texts = [str(answer.run_input) for answer in answers]
    assert "Nice to meet you, Ada" in texts[0]
    assert "You are welcome" in texts[1]


@pytest.mark.parametrize(
    ("words", "variables", "sentence"),
    [
        (("start",), {}, "No profile was named."),
        (("start",), {"AGENT_PROFILE": "uninterruptable"}, "needs LIVEKIT_URL, LIVEKIT_API_KEY"),
        (
            ("console", "--connect-addr", "127.0.0.1:9"),
            {"AGENT_PROFILE": "uninterruptable"},
            "run on LiveKit Inference",
        ),
    ],
)
def test_livekits_own_command_line_gets_the_same_sentences(
    words: tuple[str, ...],
    variables: dict[str, str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(livekit_internals, "started_by_livekit", lambda: True)
    monkeypatch.setattr(sys, "argv", ["agent.py", *words])
    with mock.patch.dict(os.environ, variables), pytest.raises(SystemExit) as ended:
        commands.check_for_livekit()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1


@pytest.mark.usefixtures("at_the_root")
def test_livekits_own_command_line_ends_with_the_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["livekit.agents", "start", "agent.py"])
    monkeypatch.delitem(sys.modules, "agent", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("livekit.agents", run_name="__main__", alter_sys=True)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("No profile was named.")
    assert len(said.splitlines()) == 1


def test_a_test_can_import_the_entry_point_and_find_the_server() -> None:
    import agent

    assert isinstance(agent.server, AgentServer)
    assert "AGENT_PROFILE" not in os.environ
