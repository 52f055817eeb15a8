"""The text console on a terminal, with the keys that an operator presses and what they see."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from support import ROOT
from support.profiles import MINIMAL
from support.program import alive, eventually
from support.tmux import Window

from voice_agent.standin.phrases import ENGLISH

pytestmark = pytest.mark.calls

CONSOLE = ("console", "--text", "--offline", "--profile")
MENU = """
agents:
  reception:
    menu: {say: Press 2., timeout: 60, keys: {"2": {handoff: booking}}}
  booking: {on_enter: {say: For how many?}}
"""
STATE = "/help   Ctrl-D ends"


@pytest.fixture
def quiet(tmp_path: Path) -> str:
    """A profile whose agent waits for the caller."""
    path = tmp_path / "quiet.yaml"
    path.write_text(MINIMAL)
    return str(path)


@pytest.fixture
def interruptible(tmp_path: Path) -> str:
    """The profile `uninterruptable`, but callers may cut its agent off."""
    path = tmp_path / "interruptible.yaml"
    text = (ROOT / "profiles" / "uninterruptable.yaml").read_text()
    path.write_text(text.replace("allow_interruptions: false", "allow_interruptions: true"))
    return str(path)


def spoken_rows(window: Window) -> list[str]:
    """Return the rows with what the agent has said of the long passage, but the last."""
    rows = window.rows
    first = next(i for i, row in enumerate(rows) if row.startswith("Agent: Very well"))
    end = next(i for i, row in enumerate(rows) if i > first and row.startswith("You: "))
    return [row.removeprefix("Agent: ") for row in rows[first : end - 1]]


def test_a_line_is_edited_with_the_keys_of_a_shell(quiet: str) -> None:
    with Window(*CONSOLE, quiet) as console:
        console.until(f"listening   {STATE}")
        console.type("name is Bda")
        console.press("Home")
        console.type("My ")
        console.press("End", "Left", "BSpace", "BSpace")
        console.type("A")
        console.press("C-e", "Enter")
        console.until("You: My name is Aa")
        console.until("Nice to meet you, Aa")
        console.press("Up")
        console.until(lambda: console.rows[-2] == "You: My name is Aa")
        console.press("C-a")
        console.type("Hello, ")
        console.until(lambda: console.rows[-2] == "You: Hello, My name is Aa")
        console.press("C-k")
        console.type("world\n")
        console.until("You said: Hello, world.")
        console.press("C-r")
        console.type("name")
        console.until("I-search backward: name")
        console.press("Enter")
        console.until(lambda: console.rows[-2] == "You: My name is Aa")
        console.press("C-c")
        assert console.end() == 130


def test_what_is_pasted_is_one_message_without_control_characters(quiet: str) -> None:
    with Window(*CONSOLE, quiet) as console:
        console.until(f"listening   {STATE}")
        console.paste("Hello\nMy name\x1b[31m is Ada\x07\nGoodbye\x01 then")
        console.until("then")
        assert "Agent:" not in console.screen
        console.press("Enter")
        console.until("Nice to meet you, Ada")
        rows = console.rows
        assert rows[2:5] == ["You: Hello", "My name is Ada", "Goodbye then"]
        assert console.screen.count("Agent:") == 1


def test_speech_wraps_above_the_line_that_is_being_typed_and_again_after_a_resize() -> None:
    words = set(ENGLISH.passage.split())
    with Window(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        console.type("Half a line")
        console.until("piece of wire")
        assert console.rows[-2:] == ["You: Half a line", f" speaking   {STATE}"]
        assert all(set(row.split()) <= words for row in spoken_rows(console))
        console.resize(40, 50)
        console.until("seldom\ncounted")
        assert console.rows[-2] == "You: Half a line"
        assert console.rows[-1].endswith(STATE)
        assert all(set(row.split()) <= words for row in spoken_rows(console))
        assert max(map(len, console.rows)) <= 40
        console.until(f"listening   {STATE}")
        spoken = " ".join(console.screen.split())
        assert f" {ENGLISH.passage} You: Half a line listening " in spoken


def test_wide_characters_take_two_columns_on_a_narrow_terminal(quiet: str) -> None:
    with Window(*CONSOLE, quiet, columns=20) as console:
        console.until("listening")
        console.type("/say 您好我是前台的语音助理很高兴为您服务。\n")
        console.until("\n服务。")
        assert "\nAgent: 您好我是前台\n的语音助理很高兴为您\n服务。\n" in console.screen


def test_lines_typed_quickly_are_all_shown_and_answered_in_order(quiet: str) -> None:
    with Window(*CONSOLE, quiet) as console:
        console.until(f"listening   {STATE}")
        console.type("My name is Ada\nWhat is a vole\nThank you\n")
        console.until("You are welcome")
        console.until(f"listening   {STATE}")
        assert console.talk.startswith(
            "$ agent.py The offline stand-in plays llm (openai/gpt-4.1-mini). "
            "You: My name is Ada "
            "Agent: Nice to meet you, Ada. I am only the offline stand-in. "
            "You: What is a vole "
            "Agent: You asked: What is a vole. I am only the offline stand-in, so I do not know "
            "the answer, but I heard the question. "
            "You: Thank you "
            "Agent: You are welcome. Is there anything else for the offline stand-in? "
            "You: listening"
        )


def test_lines_typed_over_uninterruptible_speech_wait_and_are_answered_after_it() -> None:
    with Window(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        console.type("My name is Ada\nThank you\n")
        console.until("You (waiting): My name is Ada\nYou (waiting): Thank you\nYou:\n speaking")
        console.type("/interrupt\n")
        console.until("The profile does not let callers cut this off.")
        console.until("You are welcome")
        assert "(The agent was cut off.)" not in console.screen
        spoken = console.talk
        assert spoken.index("for your patience") < spoken.index("You: My name is Ada Agent: Nice")
        assert "You: Thank you Agent: You are welcome." in spoken


def test_a_line_cuts_speech_that_may_be_cut(interruptible: str) -> None:
    with Window(*CONSOLE, interruptible) as console:
        console.until("Agent: Very well")
        console.type("My name is Ada\n")
        console.until("Nice to meet you, Ada")
        assert "(The agent was cut off.)\nYou: My name is Ada\nAgent: Nice" in console.screen
        assert "for your patience" not in console.screen
        console.press("C-d")
        assert console.end() == 0


def test_the_agent_says_what_it_is_told_and_is_cut_off_by_command(interruptible: str) -> None:
    with Window(*CONSOLE, interruptible) as console:
        console.until("Agent: Very well")
        console.type("/interrupt\n")
        console.until("(The agent was cut off.)")
        console.until(f"listening   {STATE}")
        console.type("/interrupt\n")
        console.until("The agent is not saying anything that could be cut off.")
        console.type("/say We are closed.\n")
        console.until("Agent: We are closed.")
        console.type("/qiut\n")
        console.until("There is no command /qiut. Did you mean /quit? See /help.")
        console.type("/quit\n")
        assert console.end() == 0


def test_keys_are_pressed_by_command_and_the_row_at_the_bottom_says_which_agent_holds(
    tmp_path: Path,
) -> None:
    path = tmp_path / "menu.yaml"
    path.write_text(MINIMAL + MENU)
    with Window(*CONSOLE, str(path)) as console:
        console.until(f"reception: listening   {STATE}")
        console.type("/press one\n")
        console.until("Write the keys after it")
        console.type("/press 2\n")
        console.until(f"booking: listening   {STATE}")
        assert "Agent: Press 2.\n" in console.screen
        assert "[2 pressed]\n[booking takes over]\nAgent: For how many?\n" in console.screen
        console.press("C-d")
        assert console.end() == 0


def test_ctrl_c_in_the_middle_of_speech_leaves_nothing_behind() -> None:
    with Window(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        console.type("Half a line")
        console.until("Half a line")
        console.press("C-c")
        assert console.end() == 130
        said, after = console.screen.split("status=130")
        assert "Half a line" not in said
        assert "\nYou:" not in said
        assert STATE not in said
        assert "Traceback" not in said
        assert "cut off" not in said
        assert set(after.split()) <= {"$", "#"}
        console.type("stty -a\n")
        console.until(lambda: re.search(r"\sicanon\s.*\secho\s", console.talk) is not None)


def test_a_stand_in_that_dies_gives_the_terminal_back_with_a_sentence() -> None:
    with Window(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        (standin,) = console.program.children()
        standin.kill()
        assert console.end() == 2
        assert "The offline stand-in has ended unexpectedly, so the call is over." in console.talk
        assert STATE not in console.screen
        assert "Traceback" not in console.screen
        console.type("stty -a\n")
        console.until(lambda: re.search(r"\sicanon\s.*\secho\s", console.talk) is not None)


def test_a_second_signal_ends_it_at_once_and_gives_the_terminal_back() -> None:
    with Window(*CONSOLE, "uninterruptable") as console:
        console.until("Agent: Very well")
        program = console.program
        for _ in range(2):
            program.send_signal(signal.SIGINT)
        assert console.end() == 130
        assert "Traceback" not in console.screen
        assert eventually(lambda: not alive(program.pid))
        console.type("stty -a\n")
        console.until(lambda: re.search(r"\sicanon\s.*\secho\s", console.talk) is not None)


def test_a_language_model_that_is_not_running_is_one_sentence(quiet: str) -> None:
    with Window(*CONSOLE, quiet, OFFLINE_LLM_URL="http://127.0.0.1:9/v1") as console:
        console.until(f"listening   {STATE}")
        console.type("Hello\n")
        console.until("correct\nOFFLINE_LLM_URL.")
        console.until(f"listening   {STATE}")
        assert " ".join("\n".join(console.rows[1:-2]).split()).endswith(
            " You: Hello The agent could not answer: The language model at http://127.0.0.1:9/v1 "
            "(OFFLINE_LLM_URL) cannot be reached (ClientConnectorError). Start it, or correct "
            "OFFLINE_LLM_URL."
        )
