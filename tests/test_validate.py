"""The command `validate`: which files it checks, and how it reports on them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from support import ROOT
from support.profiles import MINIMAL, write_profile
from support.program import (
    AGENT,
    UNMEASURED,
    Run,
    Terminal,
    environment,
    run_command,
    run_python,
    start_agent,
)

from voice_agent.commands import validate
from voice_agent.errors import UsageError
from voice_agent.format import catalog
from voice_agent.format.yaml_source import MAX_BYTES

WRONG = MINIMAL + "colour: blue\n"
DOUBTFUL = MINIMAL.replace("mini", "mnii")

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Run the command; return its exit code, and what it wrote to standard output and error."""

    def run_validate(*words: str) -> tuple[int, str, str]:
        code = validate.run(words)
        return code, *capsys.readouterr()

    return run_validate


def write(*profiles: tuple[str, str]) -> None:
    for name, text in profiles:
        write_profile(Path(name), text)


def headers(text: str) -> list[str]:
    """The paths of the problems in a report."""
    return re.findall(r"^([^ |]+?):\d+:\d+: ", text, re.MULTILINE)


def test_the_profiles_of_the_project_have_no_problems(run: Run) -> None:
    shown = run("validate", "--format", "json")
    assert (shown.returncode, shown.stderr) == (0, "")
    found = json.loads(shown.stdout)
    assert found["profiles"] == len(catalog.names())
    # Its plugins are needed by those alone who run it.
    kinds = {(each["path"], each["kind"]) for each in found["problems"]}
    assert kinds <= {("profiles/open-server.yaml", "plugin-not-installed")}


def test_everything_wrong_in_every_file_is_said_in_one_run(project: Path, check: Check) -> None:
    write(("profiles/b.yaml", WRONG), ("profiles/a.yaml", WRONG + "llm: x\n"))
    write(("profiles/c.yml", MINIMAL))
    code, said, complaints = check()
    assert (code, complaints) == (1, "")
    assert headers(said) == ["profiles/a.yaml", "profiles/a.yaml", "profiles/b.yaml"]
    assert said.endswith("\n3 profiles, 3 problems\n")


def test_a_folder_is_searched_to_its_bottom_but_not_where_it_is_hidden(
    project: Path, check: Check
) -> None:
    write(("p/deep/er/a.yaml", WRONG), ("p/b.yml", WRONG), ("p/notes.txt", "{"))
    write(("p/.git/c.yaml", WRONG), ("p/.d.yaml", WRONG), ("p/deep/e.yaml.bak", WRONG))
    Path("p/deep/loop").symlink_to(project / "p")
    code, said, _ = check("p")
    assert code == 1
    assert headers(said) == ["p/b.yml", "p/deep/er/a.yaml"]


def test_a_file_named_twice_is_checked_once(project: Path, check: Check) -> None:
    write(("p/a.yaml", WRONG))
    assert check("p", "./p", "p/a.yaml", "./p/a.yaml")[1].endswith("\n1 profile, 1 problem\n")


def test_only_what_is_called_a_profile_is_read(project: Path, check: Check) -> None:
    write(("settings/.env", "SECRET: hush"))
    code, said, complaints = check("settings/.env")
    assert (code, said) == (2, "no profiles, no problems\n")
    assert complaints == 'A profile is a .yaml or .yml file, and "settings/.env" is not.\n'


def test_a_profile_may_be_named_as_everywhere_else(project: Path, check: Check) -> None:
    write(("profiles/desk.yaml", WRONG))
    assert headers(check("desk")[1]) == ["profiles/desk.yaml"]


def test_what_does_not_exist_is_said_and_the_rest_is_checked(project: Path, check: Check) -> None:
    write(("profiles/desk.yaml", WRONG))
    code, said, complaints = check("dsek", "nowhere.yaml", "profiles")
    assert code == 2
    assert headers(said) == ["profiles/desk.yaml"]
    assert complaints == (
        'There is no profile "dsek". Did you mean "desk"? The profiles are: desk.\n'
        'There is no file "nowhere.yaml". The profiles are: desk.\n'
    )


def test_an_empty_word_is_no_folder(project: Path, check: Check) -> None:
    write(("profiles/desk.yaml", MINIMAL))
    assert check("") == (
        *(2, "no profiles, no problems\n"),
        'There is no profile "". The profiles are: desk.\n',
    )


def test_a_folder_without_profiles_is_a_mistake(project: Path, check: Check) -> None:
    Path("empty").mkdir()
    code, said, complaints = check("empty")
    assert (code, said) == (2, "no profiles, no problems\n")
    assert complaints == 'There are no profiles in "empty": no file ends in .yaml or .yml.\n'


