"""What the text console shows of tools, from what they tell of themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.profiles import make_profile

from voice_agent.format.decode import decode
from voice_agent.format.tools import Tools
from voice_agent.runtime import secrets
from voice_agent.runtime.call_state import CallState
from voice_agent.runtime.tool_lines import ToolLines

TOOLS = {
    "book_table": {"description": "Books.", "http": {"method": "POST", "url": "https://a.example"}},
    "menu": {"description": "What we serve.", "result": "Pizza."},
}
PROFILE = replace(make_profile(), tools=decode(Tools, TOOLS))
DONE = {"status": "done", "told": "{}", "seconds": 0.24}


@pytest.fixture
def shown() -> list[str]:
    """The lines that the operator sees."""
    return []


@pytest.fixture
def call(shown: list[str]) -> CallState:
    """A call whose tools are watched."""
    state = CallState(PROFILE)
    state.watch(ToolLines(PROFILE, shown.append).tell)
    return state


def use(call: CallState, tool: str, arguments: dict[str, Any], **ended: Any) -> None:
    call.note("tool_called", tool, arguments=arguments)
    call.note("tool_ended", tool, **{**DONE, **ended})


def test_a_tool_is_shown_with_its_arguments_and_how_it_ended(
    call: CallState, shown: list[str]
) -> None:
    use(call, "book_table", {"people": 4, "name": "Ada King", "window": True, "note": ""})
    told = "That time is gone. Offer another."
    use(call, "book_table", {"people": 4}, status="error", told=told)
    assert shown == [
        '[book_table people=4 name="Ada King" window=true note="" → done, 0.2 s]',
        "[book_table people=4 → error, 0.2 s: That time is gone. Offer another.]",
    ]


def test_offline_it_is_said_that_the_stand_in_answered(
    call: CallState, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_OFFLINE", "1")
    for tool in ("book_table", "menu", "find_slot_of_an_mcp_server"):
        use(call, tool, {})
    assert shown == [
        "[book_table → done, 0.2 s, answered by the stand-in]",
        "[menu → done, 0.2 s]",
        "[find_slot_of_an_mcp_server → done, 0.2 s, answered by the stand-in]",
    ]


@pytest.mark.parametrize(
    ("pretended", "lines"),
    [
        (True, ["[would transfer to billing (+493012345678)]", "[would press 1 2 #]"]),
        (False, ["[transferred to billing (+493012345678)]", "[presses 1 2 #]"]),
    ],
)
def test_what_is_done_on_the_telephone_is_shown(
    call: CallState, shown: list[str], pretended: bool, lines: list[str]
) -> None:
    to = {"destination": "billing", "transfer_to": "+493012345678", "pretended": pretended}
    call.note("tool_called", "transfer_call", arguments={"destination": "billing"})
    call.note("transfer_started", "transfer_call", **to)
    call.note("transfer_ended", "transfer_call", **to, outcome="answered")
    call.note("tool_ended", "transfer_call", **DONE)
    call.note("tool_called", "send_dtmf_events", arguments={"events": ["1", "2", "#"]})
    call.note("dtmf_sent", "send_dtmf_events", keys="1 2 #", pretended=pretended)
    call.note("tool_ended", "send_dtmf_events", **DONE)
    assert shown == lines


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        ("busy", "the line is busy"),
        ("no_answer", "nobody answers"),
        ("rejected", "the call is rejected"),
        ("voicemail", "a machine answers"),
    ],
)
def test_it_is_said_why_nobody_was_reached(
    call: CallState, shown: list[str], outcome: str, why: str
) -> None:
    to = {"destination": "billing", "transfer_to": "+493012345678", "pretended": True}
    call.note("transfer_ended", "transfer_call", **to, outcome=outcome)
    to["pretended"] = False
    call.note("transfer_ended", "transfer_call", **to, outcome=outcome)
    assert shown == [
        f"[would transfer to billing (+493012345678): {why}]",
        f"[could not transfer to billing (+493012345678): {why}]",
    ]


def test_what_a_terminal_would_obey_and_secrets_are_not_shown(
    call: CallState, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_values", {"a-secret-of-ours"})
    use(call, "book_table", {"note": "a\x1b[31mb\nc a-secret-of-ours", "long": "x" * 500})
    (line,) = shown
    assert "\x1b" not in line
    assert "\n" not in line
    assert "a-secret-of-ours" not in line
    assert len(line) < 200


def test_agents_that_take_over_and_keys_are_shown(call: CallState, shown: list[str]) -> None:
    call.note("agent_entered", "reception", left="", by="start")
    call.note("key_pressed", "4.2", agent="reception", by="caller", known=True)
    call.note("key_pressed", "1", agent="reception", by="llm", known=True)
    call.note("key_pressed", "9", agent="reception", by="caller", known=False)
    call.note("agent_entered", "booking", left="reception", by="menu")
    call.note("handoff_refused", "complaint", reason="The call went in a circle.")
    call.note("agent_entered", "reception", left="booking", by="back")
    assert shown == [
        "[reception takes the call]",
        "[4.2 pressed]",
        "[1 chosen]",
        "[9 pressed, which the menu does not have]",
        "[booking takes over]",
        "[complaint does not take over: The call went in a circle.]",
        "[reception takes over again]",
    ]


def test_what_is_collected_is_told_and_what_is_refused(call: CallState, shown: list[str]) -> None:
    call.note("field_collected", "guests", value=4)
    call.note("field_refused", "mail", reason="couldn't get the email address: private")
    assert shown == [
        "[collected guests=4]",
        "[did not get mail: couldn't get the email address: private]",
    ]
