"""The services behind tools, as the stand-in plays them from a profile's own words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from support.profiles import make_profile

from voice_agent.rehearsal.services import services_of, with_services
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.service_server import HOSTILE

BOOK = {
    "description": "Books a table.",
    "parameters": {
        "people": {"type": "integer", "minimum": 1, "maximum": 12, "description": "How many."},
        "name": {"type": "string", "description": "Whose table it is."},
        "note": {"type": "string", "optional": True, "description": "A wish."},
        "source": {"value": "phone"},
    },
    "http": {
        "method": "POST",
        "url": "https://api.example.com/v2/places/{{ place }}/bookings",
        "headers": {"Authorization": "Bearer {{ secrets.TOKEN }}", "X-Kind": "voice"},
    },
    "response": {"fields": ["id", "table.name"], "save": {"booking": "id"}},
}
HOURS = {
    "description": "Says when we are open.",
    "parameters": {
        "day": {"type": "string", "format": "date", "description": "The day."},
        "rooms": {"type": "integer", "optional": True, "description": "How many rooms."},
    },
    "http": "GET https://api.example.com:8443/hours?lang=en",
    "response": {"example": {"open": "9 to 5"}},
}
MENU = {
    "description": "Finds a dish.",
    "parameters": {"dish": {"type": "string", "description": "Its name."}},
    "http": "GET https://api.example.com/menu/{{ dish }}",
}
MOVE = {
    "description": "Moves a booking.",
    "parameters": {
        "id": {"type": "string", "description": "Which one."},
        "people": {"type": "integer", "description": "How many."},
    },
    "http": {
        "method": "PUT",
        "url": "https://api.example.com/bookings",
        "body": {"booking": {"ref": "no. {{ id }}", "seats": "{{ people }}"}, "by": ["voice"]},
    },
}
RIGHT = {"people": 4, "name": "Ada", "source": "phone"}
JSON = {"Content-Type": "application/json"}
SENT = {"Authorization": "Bearer x", "X-Kind": "voice", "Idempotency-Key": "k", **JSON}
PROFILE = make_profile(
    variables={"place": {"default": "luigi"}, "booking": {"type": "string"}},
    tools={
        "book": BOOK,
        "hours": HOURS,
        "menu": MENU,
        "move": MOVE,
        "show": {
            "description": "Shows it.",
            "parameters": {"page": {"type": "string", "description": "Which page."}},
            "rpc": {"method": "show"},
        },
        "transfer_call": {
            "destinations": {"billing": {"when": "An invoice.", "transfer_to": "+493012345678"}}
        },
    },
)


class Services:
    """The services of one call."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._base = base

    async def ask(
        self, method: str, path: str, data: Any = None, headers: Any = None, **options: Any
    ) -> tuple[int, str]:
        body = None if data is None else data if isinstance(data, str) else json.dumps(data)
        url = f"{self._base}/{path}"
        options.setdefault("allow_redirects", False)
        asking = self._http.request(method, url, data=body, headers=headers, **options)
        async with asking as response:
            return response.status, await response.text()

    async def received(self) -> list[dict[str, Any]]:
        _, text = await self.ask("GET", "")
        return list(json.loads(text))

    async def problems(self) -> list[str]:
        return [problem for each in await self.received() for problem in each["problems"]]


@asynccontextmanager
async def services(**answers: Any) -> AsyncIterator[Services]:
    async with Gateway() as gateway, aiohttp.ClientSession() as http:
        url = await gateway.register(with_services(KnownCall(), PROFILE, answers))
        yield Services(http, url.removesuffix("/v1") + "/services")


