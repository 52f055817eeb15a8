"""Which agents, handoffs and menus are warned of, and which that look much the same are not."""

from __future__ import annotations

import pytest
from support.profiles import MODELS

from voice_agent.lint.check import check_text

START = """\
instructions: You are the receptionist of Luigi's. Be brief.
tools:
  find_table: {description: Finds a free table., result: The one at the window.}
  book_table: {description: Enters what was agreed., result: Done.}
  end_call:
"""
AGENTS = """\
agents:
  reception:
    instructions: Find out what the caller wants.
    tools: [find_table]
    handoffs:
      booking: {when: The caller wants a table.}
  booking:
    instructions: Agree on day and time.
    tools: [book_table]
    handoffs:
      goodbye: {when: {tool: book_table}}
      back: {when: The caller wants something else.}
  goodbye:
    instructions: Say goodbye.
    tools: [end_call]
"""


def warned(written: str, instead: str = "", *, top: str = "") -> list[str]:
    """Return the kinds of warnings on the agents, with something else written in one place."""
    assert written in AGENTS
    text = START + top + AGENTS.replace(written, instead or written) + MODELS
    found = check_text(text, "desk.yaml").diagnostics
    assert {each.severity for each in found} <= {"warning"}, found
    return [each.kind for each in found]


def test_agents_that_fit_together_are_not_warned_of() -> None:
    assert warned("agents:") == []


INSTRUCTIONS = "Find out what the caller wants."


@pytest.mark.parametrize(
    "text",
    [
        "Hand the caller over to booking.",  # A handoff does that.
        "Transfer the caller to booking when they want a table.",
        "Look up the free tables.",
        "Use find_table when they ask what is free.",
        "Never use book_table yourself.",
        "You cannot use book_table here.",
        "Instead of book_table, hand over.",
        "In booking, book_table does the rest.",
        "Hand over to booking, which calls book_table.",
        "Booking has book_table for that.",
        "Use handoff_to_booking when they want a table.",
        "Do not hang up.",
        "Callers hang up when they are done.",
        "Book the table with them.",  # The next agent may.
    ],
)
def test_what_an_agent_or_a_handoff_of_it_can_do_is_no_empty_promise(text: str) -> None:
    assert warned(INSTRUCTIONS, f'"{text}"') == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Use book_table once they have agreed.", "tool-not-here"),
        ("Say goodbye, and then end_call.", "tool-not-here"),
        ("Use handoff_to_goodbye at the end.", "tool-not-here"),
        ("When all is said, hang up.", "promise-without-tool"),
        ("Send them a text message.", "promise-without-tool"),
    ],
)
def test_what_only_another_agent_can_do_is_warned_of(text: str, kind: str) -> None:
    assert warned(INSTRUCTIONS, f'"{text}"') == [kind]


def test_the_tools_by_which_agents_collect_may_be_named() -> None:
    text = f"{INSTRUCTIONS} Use update_email_address, and then confirm_guests."
    fields = "email: {task: email}, guests: {type: integer, description: How many.}"
    assert warned(INSTRUCTIONS, f"{text}\n    collect: {{{fields}}}") == []


def test_an_agent_without_a_list_has_what_no_other_lists() -> None:
    assert warned("    tools: [book_table]\n", "    chat_ctx: keep\n") == []
    assert warned("    tools: [find_table]\n", "    tools: []\n") == ["unused-tool"]


@pytest.mark.parametrize(
    "ending",
    [
        "tools: [end_call]",
        "handoffs: {reception: {when: The caller wants more.}}",
        "handoffs: {back: {when: The caller wants more.}}",
        'menu: {say: Press 1., keys: {"1": {handoff: reception, when: They want more.}}}',
        'menu: {say: Press 1., keys: {"1": {action: back}}}',
        "collect: {name: {task: name}}\n    handoffs: {reception: {when: collected}}",
    ],
)
def test_a_call_gets_away_from_an_agent_in_many_ways(ending: str) -> None:
    goodbye = "    instructions: Say goodbye.\n    tools: [end_call]\n"
    other = f"    {ending}\n"
    assert "dead-end" not in warned(goodbye, other)
    assert "dead-end" in warned(goodbye, "    tools: []\n")
    assert "dead-end" in warned(goodbye, "    tools: []\n    collect: {a: {task: name}}\n")


