"""Requests to MCP servers go to checked addresses alone, and to the server of the profile."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from support.profiles import make_profile
from support.tool_talk import call, talking

from voice_agent.runtime.tools.servers import Unavailable, check
from voice_agent.standin import mcp

TOOLS = mcp.played({"ring": {"description": "Rings a bell.", "input_schema": {"type": "object"}}})
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def playing(request: web.Request) -> web.StreamResponse:
    """Answer as a server with one tool."""

    async def answer(*_: Any) -> str:
        return "Ding."

    return await mcp.serve(request, TOOLS, answer)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[int, list[web.Request]]]:
    """Serve on the loopback interface; give the port, and the requests that arrive."""
    received: list[web.Request] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        received.append(request)
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], received
    finally:
        await runner.cleanup()


def at(url: str, **keys: Any) -> dict[str, Any]:
    """Return the server as a profile has it."""
    return {"bell": {"url": url, "allowed_tools": ["ring"], **keys}}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What DNS answers for names, in turn; the last answer again and again."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host not in known:
            return real(host, port, *rest, **options)
        address = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "100.100.100.200", "0.0.0.0"]
)
async def test_a_name_that_leads_into_the_private_network_is_never_connected_to(
    names: dict[str, list[str]], address: str
) -> None:
    names["calendar.example.com"] = [address]
    profile = make_profile(mcp_servers=at("https://calendar.example.com/mcp"))
    with pytest.raises(Unavailable, match=f"calendar.example.com leads to {address}, which "):
        await check(profile)


async def test_what_is_connected_to_is_the_address_that_was_checked(
    names: dict[str, list[str]],
) -> None:
    async with serving(playing) as (port, received):
        names["desk.internal"] = ["127.0.0.1"]
        keys = at(f"http://desk.internal:{port}/mcp", headers={"X-Desk": "{{ secrets.DESK }}"})
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DESK", "number seven")
            replies = [call("ring")], "It rang."
            hosts = ["desk.internal"]
            async with talking({}, *replies, mcp_servers=keys, allow_hosts=hosts) as talk:
                await talk.say("Ring.")
                assert [json.loads(each) for each in talk.told()] == ["Ding."]
    assert {each.host for each in received} == {f"desk.internal:{port}"}
    assert {each.headers["X-Desk"] for each in received} == {"number seven"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_to_another_server_is_not_followed(status: int) -> None:
    async with serving(playing) as (other, stolen):

        async def elsewhere(_: web.Request) -> web.StreamResponse:
            location = f"http://127.0.0.1:{other}/mcp"
            return web.Response(status=status, headers={"Location": location})

        async with serving(elsewhere) as (port, _):
            profile = make_profile(mcp_servers=at(f"http://127.0.0.1:{port}/mcp"))
            with pytest.raises(Unavailable, match="cannot be used"):
                await check(profile)
    assert stolen == []


async def test_the_status_of_a_refusal_is_named() -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.Response(status=401, text="<html>token=hunter2</html>")

    async with serving(refuse) as (port, _):
        profile = make_profile(mcp_servers=at(f"http://127.0.0.1:{port}/mcp"))
        with pytest.raises(Unavailable, match=r"it answers with HTTP status 401\.$"):
            await check(profile)


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(playing) as (proxy, proxied), serving(playing) as (port, received):
        for name in ("http_proxy", "all_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        await check(make_profile(mcp_servers=at(f"http://127.0.0.1:{port}/mcp")))
    assert received
    assert proxied == []
