"""The commands `list`, `show` and `new`."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support import ROOT, Golden
from support.program import Run

from voice_agent import load
from voice_agent.commands import list_profiles as listing
from voice_agent.commands import new_profile as new
from voice_agent.commands import show
from voice_agent.errors import UsageError
from voice_agent.format import catalog
from voice_agent.format.diagnostics import InvalidProfile
from voice_agent.format.schema import schema
from voice_agent.lint.check import check_file

SHIPPED = {path.stem: path for path in (ROOT / "profiles").glob("*.yaml")}
MODELS = "stt: deepgram/nova-3:en\nllm: openai/gpt-4.1-mini\ntts: cartesia/sonic-3:9626c31c\n"

Output = Callable[[], str]


@pytest.fixture
def folder(project: Path) -> Path:
    """An empty folder of profiles in place of the project's, below the working directory."""
    (project / "profiles").mkdir()
    return project / "profiles"


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    """What was written to standard output."""
    return lambda: capsys.readouterr().out


def test_list_shows_every_profile_and_goes_on_after_a_broken_one(
    folder: Path, output: Output, golden: Golden
) -> None:
    def write(name: str, text: str) -> None:
        (folder / name).write_text(f"instructions: Be brief.\n{text}")

    write("a.yaml", MODELS + "description: Takes calls.\non_enter: Who is\n  there?\n")
    write("b.yaml", MODELS + "allow_interruptions: false\nname: bee\n")
    write("broken.yaml", "llm: x\nfoo: bar\n")
    write("c.yml", 'llm: openai/gpt-realtime\non_enter: {say: "Hello.\\nAnd\\e[2J good day."}\n')
    write("d.yaml", MODELS + "on_enter: {say: Hi., allow_interruptions: false}\n")
    write(
        "受付.yaml",
        f"{MODELS}name: desk\nallow_interruptions: no\non_enter:\n  allow_interruptions: on\n"
        "  instructions: Greet the caller at great length, and then some more.\n",
    )
    assert listing.run([]) == 1
    golden(ROOT / "tests" / "list.out", output())


def test_list_says_that_all_is_well(run: Run) -> None:
    shown = run("list")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [line.split()[0] for line in shown.stdout.splitlines()] == [
        "NAME",
        "bookings",
        "empfang",
        "hotel",
        "open-server",
        "realtime",
        "receptionist",
        "uninterruptable",
    ]


