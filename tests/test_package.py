"""The package as an operator installs it: a wheel, and a folder without agent.py."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml
from support import ROOT
from support.profiles import MINIMAL
from support.program import Run, environment, run_command, run_python

from voice_agent.commands.main import LIVEKIT_COMMANDS, OUR_COMMANDS

WRONG = "instructions: Be brief.\nllm: openai/gpt-realtime\ncolour: blue\n"
KEYS = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}

WITHOUT_THE_PROJECT = {"PYTHONPATH": ""}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    code = "import hatchling.build, sys; hatchling.build.build_wheel(sys.argv[1])"
    made = run_python(code, str(folder))
    assert made.returncode == 0, made.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path) -> Path:
    """The program `voice-agent` in an environment that has the wheel, and what it depends on."""
    folder = wheel.parent / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [site] = folder.glob("lib/python*/site-packages")
    # What the wheel depends on is installed here. What is found first wins, so that the package of
    # the wheel comes before that of this project.
    ours = sysconfig.get_path("purelib")
    (site / "dependencies.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    pip += ["install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    installed = run_command(pip, **WITHOUT_THE_PROJECT)
    assert installed.returncode == 0, installed.stderr
    return folder / "bin" / "voice-agent"


@pytest.fixture
def installed(program: Path, tmp_path: Path) -> Run:
    """Run `voice-agent WORDS…` to its end, in a folder that is empty at first."""

    def run(*words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        command = [str(program), *words]
        return run_command(command, stdin=stdin, cwd=tmp_path, **WITHOUT_THE_PROJECT, **variables)

    return run


def test_the_wheel_has_the_schema_the_types_and_nothing_of_the_project_around_it(
    wheel: Path,
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        described = archive.read(metadata).decode()
    assert "voice_agent/py.typed" in names
    assert "voice_agent/schema/profile.schema.json" in names
    assert "voice_agent/schema/rehearsal.schema.json" in names
    assert "voice_agent/schema/part.schema.json" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"voice_agent"}
    assert "\nProject-URL: LiveKit Agents, https://" in described
    assert "\nClassifier: Typing :: Typed\n" in described


def test_it_is_the_wheel_that_is_run(program: Path, tmp_path: Path) -> None:
    python = str(program.with_name("python"))
    code = "import voice_agent; print(voice_agent.__file__)"
    shown = run_command([python, "-c", code], cwd=tmp_path, **WITHOUT_THE_PROJECT)
    assert Path(shown.stdout.strip()).is_relative_to(program.parents[1])


def test_the_wheel_checks_profiles_by_its_own_schema(installed: Run, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "desk.yaml").write_text(WRONG)
    shown = installed("validate", "profiles/desk.yaml")
    assert shown.returncode == 1
    assert shown.stdout.startswith('profiles/desk.yaml:3:1: unknown key "colour"; expected ')
    assert shown.stderr == ""


def test_the_wheel_checks_scenario_files_too(installed: Run, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("rehearsal:\n  - nmae: a caller asks\n")
    shown = installed("validate", "desk.yaml")
    assert shown.returncode == 1
    assert 'desk.yaml:2:5: unknown key "nmae"; did you mean "name"? [unknown-key]' in shown.stdout
    assert shown.stdout.endswith("\n1 scenario file, 2 problems\n")


@pytest.mark.calls
def test_a_profile_is_written_checked_and_talked_to_in_an_empty_folder(
    installed: Run, program: Path, tmp_path: Path
) -> None:
    shown = installed("new", "desk")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == (
        "Wrote profiles/desk.yaml. Talk to it: voice-agent console --offline --profile desk\n"
    )
    first = (tmp_path / "profiles" / "desk.yaml").read_text().splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (tmp_path / "profiles" / schema).resolve().is_relative_to(program.parents[1])
    shown = installed("validate")
    assert (shown.returncode, shown.stdout) == (0, "1 profile, no problems\n")
    shown = installed("console", "--offline", "--profile", "desk", stdin="My name is Ada\n")
    assert shown.returncode == 0
    assert shown.stderr == (
        "This is the text console, because there is no terminal.\n"
        "The offline stand-in plays llm (openai/gpt-4.1-mini).\n"
    )
    assert shown.stdout.startswith("Agent: ")
    assert shown.stdout.endswith(
        "You: My name is Ada\nAgent: Nice to meet you, Ada. I am only the offline stand-in.\n"
    )


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_it_has_the_commands_that_agent_py_has(installed: Run, words: tuple[str, ...]) -> None:
    shown = installed(*words)
    assert shown.returncode == 0
    assert shown.stdout.startswith(
        "usage: voice-agent COMMAND [--profile PROFILE] [--offline] [OPTIONS]\n"
    )
    assert '"voice-agent COMMAND --help" shows the options of a command.' in shown.stdout
    listed = re.findall(r"^    (\w[\w-]*)(?: |$)", shown.stdout, re.MULTILINE)
    assert listed == [*OUR_COMMANDS, *LIVEKIT_COMMANDS]


@pytest.mark.parametrize(
    ("words", "variables", "sentence"),
    [
        (("cnosole",), {}, 'Did you mean "console"? See: voice-agent --help\n'),
        (("list",), {}, "Write one: voice-agent new NAME\n"),
        (("list", "--all"), {}, "Unrecognized arguments: --all. See: voice-agent list --help\n"),
        (("--offline", "list"), {}, "See: voice-agent list --help\n"),
        (("--offline",), {}, "A command is missing. See: voice-agent --help\n"),
        (
            ("start", "--profile", "desk.yaml"),
            {},
            "without an account: voice-agent console --offline --profile desk\n",
        ),
        (
            ("console", "--offline", "--profile", "desk.yaml", "--loud"),
            {},
            'The console has no option "--loud". See: voice-agent console --help\n',
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_its_messages_name_it_as_it_was_started(
    run_here: Run,
    project: Path,
    words: tuple[str, ...],
    variables: dict[str, str],
    sentence: str,
) -> None:
    (project / "desk.yaml").write_text(MINIMAL)
    shown = run_here(*words, cwd=project, program="voice-agent", **variables)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.endswith(sentence)


def test_the_help_of_a_command_names_it_too(run_here: Run) -> None:
    shown = run_here("start", "--help", program="voice-agent")
    assert shown.returncode == 0
    assert shown.stdout.startswith("usage: voice-agent start ")
    assert "agent.py" not in shown.stdout


@pytest.mark.calls
async def test_start_serves_until_ctrl_c(program: Path, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(MINIMAL)
    worker = await asyncio.create_subprocess_exec(
        *(program, "start", "--profile", "desk.yaml"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
        env=environment(**WITHOUT_THE_PROJECT, AGENT_PORT="0", **KEYS),
        start_new_session=True,
    )
    assert worker.stdout
    shown = b""
    try:
        # Its process for the first call is made, so what calls need is found in it.
        while b"process initialized" not in shown:
            line = await asyncio.wait_for(worker.stdout.readline(), 60)
            assert line, shown.decode()
            shown += line
        os.kill(worker.pid, signal.SIGINT)
        shown += await asyncio.wait_for(worker.stdout.read(), 60)
        assert await worker.wait() == 130
    finally:
        if worker.returncode is None:
            os.killpg(worker.pid, signal.SIGKILL)
            await worker.wait()
    assert b"Traceback" not in shown


def test_the_hook_for_pre_commit_is_the_command_that_the_wheel_installs() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {hook["entry"] for hook in hooks} == {"voice-agent validate"}
    assert {hook["language"] for hook in hooks} == {"python"}


def test_the_hook_for_profiles_runs_when_a_file_changes_that_they_extend_or_read() -> None:
    profiles, scenarios = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for changed in ("profiles/desk.yaml", "profiles/_base.yaml", "profiles/prompts/desk.md"):
        assert re.search(profiles["files"], changed)
    # Whichever file has changed, all profiles are checked.
    assert profiles["pass_filenames"] is False
    assert re.search(scenarios["files"], "scenarios/calls.yaml")
