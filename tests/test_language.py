"""Which language the calls of a profile are in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from livekit.agents import LanguageCode
from livekit.agents.inference.stt import _parse_model_string
from support.profiles import MINIMAL, make_profile, write_profile
from support.program import Run

from voice_agent.commands import console, livekit_commands
from voice_agent.errors import UsageError
from voice_agent.format.language import base_of, is_language, language_of, name_of, normalized
from voice_agent.format.scenario import Scenario, ScenarioTurn
from voice_agent.rehearsal.conformance import opens_long, words_in
from voice_agent.rehearsal.plan import plan_calls
from voice_agent.rehearsal.sentences import SENTENCES


@pytest.mark.parametrize(
    ("stt", "language"),
    [
        ("deepgram/nova-3", "en"),
        ("deepgram/nova-3:multi", "en"),
        ("deepgram/nova-3:auto", "en"),
        ("deepgram/nova-3:de", "de"),
        ("deepgram/nova-3:de-DE", "de-DE"),
        ("deepgram/nova-3:pt_br", "pt-BR"),
        ("deepgram/nova-3:German", "de"),
    ],
)
def test_the_language_is_what_stands_behind_the_colon_of_stt(stt: str, language: str) -> None:
    assert language_of(make_profile(stt=stt)) == language


@pytest.mark.parametrize(
    "written",
    ["de", "DE", "deu", "german", "Portuguese", "pt_br", "zh-hans-cn", "cmn-Hans-CN", "x"],
)
def test_livekit_reads_it_in_the_same_way(written: str) -> None:
    _, language = _parse_model_string(f"deepgram/nova-3:{written}")
    assert normalized(written) == language
    assert base_of(normalized(written)) == LanguageCode(written).language


@pytest.mark.parametrize("text", ["de", "DE", "de-DE", "pt_br", "zh-Hans", "German", "multi"])
def test_a_language_is_told_from_a_voice(text: str) -> None:
    assert is_language(text)


@pytest.mark.parametrize("text", ["xq", "eve", "luna", "de-DE-KatjaNeural", "9626c31c", "d"])
def test_a_voice_is_told_from_a_language(text: str) -> None:
    assert not is_language(text)


def test_languages_have_the_names_that_livekit_gives_them() -> None:
    assert [name_of(each) for each in ("de-AT", "pt-BR", "cmn-Hans")] == [
        "German",
        "Portuguese",
        "Chinese",
    ]
    assert name_of("tlh") == '"tlh"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Stop please, I have a question.", 6),
        ("ज़रा रुकिए।", 2),
        ("请等一下，谢谢。", 6),  # noqa: RUF001
        ("まってください。", 7),
        ("잠깐만 기다려 주세요.", 3),
    ],
)
def test_words_are_counted_as_livekit_does_for_min_words(text: str, words: int) -> None:
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("language", "say", "long"),
    [
        ("en", "Good evening, how can I help?", False),
        ("zh", "您好，西湖酒店，请问有什么可以帮您？", False),  # noqa: RUF001
        ("zh", SENTENCES["zh"].speech, True),
        ("de", SENTENCES["de"].speech, True),
    ],
)
def test_an_opening_is_long_enough_by_the_words_of_its_language(
    language: str, say: str, long: bool
) -> None:
    profile = make_profile(stt=f"deepgram/nova-3:{language}", on_enter={"say": say})
    assert opens_long(profile) is long


@pytest.fixture
def with_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the machine seem to have audio, and LiveKit's console end at once."""
    monkeypatch.setattr(console, "_why_no_audio", lambda: None)
    monkeypatch.setattr(livekit_commands, "_run_livekit", lambda *_: 0)


PLAYED = (
    "The offline stand-in plays stt (deepgram/nova-3), llm (openai/gpt-4.1-mini) and "
    "tts (cartesia/sonic-3).\n"
)


@pytest.mark.usefixtures("with_audio")
def test_the_audio_console_says_once_what_it_can_neither_say_nor_hear(
    run_here: Run, tmp_path: Path
) -> None:
    german = re.sub(r"^stt: .*", "stt: deepgram/nova-3:de", MINIMAL, flags=re.MULTILINE)
    profile = write_profile(tmp_path / "desk.yaml", german)
    shown = run_here("console", "--offline", "--profile", str(profile), PATH="")
    assert (shown.returncode, shown.stderr) == (
        0,
        f"{PLAYED}German is spoken with an English voice, as no voice for it is installed. "
        "Install espeak-ng, or name a Piper voice in OFFLINE_VOICE.\n"
        "The offline stand-in hears nothing but English, and this agent expects German. "
        "To be understood, type: add --text to the console.\n",
    )


@pytest.mark.usefixtures("with_audio")
def test_the_audio_console_of_an_english_profile_has_nothing_to_say(run_here: Run) -> None:
    shown = run_here("console", "--offline", "--profile", "receptionist")
    assert (shown.returncode, shown.stderr) == (0, PLAYED)


def test_a_voice_for_another_language_is_refused_by_the_console_too(
    run_here: Run, tmp_path: Path
) -> None:
    voice = tmp_path / "fr_FR-nobody.onnx"
    voice.touch()
    Path(f"{voice}.json").write_text('{"espeak": {"voice": "fr"}, "num_speakers": 1}')
    words = ("console", "--offline", "--text", "--profile", "receptionist")
    shown = run_here(*words, OFFLINE_VOICE=str(voice))
    assert shown.returncode == 2
    assert 'speaks fr, but "receptionist" is in en.' in shown.stderr


async def test_scenarios_for_the_recognizer_are_refused_for_a_line_of_another_language() -> None:
    heard = Scenario("a caller mumbles", (ScenarioTurn(user=("Guten Tag.",)),), hears="really")
    profile = make_profile(stt="deepgram/nova-3:de")
    with pytest.raises(UsageError) as refused:
        await plan_calls(profile, (heard,), Path(), lambda _: {}, iter(()))
    assert str(refused.value) == (
        'The recognizer of a rehearsal, which is to listen to "a caller mumbles", knows English '
        'alone, but callers of "desk" speak German. Take "hears: really" out, or write beside a '
        'sound file, with "hears", what there is to hear in it.'
    )