def test_list_fits_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert listing.run([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [len(line) for line in lines] == [80] * 8
    assert all(line.endswith("…") for line in lines)


def test_list_without_profiles_says_how_to_write_one(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"Write one: python agent\.py new NAME"):
        listing.run([])


def test_a_folder_that_cannot_be_read_is_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # file modes do not bind root
    with pytest.raises(UsageError, match='"profiles" cannot be read: Permission denied'):
        listing.run([])


def test_show_fills_in_every_default_and_says_where_each_value_is_from(
    folder: Path, output: Output, golden: Golden
) -> None:
    (folder / "desk.yaml").write_text(
        f"instructions: |\n  Be brief.\n  Be kind.\n{MODELS}on_enter: 'yes'\n"
    )
    assert show.run(["desk"]) == 0
    golden(ROOT / "tests" / "show.out", output())


def test_show_names_the_file_that_each_value_is_from(output: Output) -> None:
    path = ROOT / "tests" / "valid" / "extends-over-two-levels.yaml"
    assert show.run([str(path)]) == 0
    lines = [line.strip() for line in output().splitlines()]
    assert [line for line in lines if re.search("# (profile|parts)", line)] == [
        "description: Answers at night.  # profile, line 3",
        "instructions: |  # parts/prompts/desk.md",
        "allow_interruptions: false  # parts/_desk.yaml, line 4",
        "say: Good evening.  # profile, line 4",
        "allow_interruptions: true  # parts/_desk.yaml, line 5",
        "stt: deepgram/nova-3  # parts/_models.yaml, line 4",
        "llm: openai/gpt-4.1-mini  # parts/_models.yaml, line 5",
        "tts: cartesia/sonic-3  # parts/_models.yaml, line 6",
        "min_delay: 0.8  # profile, line 5",
        "max_delay: 6  # parts/_desk.yaml, line 6",
        "min_words: 2  # parts/_desk.yaml, line 6",
        "user_away_timeout: null  # profile, line 6",
    ]
    assert show.run([str(path), "--format", "json"]) == 0
    told = json.loads(output())
    assert told["profile"]["instructions"].startswith("# The desk\n")
    assert told["origins"]["instructions"] == {"from": "profile", "file": "parts/prompts/desk.md"}
    of_base = {"from": "profile", "file": "parts/_models.yaml", "line": 5}
    assert told["origins"]["llm"] == of_base
    assert told["origins"]["description"] == {"from": "profile", "line": 3}


def test_show_names_the_file_of_each_option_of_a_model(folder: Path, output: Output) -> None:
    base = "llm: {model: openai/gpt-4.1-mini, extra_kwargs: {seed: 1, temperature: 0}}\n"
    (folder / "_base.yaml").write_text(
        f"instructions: Be brief.\n{MODELS}".replace("llm: openai/gpt-4.1-mini\n", base)
    )
    own = "extends: _base.yaml\nllm:\n  extra_kwargs:\n    temperature: 0.5\n"
    (folder / "desk.yaml").write_text(own)
    assert show.run(["desk"]) == 0
    assert (
        "\nllm:\n  model: openai/gpt-4.1-mini  # _base.yaml, line 3\n  extra_kwargs:\n"
        "    seed: 1  # _base.yaml, line 3\n    temperature: 0.5  # profile, line 4\n"
    ) in output()


AGENTS = f"""\
instructions: Be brief.
{MODELS}allow_interruptions: false
agents:
  reception:
    on_enter: {{say: Good evening.}}
    menu: {{say: For a table press 1., keys: {{"1": {{handoff: booking}}}}}}
    handoffs: {{booking: {{when: The caller wants a table.}}}}
  booking:
    instructions: Book a table.
    tts: cartesia/sonic-3:calm
    on_enter: {{instructions: Ask for the day., every: true}}
    turn_handling: {{interruption: {{enabled: true}}, endpointing: {{min_delay: 1}}}}
    chat_ctx: {{last: 8}}
handoffs:
  reception: {{when: The caller wants something else.}}
"""


def test_show_fills_in_what_agents_leave_out(folder: Path, output: Output, golden: Golden) -> None:
    (folder / "desk.yaml").write_text(AGENTS)
    assert show.run(["desk"]) == 0
    golden(ROOT / "tests" / "show-agents.out", output())
    assert show.run(["desk", "--format", "json"]) == 0
    told = json.loads(output())
    assert [*told["profile"]["agents"]] == ["reception", "booking"]
    opening = told["profile"]["agents"]["booking"]["on_enter"]
    assert opening["allow_interruptions"] is True
    assert told["origins"]["agents"]["reception"]["allow_interruptions"] == {
        "from": "profile",
        "line": 5,
        "through": "allow_interruptions",
    }


def test_list_names_the_agents_and_says_how_the_first_one_begins(
    folder: Path, output: Output
) -> None:
    (folder / "desk.yaml").write_text(AGENTS)
    assert listing.run([]) == 0
    assert output().splitlines()[1].endswith('"Good evening."  Agents: reception, booking.')


def test_show_gives_programs_the_profile_and_its_origins(
    folder: Path, output: Output, golden: Golden
) -> None:
    (folder / "desk.yaml").write_text(
        f"instructions: Be brief.\nallow_interruptions: no\n{MODELS}on_enter:\n  say: Hello.\n"
        "session: {user_away_timeout: null}\nturn_handling: {interruption: {min_words: 2}}\n"
    )
    assert show.run(["desk", "--format", "json"]) == 0
    golden(ROOT / "tests" / "show-json.out", output())


@pytest.mark.parametrize(
    "path",
    [*(ROOT / "profiles").glob("*.yaml"), *(ROOT / "tests" / "valid").glob("*.yaml")],
    ids=lambda path: path.stem,
)
def test_what_show_prints_is_a_profile_that_says_the_same(
    path: Path, output: Output, tmp_path: Path
) -> None:
    assert show.run([str(path)]) == 0
    for folder in ("sounds", "parts"):
        shutil.copytree(ROOT / "tests/valid" / folder, tmp_path / folder)
    shown = tmp_path / "shown.yaml"
    shown.write_text(output(), "utf-8")
    checked = check_file(shown)
    assert checked.profile
    assert not any(each.severity == "error" for each in checked.diagnostics)
    assert show.run([str(shown), "--format", "json"]) == 0
    again = json.loads(output())["profile"]
    assert show.run([str(path), "--format", "json"]) == 0
    assert json.loads(output())["profile"] == again


def test_show_leaves_to_a_realtime_llm_what_is_its_own(output: Output) -> None:
    assert show.run([str(ROOT / "tests" / "valid" / "realtime.yaml")]) == 0
    assert "\n# preemptive_generation is left out: LiveKit's own default applies\n" in output()


def test_show_of_a_broken_profile_says_what_is_wrong(folder: Path) -> None:
    (folder / "desk.yaml").write_text("instructions: Be brief.\n")
    with pytest.raises(InvalidProfile, match='missing key "llm"'):
        show.run(["desk"])


def test_show_knows_no_secrets(run: Run) -> None:
    shown = run("show", "receptionist", LIVEKIT_API_KEY="hush", LIVEKIT_API_SECRET="hushhush")
    assert shown.returncode == 0
    assert "hush" not in shown.stdout


def test_new_writes_a_profile_without_problems_that_names_its_schema(
    folder: Path, output: Output
) -> None:
    assert new.run(["desk"]) == 0
    assert output() == (
        "Wrote profiles/desk.yaml. Talk to it: python agent.py console --offline --profile desk\n"
    )
    path = folder / "desk.yaml"
    assert check_file(path).diagnostics == ()
    assert load(path).name == "desk"
    text = path.read_text()
    reference = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (folder / reference).resolve() == ROOT / "schema" / "profile.schema.json"
    assert all(f"{key}:" in text for key in schema()["properties"])


def test_new_in_the_project_names_the_schema_as_the_other_profiles_do() -> None:
    first = (ROOT / "profiles" / "receptionist.yaml").read_text().splitlines()[0]
    assert new.text(ROOT / "profiles").splitlines()[0] == first


@pytest.mark.parametrize("original", sorted(SHIPPED))
def test_new_copies_every_shipped_profile_but_its_name(
    folder: Path, original: str, output: Output
) -> None:
    assert new.run(["desk", "--from", original]) == 0
    assert "Wrote profiles/desk.yaml." in output()
    copy, shipped = load(folder / "desk.yaml"), load(SHIPPED[original])
    assert copy == replace(shipped, name="desk")
    text = (folder / "desk.yaml").read_text()
    comments = re.findall("(?m)^# .*", SHIPPED[original].read_text())[1:]
    assert [each for each in comments if each not in text] == []
    reference = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (folder / reference).resolve() == ROOT / "schema" / "profile.schema.json"


def test_new_copies_a_profile_of_the_operator_s_before_a_shipped_one_of_that_name(
    folder: Path,
) -> None:
    mine = folder / "receptionist.yaml"
    mine.write_text(f"name: front\ninstructions: Be brief.\n{MODELS}")
    assert new.run(["desk", "--from", "receptionist"]) == 0
    assert load(folder / "desk.yaml") == replace(load(mine), name="desk")


@pytest.mark.parametrize(
    ("original", "sentence"),
    [
        ("recepcionist", 'There is no profile "recepcionist". Did you mean "receptionist"? The '),
        ("elsewhere/desk.yaml", 'There is no file "elsewhere/desk.yaml". The profiles are: book'),
    ],
)
def test_new_says_what_it_can_copy(folder: Path, original: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        new.run(["desk", "--from", original])
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(", receptionist, uninterruptable.")
    assert list(folder.iterdir()) == []


def test_new_makes_the_folder_where_there_is_none(folder: Path) -> None:
    folder.rmdir()
    assert new.run(["desk"]) == 0


@pytest.mark.parametrize("there", ["desk.yaml", "desk.yml"])
def test_new_never_overwrites(folder: Path, there: str) -> None:
    (folder / there).write_text("mine")
    with pytest.raises(UsageError) as caught:
        new.run(["desk"])
    assert str(caught.value) == (
        f'There is a profile "desk" already, profiles/{there}. Choose another name, or edit it.'
    )
    assert (folder / there).read_text() == "mine"


def test_new_never_overwrites_what_was_written_meanwhile(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "desk.yaml").write_text("mine")
    monkeypatch.setattr(catalog, "by_name", dict)
    with pytest.raises(UsageError, match='There is a profile "desk" already'):
        new.run(["desk"])
    assert (folder / "desk.yaml").read_text() == "mine"


def test_new_follows_no_link_that_leads_to_nothing(folder: Path) -> None:
    (folder / "desk.yaml").symlink_to(folder.parent / "elsewhere.yaml")
    with pytest.raises(UsageError, match='There is a profile "desk" already'):
        new.run(["desk"])
    assert not (folder.parent / "elsewhere.yaml").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("desk.yaml", 'and "desk.yaml" is none. Did you mean "desk"?'),
        ("../desk", 'and "../desk" is none. Did you mean "desk"?'),
        ("front desk", 'and "front desk" is none.'),
        ("", 'and "" is none.'),
        ("-desk", "The following arguments are required: NAME"),
        ("x" * 65, "A name must be at most 64 characters long."),
    ],
)
def test_new_refuses_what_cannot_be_a_name(folder: Path, name: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        new.run([name])
    assert sentence in str(caught.value)
    assert list(folder.iterdir()) == []


def test_new_says_why_it_cannot_write(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("")
    with pytest.raises(UsageError, match=r'"profiles/desk\.yaml" cannot be written: File exists'):
        new.run(["desk"])