def test_without_profiles_there_is_nothing_to_check(project: Path, check: Check) -> None:
    code, _, complaints = check()
    assert code == 2
    assert complaints.startswith('There is no profile "profiles". There are no profiles in ')


def test_a_folder_that_cannot_be_read_is_said(
    project: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(("p/a.yaml", MINIMAL))

    def refuse(folder: str, onerror: Callable[[OSError], None]) -> list[Any]:
        onerror(PermissionError(13, "Permission denied", folder))
        return []

    monkeypatch.setattr(os, "walk", refuse)  # file modes do not bind root
    code, _, complaints = check("p")
    assert (code, complaints) == (2, 'The folder "p" cannot be read: Permission denied.\n')


def test_a_folder_with_the_name_of_a_profile_is_reported_as_one(
    project: Path, check: Check
) -> None:
    Path("p/desk.yaml").mkdir(parents=True)
    for words in (["p"], ["p/desk.yaml"]):
        code, said, _ = check(*words)
        assert code == 1
        assert said.startswith(
            "p/desk.yaml:1:1: this is a folder, and a profile is a YAML file [unreadable]\n"
        )


def test_standard_input_is_checked_like_a_file(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WRONG.encode())))
    code, said, _ = check("-")
    assert code == 1
    assert said.startswith('<stdin>:5:1: unknown key "colour"; expected ')
    assert said.endswith("\n1 profile, 1 problem\n")


def test_standard_input_needs_no_name_and_no_end(check: Check, run: Run) -> None:
    assert run("validate", "-", stdin=MINIMAL).stdout == "1 profile, no problems\n"
    with Path("/dev/zero").open() as endless:
        shown = run("validate", "-", stdin=endless)
    assert shown.stdout.startswith("<stdin>:1:1: the file is larger than 1 MiB")


def test_warnings_count_only_where_that_is_asked_for(project: Path, check: Check) -> None:
    write(("profiles/desk.yaml", DOUBTFUL))
    code, said, _ = check()
    assert code == 0
    assert said.endswith("\n1 profile, no problems, 1 warning\n")
    code, said, _ = check("--strict")
    assert code == 1
    assert said.endswith("\n1 profile, 1 problem\n")


SCENARIOS = """\
rehearsal:
  - name: a caller asks
    turns:
      - user: What are your opening hours?
        expect: [{event: response}]
"""


def test_scenario_files_are_checked_beside_profiles_and_counted_apart(
    project: Path, check: Check
) -> None:
    write(("profiles/desk.yaml", MINIMAL), ("scenarios/desk.yaml", SCENARIOS))
    assert check("scenarios/desk.yaml") == (0, "1 scenario file, no problems\n", "")
    assert check(".") == (0, "1 profile, 1 scenario file, no problems\n", "")
    write(("scenarios/night.yaml", SCENARIOS.replace("user:", "usr:")))
    code, said, _ = check("profiles", "scenarios")
    assert (code, headers(said)) == (1, ["scenarios/night.yaml"])
    assert said.endswith("\n1 profile, 2 scenario files, 1 problem\n")
    found = json.loads(check("--format", "json", "scenarios")[1])
    assert (found["profiles"], found["scenario_files"]) == (0, 2)


def test_quiet_leaves_out_the_count(project: Path, check: Check) -> None:
    write(("profiles/desk.yaml", MINIMAL))
    assert check("--quiet") == (0, "", "")
    write(("profiles/desk.yaml", WRONG))
    code, said, _ = check("--quiet")
    assert code == 1
    assert said.endswith("^~~~~~\n")


def test_json_has_every_problem_with_its_place(project: Path, check: Check) -> None:
    write(
        ("profiles/desk.yaml", MINIMAL + "llm: openai/gpt-4o\n"), ("profiles/night.yaml", MINIMAL)
    )
    code, said, _ = check("--format", "json")
    assert code == 1
    assert json.loads(said) == {
        "profiles": 2,
        "scenario_files": 0,
        "shared_parts": 0,
        "problems": [
            {
                "path": "profiles/desk.yaml",
                "line": 5,
                "column": 1,
                "end_line": 5,
                "end_column": 4,
                "severity": "error",
                "kind": "duplicate-key",
                "message": 'the key "llm" is here twice, first on line 3',
                "hint": "keep one of the two",
                "other": {
                    "path": "profiles/desk.yaml",
                    "line": 3,
                    "column": 1,
                    "end_line": 3,
                    "end_column": 4,
                },
            }
        ],
        "environment": [
            {
                "path": "profiles/night.yaml",
                "profile": "night",
                "variables": ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"],
            }
        ],
        "unchecked": [],
    }


