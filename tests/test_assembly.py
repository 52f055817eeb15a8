"""Profiles of several files: what they say together, and which files may be among them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support.profiles import MINIMAL, MODELS, write_profile
from support.program import Run

from voice_agent import InvalidProfile, Opening, Profile, load
from voice_agent.commands import livekit_commands, selection
from voice_agent.errors import UsageError
from voice_agent.format import catalog
from voice_agent.format.loader import examine_file
from voice_agent.format.opening import Instructions
from voice_agent.format.schema import schema
from voice_agent.format.yaml_source import MAX_BYTES
from voice_agent.rehearsal.report.summary import responsible
from voice_agent.rehearsal.results import BargeIn

pytestmark = pytest.mark.usefixtures("at_the_root")

Files = Callable[..., Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Write files into profiles/, by name, and return the path of desk.yaml."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            write_profile(tmp_path / "profiles" / name, text)
        return tmp_path / "profiles" / "desk.yaml"

    return lambda texts: write(**texts)


def told(path: Path) -> str:
    """What an operator is told of a profile, without its folder."""
    with pytest.raises(InvalidProfile) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent}{os.sep}", "").split("\n")[0]


def over(files: Files, base: str, own: str) -> Profile:
    """The profile of two files."""
    base = f"{MODELS}{base}\n"
    return load(files({"_base.yaml": base, "desk.yaml": f"extends: _base.yaml\n{own}\n"}))


# What they say together.


def test_mappings_are_merged_over_several_levels_and_all_else_replaces(files: Files) -> None:
    profile = load("tests/valid/extends-over-two-levels.yaml")
    assert profile.turn_handling == {
        "endpointing": {"min_delay": 0.8, "max_delay": 6},
        "interruption": {"min_words": 2},
    }
    assert profile.session == {"user_away_timeout": None}
    assert profile.allow_interruptions is False
    assert profile.llm == load("tests/valid/least.yaml").llm


def test_name_and_description_are_never_taken_over() -> None:
    profile = load("tests/valid/extends-over-two-levels.yaml")
    assert profile.name == "extends-over-two-levels"
    assert profile.description == "Answers at night."


def test_a_description_is_not_taken_over_where_the_profile_has_none(files: Files) -> None:
    profile = over(files, "name: base\ndescription: All desks.", "instructions: Be brief.")
    assert (profile.name, profile.description) == ("desk", None)


def test_a_list_replaces_a_list(files: Files) -> None:
    call = '{name: "%s", turns: [{type: Hello., expect: [{event: response}]}]}'
    base, own = (f"rehearsal: [{call % name}]" for name in ("one", "two"))
    profile = over(files, base, f"instructions: Be brief.\n{own}")
    assert [each.name for each in profile.rehearsal] == ["two"]


def test_a_key_that_excludes_one_of_the_other_file_replaces_it(files: Files) -> None:
    base = "on_enter: {instructions: Greet the caller., allow_interruptions: false}"
    profile = over(files, base, "instructions: Be brief.\non_enter: {say: Good morning.}")
    assert profile.on_enter == Opening(say="Good morning.", allow_interruptions=False)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (key, part["x-short-form-of"])
        for key, part in schema()["properties"].items()
        if "x-short-form-of" in part
    ],
)
def test_of_the_two_forms_of_a_setting_the_profile_s_own_stays(
    files: Files, key: str, path: str
) -> None:
    first, *above, last = path.split(".")
    long = {last: True}
    for step in reversed(above):
        long = {step: long}
    for base, own in ({first: long}, {key: False}), ({key: False}, {first: long}):
        text = f"{MODELS}{yaml.safe_dump(base)}"
        written = f"extends: _base.yaml\ninstructions: Hi.\n{yaml.safe_dump(own)}"
        source = examine_file(files({"_base.yaml": text, "desk.yaml": written})).source
        assert source
        assert own.items() <= source.data.items()
        assert not base.keys() & source.data.keys()


def test_a_mapping_adds_to_a_short_form(files: Files) -> None:
    own = "instructions: {audio: Without symbols.}\non_enter: {allow_interruptions: false}"
    profile = over(files, "instructions: Be brief.\non_enter: Hello.", own)
    assert profile.on_enter == Opening(user_input="Hello.", allow_interruptions=False)
    assert profile.instructions == Instructions("Be brief.", audio="Without symbols.")


def test_a_short_form_replaces_a_mapping(files: Files) -> None:
    base = "instructions: {common: Be brief., audio: Sing.}\non_enter: {say: Hi.}"
    profile = over(files, base, "instructions: Be long.\non_enter: Hello.")
    assert profile.on_enter == Opening(user_input="Hello.")
    assert profile.instructions == Instructions("Be long.")


def test_a_mistake_in_the_other_file_that_is_replaced_is_none_of_the_profile(files: Files) -> None:
    profile = over(files, "allow_interruptions: perhaps", MINIMAL + "allow_interruptions: false")
    assert profile.allow_interruptions is False


def test_what_a_conflict_is_with_is_named_with_its_file(files: Files) -> None:
    path = files(
        {
            "_base.yaml": "stt: deepgram/nova-3:de\n",
            "desk.yaml": "extends: _base.yaml\ninstructions: Be brief.\nllm: openai/gpt-4.1-mini\n"
            "tts: cartesia/sonic-3\nrehearsal:\n  - name: a caller\n    hears: really\n"
            "    turns: [{user: Hallo., expect: [{event: response}]}]\n",
        }
    )
    assert "but line 1 of _base.yaml says that callers speak German" in told(path)


def test_another_model_replaces_the_options_of_the_first_and_options_alone_add_to_them(
    files: Files,
) -> None:
    base = files({}).parent / "_base.yaml"
    write_profile(base, MODELS + "llm: {model: openai/gpt-4.1, inference_class: priority}\n")
    write_profile(base, base.read_text().replace("llm: openai/gpt-4.1-mini\n", ""))

    def llm(written: str) -> tuple[str | None, object]:
        text = f"extends: _base.yaml\ninstructions: Be brief.\nllm: {written}\n"
        model = load(files({"desk.yaml": text})).llm.first
        return model.model, model.options

    assert llm("{extra_kwargs: {seed: 1}}") == (
        "openai/gpt-4.1",
        {"inference_class": "priority", "extra_kwargs": {"seed": 1}},
    )
    assert llm("{model: openai/gpt-4o}") == ("openai/gpt-4o", {})
    assert llm("openai/gpt-4o") == ("openai/gpt-4o", {})


# Texts in files.


def test_a_text_file_is_taken_as_it_stands(files: Files) -> None:
    text = '\ufeff# The desk\r\n\r\n- {x}: "yes"\r\n'
    path = files({"desk.yaml": f"instructions: {{file: prompts/desk.md}}\n{MODELS}"})
    write_profile(path.parent / "prompts" / "desk.md", text)
    assert load(path).instructions == Instructions('# The desk\n\n- {x}: "yes"\n')


def test_a_file_is_named_from_the_folder_of_the_file_that_names_it(files: Files) -> None:
    call = (
        "{name: a tape, turns: [{audio: hi.wav, hears: {text: Hi.}, expect: [{event: response}]}]}"
    )
    path = files({"desk.yaml": f"extends: shared/_base.yaml\n{MODELS}"})
    base = f"instructions: {{file: ../desk.md}}\nrehearsal: [{call}]\n"
    write_profile(path.parent / "shared" / "_base.yaml", base)
    write_profile(path.parent / "desk.md", "Be brief.")
    profile = load(path)
    assert profile.instructions == Instructions("Be brief.")
    assert profile.rehearsal[0].turns[0].audio == "shared/hi.wav"


async def test_livekit_is_given_the_texts_for_speech_and_for_typing(files: Files) -> None:
    from livekit.agents.llm.chat_context import Instructions as LiveKits

    from voice_agent.runtime.build import build_agent

    plain = build_agent(load("tests/valid/extends-over-two-levels.yaml")).instructions
    assert isinstance(plain, str)
    assert plain.startswith("# The desk\n\nYou are the receptionist of a hotel")
    built = build_agent(load("tests/valid/instructions-for-each-modality.yaml")).instructions
    assert isinstance(built, LiveKits)
    assert built.common == plain
    assert built.render(modality="audio").endswith("\nSpeak without lists or symbols.")
    assert built.render(modality="text").endswith("\nYou may use lists.\n")


def test_the_sounds_of_a_file_in_a_folder_below_are_found_from_there(files: Files) -> None:
    path = files({"desk.yaml": "extends: shared/_base.yaml\ninstructions: Be brief.\n"})
    sounds = "[cafe.ogg, {source: ../rain.ogg, volume: 0.5}, office_ambience]"
    base = f"{MODELS}background_audio: {{ambient_sound: {sounds}, thinking_sound: key.ogg}}\n"
    write_profile(path.parent / "shared" / "_base.yaml", base)
    for name in ("shared/cafe.ogg", "shared/key.ogg", "rain.ogg"):
        (path.parent / name).write_bytes(b"")
    audio = load(path).background_audio
    assert audio
    assert [each.source for each in audio.ambient_sound] == [
        "shared/cafe.ogg",
        "rain.ogg",
        "office_ambience",
    ]
    assert [each.source for each in audio.thinking_sound] == ["shared/key.ogg"]


# Who sees a change of them.


def test_every_call_is_taken_with_the_files_as_they_are_then(
    files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = files({"desk.yaml": "extends: _base.yaml\ninstructions: {file: desk.md}\n"})
    base = write_profile(path.parent / "_base.yaml", MODELS)
    text = write_profile(path.parent / "desk.md", "Be brief.")
    monkeypatch.setenv(catalog.PROFILE_VARIABLE, str(path))
    assert catalog.load_chosen().instructions.common == "Be brief."
    text.write_text("Be kind.")
    base.write_text(f"{MODELS}allow_interruptions: false\n")
    profile = catalog.load_chosen()
    assert (profile.instructions.common, profile.allow_interruptions) == ("Be kind.", False)


def test_a_job_finds_the_files_of_a_profile_that_is_a_link(
    files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files({"_base.yaml": MODELS})
    kept = write_profile(
        tmp_path / "kept" / "desk.yaml", "extends: _base.yaml\ninstructions: Hi.\n"
    )
    (tmp_path / "profiles" / "desk.yaml").symlink_to(kept)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(catalog.PROFILE_VARIABLE, "profiles/desk.yaml")
    livekit_commands.check_livekits_own("download-files", [])
    monkeypatch.chdir(tmp_path / "kept")  # as a job may be somewhere else
    assert catalog.load_chosen().stt


async def test_a_rehearsal_names_the_file_of_the_setting_that_decided_a_barge_in(
    files: Files,
) -> None:
    from voice_agent.rehearsal.plan import plan_calls

    call = "{name: a caller types, turns: [{type: Hi., expect: [{event: response}]}]}"
    path = files(
        {
            "_base.yaml": f"{MODELS}# Nobody cuts in.\nallow_interruptions: false\n",
            "desk.yaml": f"extends: _base.yaml\ninstructions: Be brief.\nrehearsal: [{call}]\n",
        }
    )
    profile = load(path)
    [plan] = await plan_calls(
        profile,
        profile.rehearsal,
        path.parent,
        lambda _: {},
        iter([Path("x.wav")]),
        chosen=["a caller types"],
    )
    base = str(path.parent / "_base.yaml")
    assert plan.setting == ("allow_interruptions", 5, base)
    decided = BargeIn(1.0, 2.0, "Stop.", "blocked", *plan.setting[:2], file=plan.setting.file)
    assert responsible(decided, str(path)) == f"allow_interruptions ({base}:5)"


# Which files may be among them.


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file outside the folder of the profiles."""
    return write_profile(tmp_path / "secret.yaml", "password: hunter2\n")