async def test_a_request_as_it_is_declared_is_answered_and_has_no_problem() -> None:
    async with services() as played:
        status, text = await played.ask(
            "POST", "book/https/api.example.com/v2/places/lu%2Figi%3F/bookings", RIGHT, SENT
        )
        day = await played.ask(
            "GET", "hours/https/api.example.com:8443/hours?lang=en&day=2026-10-02&rooms=3"
        )
        dish = await played.ask("GET", "menu/https/api.example.com/menu/fish%20%26%20chips")
        body = {"booking": {"ref": "no. B-1", "seats": 4}, "by": ["voice"]}
        await played.ask("PUT", "move/https/api.example.com/bookings", body, SENT)
        received = await played.received()
    assert [each["problems"] for each in received] == [[], [], [], []]
    assert (status, json.loads(text)) == (
        200,
        {"id": "example id", "table": {"name": "example name"}},
    )
    assert json.loads(day[1]) == {"open": "9 to 5"}
    assert json.loads(dish[1]) == {"ok": True}
    assert [each["arguments"] for each in received] == [
        RIGHT,
        {"day": "2026-10-02", "rooms": 3},
        {"dish": "fish & chips"},
        {"id": "B-1", "people": 4},
    ]
    assert received[0]["url"] == "https://api.example.com/v2/places/lu%2Figi%3F/bookings"
    assert received[0]["headers"] == {
        "authorization": "***",
        "x-kind": "voice",
        "idempotency-key": "k",
        "content-type": "application/json",
    }


