"""The options of LiveKit's tasks: the schema has those that the installed ones take."""

from __future__ import annotations

import inspect

import pytest
from livekit.agents import AgentTask
from livekit.agents.beta import workflows
from livekit.agents.beta.workflows import credit_card

from voice_agent.format.implied import TASKS
from voice_agent.format.schema import part_at

FIELD = part_at(["agents", "desk", "collect", "mail"])

LIVEKITS: dict[str, type[AgentTask]] = {
    "name": workflows.GetNameTask,
    "email": workflows.GetEmailTask,
    "phone_number": workflows.GetPhoneNumberTask,
    "address": workflows.GetAddressTask,
    "dob": workflows.GetDOBTask,
    "credit_card": workflows.GetCreditCardTask,
    "dtmf": workflows.GetDtmfTask,
}
# The agent that collects has these, and its tasks have them from it.
OF_THE_AGENT = {"chat_ctx", "tools", "stt", "vad", "llm", "tts", "turn_detection"}
OURS = {"task", "optional", "redact"}


def options(task: type[AgentTask]) -> set[str]:
    """Return the names of what a task of LiveKit's is made with."""
    return {*inspect.signature(task.__init__).parameters} - {"self"} - OF_THE_AGENT


def test_the_schema_has_the_options_of_all_tasks_and_no_others() -> None:
    forbidden = {*FIELD["dependentSchemas"]["task"]["properties"]}
    livekits = set().union(*map(options, LIVEKITS.values()))
    assert {*FIELD["properties"]} - forbidden - OURS == livekits


def test_the_schema_has_each_of_the_tasks() -> None:
    assert [*TASKS] == [*LIVEKITS] == FIELD["properties"]["task"]["enum"]


@pytest.mark.parametrize(
    "task",
    [
        credit_card.GetCardNumberTask,
        credit_card.GetExpirationDateTask,
        credit_card.GetSecurityCodeTask,
        workflows.GetNameTask,
    ],
)
def test_the_parts_of_a_card_take_what_the_whole_takes(task: type[AgentTask]) -> None:
    assert options(workflows.GetCreditCardTask) - options(task) <= {"allow_interruptions"}
