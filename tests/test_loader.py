import os
import re
from pathlib import Path

import pytest
from support import ROOT, Golden
from support.profiles import MINIMAL, yaml_files
from support.program import run_python

from voice_agent import InvalidProfile, Opening, Profile, load
from voice_agent.format import diagnostics
from voice_agent.format import yaml_source as source
from voice_agent.format.models import Model, Models
from voice_agent.format.opening import Instructions
from voice_agent.lint.check import check_file, check_text

pytestmark = pytest.mark.usefixtures("at_the_root")


def write(folder: Path, text: str | bytes, name: str = "desk.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def told(path: Path) -> str:
    """What an operator is told of a profile."""
    with pytest.raises(InvalidProfile) as caught:
        load(path)
    return str(caught.value).replace(f"{path}:", "")


@pytest.mark.parametrize("path", yaml_files("tests/invalid"), ids=lambda path: path.stem)
def test_a_bad_profile_is_explained_exactly_so(path: Path, golden: Golden) -> None:
    with pytest.raises(InvalidProfile):
        load(path)
    checked = check_file(path)
    said = diagnostics.render(checked.diagnostics, checked.sources)
    golden(path.with_suffix(".out"), f"{said}\n")


@pytest.mark.parametrize("path", yaml_files("tests/valid"), ids=lambda path: path.stem)
def test_a_good_profile_passes_in_silence(path: Path) -> None:
    checked = check_file(path)
    assert checked.diagnostics == ()
    assert checked.profile == load(path)


@pytest.mark.parametrize("path", yaml_files("profiles"), ids=lambda path: path.stem)
def test_every_profile_of_ours_loads_in_silence(path: Path) -> None:
    assert check_file(path).diagnostics == ()
    assert load(path).path == path


@pytest.mark.parametrize("folder", ["invalid", "warnings", "scenario_files"])
def test_every_expected_output_has_its_profile(folder: str) -> None:
    outputs = (ROOT / "tests" / folder).glob("*.out")
    assert [path.name for path in outputs if not path.with_suffix(".yaml").exists()] == []


def only(name: str) -> Models:
    return Models((Model(name),))


def test_the_uninterruptable_profile_says_what_was_written() -> None:
    assert load("profiles/uninterruptable.yaml") == Profile(
        name="uninterruptable",
        instructions=Instructions(
            "You are a helpful assistant communicating through voice who is not interruptable."
        ),
        allow_interruptions=False,
        on_enter=Opening(
            user_input="Say something somewhat long and boring so I can test if you're"
            " interruptable."
        ),
        stt=only("deepgram/nova-3-general"),
        llm=only("openai/gpt-4.1-mini"),
        tts=only("cartesia/sonic-3:9626c31c-bec5-4cca-baa8-f8ba9e84c8bc"),
        preemptive_generation=True,
    )


def test_what_is_left_out_has_its_default() -> None:
    profile = load("tests/valid/least.yaml")
    assert profile.name == "least"
    assert profile.allow_interruptions is True
    assert profile.on_enter is None
    assert profile.preemptive_generation is None


def test_the_long_form_of_an_opening_keeps_every_key() -> None:
    opening = load("tests/valid/every-key.yaml").on_enter
    assert opening == Opening(instructions="Greet the caller.", allow_interruptions=True)


def test_a_realtime_llm_needs_no_ears_and_no_voice() -> None:
    profile = load("tests/valid/realtime.yaml")
    assert (profile.stt, profile.tts) == (None, None)


def test_merged_keys_give_way_to_a_mapping_s_own_and_to_those_merged_before() -> None:
    opening = load("tests/valid/aliases-and-merges.yaml").on_enter
    assert opening == Opening(say="Thank you for calling.", allow_interruptions=True)


def test_dates_and_times_of_day_are_text() -> None:
    profile = load("tests/valid/text-that-looks-like-more.yaml")
    assert profile.name == "2026-01-31"
    assert profile.description == "12:30"
    assert profile.on_enter == Opening(user_input="1_000")


def test_a_profile_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load("tests/valid/least.yaml").llm = "openai/gpt-4.1"  # type: ignore[misc]


def test_where_a_profile_was_read_from_does_not_make_it_another(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL, "least.yaml")
    assert load(path) == load("tests/valid/least.yaml")


def test_a_scenario_file_is_no_profile(tmp_path: Path) -> None:
    path = write(tmp_path, "rehearsal:\n  - name: a caller types\n    turns: [{type: Hello.}]\n")
    assert told(path).split("\n")[0] == (
        "1:1: this is a scenario file, and a profile is needed; name a profile, and play the calls "
        "to it: rehearse PROFILE --scenarios FILE [missing-key]"
    )


def test_a_missing_file_is_a_diagnostic(tmp_path: Path) -> None:
    said = told(tmp_path / "desk.yaml")
    assert said == "1:1: the file cannot be read: No such file or directory [unreadable]"


def test_a_folder_is_no_profile(tmp_path: Path) -> None:
    assert "this is a folder, and a profile is a YAML file [unreadable]" in told(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "desk.yaml")
    assert "this is not a regular file" in told(tmp_path / "desk.yaml")


def test_a_device_is_refused() -> None:
    assert "this is not a regular file" in told(Path(os.devnull))


def test_a_link_to_itself_is_a_diagnostic(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.symlink_to(path)
    assert "the file cannot be read: Too many levels of symbolic links" in told(path)


def test_a_path_that_cannot_exist_is_a_diagnostic() -> None:
    assert "the file cannot be read: embedded null byte" in told(Path("desk\0.yaml"))


def test_a_file_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, MINIMAL)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # file modes do not bind root
    assert "the file cannot be read: Permission denied [unreadable]" in told(path)


def test_a_file_too_large_for_a_profile_is_not_parsed(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "#" * source.MAX_BYTES)
    assert told(path) == "1:1: the file is larger than 1 MiB, which no profile needs [limit]"


def linked(link: str, count: int) -> str:
    """A mapping of `count` values, each made of the one before it."""
    parts = (f"a{i}: &a{i} {link.replace('*a', f'*a{i - 1}')}\n" for i in range(1, count))
    return "a0: &a0 {x: 1}\n" + "".join(parts)


WIDE = ", ".join(f"k{i}" for i in range(999))
HOSTILE = {
    "brackets": ("limit", "[" * 100_000),
    "braces": ("limit", "{a: " * 100_000),
    "dashes": ("limit", "- " * 100_000),
    "entries": ("limit", "- a\n" * 100_000 + "\t["),
    "directives": ("limit", "".join(f"%TAG !{i}! x\n" for i in range(60_000))),
    "aliases": ("limit", linked("[*a, *a]", 99)),
    "chain": ("limit", linked("[*a]", 99)),
    "merges": ("missing-key", linked("{<<: [*a, *a, *a, *a, *a, *a, *a, *a, *a]}", 40)),
    "merges from the end": ("limit", linked("{<<: *a}", 999) + "<<: *a998\n"),
    "wide merges": ("limit", f"a: &a {{{WIDE}}}\nb: {{<<: [{', '.join(['*a'] * 99)}]}}\n"),
    "unknown keys": ("missing-key", "".join(f"instructionz{i}: 1\n" for i in range(2_000))),
    "digits": ("missing-key", "name: " + "1" * 900_000),
    "long key": ("syntax", "k" * 900_000 + ": 1"),
    "long text": ("missing-key", "llm: " + "a/" * 450_000),
}


@pytest.mark.parametrize(("kind", "text"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_profile_ends_in_short_diagnostics(kind: str, text: str) -> None:
    checked = check_text(text, "desk.yaml")
    assert checked.profile is None
    assert checked.diagnostics[0].kind == kind
    lines = diagnostics.render(checked.diagnostics, checked.sources).splitlines()
    assert lines
    # The longest lists the keys at the top of a profile.
    assert max(map(len, lines)) < 450


def test_a_profile_never_runs_code(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    path = write(tmp_path, f"description: !!python/object/apply:os.mkdir [{proof}]\n{MINIMAL}")
    assert "[tag]" in told(path)
    assert not proof.exists()


def test_problems_come_in_the_order_of_the_file() -> None:
    found = check_file("tests/invalid/several-problems.yaml").diagnostics
    assert list(found) == sorted(found)
    assert len({problem.kind for problem in found}) == 5


# PyYAML's own parser takes no tab for a space, not even between the braces of JSON, and it takes
# the halves of a character.
DIFFERENT = {"json", "tab-before-the-token", "escape-of-half-a-character"}


@pytest.mark.parametrize("folder", ["tests/invalid", "tests/valid"])
def test_pyyaml_without_libyaml_finds_the_same_kinds_of_problem(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kinds() -> dict[str, list[str]]:
        paths = [path for path in yaml_files(folder) if path.stem not in DIFFERENT]
        return {path.stem: [each.kind for each in check_file(path).diagnostics] for path in paths}

    expected = kinds()
    monkeypatch.setattr(source, "_parser", source._SlowParser)
    assert kinds() == expected


def test_the_error_carries_what_it_takes_to_render_it_in_colour() -> None:
    with pytest.raises(InvalidProfile) as caught:
        load("tests/invalid/key-misspelt.yaml")
    plain = diagnostics.render(caught.value.diagnostics, caught.value.sources)
    coloured = diagnostics.render(caught.value.diagnostics, caught.value.sources, colour=True)
    assert plain == str(caught.value)
    assert coloured != plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_a_warning_is_called_one() -> None:
    problem = diagnostics.Diagnostic("desk.yaml", 2, 1, 2, 4, "warning", "odd", "this is odd")
    assert diagnostics.render(problem, {}) == "desk.yaml:2:1: warning: this is odd [odd]"


def test_nothing_in_a_diagnostic_can_drive_a_terminal(tmp_path: Path) -> None:
    path = write(tmp_path, f'"a\\e[2Jb": 1\n{MINIMAL}', "d\x1b[2Jesk.yaml")
    with pytest.raises(InvalidProfile) as caught:
        load(path)
    assert "\x1b" not in str(caught.value)


def test_importing_the_package_and_loading_a_profile_leaves_livekit_alone() -> None:
    code = (
        "import sys, voice_agent\n"
        "assert 'jsonschema' not in sys.modules\n"
        "voice_agent.load('profiles/uninterruptable.yaml')\n"
        "print(*(name for name in sys.modules if name.split('.')[0] == 'livekit'))"
    )
    done = run_python(code)
    assert (done.stdout.strip(), done.stderr) == ("", "")