BOOKING = "book/https/api.example.com/v2/places/luigi/bookings"


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (("PUT", BOOKING, RIGHT, SENT), "The method is PUT, where POST is declared."),
        (("POST", BOOKING, RIGHT, SENT | {"X-Kind": "else"}), 'The header "X-Kind" is "else"'),
        (("POST", BOOKING, RIGHT, JSON | {"X-Kind": "voice"}), "There is no Idempotency-Key."),
        (("POST", BOOKING, RIGHT, JSON), 'There is no header "Authorization".'),
        (("POST", BOOKING, RIGHT | {"people": "4"}, SENT), ""),
        (("POST", BOOKING, RIGHT | {"people": 13}, SENT), 'The argument "people" is 13'),
        (("POST", BOOKING, RIGHT | {"source": "web"}, SENT), 'The argument "source" is "web"'),
        (("POST", BOOKING, {"people": 4}, SENT), 'The argument "name" is missing.'),
        (("POST", BOOKING, RIGHT | {"x": 1}, SENT), 'The body has "x", which is not declared.'),
        (("POST", BOOKING + "?a=1", RIGHT, SENT), 'The query has "a", which is not declared.'),
        (("POST", BOOKING, [1], SENT), "The body is no object with the arguments."),
        (("POST", BOOKING, "a=1", SENT | {"Content-Type": "text/plain"}), "The body is text/plain"),
        (
            ("POST", "book/https/api.example.com/v2/places/a/b/bookings", RIGHT, SENT),
            "The address is https://api.example.com/v2/places/a/b/bookings, where "
            "https://api.example.com/v2/places/{{ place }}/bookings is declared.",
        ),
        (
            ("POST", "book/http/api.example.com/v2/places/luigi/bookings", RIGHT, SENT),
            "The address is http://api.example.com/",
        ),
        (("GET", "hours/https/api.example.com:8443/hours?day=2026-10-02"), 'The query\'s "lang"'),
        (
            ("GET", "hours/https/api.example.com:8443/hours?lang=en&day=tomorrow"),
            'The argument "day" is "tomorrow", which its schema does not allow.',
        ),
        (("GET", "menu/https/api.example.com/menu/a", {"dish": "a"}, JSON), "There is a body"),
        (
            ("PUT", "move/https/api.example.com/bookings", {"booking": {"ref": "B-1"}}, SENT),
            'The body\'s "booking"\'s "ref" is not as it is declared.',
        ),
    ],
)
async def test_what_is_wrong_with_a_request_is_kept(
    request_: tuple[Any, ...], problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with services() as played:
        status, _ = await played.ask(*request_)
        found = await played.problems()
    assert status == 200
    if problem:
        assert any(each.startswith(problem) for each in found), found
        assert any(problem in message for message in caplog.messages)


async def test_a_service_answers_as_it_is_told_and_then_as_the_last_time() -> None:
    answers = [{"status": 409}, {"response": {"id": 7}}, {"status": 500, "body": "oh no"}]
    async with services(book=answers) as played:
        told = [await played.ask("POST", BOOKING, RIGHT, SENT) for _ in range(4)]
    assert [status for status, _ in told] == [409, 200, 500, 500]
    assert json.loads(told[1][1]) == {"id": 7}
    assert told[3][1] == "oh no"


async def test_a_service_fails_in_every_way_that_services_fail() -> None:
    asked = ("GET", "hours/https/api.example.com:8443/hours?lang=en&day=2026-10-02")
    faults = ["redirect", "html", "huge", "invalid_json", "hostile", "timeout", "drip"]
    async with services(hours=[{each: True} for each in faults]) as played:
        assert (await played.ask(*asked))[0] == 302
        assert "<html>" in (await played.ask(*asked))[1]
        assert len((await played.ask(*asked))[1]) > 5 * 2**20
        with pytest.raises(ValueError, match="Expecting"):
            json.loads((await played.ask(*asked))[1])
        assert json.loads((await played.ask(*asked))[1]) == {"open": HOSTILE}
        for _ in ("timeout", "drip"):
            with pytest.raises(asyncio.TimeoutError):
                await played.ask(*asked, timeout=aiohttp.ClientTimeout(total=0.3))
        assert len(await played.received()) == len(faults)


async def test_a_service_closes_the_connection_without_an_answer() -> None:
    async with services(book=[{"drop": True}]) as played:
        with pytest.raises(aiohttp.ClientConnectionError):
            await played.ask("POST", BOOKING, RIGHT, SENT)
        assert await played.problems() == []


async def test_who_follows_a_redirect_is_found_out() -> None:
    async with services(hours=[{"redirect": True}]) as played:
        with pytest.raises(aiohttp.TooManyRedirects):
            await played.ask(
                "GET",
                "hours/https/api.example.com:8443/hours?lang=en&day=2026-10-02",
                allow_redirects=True,
                max_redirects=2,
            )
        assert "It went where an answer had led it." in await played.problems()


async def test_an_answer_may_be_slow() -> None:
    async with services(menu=[{"delay_ms": 60_000}]) as played:
        with pytest.raises(asyncio.TimeoutError):
            await played.ask(
                "GET",
                "menu/https/api.example.com/menu/a",
                timeout=aiohttp.ClientTimeout(total=0.3),
            )


async def test_the_frontend_and_the_telephone_answer_too() -> None:
    async with services(transfer_call=[{"outcome": "busy"}, {"outcome": "answered"}]) as played:
        told = [
            json.loads((await played.ask("POST", "telephone/billing", {}, JSON))[1])["outcome"]
            for _ in range(2)
        ]
        assert told == ["busy", "answered"]
        _, text = await played.ask("POST", "rpc/show", {"page": "map"}, JSON)
        assert json.loads(text) == {"ok": True}
        await played.ask("POST", "rpc/show", {"pages": "map"}, JSON)
        received = await played.received()
    assert [each["url"] for each in received] == ["tel:billing", "tel:billing", *["rpc:show"] * 2]
    assert received[2]["problems"] == []
    assert received[3]["problems"] == ['The argument "page" is missing.']


async def test_a_tool_of_which_nothing_is_known_has_no_service() -> None:
    async with services() as played:
        status, text = await played.ask("GET", "elsewhere/https/example.com/")
        assert status == 404
        message = json.loads(text)["error"]["message"]
    assert message == 'No service of a tool "elsewhere" is known.'


def test_a_call_keeps_its_services_when_it_is_registered() -> None:
    call = with_services(KnownCall(), PROFILE, {"book": [{"drop": True}]})
    assert KnownCall.from_json(call.to_json()) == call
    with pytest.raises(ValueError, match="does not describe a call"):
        KnownCall.from_json(with_services(call, PROFILE, {"book": [{"x": 1}]}).to_json())


def test_what_is_answered_is_made_of_what_the_profile_looks_for() -> None:
    profile = make_profile(
        variables={"seats": {"type": "integer"}, "tier": {"enum": ["gold"], "type": "string"}},
        tools={
            "find": {
                "description": "Finds a customer.",
                "http": "GET https://example.com/",
                "response": {
                    "fields": ["rooms.0.name"],
                    "save": {"seats": "table.seats", "tier": "tier"},
                },
            },
            "menu": {"description": "The menu.", "result": "Pizza."},
        },
    )
    services = services_of(profile)
    assert list(services) == ["find"]
    assert services["find"].example == {
        "rooms": [{"name": "example name"}],
        "table": {"seats": 4},
        "tier": "gold",
    }
