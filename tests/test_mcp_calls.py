"""The tools of MCP servers in a call: real servers, LiveKit's client, and a scripted llm."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from support import ROOT
from support.mcp_server import HOSTILE
from support.profiles import make_profile
from support.tool_talk import Talk, call, talking

from voice_agent.format.mcp_snapshot import ServerTool, path_for, text
from voice_agent.format.profile import Profile
from voice_agent.runtime.tools.servers import Unavailable, check

SERVER = ROOT / "tests" / "support" / "mcp_server.py"
PROGRAM = {"command": sys.executable, "args": [str(SERVER), "stdio"]}
TRANSPORTS = ("stdio", "http", "json", "sse")


def servers(*names: str, **keys: Any) -> dict[str, Any]:
    """Return the server of the tests, with these tools, as a profile has it."""
    return {"calendar": {**PROGRAM, "allowed_tools": list(names), "timeout": 30, **keys}}


@contextmanager
def serving(transport: str) -> Iterator[dict[str, Any]]:
    """Give what a profile says of the server; over HTTP, it runs for as long as the block lasts."""
    if transport == "stdio":
        yield PROGRAM
        return
    command = [sys.executable, str(SERVER), transport]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield {"url": process.stdout.readline().strip()}
        finally:
            process.kill()


@asynccontextmanager
async def calling(*replies: Any, **keys: Any) -> AsyncIterator[Talk]:
    """Talk with an agent that has tools of the server of the tests, one reply for each line."""
    async with talking({}, *replies, **keys) as talk:
        yield talk


async def asked(talk: Talk, times: int = 1) -> list[str]:
    """Say something that often, and return all that the llm was told as results of tools."""
    for _ in range(times):
        await talk.say("Please.")
    return talk.told()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_tool_is_called_with_what_the_llm_and_the_profile_give(transport: str) -> None:
    options = {
        "find_slot": {
            "values": {"calendar_id": "{{ office }}"},
            "response": {"fields": ["id", "calendar_id"], "save": {"slot": "id"}},
        }
    }
    variables = {"office": {"type": "string", "default": "ours"}, "slot": {"type": "string"}}
    with serving(transport) as server:
        names = ["find_slot", "count_slots"]
        keys = {"calendar": {**server, "allowed_tools": names, "tools": options}}
        replies = [call("find_slot", day="Monday")], "Found."
        async with calling(*replies, mcp_servers=keys, variables=variables) as talk:
            told = await asked(talk)
            assert talk.model.offered[0] == ["find_slot", "count_slots"]
            assert talk.state.values.get("slot") == "S-1"
            [tools] = talk.session.tools
            [seen, _] = [each.info.raw_schema for each in tools.tools]  # type: ignore[union-attr]
    assert told == ['{"id": "S-1", "calendar_id": "ours"}']
    assert list(seen["parameters"]["properties"]) == ["day"]  # the rest is not the llm's
    assert talk.events[-1].details["requests"][0]["body"] == (
        '{"day": "Monday", "calendar_id": "ours"}'
    )


async def test_arguments_that_do_not_fit_are_never_sent() -> None:
    replies = [call("count_slots", first="many")], "Oh."
    async with calling(*replies, mcp_servers=servers("count_slots")) as talk:
        [told] = await asked(talk)
    assert "second is missing" in told
    assert talk.events[-1].details["requests"] == []


async def test_the_llm_hears_the_operators_words_and_never_those_of_a_failure() -> None:
    keys = servers("failing", tools={"failing": {"on_error": "Say that it is closed."}})
    async with calling([call("failing")], "Closed.", mcp_servers=keys) as talk:
        assert await asked(talk) == ["Say that it is closed."]
    assert [each.details["status"] for each in talk.events[1:]] == ["error"]


async def test_hostile_text_in_an_answer_stays_data() -> None:
    async with calling([call("hostile")], "Well.", mcp_servers=servers("hostile")) as talk:
        [told] = await asked(talk)
    assert json.loads(told) == HOSTILE  # a text of JSON, from which nothing gets out


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_answer_of_five_megabytes_is_cut_or_refused(transport: str) -> None:
    with serving(transport) as server:
        keys = {"calendar": {**server, "allowed_tools": ["huge", "count_slots"]}}
        replies = [call("huge")], "Big.", [call("count_slots", first=1, second=2)], "Three."
        async with calling(*replies, mcp_servers=keys) as talk:
            told = await asked(talk, 2)
    assert len(told[0]) < 9000
    assert told[1] == '{"result": 3}'  # and the server is used on


async def test_what_a_server_reports_while_it_works_is_not_told_to_the_llm() -> None:
    keys = servers("with_progress")
    async with calling([call("with_progress")], "Done.", mcp_servers=keys) as talk:
        assert await asked(talk) == ['{"result": "finished"}']
    assert "won" not in str(talk.model.asked)


@pytest.mark.parametrize("transport", ["stdio", "json"])
async def test_a_server_that_hangs_is_given_up_in_time(transport: str) -> None:
    options = {"hanging": {"on_error": {"timeout": "Take a message.", "default": "Oh."}}}
    with serving(transport) as server:
        keys = {"calendar": {**server, "allowed_tools": ["hanging"], "tools": options}}
        async with calling([call("hanging")], "Sorry.", mcp_servers=keys) as talk:
            [tools] = talk.session.tools
            tools._connection._timeout = 0.3  # type: ignore[union-attr]
            assert await asked(talk) == ["Take a message."]


async def test_a_program_that_dies_is_started_again_for_the_next_tool() -> None:
    keys = servers("dying", "count_slots", tools={"dying": {"on_error": {"connection": "Sorry."}}})
    replies = [call("dying")], "Sorry.", [call("count_slots", first=1, second=2)], "Three."
    async with calling(*replies, mcp_servers=keys) as talk:
        assert await asked(talk, 2) == ["Sorry.", '{"result": 3}']


async def test_a_server_over_http_that_dies_is_a_failure_that_the_operator_words() -> None:
    options = {"dying": {"on_error": "Sorry."}, "count_slots": {"on_error": "It is gone."}}
    with serving("http") as server:
        names = ["dying", "count_slots"]
        keys = {"calendar": {**server, "allowed_tools": names, "tools": options}}
        replies = [call("dying")], "Sorry.", [call("count_slots", first=1, second=2)], "Gone."
        async with calling(*replies, mcp_servers=keys) as talk:
            assert await asked(talk, 2) == ["Sorry.", "It is gone."]


async def test_a_program_sees_only_the_environment_that_is_declared_and_ends_with_the_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CALENDAR_TOKEN", "not-to-be-seen")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "not-to-be-seen-either")
    (tmp_path / "diary").mkdir()
    env = {"TOKEN": "{{ secrets.CALENDAR_TOKEN }}"}
    keys = servers("environment", "place", env=env, cwd="diary")
    monkeypatch.chdir(tmp_path)
    replies = [call("environment")], "So.", [call("place")], "There."
    async with calling(*replies, mcp_servers=keys) as talk:
        environment, place = map(json.loads, await asked(talk, 2))
        assert psutil.pid_exists(int(place["process"]))
    known = {"PATH", "HOME", "SHELL", "TERM", "USER", "LOGNAME", "TOKEN"}
    pythons_own = {"LC_CTYPE"}
    assert set(environment) - known - pythons_own == set()
    assert environment["TOKEN"] == "not-to-be-seen"
    assert place["folder"] == str(tmp_path / "diary")
    assert not psutil.pid_exists(int(place["process"]))
    requests = [each.details.get("requests") for each in talk.events]
    assert "not-to-be-seen" not in str(requests)


async def started(profile: Profile) -> None:
    """Connect to the servers of a profile as before a call, and end it, with nothing left of it."""
    tasks, children = asyncio.all_tasks(), psutil.Process().children()
    try:
        await check(profile)
    finally:
        assert asyncio.all_tasks() == tasks
        assert psutil.Process().children() == children


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ({"command": "no-such-program"}, 'there is no program "no-such-program"'),
        (
            {"command": sys.executable, "args": ["-c", "raise SystemExit('No key.\\x1b[2J')"]},
            "its program has ended: No key.",
        ),
        (
            {"command": sys.executable, "args": ["-c", "input(); input()"], "timeout": 0.5},
            "it does not answer within 0.5 seconds",
        ),
        ({"url": "http://127.0.0.1:9/mcp"}, "there is no connection to it"),
    ],
)
async def test_without_a_server_that_is_required_no_call_is_taken(
    server: dict[str, Any], why: str
) -> None:
    profile = make_profile(mcp_servers={"calendar": {**server, "allowed_tools": ["find_slot"]}})
    with pytest.raises(Unavailable) as unavailable:
        await started(profile)
    assert str(unavailable.value) == f'The MCP server "calendar" cannot be used: {why}.'


async def test_without_a_server_that_is_not_required_the_agent_talks_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys = servers("find_slot", "book_slot", required=False)
    keys["diary"] = {"command": "no-such-program", "allowed_tools": ["read"], "required": False}
    async with calling("Hello.", mcp_servers=keys) as talk:
        await talk.say("Hi.")
        assert talk.model.offered == [["find_slot"]]
        assert talk.said == ["Hi.", "Hello."]
    logged = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert logged[0].startswith('MCP server "calendar": it has no tool "book_slot"')
    assert logged[1:] == [
        'The MCP server "diary" cannot be used: there is no program "no-such-program". The agent '
        "goes without its tools."
    ]


async def test_without_a_tool_that_is_allowed_no_call_is_taken() -> None:
    with pytest.raises(Unavailable, match='no tool "find_slots"; did you mean "find_slot"'):
        await started(make_profile(mcp_servers=servers("find_slots")))


async def test_of_two_tools_with_one_name_the_first_is_offered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys = {"one": servers("*")["calendar"], "two": servers("*")["calendar"]}
    own = {"hostile": {"description": "Our own tool.", "result": "Ours."}}
    async with talking(own, "Hello.", mcp_servers=keys) as talk:
        await talk.say("Hi.")
        [offered] = talk.model.offered
    assert len(offered) == len(set(offered)) == 10
    logged = [each.getMessage() for each in caplog.records]
    assert 'MCP server "one": "hostile" is left out, as another tool is called so' in logged


async def test_a_server_that_has_changed_since_its_snapshot_is_warned_of_with_the_difference(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    profile = replace(make_profile(mcp_servers=servers("find_slot")), path=tmp_path / "desk.yaml")
    old = ServerTool("find_slot", "Finds a slot.", {"type": "object"})
    path_for(tmp_path / "desk.yaml").write_text(text({"calendar": {"find_slot": old}}))
    await started(profile)
    [logged] = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert 'MCP server "calendar" has changed since its snapshot was pulled' in logged
    assert '"Finds a slot.", and is now "Finds a free slot on a day."' in logged


async def test_a_secret_reaches_the_server_and_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KEY", "no/such path")
    server = {"url": "http://127.0.0.1:9/{{ secrets.KEY }}/mcp", "required": False}
    keys = {"calendar": {**server, "allowed_tools": ["find_slot"]}}
    async with calling("Hello.", mcp_servers=keys) as talk:
        await talk.say("Hi.")
    assert "no/such path" not in caplog.text
    assert "no%2Fsuch%20path" not in caplog.text
