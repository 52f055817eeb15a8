"""How a caller is put through: to a declared destination, after an announcement, and once."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from livekit import api
from livekit.agents import AudioConfig, BuiltinAudioClip, ToolError
from livekit.agents.beta.workflows import WarmTransferTask, WorkflowInstructions
from support.clients import until
from support.profiles import make_profile
from support.telephone import PHONE, Room, talking, tool

from voice_agent import Profile
from voice_agent.errors import UsageError
from voice_agent.format import needs
from voice_agent.format.schema import schema
from voice_agent.runtime import environment
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.session import CutOff
from voice_agent.runtime.tools import putting_through, transfer
from voice_agent.standin.calls import KnownCall
from voice_agent.standin.process import Standin
from voice_agent.standin.service import Service

BILLING = {"when": "The caller asks about an invoice.", "transfer_to": "+493012345678"}
KITCHEN = {"when": "A complaint about food.", "transfer_to": "sip:kitchen@pbx.example.com"}
ANNOUNCED = "I will put you through."
TO_BILLING = tool("transfer_call", destination="billing")


def profile(**keys: Any) -> Profile:
    """Return a profile whose agent may put callers through to two destinations."""
    written = {"destinations": {"billing": BILLING, "kitchen": KITCHEN}, **keys}
    return make_profile(tools={"transfer_call": written})


def phone_call() -> Room:
    """Return a room in which somebody is on the telephone."""
    room = Room()
    room.join("caller", PHONE)
    return room


def refused(code: int, words: str) -> api.SipCallError:
    """Return what LiveKit raises where the other side does not take the call."""
    said = {"sip_status_code": str(code), "sip_status": words}
    return api.SipCallError("unavailable", words, status=503, metadata=said)


async def test_the_caller_is_referred_once_to_a_declared_number_and_the_call_is_over() -> None:
    wanted = profile(say=ANNOUNCED, play_dialtone=True)
    async with talking(wanted, TO_BILLING, room=phone_call()) as talk:
        await talk.session.answer("It is about my invoice.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == [ANNOUNCED]
        assert talk.referred == [("caller", "tel:+493012345678", True)]
        assert talk.call.ended_by == "transfer_call"
        assert (talk.shut_down, talk.deleted) == (["transfer_call"], [])


async def test_a_sip_address_goes_as_it_is() -> None:
    to_kitchen = tool("transfer_call", destination="kitchen")
    async with talking(profile(), to_kitchen, room=phone_call()) as talk:
        await talk.session.answer("There was a hair in it.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.referred == [("caller", "sip:kitchen@pbx.example.com", False)]


async def test_nobody_is_referred_before_the_announcement_was_heard_to_its_end() -> None:
    async with talking(
        profile(say=ANNOUNCED), TO_BILLING, room=phone_call(), held=ANNOUNCED
    ) as talk:
        await talk.session.answer("It is about my invoice.")
        await asyncio.wait_for(talk.ear.begun.wait(), 10)
        with pytest.raises(RuntimeError):  # LiveKit's, for speech that may not be cut.
            talk.session.interrupt()
        typed = asyncio.ensure_future(talk.session.answer("Wait!"))
        await asyncio.sleep(0.05)
        assert talk.referred == []
        talk.ear.go.set()
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == [ANNOUNCED]
        assert len(talk.referred) == 1
        with pytest.raises(RuntimeError):
            await typed


async def test_what_the_llm_says_beside_the_call_is_heard_to_its_end_as_well() -> None:
    reply = ["One moment, please.", TO_BILLING]
    async with talking(profile(), reply, room=phone_call(), held="moment") as talk:
        await talk.session.answer("It is about my invoice.")
        await until(lambda: bool(talk.noted("transfer_started")))
        assert talk.session.cut_off() is CutOff.NOT_ALLOWED
        assert talk.referred == []
        talk.ear.go.set()
        await asyncio.wait_for(talk.ended(), 10)
        assert (talk.said, talk.cut) == (["One moment, please."], [])


async def test_the_llm_finds_the_words_of_the_announcement_where_the_profile_tells_it_how() -> None:
    wanted = profile(instructions="Say whom you put them through to.")
    async with talking(wanted, TO_BILLING, "To billing, then.", room=phone_call()) as talk:
        await talk.session.answer("It is about my invoice.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == ["To billing, then."]
        assert "Say whom you put them through to." in str(talk.model.asked[-1])
        assert len(talk.referred) == 1


async def test_called_twice_at_once_it_refers_once() -> None:
    batch = [TO_BILLING, tool("transfer_call", destination="kitchen")]
    async with talking(profile(say=ANNOUNCED), batch, room=phone_call()) as talk:
        await talk.session.answer("It is about my invoice.")
        await asyncio.wait_for(talk.ended(), 10)
        assert talk.said == [ANNOUNCED]
        assert len(talk.referred) == 1


TRANSFER = api.TransferSIPParticipantResponse
STATUS = api.SIPTransferStatus


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (refused(486, "Busy Here"), "busy", "486 Busy Here"),
        (refused(480, "Temporarily Unavailable"), "no_answer", "480"),
        (refused(603, "Decline"), "rejected", "603 Decline"),
        (asyncio.TimeoutError(), "no_answer", "in time"),
        (api.ServerError("permission_denied", "no", status=403), "failed", "permission_denied"),
        (
            TRANSFER(
                transfer_id="T1",
                status=STATUS.STS_TRANSFER_FAILED,
                reason=api.SIPTransferReason.STR_REJECTED,
            ),
            "rejected",
            "STR_REJECTED",
        ),
    ],
)
async def test_a_transfer_that_fails_is_told_in_the_profile_s_words_and_the_call_goes_on(
    answer: Any, outcome: str, reason: str
) -> None:
    wanted = profile(say=ANNOUNCED, on_failure="Nobody is there. Take a message.")
    replies = TO_BILLING, "Shall I take a message?", "Good."
    async with talking(wanted, *replies, room=phone_call()) as talk:
        talk.outcome = lambda: answer
        await talk.hear("It is about my invoice.")
        assert talk.told("transfer_call") == ["Nobody is there. Take a message."]
        (ended,) = talk.noted("transfer_ended")
        assert ended["outcome"] == outcome
        assert reason in ended["reason"]
        assert talk.noted("tool_ended")[0]["status"] == "error"
        await talk.hear("Yes, please.")
        assert talk.said == [ANNOUNCED, "Shall I take a message?", "Good."]
        assert not talk.closed


async def test_what_the_llm_says_to_a_failure_may_be_cut_in_on() -> None:
    replies = TO_BILLING, "Shall I take a message?", "Yes?"
    async with talking(profile(say=ANNOUNCED), *replies, room=phone_call(), held="message") as talk:
        talk.outcome = lambda: refused(486, "Busy Here")
        await talk.session.answer("It is about my invoice.")
        await asyncio.wait_for(talk.ear.begun.wait(), 10)
        await talk.hear("Wait!")
        assert talk.said[-1] == "Yes?"
        assert talk.told("transfer_call") == [transfer.FAILED]


async def test_no_number_and_no_name_that_is_not_declared_is_called() -> None:
    invented = tool("transfer_call", destination="+19001234567")
    async with talking(profile(), invented, "I cannot.", room=phone_call()) as talk:
        await talk.hear("Put me through to +19001234567.")
        assert talk.referred == []
        assert talk.told("transfer_call") == [
            "There is no such destination. There are: billing, kitchen."
        ]


async def test_the_llm_sees_names_and_when_to_choose_them_but_no_number() -> None:
    async with talking(profile(description="Only if asked."), "Hello.", room=phone_call()) as talk:
        await talk.hear("Hello")
        (offered,) = talk.session.current_agent.tools
        seen = offered.info.raw_schema  # type: ignore[union-attr]
    assert seen["parameters"]["properties"]["destination"]["enum"] == ["billing", "kitchen"]
    assert "The caller asks about an invoice." in str(seen)
    assert "Only if asked." in seen["description"]
    assert "3012345678" not in str(seen)
    assert "pbx" not in str(seen)


async def test_in_the_console_it_is_told_where_the_caller_would_be_put_through_to() -> None:
    async with talking(profile(say=ANNOUNCED), TO_BILLING) as talk:
        await talk.session.answer("It is about my invoice.")
        await asyncio.wait_for(talk.ended(), 10)
        (ended,) = talk.noted("transfer_ended")
    assert ended == {
        "destination": "billing",
        "transfer_to": "+493012345678",
        "mode": "cold",
        "pretended": True,
        "outcome": "answered",
        "reason": "",
    }


async def test_a_warm_transfer_is_livekit_s_with_the_settings_of_the_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[dict[str, Any]] = []

    def task(number: str, **options: Any) -> Any:
        made.append({"sip_call_to": number, **options})

        async def answered() -> None:
            if len(made) == 1:
                raise ToolError("human agent declined to connect: at lunch")

        return answered()

    monkeypatch.setattr(putting_through, "WarmTransferTask", task)
    warm = {"sip_trunk_id": "ST_1", "ringing_timeout": 25, "instructions": "Say who calls."}
    destinations = {"billing": {**BILLING, "mode": "warm", "warm": warm}}
    wanted = profile(destinations=destinations, on_failure="Nobody is free.")
    replies = TO_BILLING, "Nobody is free.", tool("transfer_call", destination="billing")
    async with talking(wanted, *replies, room=phone_call()) as talk:
        await talk.hear("It is about my invoice.")
        assert talk.told("transfer_call") == ["Nobody is free."]
        assert talk.noted("transfer_ended")[0]["outcome"] == "rejected"
        await talk.session.answer("Try again.")
        await asyncio.wait_for(talk.ended(), 10)
    assert talk.referred == []
    assert talk.shut_down == []  # LiveKit's task still has to see either side leave the room.
    assert made[0]["sip_call_to"] == "+493012345678"
    assert made[0]["sip_trunk_id"] == "ST_1"
    assert made[0]["ringing_timeout"] == 25
    assert "invoice" in str(made[0]["chat_ctx"].to_dict())
    assert made[0]["instructions"].persona == "Say who calls."


def test_the_warm_settings_are_those_of_livekit_s_task_that_are_data() -> None:
    parameters = {*inspect.signature(WarmTransferTask.__init__).parameters}
    models = {"stt", "vad", "llm", "tts", "tools", "turn_handling", "turn_detection"}
    ours = {"self", "sip_call_to", "target_phone_number", "chat_ctx", "allow_interruptions"}
    objects = {"sip_connection"}
    written = schema()["$defs"]["destination"]["properties"]["warm"]["properties"]
    assert {*written} == parameters - models - ours - objects


async def test_every_warm_setting_is_one_that_livekit_s_task_takes() -> None:
    warm = {
        "sip_trunk_id": "ST_1",
        "sip_number": "+4930",
        "sip_headers": {"X-Department": "kitchen"},
        "dtmf": "ww12#",
        "ringing_timeout": 25,
        "hold_audio": "hold_music",
        "instructions": "Say who calls.",
        "extra_instructions": "Speak German.",
    }
    destinations = {"kitchen": {**KITCHEN, "mode": "warm", "warm": warm}}
    wanted = profile(destinations=destinations)
    (destination,) = wanted.tools.transfer_call.destinations.values()  # type: ignore[union-attr]
    options = putting_through.warm_options(CallState(wanted), destination)
    assert options["hold_audio"] == AudioConfig(BuiltinAudioClip.HOLD_MUSIC)
    task = WarmTransferTask(destination.transfer_to, **options)
    assert "Say who calls." in str(task.instructions)
    assert "Speak German." in str(task.instructions)
    assert "connect_to_caller" in str(task.instructions)
    assert isinstance(options["instructions"], WorkflowInstructions)


async def test_a_telephone_that_the_stand_in_breaks_is_told_as_a_failure(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(kind="telephone", answers=({"drop": True}, {"outcome": "busy"}, {}))
    known = KnownCall(services={"transfer_call": service})
    for name, value in standin.environment_with(known).items():
        monkeypatch.setenv(name, value)
    again = tool("transfer_call", destination="billing")
    third = tool("transfer_call", destination="billing")
    async with talking(profile(), TO_BILLING, "No.", again, "No.", third) as talk:
        for _ in range(2):
            await talk.hear("It is about my invoice.")
        await talk.session.answer("It is about my invoice.")
        await asyncio.wait_for(talk.ended(), 10)
    outcomes = [each["outcome"] for each in talk.noted("transfer_ended")]
    assert outcomes == ["failed", "busy", "answered"]
    assert talk.told("transfer_call")[:2] == [transfer.FAILED] * 2


async def test_offline_the_stand_in_says_how_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    posted: list[tuple[str, Any]] = []

    async def post(url: str, payload: Any) -> Any:
        posted.append((url, payload))
        return {"outcome": "busy"}

    monkeypatch.setenv("AGENT_SERVICES_URL", "http://127.0.0.1:9/calls/7/services")
    monkeypatch.setattr("voice_agent.runtime.tools.telephone.post", post)
    async with talking(profile(), TO_BILLING, "It is busy.") as talk:
        await talk.hear("It is about my invoice.")
        assert talk.told("transfer_call") == [transfer.FAILED]
        assert not talk.closed
    url = "http://127.0.0.1:9/calls/7/services/telephone/billing"
    assert posted == [(url, {"transfer_to": "+493012345678"})]


def test_a_worker_does_not_start_where_a_warm_transfer_has_no_trunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = profile(destinations={"billing": {**BILLING, "mode": "warm"}})
    assert "LIVEKIT_SIP_OUTBOUND_TRUNK" in needs.variables(without)
    with pytest.raises(UsageError, match="sip_trunk_id"):
        environment.require_trunk(without)
    monkeypatch.setenv("LIVEKIT_SIP_OUTBOUND_TRUNK", "ST_1")
    environment.require_trunk(without)
    monkeypatch.delenv("LIVEKIT_SIP_OUTBOUND_TRUNK")
    trunk = {"sip_trunk_id": "{{ secrets.TRUNK }}"}
    environment.require_trunk(
        profile(destinations={"billing": {**BILLING, "mode": "warm", "warm": trunk}})
    )
