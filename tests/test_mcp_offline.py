"""MCP servers offline: the stand-in plays them from the snapshot, programs too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.profiles import make_profile
from support.tool_talk import call, talking

from voice_agent.format.mcp_snapshot import ServerTool, path_for, text
from voice_agent.rehearsal.services import with_services
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway

FIND = ServerTool(
    "find_slot",
    "Finds a slot.",
    {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
    {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
)
KEYS = {
    "mcp_servers": {
        "calendar": {
            "command": "no-such-program",
            "env": {"TOKEN": "{{ secrets.NOT_SET }}"},
            "allowed_tools": ["find_slot"],
            "tools": {"find_slot": {"on_error": "Take a message."}},
        }
    }
}


async def told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keys: dict[str, Any],
    answers: dict[str, list[dict[str, Any]]] | None = None,
) -> list[str]:
    """Return what the llm is told of two calls of the tool, offline."""
    profile = replace(make_profile(**keys), path=tmp_path / "desk.yaml")
    path_for(tmp_path / "desk.yaml").write_text(text({"calendar": {"find_slot": FIND}}))
    async with Gateway() as gateway:
        url = await gateway.register(with_services(KnownCall(), profile, answers))
        monkeypatch.setenv("AGENT_OFFLINE", "1")
        monkeypatch.setenv("AGENT_SERVICES_URL", f"{url.removesuffix('/v1')}/services")
        replies = [call("find_slot", day="Monday")], "One.", [call("find_slot", day="Friday")], "."
        async with talking({}, *replies, **keys) as talk:
            await talk.say("Monday?")
            await talk.say("Friday?")
            return talk.told()


async def test_a_program_is_played_and_neither_it_nor_its_secrets_have_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await told(tmp_path, monkeypatch, KEYS) == ['{"id": "example"}'] * 2


async def test_it_answers_with_the_example_of_the_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = {**KEYS["mcp_servers"]["calendar"]}
    server["tools"] = {"find_slot": {"response": {"example": {"id": "S-9"}}}}
    keys = {"mcp_servers": {"calendar": server}}
    assert await told(tmp_path, monkeypatch, keys) == ['{"id": "S-9"}'] * 2


async def test_it_fails_as_a_scenario_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"find_slot": [{"status": 500}, {"response": {"id": "S-2"}}]}
    heard = await told(tmp_path, monkeypatch, KEYS, answers)
    assert heard == ["Take a message.", '{"id": "S-2"}']