@pytest.mark.parametrize("line", ["extends: {}", "instructions: {{file: {}}}"])
@pytest.mark.parametrize("how", ["climbing", "absolute", "linked", "in a linked folder"])
def test_no_file_outside_the_folder_of_the_profile_is_read(
    files: Files, secret: Path, line: str, how: str
) -> None:
    name = {"climbing": "../secret.yaml", "absolute": str(secret), "linked": "_link.yaml"}.get(
        how, "linked/secret.yaml"
    )
    path = files({"desk.yaml": f"{line.format(name)}\n{MODELS}"})
    (path.parent / "_link.yaml").symlink_to(secret)
    (path.parent / "linked").symlink_to(secret.parent)
    said = told(path)
    assert "[unusable-file]" in said
    assert "hunter2" not in said
    assert ("absolute path" if how == "absolute" else "leads out of the folder") in said


@pytest.mark.parametrize("name", [".env", "link.md", ".git/config", "./.env"])
def test_no_hidden_file_is_read(files: Files, name: str) -> None:
    path = files({"desk.yaml": f"instructions: {{file: {name}}}\n{MODELS}"})
    secret = write_profile(path.parent / ".env", "PASSWORD=hunter2 {{name}}\n")
    write_profile(path.parent / ".git" / "config", "hunter2\n")
    (path.parent / "link.md").symlink_to(secret)
    said = told(path)
    assert "is a hidden file, which may have secrets in it" in said
    assert "hunter2" not in said


