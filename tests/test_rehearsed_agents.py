"""The calls that follow from agents and fields: honest agents pass, and those built to fail do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from voice_agent.format.loader import examine_text
from voice_agent.format.profile import Profile
from voice_agent.rehearsal import plan, runner, worker
from voice_agent.rehearsal.agents import playing
from voice_agent.rehearsal.agents.trials import KINDS, agent_trials, unknown_fields
from voice_agent.rehearsal.results import CallResult
from voice_agent.rehearsal.runner import Stage
from voice_agent.rehearsal.tools.trials import trials
from voice_agent.runtime.agents import conditions, holding
from voice_agent.runtime.agents.agent import HoldingAgent
from voice_agent.runtime.agents.collecting.by_schema import SchemaTask
from voice_agent.runtime.agents.collecting.collection import Collection
from voice_agent.runtime.agents.holding import Change, Holding
from voice_agent.runtime.agents.menus import MenuPlayer
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.redaction import Redaction
from voice_agent.runtime.variables import Values

PROFILE = """
instructions: You are the receptionist of Luigi's.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
variables:
  tier: {type: string}
tools:
  opening_hours: {description: Says when we are open., result: Ten to ten.}
  book_table:
    description: Books a table, once the caller has agreed.
    http: {method: POST, url: "https://api.example.com/bookings", timeout: 3}
    response: {example: {id: B-17}}
    on_error: It did not work.
agents:
  reception:
    instructions: Find out what the caller wants.
    tools: [opening_hours]
    on_enter: {say: "Luigi's, good evening."}
    handoffs:
      booking:
        when: The caller wants a table.
        say: I will take your booking.
        with: {people: {type: integer, minimum: 2, description: How many.}, source: {value: phone}}
      details: {when: The caller wants to leave their details.}
      account: {when: The caller has an account.}
  booking:
    instructions: Book a table for {{ people }} people.
    tools: [book_table]
    chat_ctx: {last: 4}
    on_enter: {say: When would you like to come?}
    handoffs:
      back: {when: The caller wants something else.}
      goodbye: {when: {tool: book_table}}
  details:
    collect:
      guests:
        type: integer
        minimum: 1
        maximum: 12
        description: How many.
        rejections: {maximum: For more the manager calls back.}
      day: {type: string, format: date, description: The day., confirm: true}
    handoffs: {lounge: {when: collected}}
  account:
    collect:
      caller_name: {task: name, last_name: true}
      card: {task: credit_card}
      pin: {task: dtmf, num_digits: 4}
      email: {task: email, optional: true}
  lounge:
    instructions: Serve gold callers at once.
    handoffs: {goodbye: {when: {variable: tier, is: gold}}}
  goodbye: {instructions: Say goodbye.}
  complaint: {instructions: Listen., chat_ctx: none}
handoffs: {complaint: {when: The caller is unhappy.}}
"""


def profile_of(text: str) -> Profile:
    checked = examine_text(text, "luigi.yaml")
    assert checked.profile is not None, checked.diagnostics
    return replace(checked.profile, path=None, files=())


_AT_ONCE = 6
_SOON = 3.0  # seconds for what a broken agent never does
_OFFERED = 'The menu is offered: "For hours press 1, for a table press 2, for more press 4."'
LUIGI = profile_of(PROFILE)
EVERY = {each.name: each for each in agent_trials(LUIGI)}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    before = dict(os.environ)
    with runner.stage(1) as running:
        yield running
    os.environ.clear()
    os.environ.update(before)


def rehearse(stage: Stage, name: str, profile: Profile = LUIGI) -> CallResult:
    """Make one call in writing, in this process."""
    [planned] = stage.plan(profile, (), Path(), [name])
    return worker.run_call(planned)


def failed(call: CallResult) -> list[str]:
    return [check.name for check in call.checks if not check.passed]


MENU = profile_of(
    """
instructions: You are the receptionist of Luigi's.
stt: deepgram/nova-3
llm: openai/gpt-4.1-mini
tts: cartesia/sonic-3
tools:
  opening_hours: {description: Says when we are open., result: Ten to ten.}
agents:
  reception:
    menu:
      say: For hours press 1, for a table press 2, for more press 4.
      keys:
        "1": Ten to ten.
        "2": {handoff: booking}
        "3": {tool: opening_hours}
        "4": {menu: {say: "For today press 1, to go back press 0.", keys: {"1": Closed today.}}}
  booking: {instructions: Book a table.}
