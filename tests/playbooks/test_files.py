"""Playbook files: every complaint names its place; what is written is read back."""

from pathlib import Path

import pytest

from service.errors import PlaybookError
from service.playbooks.files import dump_playbook, load_playbook, load_playbooks, parse_playbook
from tests.fakes import a_playbook

pytestmark = pytest.mark.slow

GOOD = """\
id: cooking
title: Cooking
questions:
  - number: 1
    text: How do you cook?
    signals:
      - id: good.1
        wording: By hand.
      - {id: weak.1, wording: No idea.}
    probe: Why?
    insight: Care helps.
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("title: Cooking", "title: [", (4, 3), "not YAML: "),
        ("title: Cooking", "\ttitle: Cooking", (2, 1), "not YAML: found character '\\t'"),
        ("title: Cooking", "title: !!python/name:os.system", (2, 8), "not YAML: could not"),
        ("title: Cooking", "title: a\x00b", (0, 0), "not YAML: unacceptable character"),
        ("title: Cooking", "title: 2026-13-01", (0, 0), "not YAML: month must be in 1..12"),
        ("title: Cooking", "title: 2026-12-01", (2, 1), "title: Input should be a valid string"),
        ("title: Cooking", "title: Cooking\ntitle: Baking", (3, 1), "found duplicate key"),
        ("title: Cooking", "title: Cooking\nowner: me", (3, 1), "owner: Extra inputs are not"),
        ("title: Cooking", 'title: ""', (2, 1), "title: String should have at least 1 character"),
        ("title: Cooking", 'title: "a\\nb"', (2, 1), "title: must be one line; in YAML, write >"),
        ("title: Cooking\n", "", (1, 1), "title: Field required"),
        ("id: cooking", "id: Cooking", (1, 1), "id: String should match pattern"),
        ("questions:", "goal: ok\nquests:", (1, 1), "questions: Field required"),
        ("number: 1", "number: one", (4, 5), "questions.0.number: Input should be a valid integer"),
        ("number: 1", "number: 0", (4, 5), "questions.0.number: Input should be greater than"),
        ("    probe: Why?\n", "", (4, 5), "questions.0.probe: Field required"),
        ("By hand.", "12", (8, 9), "questions.0.signals.0.wording: Input should be a valid string"),
        ("By hand.", "[x]", (8, 9), "questions.0.signals.0.wording: Input should be a valid"),
        ("id: good.1", "id: fine.1", (7, 9), "questions.0.signals.0.id: String should match"),
        ("id: good.1", "id: good.0", (7, 9), "questions.0.signals.0.id: String should match"),
        ("{id: weak.1", "{id: good.2", (4, 5), "questions.0: question 1 has no weak signal"),
        ("{id: weak.1, wording: No idea.}", "No idea.", (9, 9), "questions.0.signals.1: Input"),
    ],
)  # fmt: skip
def test_a_broken_file_names_line_and_column(
    old: str, new: str, place: tuple[int, int], reason: str
) -> None:
    assert old in GOOD
    with pytest.raises(PlaybookError) as caught:
        parse_playbook(GOOD.replace(old, new), file="cooking.yaml")
    assert reason in caught.value.message
    assert (caught.value.line, caught.value.column) == place
    shown = "cooking.yaml:" + "".join(f"{number}:" for number in place if number)
    assert str(caught.value) == f"{shown} {caught.value.message}"


@pytest.mark.parametrize("text", ["", "# nothing\n", "- id: cooking\n", "cooking\n", "7\n"])
def test_a_file_that_is_no_mapping_says_what_a_playbook_is(text: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        parse_playbook(text)
    assert str(caught.value) == "1: a playbook is a mapping with id, title and questions"


def test_two_documents_in_one_file_are_refused_at_the_second() -> None:
    with pytest.raises(PlaybookError, match="another document") as caught:
        parse_playbook(f"---\n{GOOD}---\n{GOOD}")
    assert caught.value.line == 13


def test_a_bottomless_file_is_refused() -> None:
    with pytest.raises(PlaybookError, match="nested too deeply"):
        parse_playbook("[" * 5000)


def test_two_questions_of_one_number_are_refused() -> None:
    question = GOOD[GOOD.index("  - number") :]
    with pytest.raises(PlaybookError, match=r"question numbers \[1, 1\] repeat"):
        parse_playbook(GOOD + question)


def test_signals_that_go_backwards_are_refused() -> None:
    swapped = GOOD.replace("- {id: weak.1", "- {id: good.1, wording: x}\n      - {id: weak.1")
    with pytest.raises(PlaybookError, match="repeat or go backwards") as caught:
        parse_playbook(swapped)
    assert (caught.value.line, caught.value.column) == (4, 5)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"id: caf\xe9\n", "can't be read: 'utf-8' codec can't decode byte 0xe9"), (None, "No such")],
)
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    file = tmp_path / "cooking.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PlaybookError, match=reason) as caught:
        load_playbook(file)
    assert str(caught.value).startswith(f"{file}: ")


def test_a_byte_order_mark_and_folded_text_are_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "cooking.yaml"
    folded = GOOD.replace("Care helps.", ">\n      Care\n      helps.")
    file.write_text(folded.replace("\n", "\r\n"), "utf-8-sig", newline="")
    assert load_playbook(file) == parse_playbook(GOOD)


def test_what_is_written_is_read_back_and_points_to_its_schema() -> None:
    playbook = a_playbook()
    text = dump_playbook(playbook)
    assert parse_playbook(text) == playbook
    assert text.startswith("# yaml-language-server: $schema=playbook.schema.json\n")


def test_playbooks_are_ordered_by_title_whatever_their_files_are_called(tmp_path: Path) -> None:
    for name, title in {"a": "Third", "b": "First", "c": "Second"}.items():
        playbook = a_playbook(name).model_copy(update={"title": title})
        (tmp_path / f"{name}.yaml").write_text(dump_playbook(playbook), "utf-8")
    (tmp_path / "notes.md").write_text("not a playbook", "utf-8")
    assert [playbook.id for playbook in load_playbooks(tmp_path)] == ["b", "c", "a"]
    assert [playbook.id for playbook in load_playbooks()] == [
        "data-engineering",
        "data-warehousing",
        "ai-ml",
    ]


@pytest.mark.parametrize("folder", ["", "missing"])
def test_a_folder_without_playbooks_is_told(tmp_path: Path, folder: str) -> None:
    with pytest.raises(PlaybookError, match="no playbook") as caught:
        load_playbooks(tmp_path / folder)
    assert caught.value.file == str(tmp_path / folder)
