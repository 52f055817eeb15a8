"""What the pages for people say is true: links lead somewhere, and tables list what there is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import ROOT
from support.pages import FENCED, PAGES, YAML, first_column, loaded, rows, section, settings
from test_rooms import MAY_IMPORT

from voice_agent import errors
from voice_agent.commands import rehearse, validate
from voice_agent.commands.output_formats import FORMATS
from voice_agent.format.diagnostics import WARNINGS
from voice_agent.format.scenario import VOICES
from voice_agent.format.schema import schema
from voice_agent.format.yaml_source import MAX_BYTES
from voice_agent.lint.reference import anchor
from voice_agent.rehearsal import conformance, expectations
from voice_agent.rehearsal.results import EVENTS

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return FENCED.sub("", PAGES[page])


def anchors(page: str) -> list[str]:
    return [anchor(text) for text in re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE)]


def links(page: str) -> list[str]:
    return ["".join(found) for found in LINK.findall(prose(page))]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        name, _, wanted = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.is_file(), link
        if wanted:
            assert wanted in anchors(target.resolve().relative_to(ROOT).as_posix()), link


@pytest.mark.parametrize("page", PAGES)
def test_no_two_headings_of_a_page_have_the_same_anchor(page: str) -> None:
    assert len(set(anchors(page))) == len(anchors(page))


def test_every_page_and_the_picture_are_reached_from_the_readme() -> None:
    assert {*PAGES, "docs/report.png"} - {"README.md"} <= set(links("README.md"))


# What the tables list.


def test_the_table_of_warnings_has_every_kind() -> None:
    assert sorted(first_column(section("docs/checking.md", "## Warnings"))) == sorted(WARNINGS)


def test_the_table_of_what_a_profile_can_do_has_every_key_at_its_top() -> None:
    shown = rows(section("README.md", "## What a profile can do, and what it cannot yet"))
    named = {key for _, can, _ in shown[1:] for key in re.findall(r"`(\w+)`", can)}
    assert named - {"start"} == set(schema()["properties"])


def options_of(help_text: str) -> list[str]:
    return re.findall(r"^  (--[a-z-]+)", help_text, re.MULTILINE)


def test_the_table_of_options_has_every_option_of_validate() -> None:
    shown = section("docs/checking.md", "## On the command line")
    assert first_column(shown) == options_of(validate.parser().format_help())
    assert all(f"`{each}`" in shown for each in FORMATS)


def test_the_table_of_options_has_every_option_of_rehearse() -> None:
    shown = section("docs/rehearsing.md", "## What you get to see")
    assert first_column(shown) == options_of(rehearse.parser().format_help())


def test_the_table_of_events_has_every_event() -> None:
    shown = section("docs/rehearsing.md", "## What you expect beside that")
    said = {name: what[0].lower() + what[1:].rstrip(".") for name, what in rows(shown)[1:]}
    assert said == EVENTS
    assert all(f"`{voice}`" in shown for voice in VOICES)


def test_the_durations_are_those_that_a_rehearsal_checks() -> None:
    page = " ".join(PAGES["docs/rehearsing.md"].split())
    assert f"speaks first within {conformance.FIRST_WORD:.0f} seconds" in page
    assert f"falls silent within {conformance.CUT:.0f} seconds" in page
    assert f"is {expectations.WITHIN / 1000:.0f} seconds where you leave it out" in page
    assert f"for {expectations.ABSENT_FOR / 1000:.0f} seconds where you leave" in page


def test_the_table_of_variables_is_that_of_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    variables = re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)
    assert first_column(section("docs/production.md", "## Variables")) == variables


def test_the_table_of_exit_codes_has_every_one() -> None:
    codes = sorted(each for each in vars(errors).values() if isinstance(each, int))
    shown = first_column(section("docs/production.md", "## Exit codes"))
    assert [int(each) for each in shown] == codes


def test_the_table_of_rooms_is_what_the_rooms_may_import() -> None:
    shown = rows(section("docs/architecture.md", "## The rooms"))[1:]
    rooms = {row[0] for row in shown}
    every = {"every other room": rooms, "nothing else": set[str]()}
    for room, _, imports in shown:
        allowed = every.get(imports, set(re.findall(r"\w+", imports)))
        assert allowed - {room} == MAY_IMPORT[room] - {"errors", "version"}
    assert rooms == {path.parent.name for path in (ROOT / "voice_agent").glob("*/__init__.py")}


# What other programs read.


def version() -> str:
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_the_changelog_begins_with_this_version() -> None:
    newest, *_ = re.findall(r"^## \[(.+)\] - .+$", PAGES["CHANGELOG.md"], re.MULTILINE)
    assert newest == version()


def test_the_limit_of_a_file_is_the_one_that_is_told() -> None:
    assert f"larger than {MAX_BYTES >> 20} MiB" in PAGES["SECURITY.md"]


def test_the_hook_shown_for_pre_commit_exists() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    [repo] = settings("repos")["repos"]
    assert [each["id"] for each in repo["hooks"]] == [each["id"] for each in hooks]
    assert repo["rev"] == f"v{version()}"


CI = ROOT / ".github" / "workflows" / "ci.yml"


def test_the_workflows_are_what_github_takes(tmp_path: Path) -> None:
    [shown] = [block for block in YAML if "jobs" in loaded(block)]
    (tmp_path / "shown.yml").write_text(shown.text)
    words = ["--builtin-schema", "vendor.github-workflows", "--output-format", "json"]
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *words, CI, tmp_path / "shown.yml"],
        capture_output=True,
        text=True,
    )
    assert json.loads(checked.stdout)["status"] == "ok", checked.stdout


def test_github_checks_every_change_as_a_clean_checkout_is_checked() -> None:
    workflow = yaml.load(CI.read_text(), yaml.BaseLoader)
    [job] = workflow["jobs"].values()
    assert job["runs-on"].startswith("ubuntu-")
    assert job["steps"][-1] == {"run": "bash .ci/run"}
    assert {"push", "pull_request"} <= set(workflow["on"])
