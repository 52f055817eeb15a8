"""The client of HTTP tools against a real service: one that answers, fails, drips or hangs up."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.parts import OPENSSL
from support.service import (
    Service,
    drips,
    drops,
    ends_early,
    hangs,
    raw,
    says,
    sends,
    serving,
    zipped,
)

from voice_agent.format.addresses import parse
from voice_agent.runtime.tools.http import Answer, Failed, Request, send

LIMIT = 32_000


def request(
    service: Service | int,
    method: str = "GET",
    *,
    host: str = "127.0.0.1",
    scheme: str = "http",
    retries: int | None = None,
    timeout: float = 10,
    allow_hosts: tuple[str, ...] = (),
) -> Request:
    """Return a request to a service, as a tool would send it."""
    port = service if isinstance(service, int) else service.port
    if retries is None:
        retries = 2 if method == "GET" else 0
    return Request(
        tool="book_table",
        method=method,
        address=parse(f"{scheme}://{host}:{port}/bookings", allow_hosts),
        target="/bookings",
        headers={"Idempotency-Key": "k1"},
        body=None if method == "GET" else b"{}",
        timeout=timeout,
        retries=retries,
        limit=LIMIT,
    )


async def failing(asked: Request) -> Failed:
    """Send a request that fails, and return how."""
    with pytest.raises(Failed) as caught:
        await send(asked)
    return caught.value


async def answered(service: Service) -> Answer:
    return await send(request(service))


@pytest.mark.parametrize(
    ("reply", "data"),
    [
        (
            says({"id": "B-17", "table": {"name": "window"}}),
            {"id": "B-17", "table": {"name": "window"}},
        ),
        (sends(b'{"a": 1}', "application/vnd.api+json"), {"a": 1}),
        (sends(b'{"a": 1}', "text/plain"), {"a": 1}),
        (raw(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'), {"a": 1}),
        (sends('\ufeff{"a": "ü"}'.encode()), {"a": "ü"}),
        (sends('{"a": "ü"}'.encode("latin-1"), "application/json; charset=latin-1"), {"a": "ü"}),
        (sends(b"We are open.", "text/plain"), "We are open."),
        (sends(b"[closed today]", "text/plain"), "[closed today]"),
        (sends(b"42", "text/plain"), "42"),
        (sends(b"", status=204), None),
        (sends(b"", "text/html"), None),
        (says([], 201), []),
        (zipped(b'{"a": 1}'), {"a": 1}),
        (zipped(b'{"a": 1}', "deflate"), {"a": 1}),
        (raw(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[1]"), [1]),
    ],
)
async def test_what_a_service_says_is_data(reply: Any, data: Any) -> None:
    async with serving(reply) as service:
        answer = await answered(service)
    assert answer.data == data
    assert answer.whole


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        (says({"why": "taken"}, 409), "status", 409),
        (says({"why": "secret"}, 500), "status", 500),
        (sends(b"<h1>Hello</h1>", "text/html"), "not_json", None),
        (sends(b"<h1>Sorry</h1>", "text/html", 404), "status", 404),
        (sends(b"GIF89a", "image/gif"), "not_json", None),
        (sends(b'{"a": 1', "application/json"), "not_json", None),
        (sends(b"NaN"), "not_json", None),
        (sends(b"[" * 30_000), "not_json", None),
        (sends(b'{"a": "\xff"}'), "not_json", None),
        (sends(b"{}", "application/json; charset=klingon"), "not_json", None),
        (sends(b"{}", Content_Encoding="br"), "not_json", None),
        (sends(b"{}", Content_Encoding="gzip"), "not_json", None),
        (sends(b"[" + b"1," * 2_500_000 + b"1]"), "too_large", None),
        (zipped(b'"' + b"0" * 20_000_000 + b'"'), "too_large", None),
        (zipped(b'"' + b"0" * 20_000_000 + b'"', "deflate"), "too_large", None),
        (says({}, 302, Location="/elsewhere"), "redirect", 302),
        (says({}, 307, Location="http://169.254.169.254/"), "redirect", 307),
        (says({}, 308, Location="//evil.example"), "redirect", 308),
        (sends(b"", status=304), "status", 304),
        (ends_early, "connection", None),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "connection", None),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n{}"), "connection", None),
    ],
)
async def test_what_a_tool_cannot_use_is_a_failure_without_its_words(
    reply: Any, kind: str, status: int | None
) -> None:
    async with serving(reply) as service:
        failed = await failing(request(service, "POST"))
    assert (failed.kind, failed.status) == (kind, status)
    assert len(service.received) == 1
    assert not any(word in f"{failed} {failed.reason}" for word in ("taken", "secret", "Hello"))


async def test_a_long_text_is_read_up_to_the_limit() -> None:
    async with serving(sends(b"word " * 1_000_000, "text/plain")) as service:
        answer = await answered(service)
    assert not answer.whole
    assert answer.size == len(answer.data) == LIMIT


async def test_a_text_that_is_cut_within_a_character_ends_before_it() -> None:
    async with serving(sends(b"x" + "ü".encode() * LIMIT, "text/plain")) as service:
        answer = await answered(service)
    assert answer.data == "x" + "ü" * (LIMIT // 2 - 1)


# How a service fails, and how often each request is made: a GET, a POST, and a POST that its
# operator allows to be repeated.
OFTEN = [
    ("drops", drops, (3, 1, 3)),
    ("ends early", ends_early, (3, 1, 3)),
    ("502", says({}, 502), (3, 1, 3)),
    ("503", says({}, 503), (3, 1, 3)),
    ("504", says({}, 504), (3, 1, 3)),
    ("429, at once", says({}, 429, Retry_After="0"), (3, 1, 3)),
    ("429, long ago", says({}, 429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), (3, 1, 3)),
    ("429, too late", says({}, 429, Retry_After="3600"), (1, 1, 1)),
    ("400", says({}, 400), (1, 1, 1)),
    ("409", says({}, 409), (1, 1, 1)),
    ("500", says({}, 500), (1, 1, 1)),
    ("redirect", says({}, 302, Location="/"), (1, 1, 1)),
    ("HTML", sends(b"<p>", "text/html"), (1, 1, 1)),
    ("no JSON", sends(b"{"), (1, 1, 1)),
]


@pytest.mark.parametrize(
    ("reply", "times"), [each[1:] for each in OFTEN], ids=[x[0] for x in OFTEN]
)
async def test_a_request_is_made_again_only_where_that_is_safe_and_may_help(
    reply: Any, times: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice_agent.runtime.tools.http.client._FIRST_PAUSE", 0.001)
    seen = []
    for method, retries in (("GET", None), ("POST", None), ("POST", 2)):
        async with serving(reply) as service:
            failed = await failing(request(service, method, retries=retries))
        seen.append(len(service.received))
        assert len(failed.exchanges) == len(service.received)
        assert {each.headers["Idempotency-Key"] for each in service.received} == {"k1"}
    assert tuple(seen) == times


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_is_no_get_is_sent_once_to_a_service_that_hangs_up(method: str) -> None:
    async with serving(drops) as service:
        await failing(request(service, method))
    assert service.methods == [method]


async def test_a_service_that_comes_back_is_heard() -> None:
    async with serving(says({}, 503), says({"open": True})) as service:
        answer = await answered(service)
    assert answer.data == {"open": True}
    assert [each.status for each in answer.exchanges] == [503, 200]


@pytest.mark.parametrize("reply", [hangs, drips])
async def test_a_service_has_so_much_time_for_its_whole_answer(reply: Any) -> None:
    async with serving(reply) as service:
        failed = await failing(request(service, timeout=0.3))
        await asyncio.wait_for(service.cut.wait(), 10)
    assert failed.kind == "timeout"
    assert service.methods == ["GET"]


async def test_the_time_is_for_all_attempts_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_agent.runtime.tools.http.client._FIRST_PAUSE", 0.001)
    async with serving(drops, hangs) as service:
        failed = await failing(request(service, timeout=1))
    assert failed.kind == "timeout"
    assert len(service.received) == 2


async def test_an_error_whose_body_never_ends_is_still_that_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("voice_agent.runtime.tools.http.client._SECONDS_FOR_BODY_OF_ERROR", 0.1)

    async def reply(asked: Any) -> Any:
        response = aiohttp.web.StreamResponse(status=409)
        await response.prepare(asked)
        await response.write(b"{")
        await asyncio.Event().wait()

    async with serving(reply) as service:
        failed = await failing(request(service, "POST"))
    assert (failed.kind, failed.status) == ("status", 409)


async def test_a_request_that_is_cancelled_closes_its_connection() -> None:
    async with serving(hangs) as service:
        sending = asyncio.ensure_future(answered(service))
        while not service.received:
            await asyncio.sleep(0.01)
        sending.cancel()
        await asyncio.wait_for(service.cut.wait(), 10)
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_port_on_which_nobody_listens_is_a_failure_that_names_it() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        failed = await failing(request(port, "POST"))
    assert failed.kind == "connection"
    assert f'"127.0.0.1" (port {port})' in failed.reason


async def test_the_operator_is_shown_what_was_sent_and_what_came_back() -> None:
    async with serving(says({"why": "taken"}, 409)) as service:
        failed = await failing(request(service, "POST"))
    (exchange,) = failed.exchanges
    assert (exchange.method, exchange.body, exchange.status) == ("POST", "{}", 409)
    assert exchange.url == f"http://127.0.0.1:{service.port}/bookings"
    assert json.loads(exchange.answer or "") == {"why": "taken"}


async def test_of_a_long_answer_only_the_beginning_is_shown_to_people() -> None:
    async with serving(says(["word"] * 2_000)) as service:
        (exchange,) = (await answered(service)).exchanges
    assert exchange.size == 16_000
    assert exchange.answer == ("[" + '"word", ' * 250)[:2_000] + "…"


# Nothing in the environment changes where a request goes, or what it has.


async def test_no_proxy_of_the_environment_gets_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as proxy, serving() as service:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        await answered(service)
    assert (len(proxy.received), len(service.received)) == (0, 1)


async def test_no_password_of_a_netrc_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password lovelace\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with serving() as service:
        await answered(service)
    assert "Authorization" not in service.received[0].headers


async def test_cookies_of_one_attempt_are_not_sent_with_the_next() -> None:
    async with serving(says({}, 503, Set_Cookie="session=1"), says({})) as service:
        await answered(service)
    assert not any("Cookie" in each.headers for each in service.received)


# Names


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What names lead to: the addresses of each, for each time that it is asked for."""
    known: dict[str, list[list[str]]] = {}
    really = socket.getaddrinfo

    def find(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host not in known:
            return really(host, port, *rest, **options)
        addresses = known[host].pop(0)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, port, 0, 0))
            if ":" in each
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", find)
    return known


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.0.0.1"],
        ["100.64.0.1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["0.0.0.0"],
        ["93.184.216.34", "127.0.0.1"],
        ["127.0.0.1", "93.184.216.34"],
    ],
)
async def test_a_name_that_leads_to_what_is_not_public_is_not_connected_to(
    names: dict[str, list[list[str]]], addresses: list[str]
) -> None:
    names["api.example.com"] = [addresses]
    async with serving() as service:
        failed = await failing(request(service, host="api.example.com", scheme="https"))
    assert failed.kind == "address"
    assert "api.example.com leads to" in failed.reason
    assert failed.exchanges[0].status is None


