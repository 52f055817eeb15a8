"""Tools that change models and instructions in the middle of a call."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from support.scripted_llm import ScriptedLLM
from support.tool_talk import Talk, call, talking

from voice_agent.format.models import Models
from voice_agent.runtime import models

LANGUAGES = {
    "german": {"instructions": "Speak {{ tongue }}.", "say": "Gerne, auf {{ tongue }}."},
    "english": {"instructions": "Speak English."},
    "any": {"llm": "openai/gpt-4.1"},
}
TONGUE = {"variables": {"tongue": {"default": "Deutsch"}}}


def switching(**choices: Any) -> dict[str, Any]:
    """Return a tool that switches between these, or else between languages."""
    return {"speak": {"description": "Changes the language.", "switch": choices or LANGUAGES}}


def system(talk: Talk) -> str:
    """Return what the last request has as instructions."""
    return "\n".join(each["content"] for each in talk.model.asked[-1] if each["role"] == "system")


async def test_the_agent_says_what_the_choice_has_and_the_llm_adds_nothing() -> None:
    replies = [["One moment.", call("speak", choice="german")], "Ja."]
    async with talking(switching(), *replies, **TONGUE) as talk:
        await talk.say("German, please.")
        await talk.until(lambda: "Gerne, auf Deutsch." in talk.said)
        assert len(talk.model.asked) == 1
        await talk.say("Danke.")
        assert system(talk) == 'You are a helpful assistant.\nSpeak "Deutsch".'
        said = ["German, please.", "One moment.", "Gerne, auf Deutsch.", "Danke.", "Ja."]
        assert talk.said == said


async def test_the_llm_goes_on_where_the_choice_says_nothing() -> None:
    async with talking(switching(), call("speak", choice="english"), "Now.", **TONGUE) as talk:
        await talk.say("English, please.")
        assert talk.said == ["English, please.", "Now."]
        assert talk.told() == ["It is english now. Go on with the conversation."]
        assert system(talk).endswith("Speak English.")


async def test_instructions_of_a_choice_go_as_another_one_comes() -> None:
    replies = [call("speak", choice="german"), call("speak", choice="english"), "Yes.", "More."]
    async with talking(switching(), *replies, **TONGUE) as talk:
        await talk.say("German, please.")
        await talk.until(lambda: "Gerne, auf Deutsch." in talk.said)
        await talk.say("English, please.")
        assert system(talk) == "You are a helpful assistant.\nSpeak English."


async def test_instructions_for_each_modality_stay_beside_those_of_a_choice() -> None:
    instructions = {"common": "Be kind.", "audio": "Be brief.", "text": "Use lists."}
    replies = [call("speak", choice="english"), "Yes."]
    async with talking(switching(), *replies, instructions=instructions, **TONGUE) as talk:
        await talk.say("English, please.")
        said = system(talk)
        assert said.startswith("Be kind.")
        assert said.endswith("Speak English.")


async def test_two_tools_that_switch_add_their_instructions_to_each_other() -> None:
    tools = {
        "speak": switching()["speak"],
        "mood": {"description": "Changes it.", "switch": {"glad": {"instructions": "Be glad."}}},
    }
    replies = [call("speak", choice="english"), call("mood", choice="glad"), "Yes."]
    async with talking(tools, *replies, **TONGUE) as talk:
        await talk.say("English, please, and smile.")
        assert system(talk) == "You are a helpful assistant.\nSpeak English.\n\nBe glad."


async def test_another_model_thinks_from_then_on_and_the_first_one_after_it() -> None:
    other, asked = ScriptedLLM("I am the other."), list[Models]()

    def thinking(wanted: Models, _: object) -> ScriptedLLM:
        asked.append(wanted)
        return other

    replies = [call("speak", choice="any"), call("speak", choice="english"), "I am the first."]
    async with talking(switching(), *replies, **TONGUE) as talk:
        with mock.patch.object(models, "thinking", thinking):
            await talk.say("Another one, please.")
        assert talk.said[-1] == "I am the other."
        assert str(asked[0]) == "openai/gpt-4.1"
        other.replies.append(call("speak", choice="english"))
        await talk.say("The first one, please.")
        assert talk.said[-1] == "I am the first."


async def test_the_llm_may_choose_only_what_there_is() -> None:
    replies = [call("speak", choice="klingon"), "I cannot."]
    async with talking(switching(), *replies, **TONGUE) as talk:
        await talk.say("Klingon, please.")
        assert "choice has to be one of these: german, english, any." in talk.told()[0]


@pytest.mark.usefixtures("offline")
async def test_other_models_hear_and_speak_from_then_on_and_are_closed_with_the_session() -> None:
    german = {"stt": "deepgram/nova-3:de", "tts": "cartesia/sonic-3:another"}
    tools = switching(german=german, english={"instructions": "Speak English."})
    replies = [call("speak", choice="german"), "Ja.", call("speak", choice="english"), "Yes."]
    async with talking(tools, *replies) as talk:
        await talk.say("German, please.")
        agent = talk.session.current_agent
        made = (agent.stt, agent.tts)
        assert [each.model for each in made] == ["deepgram/nova-3", "cartesia/sonic-3"]  # type: ignore[union-attr]
        await talk.say("English, please.")
        assert (agent.stt, agent.tts) == (None, None)
        for client in made:
            client.aclose = mock.AsyncMock()  # type: ignore[union-attr, method-assign]
        await models.close(talk.session)
        for client in made:
            client.aclose.assert_awaited_once()  # type: ignore[union-attr]