def test_github_gets_a_workflow_command_a_problem(project: Path, check: Check) -> None:
    write(("profiles/a,b:%.yaml", WRONG + 'name: "x\\ny"\n'), ("profiles/night.yaml", DOUBTFUL))
    write(("profiles/list.yaml", MINIMAL + "description:\n  - one\n  - two\n"))
    code, said, _ = check("--format", "github")
    assert code == 1
    assert said.splitlines() == [
        "::error file=profiles/a%2Cb%3A%25.yaml,line=5,endLine=5,col=1,endColumn=7,"
        'title=unknown-key::unknown key "colour"; expected "name", "description", "extends", '
        '"variables", "timezone", "instructions", "knowledge", "history", "allow_interruptions", '
        '"on_enter", "stt", "llm", "tts", "preemptive_generation", "turn_handling", "session", '
        '"vad", "room", "recording", "background_audio", "avatar", "tools", "mcp_servers", '
        '"agents", "handoffs", '
        '"allow_hosts" or "rehearsal"',
        "::error file=profiles/a%2Cb%3A%25.yaml,line=6,endLine=6,col=7,endColumn=13,"
        'title=wrong-value::"name" must be made of letters, digits, "-" and "_", and start with a '
        "letter or a digit; for example, receptionist",
        "::error file=profiles/list.yaml,line=6,endLine=7,title=wrong-type::"
        '"description" must be text, not a list; write one text; to run over several lines, put '
        "a | after the key",
        "::warning file=profiles/night.yaml,line=3,endLine=3,col=6,endColumn=25,"
        "title=unknown-model::the installed LiveKit knows no model "
        '"openai/gpt-4.1-mnii"; did you mean "openai/gpt-4.1-mini"?',
    ]


def test_nothing_in_a_profile_ends_a_workflow_command(project: Path, check: Check) -> None:
    write(("profiles/desk.yaml", MINIMAL + '"%0A::set-env\\r\\n::error::x\\e[2J": 1\n'))
    said = check("--format", "github")[1]
    assert len(said.splitlines()) == 1
    assert '"%250A::set-env%0D%0A::error::x\ufffd[2J"' in said


def test_every_report_for_scanners_is_valid_sarif(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    # Version 2.1.0 as OASIS has published it.
    schema = json.loads((ROOT / "tests" / "sarif-2.1.0-rtm.5.json").read_text())
    code, said, _ = check("--format", "sarif", "tests/invalid", "tests/warnings", "tests/valid")
    assert code == 1
    log = json.loads(said)
    Draft4Validator(schema).validate(log)
    [ran] = log["runs"]
    assert {each["ruleId"] for each in ran["results"]} <= {
        rule["id"] for rule in ran["tool"]["driver"]["rules"]
    }
    twice = next(each for each in ran["results"] if each["ruleId"] == "duplicate-key")
    assert twice["level"] == "error"
    [place] = twice["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "tests/invalid/duplicate-key-in-the-opening.yaml"},
        "region": {"startLine": 7, "startColumn": 3, "endLine": 7, "endColumn": 6},
    }
    [other] = twice["relatedLocations"]
    assert other["physicalLocation"]["region"]["startLine"] == 6
    uris = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in ran["results"]
    }
    assert "tests/invalid/name%20from%20the%20file.yaml" in uris


