"""MCP servers that are published, not ours: one from PyPI, and one from npm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.parts import MCP_SERVER
from support.profiles import MINIMAL, write_profile
from support.program import Run
from support.tool_talk import call, talking

from voice_agent.format.mcp_snapshot import load

TIME = {"command": sys.executable, "args": ["-m", "mcp_server_time"], "timeout": 30}


@contextmanager
def over_http() -> Iterator[dict[str, Any]]:
    """Give the server from npm at an address of this machine."""
    # It takes no socket from us, so another program could take the port before it does.
    port = str(20_000 + os.getpid() % 10_000)
    command = ["node", MCP_SERVER.path(), "streamableHttp"]
    variables = {**os.environ, "PORT": port}
    with subprocess.Popen(
        command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        try:
            for line in process.stderr:
                if "listening" in line.lower():
                    break
            yield {"url": f"http://127.0.0.1:{port}/mcp", "timeout": 30}
        finally:
            process.send_signal(signal.SIGKILL)


async def test_a_server_from_pypi_tells_the_time() -> None:
    options = {"convert_time": {"values": {"target_timezone": "Asia/Tokyo"}}}
    names = ["get_current_time", "convert_time"]
    keys = {"clock": {**TIME, "allowed_tools": names, "tools": options}}
    given = {"source_timezone": "Europe/Berlin", "time": "12:00"}
    replies = [call("convert_time", **given)], "It is evening there."
    async with talking({}, *replies, mcp_servers=keys) as talk:
        await talk.say("What time is it in Tokyo at noon?")
        [told] = talk.told()
        assert talk.model.offered[0] == names
    assert json.loads(told)["target"]["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_a_server_from_npm_adds_and_answers_with_data_and_pictures(transport: str) -> None:
    program = {"command": "node", "args": [MCP_SERVER.path(), "stdio"], "timeout": 30}

    async def talk_to(server: dict[str, Any]) -> list[str]:
        names = ["get-sum", "get-structured-content", "get-tiny-image", "echo"]
        keys = {"everything": {**server, "allowed_tools": names}}
        replies = (
            [call("get-sum", a=19, b=23)],
            "Forty-two.",
            [call("get-structured-content", location="Chicago")],
            "Cold.",
            [call("get-tiny-image")],
            "A picture.",
        )
        async with talking({}, *replies, mcp_servers=keys) as talk:
            for _ in range(3):
                await talk.say("Please.")
            assert talk.model.offered[0] == names
            return talk.told()

    if transport == "stdio":
        told = await talk_to(program)
    else:
        with over_http() as server:
            told = await talk_to(server)
    assert "42" in told[0]
    assert "temperature" in json.loads(told[1])
    assert "image, which is left out" in told[2]


def test_both_are_pulled_and_checked_against(project: Path, run_here: Run) -> None:
    clock = {**TIME, "allowed_tools": ["get_current_time", "convert_times"]}
    program = {"command": "node", "args": [MCP_SERVER.path(), "stdio"], "timeout": 30}
    both = {"clock": clock, "everything": {**program, "allowed_tools": ["echo"]}}
    text = MINIMAL + yaml.safe_dump({"mcp_servers": both})
    path = write_profile(project / "profiles" / "desk.yaml", text)
    assert run_here("pull", "desk", cwd=project).returncode == 0
    assert {"get_current_time", "convert_time"} == {*load(path)["clock"]}
    assert load(path)["everything"]["get-structured-content"].output_schema
    said = run_here("validate", "desk", cwd=project).stdout
    assert 'the server has no tool "convert_times"; did you mean "convert_time"?' in said
    assert said.endswith("1 profile, no problems, 1 warning\n")