def test_what_leads_from_anywhere_leads_away_from_every_agent_but_its_own() -> None:
    top = "handoffs: {goodbye: {when: The caller is done.}}\n"
    assert warned("    tools: [end_call]\n", "    tools: []\n", top=top) == [
        "unused-tool",
        "dead-end",
    ]


def test_one_agent_alone_need_not_end_calls() -> None:
    text = f"{START}agents: {{reception: {{instructions: Answer what you are asked.}}}}\n{MODELS}"
    assert check_text(text, "desk.yaml").diagnostics == ()


def test_an_agent_that_only_a_key_leads_to_is_reached() -> None:
    keys = '{"1": {handoff: booking, when: The caller wants a table.}}'
    menu = f"menu: {{say: For a table press 1., keys: {keys}}}"
    handoffs = "handoffs:\n      booking: {when: The caller wants a table.}"
    assert warned(handoffs, menu) == []
    nowhere = warned(handoffs, "chat_ctx: keep")
    assert nowhere == ["dead-end", "unreachable-agent", "unreachable-agent"]


def test_a_misspelt_agent_is_an_error_and_the_one_that_was_meant_is_no_warning() -> None:
    text = START + AGENTS.replace("booking: {when", "bokking: {when") + MODELS
    kinds = [each.kind for each in check_text(text, "desk.yaml").diagnostics]
    assert "unreachable-agent" not in kinds


@pytest.mark.parametrize(
    ("handoff", "opening", "expected"),
    [
        ("I will book it for you.", "I will book it for you. When?", ["said-twice"]),
        ("i will book it, for you", "I will book it for you!", ["said-twice"]),
        ("One moment, please.", "For how many people?", []),
        ("Of course.", "Of course. For how many people?", []),  # Nobody minds two words.
    ],
)
def test_a_sentence_that_callers_hear_twice_is_warned_of(
    handoff: str, opening: str, expected: list[str]
) -> None:
    when = "booking: {when: The caller wants a table.}"
    said = f'booking: {{when: The caller wants a table., say: "{handoff}"}}'
    agents = AGENTS.replace(when, said).replace(
        "    instructions: Agree on day and time.\n",
        f'    instructions: Agree on day and time.\n    on_enter: {{say: "{opening}"}}\n',
    )
    found = check_text(START + agents + MODELS, "desk.yaml").diagnostics
    assert [each.kind for each in found] == expected


SUBMENU = 'menu: {say: For the kitchen press 1., keys: {"1": The kitchen is closed.}}'


@pytest.mark.parametrize(
    ("room", "key", "expected"),
    [
        ("", f'"2": {{{SUBMENU}}}', ["no-description"]),
        ("", f'"2": {{{SUBMENU}, when: The caller complains about food.}}', []),
        ("room: {audio_input: false}\n", f'"2": {{{SUBMENU}}}', []),
        # What these do says when they are meant.
        ("", '"2": Closed on Mondays.', []),
        ("", '"2": {action: repeat}', []),
        ("", '"2": {handoff: goodbye}', []),
        ("", '"2": {tool: find_table}', []),
    ],
)
def test_a_menu_on_a_key_needs_a_description_where_callers_speak(
    room: str, key: str, expected: list[str]
) -> None:
    menu = f"{INSTRUCTIONS}\n    menu: {{say: Press a key., keys: {{{key}}}}}"
    found = [each for each in warned(INSTRUCTIONS, menu, top=room) if each != "no-effect"]
    assert found == expected


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        ("recording: true\n", ["card-in-record"]),
        ("recording: {transcript: true}\n", ["card-in-record"]),
        ("recording: {audio: false}\n", []),
        ("recording: false\n", []),
        ("", []),
    ],
)
def test_a_field_that_no_text_keeps_is_not_recorded_as_sound(
    recording: str, expected: list[str]
) -> None:
    collect = f"{INSTRUCTIONS}\n    collect: {{card: {{task: credit_card}}, who: {{task: name}}}}"
    assert warned(INSTRUCTIONS, collect, top=recording) == expected


def test_two_tools_in_different_agents_may_be_described_alike() -> None:
    alike = START.replace("Enters what was agreed.", "Finds a free table.")
    apart = check_text(alike + AGENTS + MODELS, "desk.yaml").diagnostics
    assert apart == ()
    agents = AGENTS.replace("tools: [find_table]", "tools: [find_table, book_table]")
    [found] = check_text(alike + agents + MODELS, "desk.yaml").diagnostics
    assert found.kind == "twin-descriptions"