def test_an_absolute_path_is_a_file_uri_to_scanners(project: Path, check: Check) -> None:
    write(("desk.yaml", WRONG))
    said = json.loads(check("--format", "sarif", str(project / "desk.yaml"))[1])
    [result] = said["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (project / "desk.yaml").as_uri()


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_what_programs_read_is_alone_on_standard_output(
    project: Path, check: Check, form: str
) -> None:
    write(("profiles/desk.yaml", MINIMAL))
    code, said, complaints = check("--format", form, "nowhere.yaml", "profiles")
    assert code == 2
    assert complaints.startswith('There is no file "nowhere.yaml".')
    assert said == "" if form == "github" else isinstance(json.loads(said), dict)


def on_a_terminal(*words: str, **variables: str) -> str:
    """What the command writes to a terminal."""
    with Terminal("validate", *words, **variables) as terminal:
        terminal.end()
    return terminal.shown


def test_there_is_colour_on_a_terminal_only_and_none_where_it_is_not_wanted(run: Run) -> None:
    path = str(ROOT / "tests" / "invalid" / "key-misspelt.yaml")
    assert "\x1b[31m" in on_a_terminal(path)
    assert "\x1b" not in on_a_terminal(path, NO_COLOR="1")
    assert "\x1b" not in run("validate", path).stdout


def test_an_output_that_is_closed_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(MINIMAL + "".join(f"k{i}: 1\n" for i in range(2_000)))
    with start_agent("validate", str(tmp_path)) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == ""


def test_an_output_that_is_closed_before_a_word_is_written_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    shown = subprocess.run(
        [*AGENT, "validate"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED=""),
    )
    os.close(writing)
    assert shown.stderr == b""


def test_an_output_on_a_full_disk_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        shown = subprocess.run(
            [*AGENT, "validate"], stdout=full, stderr=subprocess.PIPE, text=True, env=environment()
        )
    assert shown.returncode == 2
    assert shown.stderr == "The output cannot be written: No space left on device.\n"


def test_a_terminal_that_is_gone_is_one_sentence() -> None:
    shown = run_python(
        "import os, sys\n"
        "from voice_agent.commands.failures import in_sentences\n"
        "def write():\n"
        "    raise OSError(5, os.strerror(5))\n"
        "sys.exit(in_sentences(write))"
    )
    assert shown.returncode == 2
    assert shown.stderr == "The output cannot be written: Input/output error.\n"


@pytest.mark.parametrize("word", ["uninterruptable", "-"])
def test_closed_streams_are_no_bug(word: str) -> None:
    closed = ["sh", "-c", 'exec "$@" <&- >&-', "sh"]
    shown = run_command([*closed, *AGENT, "validate", word])
    assert (shown.returncode, shown.stderr) == (1 if word == "-" else 0, "")


def test_a_terminal_with_another_encoding_and_names_that_are_no_text_are_no_error(
    run: Run, tmp_path: Path
) -> None:
    odd = os.fsencode(tmp_path) + b"/caf\xe9.yaml"
    Path(os.fsdecode(odd)).write_text(MINIMAL)
    (tmp_path / "desk.yaml").write_text(f"{MINIMAL}受付: 1\n")
    for form, folder in product(validate.FORMATS, (".", str(tmp_path))):
        shown = run(*("validate", "--format", form, folder), cwd=tmp_path, PYTHONIOENCODING="ascii")
        assert shown.stderr == ""
        assert shown.returncode == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--format", "xml"), "Argument --format: invalid choice: 'xml'"),
        (("--stric",), "Unrecognized arguments: --stric. See: python agent.py validate --help"),
    ],
)
def test_a_wrong_option_is_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        validate.run(words)
    assert str(caught.value).startswith(sentence)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "aliases": lambda path: path.write_text(
        "a: &a [x, x]\n" + "".join(f"b{i}: &a [*a, *a, *a]\n" for i in range(99))
    ),
    "nesting": lambda path: path.write_text("[" * 100_000),
    "nested mappings": lambda path: path.write_text("{a: " * 100_000),
    "a large file": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 100 << 20),
    "a large text": lambda path: path.write_text(MINIMAL + "name: " + "ab " * 330_000),
    "many keys": lambda path: path.write_text("".join(f"key{i}: 1\n" for i in range(80_000))),
    "misspelt keys": lambda path: path.write_text(
        "".join(f"instruction{i}: 1\n" for i in range(2_400))
    ),
    "one long line": lambda path: path.write_text("x" * MAX_BYTES),
    "colons": lambda path: path.write_text("a: " * 300_000),
    "ignores": lambda path: path.write_text(MINIMAL + "# voice-agent: ignore[x]\n" * 30_000),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_ends_in_a_diagnostic_soon_and_in_little_memory(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "desk.yaml")
    # Of processor time, 2 s are what a second can become where other programs run; of memory,
    # what is reserved counts, which is more than what is used.
    limits = "ulimit -t 2 && ulimit -v 204800"
    limited = ["sh", "-c", f'{limits} && exec "$@"', "sh"]
    shown = run_command([*limited, *AGENT, "validate", str(tmp_path)], **UNMEASURED)
    assert shown.stderr == ""
    assert shown.returncode in (0, 1)
    assert re.search(r"desk\.yaml:\d+:\d+: ", shown.stdout)
    assert len(shown.stdout) < 2_000_000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_file_that_may_not_be_read_is_a_diagnostic_to_another_user(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(MINIMAL)
    path.chmod(0)
    code = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from voice_agent.format.loader import examine_file\n"
        f"os.setuid(65534); print(*examine_file({str(path)!r}).diagnostics)"
    )
    shown = run_python(code)
    assert "the file cannot be read: Permission denied" in shown.stdout
