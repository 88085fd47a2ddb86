"""Runs as folders: nothing is lost, nothing is mixed up."""

from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.golden import Selection
from service.evaluation.runs.run_folder import append_results, open_run, read_run, write_run
from service.judging.models import Verdict
from tests.evaluation.cases import a_case, a_config, a_line

LINES = [a_line(a_case(f"c-{n}"), Verdict.WEAK) for n in range(3)]
CONFIG = a_config(LINES)


def test_lines_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    lines = [*LINES, a_line(a_case("c-3"), None), a_line(a_case("c-4"), repeat=2, change="x/y")]
    folder = tmp_path / "run"
    assert open_run(folder, CONFIG) == set()
    with append_results(folder) as append:
        for line in lines:
            append(line)
    run = read_run(folder)
    assert (run.name, run.config, run.results) == ("run", CONFIG, tuple(lines))
    assert run.missing == -2


def test_a_run_goes_on_where_it_stopped_and_ungraded_lines_are_graded_again(tmp_path: Path) -> None:
    open_run(tmp_path, CONFIG)
    with append_results(tmp_path) as append:
        append(LINES[0])
        append(a_line(a_case("c-1"), None))
    with (tmp_path / "cases.jsonl").open("a") as file:
        file.write('{"case":{"id":"c-2","ques')  # what a crash leaves
    assert read_run(tmp_path).missing == 1
    assert open_run(tmp_path, CONFIG) == {("c-0", 0, None)}
    assert read_run(tmp_path).results == (LINES[0],)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (a_config(LINES, prompt="grade@2"), "prompt: grade@1 -> grade@2"),
        (a_config(LINES, models=("a", "b")), r"models: \['fake'\] -> \['a', 'b'\]"),
        (a_config(LINES, playbook_digests={"cooking": "new"}), "playbook cooking: 2+ -> new"),
        (a_config(LINES[1:]), "golden_digest: "),
        (
            CONFIG.model_copy(update={"selection": Selection(repeat=2)}),
            "the selection of cases or changes",
        ),
        (CONFIG.model_copy(update={"code_version": "9"}), r"code: 0\.1\.0 -> 9"),
    ],
)
def test_a_folder_never_mixes_two_runs(tmp_path: Path, other: object, named: str) -> None:
    open_run(tmp_path, CONFIG)
    with append_results(tmp_path) as append:
        append(LINES[0])
    with pytest.raises(ConfigurationError, match=named):
        open_run(tmp_path, other)  # type: ignore[arg-type]
    assert read_run(tmp_path).results == (LINES[0],)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="not empty and no run"):
        open_run(tmp_path, CONFIG)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_reading_what_is_no_run_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="eval run"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("config.json", "{}", "config.json: not the config of a run: key: Field required"),
        ("cases.jsonl", "{}\n", "cases.jsonl:1: case: Field required"),
    ],
)
def test_a_broken_run_names_file_and_place(
    tmp_path: Path, file: str, content: str, reason: str
) -> None:
    write_run(tmp_path, CONFIG, LINES)
    (tmp_path / file).write_text(content)
    with pytest.raises(ConfigurationError, match=reason):
        read_run(tmp_path)


def test_a_written_run_is_complete_and_replaces_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    write_run(folder, CONFIG, LINES)
    write_run(folder, CONFIG, LINES[:2])
    run = read_run(folder)
    assert (run.results, run.missing) == (tuple(LINES[:2]), 0)


def test_keys_of_repeats_do_not_differ() -> None:
    assert CONFIG.key.list_differences(a_config(LINES).key) == []
