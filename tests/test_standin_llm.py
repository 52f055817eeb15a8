"""The stand-in's chat completions, asked through LiveKit's own client."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from livekit.agents import APIConnectionError, APIStatusError, inference
from livekit.agents.llm import ChatContext
from support.clients import BEARER, ONCE, access, ask, clients, until, websocket

from voice_agent.standin import passthrough
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway
from voice_agent.standin.phrases import ENGLISH, PHRASES
from voice_agent.standin.script import answer

pytestmark = pytest.mark.usefixtures("fast_llm")


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


AGENT = system("You are a helpful assistant who gives long answers.")


@pytest.mark.parametrize(
    "text",
    [
        "Say something somewhat long and boring so I can test if you're interruptable.",
        "Please tell me a long story.",
        "Explain it in great detail.",
    ],
)
def test_something_long_is_answered_with_a_long_passage(text: str) -> None:
    assert answer([AGENT, user(text)]) == ENGLISH.passage


def test_the_long_passage_is_made_of_many_sentences() -> None:
    assert 110 < len(ENGLISH.passage.split()) < 180
    assert ENGLISH.passage.count(".") >= 10
    assert "stand-in" in ENGLISH.passage


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("stop please I have a question", "You said: Stop please I have a question."),
        ("How long are you open?", "You asked: How long are you open?"),
        ("hello there", "You said: Hello there. Hello to you too"),
        ("my name is peter", "Nice to meet you, Peter."),
        ("Thank you very much", "You are welcome."),
        ("Thank you, goodbye.", "Goodbye"),
        ("word " * 60, "and so on."),
    ],
)
def test_a_reply_takes_up_what_was_said_and_admits_to_being_a_stand_in(
    text: str, reply: str
) -> None:
    said = answer([AGENT, user(text)])
    assert reply in said
    assert "stand-in" in said
    assert len(said.split()) < 50


def test_the_same_words_again_are_not_answered_with_the_same_words() -> None:
    once = [AGENT, user("I am here")]
    twice = [*once, {"role": "assistant", "content": "Yes."}, user("I am here")]
    assert answer(once) != answer(twice)
    assert answer(twice) == answer(twice)


@pytest.mark.parametrize("messages", [[], [AGENT], [AGENT, system("Greet the caller.")]])
def test_with_nothing_said_the_caller_is_greeted(messages: list[dict[str, Any]]) -> None:
    assert answer(messages) == ENGLISH.greeting


def test_an_instruction_for_one_answer_is_taken_up() -> None:
    assert answer([AGENT, system("Say something long and boring.")]) == ENGLISH.passage
    told = answer([AGENT, user("Hello."), system("Ask for the order number.")])
    assert "Ask for the order number." in told


def test_content_in_parts_is_read() -> None:
    parts = [{"type": "image_url"}, {"type": "text", "text": "I am"}, {"text": "here"}]
    assert "I am here." in answer([AGENT, user(parts)])


async def test_an_answer_comes_word_by_word_with_its_usage() -> None:
    async with Gateway() as gateway, clients():
        llm = inference.LLM("openai/gpt-4.1-mini", **access(gateway.url))
        conversation = ChatContext.empty()
        conversation.add_message(role="user", content="I am here")
        async with llm.chat(chat_ctx=conversation, conn_options=ONCE) as stream:
            chunks = [chunk async for chunk in stream]
        await llm.aclose()
    pieces = [chunk.delta.content for chunk in chunks if chunk.delta and chunk.delta.content]
    assert "".join(pieces) == answer([user("I am here")])
    assert len(pieces) == len("".join(pieces).split())
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.completion_tokens == len(pieces)


async def test_the_replies_of_a_call_come_first_one_for_each_request() -> None:
    spoken = [user("Hello."), {"role": "assistant", "content": "One."}, user("Go on.")]
    over = [*spoken, {"role": "assistant", "content": "Two."}, user("Thanks.")]
    async with Gateway() as gateway, aiohttp.ClientSession(headers=BEARER) as http:
        url = await gateway.register(KnownCall(("One.", "Two.")))
        answers = []
        for messages in (spoken[:1], spoken, over):
            body = {"model": "a/b", "messages": messages}
            async with http.post(f"{url}/chat/completions", json=body) as response:
                completion = await response.json()
            answers.append(completion["choices"][0]["message"]["content"])
    assert answers == ["One.", "Two.", answer(over)]


async def test_a_call_brings_long_replies_along() -> None:
    reply = " ".join(f"{number:x}" for number in random.Random(0).sample(range(2**40), 3000))
    assert len(reply) > 30_000
    async with Gateway() as gateway, clients():
        url = await gateway.register(KnownCall((reply,)))
        llm = inference.LLM("openai/gpt-4.1-mini", **access(url))
        conversation = ChatContext.empty()
        conversation.add_message(role="user", content="Hello.")
        async with llm.chat(chat_ctx=conversation, conn_options=ONCE) as stream:
            chunk = await anext(aiter(stream))
        await llm.aclose()
    assert chunk.delta
    assert chunk.delta.content == reply.partition(" ")[0]


async def test_a_call_that_was_not_registered_is_not_found() -> None:
    async with Gateway() as gateway, aiohttp.ClientSession(headers=BEARER) as http:
        url = gateway.url.replace("/v1", "/calls/7/v1")
        async with http.post(f"{url}/chat/completions", json={}) as response:
            assert response.status == 404
            assert "knows no call" in await response.text()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"replies": [], "utterances": [{}]}'])
async def test_what_describes_no_call_is_not_registered(body: bytes) -> None:
    async with Gateway() as gateway, aiohttp.ClientSession(headers=BEARER) as http:
        url = gateway.url.replace("/v1", "/calls")
        async with http.post(url, data=body) as response:
            assert response.status == 400
            assert "does not describe a call" in await response.text()


async def test_an_answer_can_be_had_in_one_piece() -> None:
    async with Gateway() as gateway, aiohttp.ClientSession(headers=BEARER) as http:
        body = {"model": "a/b", "messages": [user("I am here")]}
        async with http.post(f"{gateway.url}/chat/completions", json=body) as response:
            completion = await response.json()
    assert completion["object"] == "chat.completion"
    assert completion["choices"][0]["message"]["content"] == answer([user("I am here")])


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": "hello"}'])
async def test_a_request_that_is_no_conversation_is_refused_with_a_sentence(body: bytes) -> None:
    async with (
        Gateway() as gateway,
        aiohttp.ClientSession(headers=BEARER) as http,
        http.post(f"{gateway.url}/chat/completions", data=body) as response,
    ):
        assert response.status == 400
        message = (await response.json())["error"]["message"]
    assert message == "The request's body is not a chat completion."


class Upstream:
    """An OpenAI-compatible server that answers "One two", and "two" only when it is let."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.begin = asyncio.Event()
        self.go_on = asyncio.Event()
        self.status = 200
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((await request.json(), dict(request.headers)))
        await self.begin.wait()
        if self.status != 200:
            error = {"error": {"message": "model not found"}}
            return web.json_response(error, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(_chunk("One"))
        await self.go_on.wait()
        await response.write(_chunk(" two") + b"data: [DONE]\n\n")
        return response


def _chunk(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return b"data: " + json.dumps({**chunk, "choices": [choice]}).encode() + b"\n\n"


@asynccontextmanager
async def running(upstream: Upstream) -> AsyncIterator[Upstream]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", upstream.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield upstream
    finally:
        await runner.cleanup()


async def test_another_server_answers_as_it_writes() -> None:
    async with running(Upstream()) as upstream, clients():
        upstream.begin.set()
        async with Gateway(llm_url=f"{upstream.url}/", llm_model="tiny") as gateway:
            llm = inference.LLM("openai/gpt-4.1-mini", **access(gateway.url))
            conversation = ChatContext.empty()
            conversation.add_message(role="user", content="Hello.")
            async with llm.chat(chat_ctx=conversation, conn_options=ONCE) as stream:
                pieces = []
                async for chunk in stream:
                    if chunk.delta and chunk.delta.content:
                        pieces.append(chunk.delta.content)
                        upstream.go_on.set()
            await llm.aclose()
    assert pieces == ["One", " two"]
    ((body, headers),) = upstream.requests
    assert body["model"] == "tiny"
    assert body["messages"] == [user("Hello.")]
    assert "Authorization" not in headers


async def test_the_model_asked_for_is_kept_unless_another_is_named() -> None:
    async with running(Upstream()) as upstream, clients():
        upstream.begin.set()
        upstream.go_on.set()
        async with Gateway(llm_url=upstream.url) as gateway:
            await ask(gateway.url, "Hello.")
    assert upstream.requests[0][0]["model"] == "openai/gpt-4.1-mini"


async def test_an_error_of_the_other_server_is_passed_on() -> None:
    async with running(Upstream()) as upstream, clients():
        upstream.status = 404
        upstream.begin.set()
        async with Gateway(llm_url=upstream.url) as gateway:
            with pytest.raises(APIStatusError, match="model not found") as caught:
                await ask(gateway.url, "Hello.")
    assert caught.value.status_code == 404


async def written(gateway: Gateway) -> tuple[str, dict[str, Any]]:
    """Have a realtime model answer in writing; its text, and how it ended."""
    text = ""
    async with websocket(f"{gateway.url}/realtime?model=openai/gpt-realtime") as ws:
        wanted = {"output_modalities": ["text"]}
        await ws.send_json({"type": "response.create", "response": wanted})
        while (event := await ws.receive_json(timeout=10))["type"] != "response.done":
            text += event["delta"] if event["type"] == "response.output_text.delta" else ""
    return text, event["response"]


async def test_another_server_thinks_for_a_realtime_model() -> None:
    async with running(Upstream()) as upstream:
        upstream.begin.set()
        upstream.go_on.set()
        async with Gateway(llm_url=upstream.url, llm_model="tiny") as gateway:
            text, response = await written(gateway)
    assert (text, response["status"]) == ("One two", "completed")


async def test_a_realtime_model_says_why_another_server_did_not_think_for_it() -> None:
    async with Gateway(llm_url="http://127.0.0.1:9/v1") as gateway:
        text, response = await written(gateway)
    assert (text, response["status"]) == ("", "failed")
    assert "cannot be reached" in response["status_details"]["error"]["message"]


async def test_a_server_that_cannot_be_reached_is_named_without_its_password() -> None:
    async with Gateway(llm_url="http://me:secret@127.0.0.1:9/v1?key=secret") as gateway, clients():
        with pytest.raises(APIStatusError) as caught:
            await ask(gateway.url, "Hello.")
    message = str(caught.value)
    assert "The language model at http://127.0.0.1:9/v1 (OFFLINE_LLM_URL)" in message
    assert "secret" not in message


@pytest.mark.parametrize("url", ["localhost:11434", "http://[", "ftp://127.0.0.1/v1"])
async def test_an_address_that_is_none_is_an_error_and_not_a_crash(url: str) -> None:
    async with Gateway(llm_url=url) as gateway, clients():
        with pytest.raises(APIStatusError, match="OFFLINE_LLM_URL"):
            await ask(gateway.url, "Hello.")


@pytest.fixture
def comments(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The comments that keep a client waiting, 0.05 s apart, as they are written."""
    written: list[bytes] = []
    write = web.StreamResponse.write

    async def noted(response: web.StreamResponse, data: bytes) -> None:
        await write(response, data)
        if data.startswith(b":"):
            written.append(data)

    monkeypatch.setattr(passthrough, "_LATE", 0.05)
    monkeypatch.setattr(web.StreamResponse, "write", noted)
    return written


async def test_a_server_that_loads_its_model_first_is_waited_for(comments: list[bytes]) -> None:
    patience = type(ONCE)(max_retry=0, timeout=0.3)
    async with running(Upstream()) as upstream, clients():
        upstream.go_on.set()
        async with Gateway(llm_url=upstream.url) as gateway:
            asking = asyncio.create_task(ask(gateway.url, "Hello.", options=patience))
            await until(lambda: len(comments) > 10)  # longer than the client has patience
            upstream.begin.set()
            assert await asking == ["One", " two"]


async def test_an_error_that_comes_late_is_an_error_still(comments: list[bytes]) -> None:
    async with running(Upstream()) as upstream, clients():
        upstream.status = 500
        async with Gateway(llm_url=upstream.url) as gateway:
            asking = asyncio.create_task(ask(gateway.url, "Hello."))
            await until(lambda: bool(comments))
            upstream.begin.set()
            with pytest.raises(APIConnectionError):
                await asking


SAID = {
    "es": ("Hola, buenos días.", "¿Qué hora es?", "Muchas gracias.", "Adiós.", "Algo largo."),
    "pt-BR": ("Olá, bom dia.", "Que horas são?", "Muito obrigado.", "Tchau.", "Algo longo."),
    "fr": ("Bonjour.", "Quelle heure est-il ?", "Merci.", "Au revoir.", "Une longue histoire."),
    "de": ("Guten Tag.", "Wie spät ist es?", "Vielen Dank.", "Tschüss.", "Etwas Langes, bitte."),
    "it": ("Buongiorno.", "Che ore sono?", "Grazie.", "Arrivederci.", "Qualcosa di lungo."),
    "nl": ("Goedemorgen.", "Hoe laat is het?", "Dank u wel.", "Tot ziens.", "Iets langs."),
    "hi": ("नमस्ते।", "क्या समय हुआ है", "धन्यवाद।", "अलविदा।", "कुछ लंबा सुनाइए।"),
    "zh-CN": ("您好。", "现在几点", "谢谢。", "再见。", "讲一个很长的故事。"),
    "ja": (
        "こんにちは。",
        "いまなんじですか",
        "ありがとうございます。",
        "さようなら。",
        "長い話をしてください。",
    ),
}


@pytest.mark.parametrize("language", SAID)
def test_the_script_understands_and_answers_in_the_language_of_the_call(language: str) -> None:
    hello, question, thanks, goodbye, long = SAID[language]
    ours = PHRASES[language[:2]]

    def answered(text: str) -> str:
        return answer([AGENT, user(text)], language)

    assert answer([AGENT], language) == ours.greeting
    assert answered(hello) == ours.hello.format(said=hello)
    assert answered(question).startswith(ours.asked.partition("{said}")[0] + question)
    assert (answered(thanks), answered(goodbye)) == (ours.welcome, ours.goodbye)
    assert answered(long) == ours.passage
    assert answered("Say something long and boring.") == ours.passage


def test_in_a_language_that_the_script_does_not_speak_it_speaks_english() -> None:
    assert answer([AGENT], "tlh") == ENGLISH.greeting


def test_a_long_text_without_spaces_is_quoted_in_part() -> None:
    assert answer([AGENT, user("你" * 200)], "zh").count("你") == 80
