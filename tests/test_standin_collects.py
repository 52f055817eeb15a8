"""The script answers LiveKit's tasks and fields of profiles, as LiveKit's own client sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from livekit.agents import Agent, AgentSession, AgentTask, RunContext, function_tool, inference
from livekit.agents.beta.workflows import (
    GetAddressTask,
    GetCreditCardTask,
    GetDOBTask,
    GetDtmfTask,
    GetEmailTask,
    GetNameTask,
    GetPhoneNumberTask,
    TaskGroup,
)
from livekit.agents.llm import ToolError
from livekit.agents.testing import fake_job_context
from support.clients import access, clients

from voice_agent.standin.calls import KnownCall
from voice_agent.standin.gateway import Gateway

pytestmark = pytest.mark.usefixtures("fast_llm")

_TIMEOUT = 10.0  # seconds
Modality = Literal["audio", "text"]
Make = Callable[[], AgentTask[Any]]


@dataclass
class Collecting:
    """A talk in which one task is done."""

    session: AgentSession[None]
    modality: Modality
    outcome: list[Any] = field(default_factory=list)
    """What came of the task, or what it raised."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[str] = field(default_factory=list)
    """What the agent has said."""
    calls: list[str] = field(default_factory=list)
    """The tools that were called, in order."""

    async def say(self, *lines: str) -> None:
        """Say one thing after the other, and wait each time until the agent has answered."""
        for line in lines:
            handle = self.session.generate_reply(user_input=line, input_modality=self.modality)
            await asyncio.wait_for(handle.wait_for_playout(), _TIMEOUT)

    async def until_asked(self, times: int = 1) -> None:
        """Wait until the agent has said so many things."""

        async def so() -> None:
            while len(self.said) < times:
                await asyncio.sleep(0.01)

        await asyncio.wait_for(so(), _TIMEOUT)

    async def result(self) -> Any:
        """Return what came of the task; raise what it raised."""
        await asyncio.wait_for(self.ended.wait(), _TIMEOUT)
        if isinstance(self.outcome[0], ToolError):
            raise self.outcome[0]
        return self.outcome[0]


@asynccontextmanager
async def collecting(
    make: Make, *, modality: Modality = "audio", language: str = "en", replies: Sequence[Any] = ()
) -> AsyncIterator[Collecting]:
    """Have an agent do a task as soon as it has the call."""

    class Asks(Agent):
        async def on_enter(self) -> None:
            try:
                talk.outcome.append(await make())
            except ToolError as error:
                talk.outcome.append(error)
            talk.ended.set()

    async with Gateway() as gateway, clients():
        known = KnownCall(tuple(replies), language=language)
        llm = inference.LLM("openai/gpt-4.1-mini", **access(await gateway.register(known)))
        async with aclosing(llm), AgentSession[None](llm=llm) as session:
            talk = Collecting(session, modality)

            @session.on("conversation_item_added")
            def _(event: Any) -> None:
                if event.item.type == "message" and event.item.role == "assistant":
                    talk.said.append(event.item.text_content or "")

            @session.on("function_tools_executed")
            def _(event: Any) -> None:
                talk.calls += [call.name for call in event.function_calls]

            await session.start(Asks(instructions="Be brief."))
            await talk.until_asked()
            yield talk


async def given(make: Make, *lines: str, **how: Any) -> Any:
    """Return what came of a task in which the caller says these lines."""
    async with collecting(make, **how) as talk:
        await talk.say(*lines)
        return await talk.result()


@pytest.mark.parametrize(
    ("said", "email"),
    [
        ("ada at example dot com", "ada@example.com"),
        ("It's a d a dot king at my dash shop dot co dot uk", "ada.king@my-shop.co.uk"),
        ("ada@example.com", "ada@example.com"),
    ],
)
async def test_an_email_address_is_heard_read_back_and_confirmed(said: str, email: str) -> None:
    async with collecting(GetEmailTask) as talk:
        await talk.say(said)
        assert talk.said == [
            "The offline stand-in needs to know: your email address.",
            f"I have noted {email}. Is that right?",
        ]
        await talk.say("Yes.")
        assert (await talk.result()).email_address == email
        assert talk.calls == ["update_email_address", "confirm_email_address"]


async def test_a_typed_address_is_recorded_at_once_as_livekit_has_it() -> None:
    result = await given(GetEmailTask, "ada@example.com", modality="text")
    assert result.email_address == "ada@example.com"


async def test_a_caller_corrects_what_was_read_back() -> None:
    lines = ("ada at example dot com", "No, it is ada dot king at example dot com", "Exactly.")
    assert (await given(GetEmailTask, *lines)).email_address == "ada.king@example.com"


