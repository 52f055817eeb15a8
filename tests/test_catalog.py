from pathlib import Path

import pytest

from voice_agent import load
from voice_agent.errors import UsageError
from voice_agent.format import catalog


@pytest.fixture
def profiles(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of profiles in place of the project's own, and a working directory beside it."""
    folder = project / "profiles"
    folder.mkdir()
    for name in ("desk.yaml", "night.yml", "both.yaml", "both.yml", "notes.txt", ".hidden.yaml"):
        (folder / name).touch()
    (project / "elsewhere").mkdir()
    monkeypatch.setattr(catalog, "SHIPPED", folder)
    monkeypatch.chdir(project / "elsewhere")
    return folder


def refusal(name: str) -> str:
    with pytest.raises(UsageError) as caught:
        catalog.find(name)
    return str(caught.value)


def test_the_project_has_a_profile_to_start_from_and_one_that_cannot_be_interrupted() -> None:
    assert catalog.names() == [
        "bookings",
        "empfang",
        "hotel",
        "open-server",
        "realtime",
        "receptionist",
        "uninterruptable",
    ]
    assert load(catalog.find("receptionist")).allow_interruptions is True
    assert load(catalog.find("uninterruptable")).allow_interruptions is False


def test_the_profiles_in_the_working_directory_come_before_those_beside_agent_py(
    profiles: Path,
) -> None:
    Path("profiles").mkdir()
    Path("profiles/mine.yaml").touch()
    assert catalog.folder() == Path("profiles")
    assert catalog.names() == ["mine"]


def test_without_agent_py_the_profiles_are_those_of_the_working_directory(
    profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "SHIPPED", None)
    assert catalog.names() == []
    assert refusal("desk") == (
        f'There is no profile "desk". There are no profiles in {Path.cwd()}/profiles.'
    )


def test_in_a_folder_that_has_been_removed_the_profiles_beside_agent_py_are_found(
    profiles: Path,
) -> None:
    Path.cwd().rmdir()
    assert catalog.find("desk") == profiles / "desk.yaml"


def test_in_a_folder_that_has_been_removed_there_is_advice(
    profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "SHIPPED", None)
    Path.cwd().rmdir()
    assert refusal("desk") == (
        'There is no profile "desk". '
        "The working directory has been removed, with all profiles. Change to another."
    )


def test_only_yaml_files_that_are_not_hidden_have_names(profiles: Path) -> None:
    assert catalog.names() == ["both", "desk", "night"]


def test_a_name_is_found_with_either_extension(profiles: Path) -> None:
    assert catalog.find("desk") == profiles / "desk.yaml"
    assert catalog.find("night") == profiles / "night.yml"


def test_of_two_files_with_one_name_yaml_comes_first(profiles: Path) -> None:
    assert catalog.find("both") == profiles / "both.yaml"


def test_a_profile_below_the_working_directory_has_a_short_path(
    profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(profiles.parent)
    assert catalog.find("desk") == Path("profiles/desk.yaml")


def test_a_path_is_relative_to_the_working_directory(profiles: Path) -> None:
    Path("mine.yaml").touch()
    assert catalog.find("mine.yaml") == Path("mine.yaml")
    assert catalog.find("../profiles/desk.yaml") == Path("../profiles/desk.yaml")


def test_a_file_that_is_no_yaml_file_is_never_read(profiles: Path) -> None:
    Path(".env").write_text("LIVEKIT_API_SECRET=secret")
    with pytest.raises(UsageError) as caught:
        catalog.find("./.env")
    assert str(caught.value) == 'A profile is a .yaml or .yml file, and "./.env" is not.'


def test_an_unknown_name_gets_the_names_there_are(profiles: Path) -> None:
    assert refusal("front") == 'There is no profile "front". The profiles are: both, desk, night.'


def test_a_misspelt_name_gets_the_one_that_was_meant(profiles: Path) -> None:
    assert 'There is no profile "dsek". Did you mean "desk"? The profiles are:' in refusal("dsek")


def test_a_missing_file_gets_the_names_there_are(profiles: Path) -> None:
    said = refusal("desk.yaml")
    assert said.startswith('There is no file "desk.yaml". Did you mean "desk"?')


def test_a_folder_without_profiles_is_named(
    profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "SHIPPED", profiles / "none")
    assert catalog.names() == []
    assert refusal("desk") == (
        f'There is no profile "desk". There are no profiles in {profiles / "none"}.'
    )


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "desk\0", "notes"])
def test_no_name_reaches_outside_the_folder(profiles: Path, name: str) -> None:
    (profiles.parent / "secret.yaml").touch()
    assert "There is no profile" in refusal(name)


def test_a_broken_link_is_left_for_the_loader_to_report(profiles: Path) -> None:
    Path("broken.yaml").symlink_to("nowhere.yaml")
    assert catalog.find("broken.yaml") == Path("broken.yaml")