def test_links_within_the_folder_are_followed_as_kubernetes_makes_them(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    write_profile(folder / "..2026_11" / "_base.yaml", MODELS)
    write_profile(folder / "..2026_11" / "desk.yaml", "extends: _base.yaml\ninstructions: Hi.\n")
    (folder / "..data").symlink_to("..2026_11")
    for name in ("_base.yaml", "desk.yaml"):
        (folder / name).symlink_to(f"..data/{name}")
    assert load(folder / "desk.yaml").stt


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
@pytest.mark.parametrize("line", ["extends: _pipe.yaml", "instructions: {file: _pipe.yaml}"])
def test_a_pipe_is_refused_rather_than_waited_for(files: Files, line: str) -> None:
    path = files({"desk.yaml": f"{line}\n{MODELS}"})
    os.mkfifo(path.parent / "_pipe.yaml")
    assert told(path).startswith("_pipe.yaml:1:1: this is not a regular file")


@pytest.mark.parametrize("line", ["extends: _huge.yaml", "instructions: {file: _huge.yaml}"])
def test_a_file_out_of_all_proportion_is_refused(files: Files, line: str) -> None:
    path = files({"desk.yaml": f"{line}\n{MODELS}", "_huge.yaml": "#" * (MAX_BYTES + 1)})
    assert (
        told(path)
        == "_huge.yaml:1:1: the file is larger than 1 MiB, which no profile needs [limit]"
    )


def test_a_link_to_itself_is_no_file(files: Files) -> None:
    path = files({"desk.yaml": f"extends: _loop.yaml\n{MODELS}"})
    (path.parent / "_loop.yaml").symlink_to("_loop.yaml")
    assert 'there is no file "_loop.yaml" beside this file or below it' in told(path)


def test_a_name_that_no_file_can_have_is_no_file(files: Files) -> None:
    path = files({"desk.yaml": f'extends: "a\\0b.yaml"\n{MODELS}'})
    assert "there is no file" in told(path)


def test_more_levels_than_any_profile_needs_are_refused(files: Files) -> None:
    levels = {f"_{n}.yaml": f"extends: _{n + 1}.yaml\n" for n in range(200)}
    path = files({"desk.yaml": f"extends: _0.yaml\n{MINIMAL}", "_200.yaml": MODELS, **levels})
    assert "there are more than 20 files that extend each other [limit]" in told(path)


# Parts that profiles share.


def test_a_file_whose_name_begins_with_an_underscore_is_no_profile(
    files: Files, run_here: Run
) -> None:
    path = files(
        {"desk.yaml": f"extends: _base.yaml\n{MODELS}", "_base.yaml": "instructions: Hi.\n"}
    )
    folder = path.parents[1]
    done = run_here("validate", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "1 profile, 1 shared part, no problems\n")
    listed = run_here("list", cwd=folder)
    assert listed.returncode == 0
    assert "_base" not in listed.stdout
    refused = run_here("show", "profiles/_base.yaml", cwd=folder)
    assert refused.returncode == 1
    assert (
        'a file whose name begins with "_" is a part that profiles share, and is no profile; name '
        'a profile that extends it, with a line "extends: _base.yaml" [missing-key]'
    ) in refused.stderr


def test_a_shared_part_is_checked_for_its_own_mistakes_and_not_for_what_it_lacks(
    files: Files, run_here: Run
) -> None:
    path = files(
        {
            "_base.yaml": "on_enter: {allow_interruptions: false}\nrehearsal: [{name: a call}]\n"
            "session: {max_tool_steps: many}\n"
        }
    )
    done = run_here("validate", "--format", "json", "profiles", cwd=path.parents[1])
    report = json.loads(done.stdout)
    assert (report["profiles"], report["shared_parts"]) == (0, 1)
    assert [each["message"] for each in report["problems"]] == [
        'missing key "turns"',
        '"session.max_tool_steps" must be a whole number, not text',
    ]


def test_a_rehearsal_of_a_folder_passes_over_shared_parts(files: Files) -> None:
    path = files({"_base.yaml": MODELS})
    with pytest.raises(UsageError, match="only parts that profiles share"):
        selection.profiles([str(path.parent)])
    files({"desk.yaml": "extends: _base.yaml\ninstructions: Be brief.\n"})
    assert [each.name for each in selection.profiles([str(path.parent)])] == ["desk"]


def test_a_mistake_in_a_shared_part_is_told_once(files: Files, run_here: Run) -> None:
    own = f"extends: _base.yaml\n{MINIMAL}"
    path = files({"_base.yaml": "colour: blue\n", "desk.yaml": own, "night.yaml": own})
    done = run_here("validate", cwd=path.parents[1])
    assert done.stdout.count("unknown key") == 1
    assert done.stdout.endswith("2 profiles, 1 shared part, 1 problem\n")


def test_a_profile_from_standard_input_extends_a_file_of_the_working_directory(
    files: Files, run_here: Run
) -> None:
    path = files({"_base.yaml": MODELS})
    given = "extends: _base.yaml\ninstructions: Be brief.\ncolour: blue\n"
    done = run_here("validate", "-", stdin=given, cwd=path.parent)
    assert done.stdout.startswith('<stdin>:3:1: unknown key "colour"')
    assert done.stdout.endswith("1 profile, 1 problem\n")