async def test_a_no_without_another_value_has_it_asked_for_again() -> None:
    async with collecting(GetPhoneNumberTask) as talk:
        await talk.say("555 123 4567", "No.")
        assert talk.said[-1] == talk.said[0]
        await talk.say("five five five, nine eight seven, six five four three", "That's right.")
        assert (await talk.result()).phone_number == "5559876543"


async def test_who_does_not_want_to_say_it_is_not_asked_again() -> None:
    with pytest.raises(ToolError, match="I'd rather not say"):
        await given(GetEmailTask, "Why?", "I'd rather not say.")


async def test_a_number_that_livekit_refuses_is_asked_for_again_with_the_reason() -> None:
    async with collecting(GetPhoneNumberTask) as talk:
        await talk.say("oh three oh")
        assert talk.said[-1] == (
            "Invalid phone number provided: 030. "
            "The offline stand-in needs to know: your phone number."
        )
        await talk.say("555 123 4567", "Yes.")
        assert (await talk.result()).phone_number == "5551234567"


async def test_what_lacks_of_a_name_and_of_an_address_is_asked_for() -> None:
    result = await given(lambda: GetNameTask(last_name=True), "I am Ada.", "King.", "Yes, it is.")
    assert (result.first_name, result.last_name) == ("Ada", "King")
    lines = ("12 Main Street", "Springfield", "It's the USA", "Right.")
    assert (await given(GetAddressTask, *lines)).address == "12 Main Street Springfield the USA"


async def test_an_address_in_one_sentence_is_taken_apart() -> None:
    lines = ("12 Main Street, Apartment 4, Springfield, USA", "Yes.")
    result = await given(GetAddressTask, *lines)
    assert result.address == "12 Main Street Apartment 4 Springfield USA"


async def test_a_date_of_birth_may_have_its_time() -> None:
    result = await given(lambda: GetDOBTask(include_time=True), "15 January 1990 at 7:30", "Yes.")
    assert (str(result.date_of_birth), str(result.time_of_birth)) == ("1990-01-15", "07:30:00")


async def test_digits_that_are_said_are_recorded() -> None:
    with fake_job_context():
        result = await given(lambda: GetDtmfTask(num_digits=4), "1 2 3 4")
    assert result.user_input == "1 2 3 4"


async def test_a_card_is_given_piece_by_piece_and_never_read_back() -> None:
    async with collecting(GetCreditCardTask) as talk:
        lines = ["4242 4242 4242 4242", "four two " * 8, "12/99", "December ninety-nine"]
        for line in (*lines, "123", "one two three"):
            asked = len(talk.said)
            await talk.say(line)
            await talk.until_asked(asked + 1)
        assert "4242" not in "".join(talk.said)
        assert "123" not in "".join(talk.said)
        await talk.say("Ada King", "Yes.")
        result = await talk.result()
    assert (result.card_number, result.expiration_date, result.security_code) == (
        "4242" * 4,
        "12/99",
        "123",
    )
    assert result.cardholder_name == "Ada King"


async def test_a_caller_goes_back_to_what_was_collected_before() -> None:
    async def both() -> Any:
        group = TaskGroup()
        group.add(GetEmailTask, id="email", description="Collects the email address.")
        group.add(GetPhoneNumberTask, id="phone", description="Collects the phone number.")
        return await group

    class Both(AgentTask[Any]):
        async def on_enter(self) -> None:
            self.complete(await both())

    async with collecting(lambda: Both(instructions="x"), modality="text") as talk:
        await talk.say("ada@example.com")
        await talk.until_asked(2)
        await talk.say("Wait, my email address was wrong.")
        await talk.until_asked(3)
        assert talk.said[-1].endswith("your email address.")
        assert talk.calls == ["update_email_address", "out_of_scope"]
        await talk.say("grace@example.com")
        await talk.until_asked(4)
        await talk.say("555 123 4567")
        results = (await talk.result()).task_results
    assert results["email"].email_address == "grace@example.com"


class GuestsTask(AgentTask[int]):
    """A field of a profile, as a task with a tool for each thing that can become of it."""

    def __init__(self, schema: dict[str, Any], name: str = "guests") -> None:
        update = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
        reason = {"type": "object", "properties": {"reason": {"type": "string"}}}
        self._name = name
        tools = [
            function_tool(self._update, raw_schema=self._raw("update", update)),
            function_tool(self._decline, raw_schema=self._raw("decline", reason)),
        ]
        super().__init__(instructions="Ask for it.", tools=tools)

    def _raw(self, what: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"name": f"{what}_{self._name}", "description": "d", "parameters": parameters}

    async def on_enter(self) -> None:
        self.session.generate_reply(instructions=f"Ask the user. Use update_{self._name}.")

    async def _update(self, raw_arguments: dict[str, Any], context: RunContext[None]) -> str | None:
        value = raw_arguments["value"]
        if isinstance(value, int) and value > 12:
            return "For more than twelve the manager calls back."
        self.complete(value)
        return None

    async def _decline(self, raw_arguments: dict[str, Any], context: RunContext[None]) -> None:
        self.complete(ToolError(raw_arguments["reason"]))


