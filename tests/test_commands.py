"""What an operator reads who types something wrong, or asks for help."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from support.livekit_cli import livekit_cli
from support.program import AGENT, UNMEASURED, Run, run_command

from voice_agent.commands.main import LIVEKIT_COMMANDS, OUR_COMMANDS
from voice_agent.format import catalog

REMOVING = ("sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh")
KEYS = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_help_shows_every_command(run_here: Run, words: tuple[str, ...]) -> None:
    shown = run_here(*words)
    assert shown.returncode == 0
    for command in (*OUR_COMMANDS, *LIVEKIT_COMMANDS):
        assert f"  {command} " in shown.stdout
    assert "--profile" in shown.stdout
    assert "--offline" in shown.stdout


@pytest.mark.parametrize("command", [*OUR_COMMANDS, *LIVEKIT_COMMANDS])
def test_every_command_explains_itself(run_here: Run, command: str) -> None:
    shown = run_here(command, "--help")
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"usage: python agent.py {command} ")
    assert "deprecated" not in shown.stdout.lower()


@pytest.mark.parametrize("command", LIVEKIT_COMMANDS)
def test_help_explains_every_option_that_livekit_has_for_a_command(
    run_here: Run, command: str
) -> None:
    shown = run_here(command, "-h").stdout
    theirs = livekit_cli()[command]
    options = [each.opts[0] for each in theirs.params if not getattr(each, "hidden", False)]
    ours = ["--profile"] + ["--offline"] * (command != "download-files")
    ours += ["--transcript"] if command == "console" else []
    explained = re.findall(r"^  (--[a-z-]+)", shown, re.MULTILINE)
    assert {*ours, *options} <= {*explained}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("validate", "profiles", "tests/valid", "tests/invalid", "tests/warnings"), 1),
        (("list",), 0),
        (("show", "uninterruptable"), 0),
        (("new", "receptionist"), 2),
        (("pull", "receptionist"), 2),
        (("call", "nothing", "--profile", "tests/openapi/agent.yaml"), 2),
        (("rehearse", "tests/invalid/key-misspelt.yaml"), 1),
    ],
    ids=OUR_COMMANDS,
)
def test_no_command_of_ours_imports_livekit(run: Run, words: tuple[str, ...], code: int) -> None:
    shown = run(*words, PYTHONPROFILEIMPORTTIME="1")
    assert shown.returncode == code
    assert "yaml" in shown.stderr
    assert not re.search(r"\| +livekit", shown.stderr)


@pytest.mark.parametrize("words", [("--help",), ("rehearse", "--help"), ("console", "-h")])
def test_help_does_not_import_livekit(run: Run, words: tuple[str, ...]) -> None:
    shown = run(*words, PYTHONPROFILEIMPORTTIME="1")
    assert shown.returncode == 0
    assert not re.search(r"\| +livekit", shown.stderr)


def test_validating_what_is_right_imports_nothing_that_only_mistakes_need(run: Run) -> None:
    shown = run("validate", PYTHONPROFILEIMPORTTIME="1", **UNMEASURED)
    for module in ("jsonschema", "difflib", "dotenv", "multiprocessing", "subprocess"):
        assert not re.search(rf"\| +{module}$", shown.stderr, re.MULTILINE)


SHOWN = "# profiles/uninterruptable.yaml, with every default filled in"
COUNTED = "1 profile, no problems"


@pytest.mark.parametrize(("command", "first"), [("show", SHOWN), ("validate", COUNTED)])
@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (("COMMAND", "uninterruptable"), {}),
        (("COMMAND", "--profile", "uninterruptable"), {}),
        (("COMMAND", "--profile=profiles/uninterruptable.yaml"), {}),
        (("--profile", "uninterruptable", "COMMAND"), {}),
        (("COMMAND", "uninterruptable", "--profile", "profiles/uninterruptable.yaml"), {}),
        (("COMMAND",), {"AGENT_PROFILE": "uninterruptable"}),
        (("COMMAND", "uninterruptable"), {"AGENT_PROFILE": "nobody"}),
        (("COMMAND", "--profile", "uninterruptable"), {"AGENT_PROFILE": "nobody"}),
    ],
)
def test_a_profile_is_named_in_the_same_ways_for_every_command(
    run_here: Run, command: str, first: str, words: tuple[str, ...], variables: dict[str, str]
) -> None:
    shown = run_here(*(command if word == "COMMAND" else word for word in words), **variables)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.split("\n")[0] == first


@pytest.mark.parametrize("words", [("--profile", "nobody"), ()])
def test_rehearse_takes_the_profile_as_every_command_does(
    run_here: Run, words: tuple[str, ...]
) -> None:
    shown = run_here("rehearse", *words, AGENT_PROFILE="nobody")
    assert shown.returncode == 2
    assert shown.stderr.startswith('There is no profile "nobody".')


@pytest.mark.parametrize("command", ["show", "validate"])
def test_the_dotenv_file_names_the_profile_for_every_command(
    run_here: Run, tmp_path: Path, command: str
) -> None:
    (tmp_path / ".env").write_text("AGENT_PROFILE=nobody\n")
    shown = run_here(command, cwd=tmp_path)
    assert shown.returncode == 2
    assert shown.stderr.startswith('There is no profile "nobody".')


def test_validate_checks_them_all_where_no_profile_is_named(run_here: Run) -> None:
    assert f"{len(catalog.names())} profiles, no problems" in run_here("validate").stdout


@pytest.mark.parametrize("command", ["show", "rehearse", "console"])
def test_no_profile_at_all_is_answered_with_what_the_command_takes(
    run_here: Run, command: str
) -> None:
    shown = run_here(command)
    assert shown.returncode == 2
    assert shown.stderr == (
        "No profile was named. Add --profile NAME, or set AGENT_PROFILE. "
        "The profiles are: bookings, empfang, hotel, open-server, realtime, receptionist, "
        "uninterruptable.\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("show", "receptionist", "--profile", "uninterruptable"),
            '--profile says "uninterruptable", and beside it stands "receptionist"',
        ),
        (
            ("--profile", "uninterruptable", "validate", "profiles"),
            '--profile says "uninterruptable", and beside it stands "profiles"',
        ),
        (
            ("--profile", "uninterruptable", "console", "--profile", "receptionist"),
            '--profile says "uninterruptable", and again "receptionist"',
        ),
    ],
)
def test_two_profiles_where_one_is_wanted_are_a_contradiction(
    run_here: Run, words: tuple[str, ...], sentence: str
) -> None:
    shown = run_here(*words)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == f"Name the profile once: {sentence}.\n"


@pytest.mark.parametrize("words", [("--offline", "validate"), ("rehearse", "desk", "--offline")])
def test_a_command_of_ours_is_always_offline(run_here: Run, words: tuple[str, ...]) -> None:
    shown = run_here(*words)
    command = next(word for word in words if word in OUR_COMMANDS)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == (
        f"This command is always offline, so leave --offline out. "
        f"See: python agent.py {command} --help\n"
    )


@pytest.mark.parametrize("words", [("--version",), ("console", "--version")])
def test_the_versions_are_shown_without_importing_livekit(run: Run, words: tuple[str, ...]) -> None:
    shown = run(*words, PYTHONPROFILEIMPORTTIME="1")
    assert shown.returncode == 0
    assert re.fullmatch(
        r"voice-agent \d+\.\d+\.\d+ \(LiveKit Agents 1\.\d+\.\d+, Python 3\.\d+\.\d+\)\n",
        shown.stdout,
    )
    assert not re.search(r"\| +livekit", shown.stderr)


def test_every_command_of_livekit_is_ours_too() -> None:
    assert set(livekit_cli()) == set(LIVEKIT_COMMANDS)


def test_a_profile_that_does_not_exist_is_answered_with_those_that_do(run_here: Run) -> None:
    shown = run_here("console", "--offline", "--profile", "uninteruptable")
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert '"uninteruptable"' in shown.stderr
    assert 'Did you mean "uninterruptable"?' in shown.stderr
    assert "receptionist" in shown.stderr


def test_an_unknown_command_is_answered_with_the_closest(run_here: Run) -> None:
    shown = run_here("consle", "--profile", "uninterruptable")
    assert shown.returncode == 2
    assert shown.stderr == (
        'There is no command "consle". Did you mean "console"? See: python agent.py --help\n'
    )


def test_an_invalid_profile_is_pointed_at_before_anything_starts(
    run_here: Run, tmp_path: Path
) -> None:
    profile = tmp_path / "desk.yaml"
    profile.write_text("instructions: Be brief.\nallow_interuptions: no\n")
    shown = run_here("console", "--offline", "--profile", str(profile))
    assert shown.returncode == 1
    assert f'{profile}:2:1: unknown key "allow_interuptions"' in shown.stderr
    assert "2 | allow_interuptions: no\n  | ^~~~~~~~~~~~~~~~~~" in shown.stderr


@pytest.mark.parametrize("position", ["before", "after"])
def test_the_profile_may_be_named_before_or_after_the_command(run_here: Run, position: str) -> None:
    words = ["--profile", "uninterruptable"]
    words = [*words, "console"] if position == "before" else ["console", *words]
    shown = run_here(*words)
    assert shown.returncode == 2
    assert shown.stderr == (
        'The models of the profile "uninterruptable" run on LiveKit Inference, which needs '
        "LIVEKIT_API_KEY and LIVEKIT_API_SECRET. Put them in a file named .env in this folder, "
        "or in the environment; or add --offline to run without an account.\n"
    )


def test_only_the_missing_credential_is_named(run_here: Run) -> None:
    shown = run_here("console", "--profile", "uninterruptable", LIVEKIT_API_KEY="key")
    assert shown.returncode == 2
    assert "which needs LIVEKIT_API_SECRET. Put it in" in shown.stderr


@pytest.mark.parametrize("command", ["dev", "start", "connect"])
def test_a_worker_without_credentials_says_what_it_needs(run_here: Run, command: str) -> None:
    shown = run_here(command, AGENT_PROFILE="uninterruptable")
    assert shown.returncode == 2
    assert shown.stderr == (
        f'"{command}" connects to a LiveKit server and needs LIVEKIT_URL, LIVEKIT_API_KEY and '
        "LIVEKIT_API_SECRET. Put them in a file named .env in this folder, or in the environment; "
        "or talk to the agent without an account: python agent.py console --offline "
        "--profile uninterruptable\n"
    )


def test_credentials_come_from_a_dotenv_file_in_the_working_directory(
    run_here: Run, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LIVEKIT_API_KEY=key\nAGENT_PROFILE=uninterruptable\n")
    shown = run_here("console", cwd=tmp_path)
    assert "which needs LIVEKIT_API_SECRET. Put it in" in shown.stderr


def test_the_environment_wins_over_the_dotenv_file(run_here: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AGENT_PROFILE=uninterruptable\n")
    shown = run_here("console", cwd=tmp_path, AGENT_PROFILE="nobody")
    assert '"nobody"' in shown.stderr


def test_a_port_already_taken_is_one_sentence(run_here: Run) -> None:
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        port = other.getsockname()[1]
        shown = run_here("start", "--profile", "uninterruptable", AGENT_PORT=str(port), **KEYS)
    assert shown.returncode == 2
    assert shown.stderr == (
        f"Port {port}, on which this agent answers health checks, is already taken by another "
        "program. Stop that program, or set AGENT_PORT to another port (0 picks a free one).\n"
    )


@pytest.mark.parametrize("command", ["start", "console", "download-files"])
def test_a_port_that_is_no_number_is_one_sentence(run_here: Run, command: str) -> None:
    shown = run_here(command, "--profile", "uninterruptable", AGENT_PORT="http", **KEYS)
    assert shown.returncode == 2
    assert shown.stderr == 'AGENT_PORT is "http", but a port is a number from 0 to 65535.\n'


@pytest.mark.parametrize("words", [("console", "--list-devices"), ("start", "--help")])
def test_what_needs_no_profile_asks_for_none(run_here: Run, words: tuple[str, ...]) -> None:
    shown = run_here(*words)
    assert "profile" not in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_profile_without_its_option_is_answered_with_the_option(run_here: Run) -> None:
    shown = run_here("console", "receptionist", "--text")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == (
        'console has no use for "receptionist". A profile is named with --profile: '
        "python agent.py console --profile receptionist\n"
    )


def test_options_without_a_command_are_a_mistake(run_here: Run) -> None:
    shown = run_here("--profile", "console")
    assert shown.returncode == 2
    assert shown.stderr == "A command is missing. See: python agent.py --help\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfeL\x00", "cannot be read: it is not UTF-8 text. Save it as UTF-8."),
        (b'OK=1\nBAD="open\n', "Line 2 of the file .env cannot be understood."),
    ],
)
def test_a_dotenv_file_that_cannot_be_read_is_one_sentence(
    run_here: Run, tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    shown = run_here("console", "--profile", "uninterruptable", cwd=tmp_path)
    assert shown.returncode == 2
    assert sentence in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def test_a_file_with_secrets_named_as_a_profile_is_not_quoted(
    run_here: Run, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LIVEKIT_API_SECRET=topsecret: 1\n")
    shown = run_here("console", "--profile", "./.env", cwd=tmp_path)
    assert shown.returncode == 2
    assert "topsecret" not in shown.stderr + shown.stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("list",), 0, ""),
        (("validate",), 0, ""),
        (("show", "receptionist"), 0, ""),
        pytest.param(
            ("console", "--offline", "--profile", "receptionist"), 0, "", marks=pytest.mark.calls
        ),
        (("start", "--profile", "receptionist"), 2, "The working directory has been removed."),
        (("rehearse", "receptionist"), 2, "The working directory has been removed."),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_in_a_folder_that_has_been_removed_a_command_works_or_says_so(
    tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    shown = run_command([*REMOVING, *AGENT, *words], cwd=gone, **KEYS)
    assert shown.returncode == code, shown.stderr
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr
