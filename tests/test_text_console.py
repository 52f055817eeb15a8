"""The parts of the text console: rows of words, entries, transcripts, and what a failure means."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import pytest
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError
from livekit.agents.llm import LLMError
from prompt_toolkit.utils import get_cwidth

from voice_agent.commands.text_console.entries import (
    Answer,
    Interrupt,
    Line,
    Press,
    Quit,
    Say,
    read,
)
from voice_agent.commands.text_console.plain import Plain, Transcript
from voice_agent.commands.text_console.words import whole_words, wrap
from voice_agent.errors import UsageError
from voice_agent.runtime.model_failures import describe, is_told_otherwise
from voice_agent.runtime.readable import readable
from voice_agent.runtime.text_call import (
    AgentCutOff,
    AgentSays,
    AgentStopped,
    CallerSaid,
    ToolActed,
)


@pytest.mark.parametrize("columns", [1, 2, 7, 20, 80])
@pytest.mark.parametrize(
    "text",
    [
        "Very well, here is something somewhat long and rather boring, from the stand-in.",
        "Donaudampfschifffahrtsgesellschaftskapitän",
        "您好我是前台语音助理。 Hello 世界 and so on",
        "A family 👩\u200d👩\u200d👧 and e\u0301",
    ],
)
def test_no_row_is_wider_than_the_terminal_and_no_text_is_lost(text: str, columns: int) -> None:
    rows = wrap(text, columns)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    if columns > 6:
        assert max(map(get_cwidth, rows)) <= columns


def test_a_word_is_parted_only_where_it_is_wider_than_the_terminal() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("one abcdefghij two", 8) == ["one", "abcdefgh", "ij two"]
    assert wrap("one\n\ntwo", 8) == ["one", "", "two"]
    assert wrap("", 8) == [""]


def test_a_stop_does_not_begin_a_row_of_chinese() -> None:
    assert wrap("一二三四。", 8) == ["一二三", "四。"]


def test_a_word_is_held_back_until_it_is_complete() -> None:
    assert whole_words("Nice to me") == "Nice to "
    assert whole_words("Nice to meet ") == "Nice to meet "
    assert whole_words("") == ""


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert readable("a\x1b[31mred\x1b]0;title\x07 b\x03\x9b\u202ec") == "ared bc"
    assert readable("one\r\ntwo\rthree\tfour") == "one\ntwo\nthree four"
    assert readable("e\u0301 👩\u200d👧") == "e\u0301 👩\u200d👧"


TO_PRESS = "Write the keys after it, which are 0 to 9, *, # and A to D: /press 12#"


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        ("Hello", Line("Hello")),
        ("//help me", Line("/help me")),
        ("/say  We are closed. ", Say("We are closed.")),
        ("/interrupt", Interrupt()),
        ("/quit", Quit()),
        ("/exit", Quit()),
        ("/press 12#", Press("12#")),
        ("/press 1 2 a", Press("12A")),
        ("/dtmf 1", Press("1")),
        ("/press", Answer(TO_PRESS)),
        ("/press one", Answer(TO_PRESS)),
        ("/say", Answer("Write what the agent is to say after it: /say TEXT")),
        ("/quit now", Answer("/quit stands alone. To say this to the agent: //quit now")),
        ("/frobnicate", Answer("There is no command /frobnicate. See /help.")),
        ("/interupt", Answer("There is no command /interupt. Did you mean /interrupt? See /help.")),
    ],
)
def test_an_entry_is_a_line_or_a_command(entered: str, meant: object) -> None:
    assert read(entered) == meant


def test_help_lists_every_command() -> None:
    shown = read("/help")
    assert isinstance(shown, Answer)
    assert [line.split()[0] for line in shown.text.splitlines()] == [
        *("/say", "/press", "/interrupt", "/quit", "/help", "//TEXT")
    ]


def test_a_message_of_several_lines_is_told_from_the_next_message() -> None:
    written: list[str] = []
    lines = Plain(written.append)
    lines.show(CallerSaid("One\nAgent: two"))
    lines.show(AgentSays("Three"))
    lines.show(AgentSays("\nYou: four"))
    lines.show(AgentStopped())
    assert "".join(written) == "You: One\n  Agent: two\nAgent: Three\n  You: four\n"


def test_what_tools_do_stands_between_the_lines_of_the_talk() -> None:
    written: list[str] = []
    lines = Plain(written.append)
    lines.show(AgentSays("One moment."))
    lines.show(ToolActed("[book_table people=4 → done, 0.2 s]"))
    lines.show(AgentSays("It is booked."))
    lines.show(AgentStopped())
    assert "".join(written) == (
        "Agent: One moment.\n[book_table people=4 → done, 0.2 s]\nAgent: It is booked.\n"
    )


def test_a_transcript_has_both_sides_with_times_while_the_call_lasts(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    with Transcript(path, "receptionist") as transcript:
        transcript.show(CallerSaid("Hello", from_profile=True))
        transcript.show(AgentSays("Good "))
        assert path.read_text().endswith("Agent: Good ")
        transcript.show(AgentStopped())
        transcript.show(AgentCutOff())
    time = r"\d\d:\d\d:\d\d"
    assert re.fullmatch(
        rf"Call with receptionist, \d{{4}}-\d\d-\d\d {time}[+-]\d\d:\d\d\n"
        rf"{time} You \(from on_enter\): Hello\n"
        rf"{time} Agent: Good \n"
        rf"{time} \(The agent was cut off\.\)\n",
        path.read_text(),
    )


def test_a_transcript_follows_what_is_in_the_file_already(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("My notes\n")
    with Transcript(path, "receptionist"):
        pass
    assert path.read_text().startswith("My notes\n\nCall with receptionist, ")


def test_a_transcript_may_go_to_another_program(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with Transcript(path, "receptionist"):
        assert os.read(reader, 100).startswith(b"Call with receptionist, ")
    os.close(reader)


def test_a_transcript_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Transcript(tmp_path, "receptionist")
    assert str(caught.value) == (
        f"The transcript {tmp_path} cannot be written: Is a directory. Name another file."
    )


def test_a_full_disk_is_told_once_and_does_not_stop_the_call() -> None:
    with Transcript(Path("/dev/null"), "receptionist") as transcript:
        assert transcript.failure() == ""
        os.dup2(os.open("/dev/full", os.O_WRONLY), transcript._file.fileno())
        transcript.show(CallerSaid("Hello"))
        transcript.show(CallerSaid("Hello"))
        assert transcript.failure() == (
            "The transcript /dev/null cannot be written: No space left on device. "
            "Name another file."
        )
        assert transcript.failure() == ""


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def failure(error: Exception) -> LLMError:
    return LLMError(timestamp=0, label="a model", error=error, recoverable=False)


@pytest.mark.parametrize(
    ("error", "sentences"),
    [
        (
            APIStatusError("Error code: 401", status_code=401, body={"message": "invalid token"}),
            "the language model refuses the key (401: invalid token). Check LIVEKIT_API_KEY and "
            "LIVEKIT_API_SECRET in .env.",
        ),
        (
            APIStatusError("model not found.", status_code=404),
            "there is no such language model (404: model not found). Correct its name in the "
            "profile.",
        ),
        (
            APIStatusError("slow down", status_code=429),
            "the language model takes no more requests for now (429: slow down). Wait a minute, or "
            "see the limits of your project at https://cloud.livekit.io.",
        ),
        (
            APIStatusError("temperature", status_code=400),
            "the language model refuses the request (400: temperature). Check its options in the "
            "profile.",
        ),
        (
            APIStatusError("oh\nno", status_code=503),
            "the language model failed (503: oh no). Try again in a minute.",
        ),
        (
            APITimeoutError(),
            "the language model did not answer in time. Try again, or choose a quicker one.",
        ),
        (
            APIConnectionError("Connection error."),
            "the language model cannot be reached (Connection error). Check the network, and try "
            "again.",
        ),
        (
            caused(APIConnectionError("Connection error."), ConnectionResetError()),
            "the language model cannot be reached (ConnectionResetError). Check the network, and "
            "try again.",
        ),
        (
            ZeroDivisionError("division by zero"),
            "the language model failed (ZeroDivisionError: division by zero).",
        ),
        (
            APIStatusError("x" * 5000, status_code=500),
            f"the language model failed (500: {'x' * 200}…). Try again in a minute.",
        ),
    ],
)
def test_a_failing_model_is_told_with_what_to_do_next(error: Exception, sentences: str) -> None:
    assert describe(failure(error)) == sentences


def test_a_sentence_of_the_stand_in_is_told_as_it_is() -> None:
    body = {"message": "Start it.", "type": "offline_stand_in"}
    late = APIConnectionError()
    late.__cause__ = APIError("", body=body)
    assert describe(failure(late)) == "Start it."
    assert describe(failure(APIStatusError("", status_code=502, body=body))) == "Start it."


def record(message: str, error: Exception | None = None, **extra: object) -> logging.LogRecord:
    information = (type(error), error, None) if error else None
    made = logging.LogRecord("livekit.agents", 30, "", 0, message, None, information)  # type: ignore[arg-type]
    made.__dict__.update(extra)
    return made


def test_livekits_log_of_a_failing_model_and_of_retries_is_not_shown_again() -> None:
    assert is_told_otherwise(record("failed to generate", attempt=1))
    assert is_told_otherwise(record("Error in _llm_inference_task", APIConnectionError()))
    assert is_told_otherwise(record("ToolError while executing tool"))
    assert not is_told_otherwise(record("failed to set up the toolset", OSError("refused")))
    assert not is_told_otherwise(record("the turn detector is not there"))