GUESTS = {"type": "integer", "minimum": 1, "maximum": 12, "description": "How many will come."}


async def test_a_field_of_a_profile_is_asked_for_by_its_description() -> None:
    async with collecting(lambda: GuestsTask(GUESTS)) as talk:
        assert talk.said == ["The offline stand-in needs to know: How many will come."]
        await talk.say("We are twenty-three.")
        assert talk.said[-1].startswith("For more than twelve the manager calls back. The offline")
        await talk.say("Then four.")
        assert await talk.result() == 4


@pytest.mark.parametrize(
    ("schema", "said", "value"),
    [
        ({"type": "string", "enum": ["window", "garden"]}, "By the window, please.", "window"),
        ({"type": "boolean", "description": "Whether you smoke."}, "No.", False),
        ({"type": "boolean", "description": "Whether you smoke."}, "Yes, I do.", True),
        ({"type": "string", "pattern": "^[A-Z]{2}[0-9]{3}$"}, "a b 1 2 3", "AB123"),
        ({"type": "string", "format": "date"}, "the 3rd of May 2031", "2031-05-03"),
        ({"type": "string"}, "It's the one by the door.", "the one by the door"),
        ({"type": "number"}, "2.5", 2.5),
    ],
)
async def test_fields_of_every_type_are_taken_from_an_answer(
    schema: dict[str, Any], said: str, value: Any
) -> None:
    assert await given(lambda: GuestsTask(schema, "wish"), said) == value


async def test_a_reply_gives_a_field_to_the_tool_that_is_offered_for_it() -> None:
    replies = ["For how many?", {"collect": {"guests": 4}}]
    assert await given(lambda: GuestsTask(GUESTS), "Four.", replies=replies) == 4
    email = ["Your address?", {"collect": {"email": "ada@example.com"}}]
    result = await given(GetEmailTask, "Well.", replies=email, modality="text")
    assert result.email_address == "ada@example.com"


@pytest.mark.parametrize(
    ("language", "asks", "lines"),
    [
        ("de", "Ihre E-Mail-Adresse", ("ada at beispiel punkt de", "Ja, stimmt.")),
        ("es", "su correo electrónico", ("ada arroba beispiel punto de", "Sí.")),
        ("pt", "o seu e-mail", ("ada arroba beispiel ponto de", "Sim.")),
        ("fr", "votre adresse e-mail", ("ada arobase beispiel point de", "Oui, c'est ça.")),
        ("it", "il suo indirizzo e-mail", ("ada chiocciola beispiel punto de", "Sì.")),
        ("nl", "uw e-mailadres", ("ada apenstaartje beispiel punt de", "Klopt.")),
        ("hi", "आपका ईमेल पता", ("ada एट beispiel डॉट de", "हाँ")),
        ("zh", "您的电子邮箱", ("ada 艾特 beispiel 点 de", "对")),
        ("ja", "メールアドレス", ("ada アットマーク beispiel ドット de", "はい")),
    ],
)
async def test_other_languages_give_and_confirm_as_well(
    language: str, asks: str, lines: tuple[str, ...]
) -> None:
    async with collecting(GetEmailTask, language=language) as talk:
        assert asks in talk.said[0]
        await talk.say(*lines)
        assert (await talk.result()).email_address == "ada@beispiel.de"


async def test_who_does_not_want_to_say_it_in_german_is_understood() -> None:
    async with collecting(GetEmailTask, language="de") as talk:
        assert talk.said == ["Der Offline-Ersatz muss noch wissen: Ihre E-Mail-Adresse."]
        await talk.say("Das möchte ich nicht sagen.")
        with pytest.raises(ToolError):
            await talk.result()


def test_json_of_details_is_as_livekit_takes_it() -> None:
    known = KnownCall(({"collect": {"guests": 4}, "say": "Fine."},))
    assert KnownCall.from_json(known.to_json()).reply(0) == known.reply(0)
    with pytest.raises(ValueError, match="does not describe a call"):
        KnownCall.from_json(json.dumps(json.loads(known.to_json()) | {"replies": [{}]}).encode())
