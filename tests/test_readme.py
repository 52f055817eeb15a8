"""The README is true: its profiles are valid, its commands exist, and they print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import ROOT
from support.profiles import MINIMAL, write_profile
from support.program import Run

from voice_agent import InvalidProfile, load
from voice_agent.commands import rehearse, show, validate
from voice_agent.commands.main import LIVEKIT_COMMANDS, OUR_COMMANDS
from voice_agent.commands.output_formats import FORMATS
from voice_agent.format import catalog
from voice_agent.format.catalog import PROFILE_VARIABLE
from voice_agent.format.diagnostics import WARNINGS
from voice_agent.format.scenario import VOICES
from voice_agent.format.schema import schema
from voice_agent.lint.check import check_file
from voice_agent.rehearsal.results import EVENTS
from voice_agent.runtime.environment import PORT_VARIABLE
from voice_agent.standin.script import PASSAGE

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """Return every simple command of the README's shell blocks, in words."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    parts = [part for line in lines for part in re.split(r"&&|\|", line)]
    return [shlex.split(part) for part in parts]


def agent_commands() -> list[list[str]]:
    """Return what the README gives to agent.py: in its blocks, and in its sentences."""
    inline = [shlex.split(text) for text in re.findall(r"`(python agent\.py [^`]+)`", README)]
    inline += [shlex.split(step["run"]) for step in settings("steps") if "run" in step]
    return [
        words[words.index("agent.py") + 1 :]
        for words in (*commands(), *inline)
        if "python" in words and "agent.py" in words and "-m" not in words
    ]


def profile_blocks() -> list[str]:
    """Return the YAML blocks of the README that are no settings of another program."""
    return [
        block for block in blocks("yaml") if not {"repos", "steps"} & set(yaml.safe_load(block))
    ]


def settings(key: str) -> list[dict[str, Any]]:
    """Return what a YAML block of the README has under `key`."""
    [found] = [data[key] for data in map(yaml.safe_load, blocks("yaml")) if key in data]
    return list(found)


@pytest.mark.parametrize("block", profile_blocks())
def test_every_yaml_block_is_a_profile_or_a_part_of_one(block: str, tmp_path: Path) -> None:
    needed = yaml.safe_load(MINIMAL)
    missing = {key: value for key, value in needed.items() if key not in yaml.safe_load(block)}
    path = tmp_path / "block.yaml"
    path.write_text(block + (yaml.safe_dump(missing) if missing else ""))
    assert check_file(path).diagnostics == ()


def test_the_first_profile_shown_is_the_shipped_one() -> None:
    assert blocks("yaml")[0] == (ROOT / "profiles" / "uninterruptable.yaml").read_text()


def test_the_table_of_keys_has_every_key_of_the_schema() -> None:
    section = README.partition("## Write a profile\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)
    assert sorted(table) == sorted(schema()["properties"])


@pytest.mark.parametrize("words", agent_commands(), ids=" ".join)
def test_every_command_exists_and_names_a_profile_that_exists(words: list[str]) -> None:
    assert words[0] in {*OUR_COMMANDS, *LIVEKIT_COMMANDS, "--help"}
    if words[0] == "validate":
        options = validate.parser().parse_args(words[1:])
        assert all(catalog.find(path) for path in options.paths)
    if words[0] == "rehearse":
        assert all(map(catalog.find, rehearse.parser().parse_args(words[1:]).profiles))
    if words[0] == "show":
        catalog.find(show.parser().parse_args(words[1:]).profile)
    if "--profile" in words:
        catalog.find(words[words.index("--profile") + 1])


def test_every_program_the_readme_starts_is_known() -> None:
    programs = {next(word for word in words if "=" not in word) for words in commands()}
    assert programs <= {"python3", "python", ".", "pip", "pytest", "cp", "echo", "lk", "docker"}


def test_the_files_that_the_commands_name_exist() -> None:
    assert (ROOT / ".env.example").is_file()
    assert 'CMD ["python", "agent.py", "start"]\n' in (ROOT / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists()


def test_the_variables_are_the_ones_the_program_reads() -> None:
    example = (ROOT / ".env.example").read_text()
    for variable in (PROFILE_VARIABLE, PORT_VARIABLE, "OFFLINE_LLM_URL", "OFFLINE_LLM_MODEL"):
        assert f"`{variable}`" in README
        assert f"# {variable}=" in example


def test_the_table_of_warnings_has_every_kind() -> None:
    section = README.partition("### Warnings\n")[2].partition("\n### ")[0]
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == sorted(WARNINGS)


def test_the_table_of_options_has_every_option_of_validate() -> None:
    section = README.partition("## Check profiles\n")[2].partition("\n### ")[0]
    assert re.findall(r"^\| `(--[a-z]+)` \|", section, re.MULTILINE) == re.findall(
        r"^  (--[a-z]+)", validate.parser().format_help(), re.MULTILINE
    )
    assert all(f"`{each}`" in section for each in FORMATS)


def test_the_tables_of_rehearse_have_every_event_and_option() -> None:
    section = README.partition("## Rehearse it\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(--[a-z]+)` \|", section, re.MULTILINE) == re.findall(
        r"^  (--[a-z]+)", rehearse.parser().format_help(), re.MULTILINE
    )
    events = re.findall(r"^\| `([a-z_]+)` \| (.+)\. \|$", section, re.MULTILINE)
    assert {name: what[0].lower() + what[1:] for name, what in events} == EVENTS
    assert all(f"`{voice}`" in section for voice in VOICES)


def test_the_hook_shown_for_pre_commit_exists() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    [repo] = settings("repos")
    assert [each["id"] for each in repo["hooks"]] == [each["id"] for each in hooks]
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert repo["rev"] == f"v{version[1]}"


@pytest.mark.calls
def test_the_pipe_prints_what_the_readme_shows(run: Run) -> None:
    (command,) = [words for words in commands() if words[0] == "echo"]
    shown = run(
        *("console", "--offline", "--profile", "profiles/uninterruptable.yaml"),
        stdin=command[1] + "\n",
    )
    first_sentence = PASSAGE.partition(". ")[0]
    assert shown.stdout.replace(PASSAGE, f"{first_sentence}. …") == blocks("text")[0]


def test_the_mistake_shown_is_what_the_program_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_profile(
        Path("profiles/desk.yaml"), MINIMAL.replace("stt:", "allow_interuptions: no\nstt:")
    )
    with pytest.raises(InvalidProfile) as caught:
        load("profiles/desk.yaml")
    assert str(caught.value).strip() == blocks("text")[1].strip()