async def test_a_loopback_name_that_leads_into_the_network_is_not_connected_to(
    names: dict[str, list[list[str]]],
) -> None:
    names["localhost"] = [["10.0.0.1"]]
    async with serving() as service:
        failed = await failing(request(service, host="localhost"))
    assert failed.kind == "address"


async def test_a_host_that_the_operator_allows_never_leads_to_where_credentials_are(
    names: dict[str, list[list[str]]],
) -> None:
    names["crm.test"] = [["169.254.169.254"]]
    async with serving() as service:
        failed = await failing(request(service, host="crm.test", allow_hosts=("crm.test",)))
    assert failed.kind == "address"


async def test_a_name_is_looked_up_once_for_all_attempts_so_that_no_second_answer_matters(
    names: dict[str, list[list[str]]],
) -> None:
    names["crm.test"] = [["127.0.0.1"], ["169.254.169.254"]]
    async with serving(drops, says({}, 503), says([1])) as service:
        answer = await send(request(service, host="crm.test", allow_hosts=("crm.test",)))
    assert answer.data == [1]
    assert len(service.received) == 3
    assert names["crm.test"] == [["169.254.169.254"]]


async def test_a_name_that_nobody_knows_is_a_failure_that_names_it() -> None:
    failed = await failing(request(80, "POST", host="nobody.invalid", scheme="https"))
    assert failed.kind == "connection"
    assert '"nobody.invalid"' in failed.reason


# Certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of crm.test, which nobody has signed."""
    folder = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    words += " -subj /CN=crm.test -addext subjectAltName=DNS:crm.test -keyout key.pem -out c.pem"
    command = [OPENSSL.path(), *words.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "c.pem").read_text())
    return both


@pytest.mark.parametrize(
    ("host", "trusted", "works"),
    [("crm.test", True, True), ("crm.test", False, False), ("evil.test", True, False)],
)
async def test_a_certificate_has_to_be_of_the_host_that_the_url_names(
    names: dict[str, list[list[str]]],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    trusted: bool,
    works: bool,
) -> None:
    names[host] = [["127.0.0.1"]]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    if trusted:
        client = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", client)
    async with serving(certificate=server) as service:
        asked = request(service, "POST", host=host, scheme="https", allow_hosts=(host,))
        if works:
            assert (await send(asked)).data == {"ok": True}
        else:
            failed = await failing(asked)
            assert failed.kind == "connection"
            assert "certificate" in failed.reason
    assert len(service.received) == works


# Offline


async def test_offline_the_stand_in_gets_the_very_request_that_the_service_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(says({"id": 1})) as standin:
        monkeypatch.setenv("AGENT_OFFLINE", "1")
        monkeypatch.setenv(
            "AGENT_SERVICES_URL", f"http://127.0.0.1:{standin.port}/calls/7/services"
        )
        asked = request(8443, "POST", host="api.example.com", scheme="https")
        answer = await send(asked)
    (received,) = standin.received
    assert answer.data == {"id": 1}
    assert received.target == ("/calls/7/services/book_table/https/api.example.com:8443/bookings")
    assert received.headers["Host"] == "api.example.com:8443"
    assert received.headers["Idempotency-Key"] == "k1"
    assert received.body == b"{}"
    assert answer.exchanges[0].url == "https://api.example.com:8443/bookings"


async def test_offline_nothing_goes_to_a_service_even_where_no_stand_in_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as service:
        monkeypatch.setenv("AGENT_OFFLINE", "1")
        failed = await failing(request(service))
    assert failed.kind == "connection"
    assert not service.received
