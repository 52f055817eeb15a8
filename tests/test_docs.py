"""What the pages for people show is true: it is run, or validated, or compared with the code."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from livekit.agents import AgentSession
from livekit.protocol import sip
from support import ROOT, luigis
from support.livekit_cli import livekit_cli
from support.pages import BLOCKS, COMMANDS, OF_OTHERS, PAGES, SHELL, YAML, Block, Command, loaded
from support.profiles import MINIMAL, MODELS, write_profile
from support.program import environment
from support.rehearsals import ABOUT

from voice_agent import InvalidProfile, load
from voice_agent.commands import rehearse, show, validate
from voice_agent.commands.graph import text as graph_text
from voice_agent.commands.graph.drawing import graph
from voice_agent.commands.main import LIVEKIT_COMMANDS, OUR_COMMANDS
from voice_agent.commands.text_console import plain
from voice_agent.format import catalog
from voice_agent.format.schema import is_realtime
from voice_agent.lint.check import check_file
from voice_agent.rehearsal.report import text as report
from voice_agent.rehearsal.results import BargeIn, CallResult, Check, Rehearsal, Step, ToolRun, Turn
from voice_agent.runtime.server import make_server
from voice_agent.runtime.text_call import AgentSays, AgentStopped, CallerSaid


def test_every_block_is_of_a_kind_that_is_looked_at() -> None:
    assert {block.language for block in BLOCKS} == {"sh", "yaml", "text", "python", "json"}


@pytest.mark.parametrize("block", [b for b in YAML if not OF_OTHERS & set(loaded(b))], ids=str)
def test_every_yaml_block_is_a_profile_or_a_part_of_one_or_a_scenario_file(
    block: Block, tmp_path: Path
) -> None:
    data = loaded(block)
    needed = yaml.safe_load(MINIMAL)
    if is_realtime(data.get("llm")):
        del needed["stt"], needed["tts"]
    for model, way in (("stt", "audio_input"), ("tts", "audio_output")):
        if data.get("room", {}).get(way) is False:
            del needed[model]
    if "handoffs" in data:
        on = {"handoffs": {"back": {"when": "The caller wants something else."}}}
        needed["agents"] = {"reception": {}, **dict.fromkeys(data["handoffs"], on)}
    of_scenarios = "rehearsal.schema.json" in block.text
    missing = {key: value for key, value in needed.items() if key not in data and not of_scenarios}
    path = tmp_path / "block.yaml"
    path.write_text(block.text + (yaml.safe_dump(missing, sort_keys=False) if missing else ""))
    files = re.findall(r"\b(extends|file): ([^\s},]+)", block.text)
    files += [("file", each) for each in data.get("knowledge", ()) if isinstance(each, str)]
    for name in re.findall(r"\baudio: ([^\s},]+)", block.text):
        (tmp_path / name).write_bytes(b"RIFF")
    for key, name in files:
        text = "[]" if name.endswith(".json") else "Be brief."
        write_profile(tmp_path / name, MODELS if key == "extends" else text)
    found = check_file(path).diagnostics
    # An example of one key alone declares what others would use, and has no snapshot beside it.
    missing_here = ("unused-variable", "no-snapshot")
    assert [each for each in found if each.kind not in missing_here] == []


def test_the_first_profile_shown_is_the_shipped_one() -> None:
    [block] = [block for block in YAML if block.page == "README.md"]
    assert block.text == (ROOT / "profiles" / "uninterruptable.yaml").read_text()


def test_the_dispatch_rule_is_one_that_livekit_takes() -> None:
    [block] = [block for block in BLOCKS if block.language == "json"]
    rule = json_format.Parse(block.text, sip.CreateSIPDispatchRuleRequest()).dispatch_rule
    assert rule.rule.dispatch_rule_individual.room_prefix == "call-"
    [agent] = rule.room_config.agents
    assert f"LIVEKIT_AGENT_NAME={agent.agent_name} python" in PAGES[block.page]


def test_the_worker_has_the_name_that_the_page_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_AGENT_NAME", "front-desk")
    assert make_server()._agent_name == "front-desk"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout, for commands that write into it."""
    folder = tmp_path / "checkout"
    for name in ("docs", "profiles", "schema", "voice_agent"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("agent.py", ".env.example"):
        shutil.copy(ROOT / name, folder)
    return folder


def runs(line: str) -> bool:
    """Tell whether a line needs no key, no network and nobody who types."""
    if re.match(r"(cp|python -m voice_agent\.lint\.refresh)\b", line):
        return True
    words = Command("", tuple(shlex.split(line.rpartition("|")[2]))).of_ours
    if line.startswith("echo "):
        return words[:1] == ("console",) and "--offline" in words
    return bool(words) and words[0] in OUR_COMMANDS and words[0] != "rehearse"


def marked(page: str) -> Any:
    """Mark a page if a command in it that can be run makes a call."""
    lines = [line for block in SHELL if block.page == page for line in block.text.splitlines()]
    calls = any(" console " in line for line in filter(runs, lines))
    return pytest.param(page, marks=pytest.mark.calls if calls else ())


@pytest.mark.parametrize("page", [marked(p) for p in PAGES if any(b.page == p for b in SHELL)])
def test_every_command_that_can_be_run_prints_what_is_shown(page: str, checkout: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in (block for block in SHELL if block.page == page):
        printed = ""
        for line in filter(runs, block.text.splitlines()):
            done = subprocess.run(
                ["bash", "-c", line],
                cwd=checkout,
                env=environment(PATH=path, PYTHONPATH=""),
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            printed += done.stdout
        if block.shown is not None:
            assert re.fullmatch(as_pattern(block.shown), printed), printed


def as_pattern(shown: str) -> str:
    """Return a pattern for an output, in which … stands for the rest of a line, or for lines."""
    return "".join(
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n"
        for line in shown.splitlines()
    )


def a_mistake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return what is said of a misspelt key."""
    monkeypatch.chdir(tmp_path)
    misspelt = MINIMAL.replace("stt:", "allow_interuptions: no\nstt:")
    write_profile(Path("profiles/desk.yaml"), misspelt)
    with pytest.raises(InvalidProfile) as caught:
        load("profiles/desk.yaml")
    return str(caught.value)


def a_rehearsal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return how a rehearsed call that passed is shown."""
    question = "Stop please, I have a question for you."
    call = CallResult(
        name="talked over in the middle",
        derived=True,
        barge_ins=(BargeIn(5.99, 8.2, question, "blocked", "allow_interruptions", 3),),
        checks=(Check("The speech is heard to its end.", True, "It was."),) * 5,
        duration=18.9,
    )
    path = "profiles/uninterruptable.yaml"
    rehearsal = Rehearsal("uninterruptable", path, ABOUT, False, False, (call,))
    shown = report.render(rehearsal, colour=False)
    return shown[shown.index("✓") :].partition("\n\n")[0]


def who_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return how the steps of a call through several agents are shown."""
    return _of_several(monkeypatch, tmp_path, "  Agents\n").partition("\n\n")[0]


def what_was_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return how coverage is shown."""
    return _of_several(monkeypatch, tmp_path, "Coverage: ").partition("\n\n")[0]


def _of_several(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, beginning: str) -> str:
    """Return how a rehearsal of several agents is shown, from the first line that begins so."""
    monkeypatch.chdir(tmp_path)
    Path("profiles").mkdir()
    pressed = luigis.pressed()
    chatty = replace(
        pressed,
        turns=(Turn("caller", 0.5, 60.0, "A table. No, wait."),),
        steps=(*pressed.steps, Step(3.0, "key_pressed", "1", agent="hotline")),
        tools=(ToolRun("opening_hours", 0.8), ToolRun("end_call", 3.2)),
    )
    told = luigis.rehearsal(Path("profiles"), luigis.booked(tmp_path), chatty)
    shown = report.render(told, colour=False, verbose=True)
    return shown[shown.index(beginning) :]


def a_transcript(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Keep a talk of a few words, and return the file."""
    seconds = iter((14, 15, 21, 21))

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls(2026, 11, 23, 15, 35, next(seconds), tzinfo=tz)

        def astimezone(self, tz: tzinfo | None = None) -> Clock:
            return self

    monkeypatch.setattr(plain, "datetime", Clock)
    welcome = "Hello, and welcome. I am the offline stand-in for your agent's language model. …"
    answer = "Nice to meet you, Ada. I am only the offline stand-in."
    with plain.Transcript(tmp_path / "talk.txt", "receptionist") as kept:
        kept.show(AgentSays(welcome))
        kept.show(AgentStopped())
        kept.show(CallerSaid("My name is Ada", from_profile=False))
        kept.show(AgentSays(answer))
    return (tmp_path / "talk.txt").read_text("utf-8")


def a_graph(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Draw the agents of the page that says how."""
    page = "docs/writing-a-profile.md"
    [block] = [b for b in BLOCKS if b.page == page and "  goodbye: {tools: [end_call]}" in b.text]
    path = write_profile(tmp_path / "luigi.yaml", block.text + MODELS)
    return "\n".join(graph_text.lines(graph(load(path))))


Printer = Callable[[pytest.MonkeyPatch, Path], str]
PRINTERS: dict[str, Printer] = {
    "did you mean": a_mistake,
    "talked over": a_rehearsal,
    "takes the call": who_held,
    "Coverage: ": what_was_reached,
    "Call with": a_transcript,
    "where calls begin": a_graph,
}


@pytest.mark.parametrize(
    "block", [b for b in BLOCKS if b.language == "text" and not b.after_sh], ids=str
)
def test_every_other_output_shown_is_what_the_program_prints(
    block: Block,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    [printer] = [each for words, each in PRINTERS.items() if words in block.text]
    assert block.text.strip("\n") == printer(monkeypatch, tmp_path).strip("\n")


async def test_the_program_in_python_starts_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    takes = inspect.signature(AgentSession.start)
    started = []

    async def start(*words: Any, **options: Any) -> None:
        started.append(takes.bind(*words, **options).arguments)

    monkeypatch.setattr(AgentSession, "start", start)
    monkeypatch.setenv("LIVEKIT_API_KEY", "key")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "s" * 32)
    monkeypatch.chdir(ROOT)
    [block] = [block for block in BLOCKS if block.language == "python"]
    names: dict[str, Any] = {}
    exec(compile(block.text, str(block), "exec", dont_inherit=True), names)
    await names["entrypoint"](SimpleNamespace(room=None))
    [call] = started
    assert call["agent"].id == "uninterruptable"


# What is named.


def test_every_program_that_is_started_is_known() -> None:
    programs = {next(word for word in each.words if "=" not in word) for each in COMMANDS}
    known = {"python3", "python", "voice-agent", ".", "pip", "pytest", "ruff", "mypy", "bash"}
    assert programs <= known | {"cp", "echo", "lk", "docker"}


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.of_ours], ids=str)
def test_every_command_of_ours_exists_and_names_a_profile_that_exists(command: Command) -> None:
    name, *words = command.of_ours
    assert name in {*OUR_COMMANDS, *LIVEKIT_COMMANDS, "COMMAND", "--help"}
    if name == "validate":
        assert all(map(catalog.find, validate.parser().parse_args(words).paths))
    if name == "rehearse":
        options = rehearse.parser().parse_args(words)
        profiles = [load(catalog.find(each)) for each in options.profiles]
        calls = [call.name for each in profiles for call in each.rehearsal]
        assert any(options.only in each for each in calls or [""])
    if name == "show":
        catalog.find(show.parser().parse_args(words).name)
    if "--profile" in words:
        catalog.find(words[words.index("--profile") + 1])


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_every_profile_in_the_environment_of_a_command_exists(command: Command) -> None:
    for found in re.findall(rf"{catalog.PROFILE_VARIABLE}=([\w-]+)", shlex.join(command.words)):
        catalog.find(found)


@pytest.mark.parametrize("name", LIVEKIT_COMMANDS)
def test_every_option_of_livekits_commands_exists(name: str) -> None:
    known = {option for each in livekit_cli()[name].params for option in each.opts}
    known |= {"--profile", "--offline", "--transcript"}
    given = [words for each in COMMANDS if (words := each.of_ours)[:1] == (name,)]
    assert {word for words in given for word in words if word.startswith("--")} <= known


def test_every_file_module_and_extra_that_a_command_names_exists() -> None:
    extras = re.findall(r"^(\w+) = \[$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    for command in COMMANDS:
        for before, word in zip(command.words, command.words[1:], strict=False):
            if before == "-m" and "pytest" not in command.words:
                assert find_spec(word)
            if before in ("bash", "cp") or word.endswith(".py"):
                assert (ROOT / word).is_file()
            if found := re.fullmatch(r"\.\[(\w+)\]", word):
                assert found[1] in extras


@pytest.mark.parametrize("page", PAGES)
def test_every_path_in_a_sentence_exists(page: str) -> None:
    paths = re.findall(r"`((?:docs|tests|profiles|schema|voice_agent|\.ci)/[\w./-]*)`", PAGES[page])
    assert [path for path in paths if "NAME" not in path and not (ROOT / path).exists()] == []


def test_the_image_has_the_files_that_it_copies() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert 'CMD ["python", "agent.py", "start"]\n' in dockerfile
    for sources in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE):
        assert all((ROOT / name).exists() for name in sources.split())
