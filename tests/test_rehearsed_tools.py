"""The calls that follow from a tool: honest agents pass, and those built to break a check fail."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from support.profiles import make_profile

from voice_agent.format.profile import Profile
from voice_agent.format.tools import (
    Destination,
    Http,
    Parameter,
    Response,
    Rpc,
    Tool,
    Tools,
    TransferCall,
)
from voice_agent.rehearsal import plan, runner, worker
from voice_agent.rehearsal.results import CallResult
from voice_agent.rehearsal.runner import Stage
from voice_agent.rehearsal.tools import samples
from voice_agent.rehearsal.tools.trials import trials, unknown_arguments
from voice_agent.runtime.tools import over_http, results, wrapping
from voice_agent.runtime.tools.outcome import Outcome

PEOPLE = Parameter(schema={"type": "integer", "minimum": 1, "description": "How many."})
NOTE = Parameter(optional=True, schema={"type": "string", "description": "A wish."})
BOOKING = Tool(
    description="Books a table for the caller.",
    parameters={"people": PEOPLE, "note": NOTE},
    http=Http("https://api.example.com/bookings", "POST", timeout=3),
    response=Response(example={"id": "B-17", "table": {"name": "window"}}),
    on_error={"409": "That time is gone.", "default": "Take a message."},
)
HOURS = Tool(
    description="Says when we are open.",
    http=Http("https://api.example.com/hours"),
    response=Response(example={"opens": 9}),
    on_error="Nobody knows.",
)
MENU = Tool(description="Says what we serve.", result="Pizza and pasta.")
MAP = Tool(
    description="Shows the way.",
    rpc=Rpc(method="showMap", timeout=3),
    response=Response(example={"shown": True}),
)
KITCHEN = Destination(when="A complaint.", transfer_to="+493012345678")
DECLARED = {"book_table": BOOKING, "hours": HOURS, "menu": MENU, "show_map": MAP}
DESK = replace(
    make_profile("desk"),
    tools=Tools(transfer_call=TransferCall({"kitchen": KITCHEN}), declared=DECLARED),
)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    before = dict(os.environ)
    with runner.stage(1) as running:
        yield running
    os.environ.clear()
    os.environ.update(before)


def rehearse(stage: Stage, name: str, profile: Profile = DESK) -> CallResult:
    """Make one call in writing, in this process."""
    [planned] = stage.plan(profile, (), Path(), [name])
    return worker.run_call(planned)


def failed(call: CallResult) -> list[str]:
    return [check.name for check in call.checks if not check.passed]


OF_READING = ("goes well", "called twice at once", "answered with 500", "not answered in time")
"""Those calls in which it matters that a GET may be sent again."""
IN_WRITING = [
    each.name
    for each in trials(DESK)
    if not each.spoken and (each.tool != "hours" or each.kind in OF_READING)
]


@pytest.mark.parametrize("name", IN_WRITING)
def test_an_honest_agent_passes(stage: Stage, name: str) -> None:
    call = rehearse(stage, name)
    assert [check for check in call.checks if not check.passed] == []
    assert len(call.checks) >= 2


def test_a_quick_rehearsal_makes_fewer_calls_of_every_tool() -> None:
    quick = [each.name for each in trials(DESK, quick=True)]
    assert set(quick) < {each.name for each in trials(DESK)}
    assert {name.partition(":")[0] for name in quick} == {*DECLARED, "transfer_call"}
    assert [name for name in plan.names(DESK, (), quick=True) if ": " in name] == quick


async def _sent_twice(*given: Any) -> Any:
    await RUN(*given)
    return await RUN(*given)


RUN = over_http.run


def _with_the_body(*_: Any) -> str:
    return "The service wrote BODY-OF-THE-SERVICE."


def _unchecked(_: Any, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    return dict(given), []


async def _at_length(*_: Any) -> Outcome:
    return Outcome(text="x" * 9000)


ONCE = "Exactly one request is sent."


@pytest.mark.parametrize(
    ("where", "what", "instead", "name", "breaks"),
    [
        (over_http, "run", _sent_twice, "book_table: goes well", [ONCE]),
        (over_http, "run", _sent_twice, "book_table: called twice at once", [ONCE]),
        (
            results,
            "of_failure",
            _with_the_body,
            "book_table: answered with 409",
            [
                'It is told what on_error has: "That time is gone."',
                "It is told nothing of what the service wrote.",
            ],
        ),
        (
            wrapping,
            "read_arguments",
            _unchecked,
            "book_table: called with wrong arguments",
            [
                "No request is sent.",
                "Each time, it is told which argument is wrong: people, people, "
                "an_argument_that_it_has_not.",
            ],
        ),
        (
            results,
            "written",
            lambda *_, **__: '{"id": "B-17"}',
            "book_table: goes well",
            ["It is told what the service answered."],
        ),
        (
            over_http,
            "run",
            _at_length,
            "book_table: answered with 5 MB",
            [ONCE, "It is told at most 8000 bytes of it."],
        ),
    ],
    ids=[
        "sends each request twice",
        "sends twice what is called twice",
        "tells what the service wrote",
        "does not look at arguments",
        "tells a part of the answer",
        "tells all of a long answer",
    ],
)
def test_an_agent_fails_the_checks_that_it_breaks(
    stage: Stage, where: Any, what: str, instead: Any, name: str, breaks: list[str]
) -> None:
    with mock.patch.object(where, what, instead):
        assert failed(rehearse(stage, name)) == breaks


def test_an_agent_that_says_nothing_of_what_came_of_it_fails(stage: Stage) -> None:
    [planned] = stage.plan(DESK, (), Path(), ["menu: goes well"])
    silent = replace(DESK.tools.declared["menu"], silent=True)
    tools = replace(planned.profile.tools, declared={**DECLARED, "menu": silent})
    with mock.patch("voice_agent.rehearsal.tools.playing._LONGEST", 1.0):
        call = worker.run_call(replace(planned, profile=replace(planned.profile, tools=tools)))
    assert "The agent then says what came of it." in failed(call)


def test_a_run_has_its_request_and_its_answer_and_what_was_told(stage: Stage) -> None:
    [run] = rehearse(stage, "book_table: answered with 409").tools
    [request] = run.requests
    assert (run.tool, run.arguments, run.status) == ("book_table", {"people": 1}, "error")
    assert run.told == "That time is gone."
    assert (request.method, request.status) == ("POST", 409)
    assert request.url == "https://api.example.com/bookings"
    assert "BODY-OF-THE-SERVICE" in request.answer
    assert run.stopped is not None
    assert run.started <= run.stopped


def test_arguments_are_made_from_what_the_parameters_allow() -> None:
    schema = {
        "type": "object",
        "properties": {
            "people": {"type": "integer", "minimum": 3},
            "time": {"type": "string", "pattern": r"^\d\d:\d\d$"},
            "day": {"type": "string", "format": "date"},
            "room": {"enum": ["garden", "hall"]},
            "code": {"type": "string", "pattern": "^Q[0-9]{9}$", "examples": ["Q123456789"]},
            "note": {"type": "string"},
        },
        "required": ["people", "time", "day", "room", "code"],
        "additionalProperties": False,
    }
    made = samples.arguments_for(schema)
    assert made == {
        "people": 3,
        "time": "19:00",
        "day": "2026-10-02",
        "room": "garden",
        "code": "Q123456789",
    }
    wrong = [name for name, _ in samples.wrong_arguments(schema, made)]
    assert wrong == ["people", "people", "an_argument_that_it_has_not"]
    hostile = samples.hostile_arguments(schema, made)
    assert hostile == {**made, "note": samples.HOSTILE}


def test_a_tool_whose_arguments_nobody_can_guess_is_named() -> None:
    code = Parameter(schema={"type": "string", "pattern": "^Q[0-9]{9}$", "description": "Code."})
    odd = replace(BOOKING, parameters={"code": code})
    profile = replace(DESK, tools=Tools(declared={"look_up": odd}))
    assert trials(profile) == []
    [sentence] = unknown_arguments(profile)
    assert '"look_up"' in sentence
