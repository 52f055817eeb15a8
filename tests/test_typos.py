"""Every "did you mean": which words get a suggestion, which get none, and how long that takes."""

from __future__ import annotations

import time

import pytest

from voice_agent.commands.main import LIVEKIT_COMMANDS, OUR_COMMANDS
from voice_agent.format.typos import closest, distance
from voice_agent.lint import model_names
from voice_agent.lint.check import check_text

# More keys than a profile has today: the more there are, the more of them are near a word.
WORDS = (
    "name description instructions allow_interruptions on_enter stt llm tts preemptive_generation "
    "rehearsal turn_handling session vad room recording background_audio avatar variables timezone "
    "knowledge extends history tools mcp_servers agents handoffs on_call on_user_away max_duration "
    "on_error on_session_end"
)
KEYS = WORDS.split()
MISSPELT_KEYS = {
    "allow_interuptions": "allow_interruptions",
    "alow_interuption": "allow_interruptions",
    "allow_interruption": "allow_interruptions",
    "allowInterruptions": "allow_interruptions",
    "interruptions": "allow_interruptions",
    "On-Enter": "on_enter",
    "on enter": "on_enter",
    "onenter": "on_enter",
    "on_entre": "on_enter",
    "enter": "on_enter",
    "instruction": "instructions",
    "intsructions": "instructions",
    "instruct": "instructions",
    "agent_instructions": "instructions",
    "descripton": "description",
    "nmae": "name",
    "lm": "llm",
    "lmm": "llm",
    "sst": "stt",
    "preemtive_generaton": "preemptive_generation",
    "preemptive": "preemptive_generation",
    "rehersal": "rehearsal",
    "rehearse": "rehearsal",
    "turn_handeling": "turn_handling",
    "mcpServers": "mcp_servers",
    "servers": "mcp_servers",
    "hand_off": "handoffs",
    "agent": "agents",
    "on_away": "on_user_away",
    "max_call_duration": "max_duration",
    "duration": "max_duration",
    "knowlege": "knowledge",
}
OTHER_WORDS = (
    "on_exit on_silence on_start on_leave on_hangup on_failure colour loud prompt greeting voice "
    "language model temperature secrets scenarios tests webhook webhooks url version kind type "
    "retries timeout speed states nodes edges goodbye persona style entry on min_words a x _ - 1"
)


@pytest.mark.parametrize(("word", "wanted"), MISSPELT_KEYS.items())
def test_a_misspelt_key_gets_the_one_that_was_meant(word: str, wanted: str) -> None:
    assert closest(word, KEYS) == wanted


@pytest.mark.parametrize("word", ["", *OTHER_WORDS.split()])
def test_a_word_that_is_merely_like_a_key_gets_none(word: str) -> None:
    assert closest(word, KEYS) is None


@pytest.mark.parametrize(
    ("word", "choices", "wanted"),
    [
        ("pause", ["pause_ms"], 0),
        ("timeoutSeconds", ["retries", "timeout"], 1),
        ("bot_start_speaking", ["user_started_speaking", "bot_started_speaking"], 1),
        ("respond", ["user_typed", "llm_started", "response"], 2),
        ("user", ["user_started_speaking", "user_typed"], None),
        ("jo", ["joe", "joe-fast"], 0),
        ("robot", ["joe", "joe-fast"], None),
        ("flase", ["true", "false"], 1),
        ("of", ["on", "off"], 1),
        ("ok", ["on", "no"], None),
        ("min_dealy", ["max_delay", "min_delay"], 1),
        ("two", [2, 5], None),
    ],
)
def test_the_nearest_of_several_choices_is_suggested(
    word: str, choices: list[object], wanted: int | None
) -> None:
    assert closest(word, choices) == (None if wanted is None else choices[wanted])


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("valdiate", "validate"),
        ("Validate", "validate"),
        ("lst", "list"),
        ("consle", "console"),
        ("rehearsal", "rehearse"),
        ("strat", "start"),
        ("download", "download-files"),
        ("downlaod_files", "download-files"),
        ("dve", "dev"),
        ("test", None),
        ("check", None),
        ("run", None),
        ("serve", None),
        ("version", None),
    ],
)
def test_a_misspelt_command_gets_the_one_that_was_meant(word: str, wanted: str | None) -> None:
    assert closest(word, [*OUR_COMMANDS, *LIVEKIT_COMMANDS]) == wanted


@pytest.mark.parametrize(
    ("role", "word", "wanted"),
    [
        ("stt", "deepgram", "deepgram/nova-3"),
        ("stt", "nova-2-medical", "deepgram/nova-2-medical"),
        ("stt", "deepgram/nova-3:de:at", "deepgram/nova-3:de"),
        ("llm", "gpt-4.1-mini", "openai/gpt-4.1-mini"),
        ("llm", "openai:gpt-4.1-mini", "openai/gpt-4.1-mini"),
        ("llm", "openai/gpt-4.1-mini:fast", "openai/gpt-4.1-mini"),
        ("llm", "OpenAI gpt-4.1-mni", "openai/gpt-4.1-mini"),
        ("llm", "llama", None),
        ("llm", "openai", "openai/gpt-4.1-mini"),
        ("tts", "cartesia", "cartesia/sonic-3"),
        ("tts", "elevenlabs", None),
    ],
)
def test_what_is_no_model_s_name_gets_the_name_that_it_is_a_part_of(
    role: str, word: str, wanted: str | None
) -> None:
    text = {"stt": "deepgram/nova-3", "llm": "openai/gpt-4.1-mini", "tts": "cartesia/sonic-3"}
    lines = [f"{key}: {word if key == role else name}" for key, name in text.items()]
    [found] = check_text("\n".join(["instructions: Be brief.", *lines]), "desk.yaml").diagnostics
    example = model_names.listed(role)[0]
    assert found.hint == (f'did you mean "{wanted}"?' if wanted else f"for example, {example}")


@pytest.mark.parametrize("key", ["on_exit", "on_silence"])
def test_a_key_of_another_moment_is_not_called_the_opening(key: str) -> None:
    text = f"instructions: Be brief.\nllm: openai/gpt-realtime\n{key}: Say goodbye.\n"
    [found] = check_text(text, "desk.yaml").diagnostics
    assert found.message == f'unknown key "{key}"'
    assert found.hint
    assert found.hint.startswith("a profile cannot ")


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [("nova", "nova", 0), ("nvoa", "nova", 1), ("nov", "nova", 1), ("n", "nova", 3), ("", "ab", 2)],
)
def test_letters_are_counted(one: str, other: str, letters: int) -> None:
    assert distance(one, other, 9) == distance(other, one, 9) == letters


def test_letters_are_not_counted_beyond_what_is_asked_for() -> None:
    assert distance("kitten", "sitting", 2) == 3
    assert distance("kitten", "mitochondrion", 2) == 3
    assert distance("kitten", "sitting", 3) == 3


@pytest.mark.parametrize("word", ["a/" * 100, "on_" * 66, "x" * 900_000, "/" * 900_000])
def test_a_word_made_to_be_slow_is_not(word: str) -> None:
    started = time.process_time()
    for _ in range(20):
        assert closest(word, KEYS) is None
    assert time.process_time() - started < 1


def test_five_hundred_unknown_keys_get_their_suggestions_at_once() -> None:
    words = [f"{key}_{number}x" for key in KEYS for number in range(16)]
    started = time.process_time()
    assert all(closest(word, KEYS) in (None, *KEYS) for word in words[:500])
    assert time.process_time() - started < 1