"""
)
IN_WRITING = [name for name, each in EVERY.items() if not each.spoken]


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, CallResult], dict[str, CallResult]]:
    """Make all calls in writing, side by side, as most of the time they wait."""
    with runner.stage(_AT_ONCE) as several:
        plans = several.plan(LUIGI, (), Path(), IN_WRITING)
        of_menu = several.plan(MENU, (), Path(), [each.name for each in agent_trials(MENU)])
        every = [partial(worker.run_call, each) for each in [*plans, *of_menu]]
        ended = {each.name: each for each in several.run_calls(every, lambda *_: None)}
        assert several.left_out == {}
    honest = {each.name: ended.pop(each.name) for each in plans}
    return honest, ended


@pytest.fixture
def honest(made: tuple[dict[str, CallResult], dict[str, CallResult]]) -> dict[str, CallResult]:
    return made[0]


@pytest.fixture
def of_menu(made: tuple[dict[str, CallResult], dict[str, CallResult]]) -> dict[str, CallResult]:
    return made[1]


@pytest.mark.parametrize("name", IN_WRITING)
def test_honest_agents_pass(honest: dict[str, CallResult], name: str) -> None:
    call = honest[name]
    assert [check for check in call.checks if not check.passed] == []
    assert len(call.checks) >= 4


def test_every_handoff_and_every_field_has_calls_and_a_quick_rehearsal_makes_one_of_each() -> None:
    subjects = {name.partition(": ")[0] for name in EVERY}
    assert subjects == {
        *("reception to booking", "reception to details", "reception to account"),
        *("booking to back", "booking to goodbye"),
        *("details to lounge", "lounge to goodbye", "reception to complaint"),
        *("guests", "day", "caller_name", "card", "pin", "email"),
    }
    quick = [each.name for each in agent_trials(LUIGI, quick=True)]
    assert sorted(name.partition(": ")[0] for name in quick) == sorted(subjects)
    assert [name for name in plan.names(LUIGI, (), quick=True) if name in EVERY] == quick
    assert {each.kind for each in EVERY.values()} < {*KINDS}


def test_what_is_tried_of_a_tool_is_tried_with_an_agent_that_has_it() -> None:
    holders = {each.tool: [*each.profile.agents] for each in trials(LUIGI)}
    assert holders == {"opening_hours": ["reception"], "book_table": ["booking"]}


def test_a_tool_is_tried_of_the_agent_that_has_it_as_it_is_alone(stage: Stage) -> None:
    assert failed(rehearse(stage, "book_table: goes well")) == []


def test_what_a_tool_collects_has_calls_too_in_a_profile_without_agents(stage: Stage) -> None:
    tool = "opening_hours: {description: Says when we are open., result: Ten to ten., "
    text = PROFILE.partition("  book_table:")[0].replace(
        "opening_hours: {description: Says when we are open., result: Ten to ten.}",
        tool + "collect: {guests: {type: integer, maximum: 4, description: How many.}}}",
    )
    desk = profile_of(text)
    names = ["guests: given", "guests: refused", "guests: out of range"]
    assert [each.name for each in agent_trials(desk)] == names
    call = rehearse(stage, "guests: given", desk)
    assert failed(call) == []
    assert [each.status for each in call.tools] == ["done"]


def test_a_field_of_which_nobody_knows_a_value_is_named() -> None:
    code = 'day: {type: string, pattern: "^Q[0-9]{9}$", description: The code.}'
    text = PROFILE.replace(
        "day: {type: string, format: date, description: The day., confirm: true}", code
    )
    [sentence] = unknown_fields(profile_of(text))
    assert '"day"' in sentence


ENTER = Holding.enter


def _entered_twice(self: Holding) -> Change:
    ENTER(self)
    return ENTER(self)


async def _says_nothing(self: HoldingAgent, change: Change) -> None:
    if not change.left:
        await BEGIN(self, change)


BEGIN = HoldingAgent._begin


async def _in_the_callers_name(self: HoldingAgent, change: Change) -> None:
    if change.left:
        self.session.generate_reply(user_input="Please go on.")
    else:
        await BEGIN(self, change)


def _greets_each_time(self: HoldingAgent, _: Change) -> Any:
    return self._part.on_enter


def _forgets(self: Values, name: str, value: Any) -> None:
    pass


def _notes_no_refusal(self: CallState, name: Any, about: str, **details: Any) -> None:
    if name != "handoff_refused":
        NOTE(self, name, about, **details)


NOTE = CallState.note


async def _never(*_: Any) -> bool:
    return False


def _takes_anything(self: SchemaTask, given: dict[str, Any]) -> Any:
    return given["value"]


def _keeps_the_first(self: Collection, *given: Any) -> Any:
    step = given[0]
    if not step.is_known(self._call.values):
        return KEEP(self, *given)
    return None


KEEP = Collection._keep


@pytest.mark.parametrize(
    ("where", "what", "instead", "name", "breaks"),
    [
        (
            *(Holding, "enter", _entered_twice, "reception to booking: goes well"),
            "The call goes on to booking, once.",
        ),
        (
            *(HoldingAgent, "_begin", _says_nothing, "reception to complaint: goes well"),
            "The caller hears something within 3 s.",
        ),
        (
            *(HoldingAgent, "_begin", _in_the_callers_name, "reception to complaint: goes well"),
            "The language model is told nothing in the caller's name that the caller did not say.",
        ),
        (
            *(HoldingAgent, "_opening", _greets_each_time, "booking to back: goes well"),
            "reception greets once.",
        ),
        (
            *(Values, "save", _forgets, "reception to booking: goes well"),
            "What was given is kept: people, source.",
        ),
        (
            *(CallState, "note", _notes_no_refusal),
            "reception to booking: called with another at once",
            "The handoff that is called second is refused, and the language model is told why.",
        ),
        (
            *(holding, "MOST_CHANGES", 100, "reception to booking: again and again"),
            "After that a handoff is refused, and the agent answers.",
        ),
        (
            *(conditions, "after_tool", _never, "booking to goodbye: happens by itself"),
            "The call goes on to goodbye, once.",
        ),
        (
            *(conditions, "by_variable", _never, "lounge to goodbye: happens by itself"),
            "The call goes on to goodbye, once.",
        ),
        (
            *(conditions, "by_collection", _never, "details to lounge: happens by itself"),
            "The call goes on to lounge, once.",
        ),
        (
            *(SchemaTask, "_read", _takes_anything, "guests: out of range"),
            'The language model is told of the first value: "For more the manager calls back."',
        ),
        (
            *(Collection, "_keep", _keeps_the_first, "guests: corrected"),
            "What was given is kept: guests.",
        ),
    ],
    ids=[
        "enters twice",
        "says nothing",
        "makes up what the caller says",
        "greets again",
        "forgets what is given along",
        "refuses in silence",
        "goes round for ever",
        "does not look at tools",
        "does not look at variables",
        "does not look at what is collected",
        "takes any value",
        "keeps the first value",
    ],
)
def test_agents_fail_the_check_that_they_break(
    stage: Stage, where: Any, what: str, instead: Any, name: str, breaks: str
) -> None:
    with mock.patch.object(where, what, instead), mock.patch.object(playing, "_LONGEST", _SOON):
        assert breaks in failed(rehearse(stage, name))


def _writes_it_down(self: Collection, field: str) -> Any:
    return self._call.values.get(f"{field}.card_number")


def test_an_agent_that_writes_a_card_into_reports_fails(stage: Stage) -> None:
    with (
        mock.patch.object(Collection, "_value", _writes_it_down),
        mock.patch.object(Redaction, "details", lambda _, details: dict(details)),
    ):
        assert failed(rehearse(stage, "card: given")) == ["What is kept secret is in no report."]


def test_honest_menus_pass(of_menu: dict[str, CallResult]) -> None:
    assert [*of_menu] == [each.name for each in agent_trials(MENU)]
    assert {name: failed(each) for name, each in of_menu.items() if failed(each)} == {}
    assert {name.partition(": ")[2] for name in of_menu} == {
        *("pressed", "chosen by voice", "unknown key")
    }


async def _does_nothing(*_: Any) -> None:
    pass


def _does_another_thing(self: MenuPlayer, *_: Any) -> None:
    self._session.say("There is nobody here.")


@pytest.mark.parametrize(
    ("what", "instead", "name", "breaks"),
    [
        ("_press", _does_nothing, "reception key 2: pressed", "The key 2 counts, once."),
        ("_go_on", _does_nothing, "reception key 2: pressed", "The call goes on to booking, once."),
        (
            *("_do", _does_another_thing, "reception key 1: pressed"),
            'The agent says: "Ten to ten."',
        ),
        (
            *("_do", _does_another_thing, "reception key 3: chosen by voice"),
            "opening_hours is called, once.",
        ),
        (
            *("_do", _does_another_thing, "reception key 4: pressed"),
            'The menu is offered: "For today press 1, to go back press 0."',
        ),
        ("_press", _does_nothing, "reception menu: unknown key", _OFFERED),
    ],
    ids=[
        "hears no key",
        "goes nowhere",
        "says another",
        "calls nothing",
        "offers none",
        "is silent",
    ],
)
def test_menus_fail_the_check_that_they_break(
    stage: Stage, what: str, instead: Any, name: str, breaks: str
) -> None:
    with (
        mock.patch.object(MenuPlayer, what, instead),
        mock.patch.object(playing, "_LONGEST", _SOON),
    ):
        assert breaks in failed(rehearse(stage, name, MENU))


def test_a_call_that_does_not_come_to_where_it_is_about_something_says_so(stage: Stage) -> None:
    unhappy = profile_of(
        PROFILE.replace(
            "    handoffs: {goodbye:", "    handoffs: {complaint: {when: Anger.}, goodbye:"
        )
    )
    with (
        mock.patch.object(conditions, "by_collection", _never),
        mock.patch.object(playing, "_LONGEST", _SOON),
    ):
        [check, _] = rehearse(stage, "lounge to complaint: goes well", unhappy).checks
    assert check.name == "The call comes to lounge, where this is tried."
    assert check.reason == "There was no agent_entered lounge."
