"""`probewise playbook`: look, check, import, and back to Markdown."""

import json
from pathlib import Path

import pytest

from service.playbooks.files import BUILT_IN, dump_playbook, load_playbook, load_playbooks
from service.playbooks.markdown import write_table
from tests.cli.conftest import Probewise, in_a_process
from tests.fakes import a_playbook
from tests.playbooks.workbook_files import a_sheet, a_workbook

SOURCE = Path(__file__).parent.parent / "playbooks" / "playbooks-source.md"
TABLE = write_table(a_playbook())


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one playbook of our own, configured."""
    folder = tmp_path / "own [books]"
    folder.mkdir()
    (folder / "cooking.yaml").write_text(dump_playbook(a_playbook()), "utf-8")
    monkeypatch.setenv("PROBEWISE_PLAYBOOKS", str(folder))
    return folder


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def test_list_names_every_playbook_and_question(probewise: Probewise) -> None:
    ran = probewise("playbook", "list")
    assert (ran.code, ran.err) == (0, "")
    first = [line.split()[0] for line in ran.out.splitlines() if line.strip()]
    playbooks = load_playbooks()
    assert set(first) >= {p.id for p in playbooks} | {q.id for p in playbooks for q in p.questions}


def test_list_and_show_take_the_configured_playbooks(probewise: Probewise, own: Path) -> None:
    assert "cooking.3" in probewise("playbook", "list").out
    assert "A timer costs less than a pan." in probewise("playbook", "show", "cooking.1").out
    assert probewise("playbook", "show", "ai-ml.1").code == 2


def test_show_gives_a_question_word_for_word(probewise: Probewise) -> None:
    question = load_playbooks()[0].questions[2]
    ran = probewise("playbook", "show", question.id)
    shown = on_one_line(ran.out)
    assert ran.code == 0
    for words in (question.id, question.text, question.probe, question.insight):
        assert words in shown
    for signal in question.signals:
        assert f"{signal.id} {signal.text}" in shown


def test_show_gives_a_whole_playbook(probewise: Probewise) -> None:
    playbook = load_playbooks()[2]
    shown = on_one_line(probewise("playbook", "show", playbook.id).out)
    assert all(f"{q.id} {q.text}" in shown for q in playbook.questions)


@pytest.mark.parametrize("name", ["data-engineering", "data-engineering.3"])
def test_show_markdown_is_the_users_own_table(probewise: Probewise, name: str) -> None:
    ran = probewise("playbook", "show", name, "--markdown")
    assert ran.out.rstrip() in SOURCE.read_text("utf-8")
    assert ran.out.count("\n| ") == 9


def test_show_of_an_unknown_name_is_one_line(probewise: Probewise) -> None:
    ran = probewise("playbook", "show", "data-eng.3")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "did you mean data-engineering.3" in ran.err


def test_lint_passes_the_built_in_playbooks(probewise: Probewise) -> None:
    ran = probewise("playbook", "lint")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"ok {file}: {len(load_playbook(file).questions)} questions"
        for file in sorted(BUILT_IN.glob("*.yaml"))
    ]


def test_lint_names_the_place_of_each_fault_and_goes_on(probewise: Probewise, own: Path) -> None:
    text = dump_playbook(a_playbook())
    (own / "a.yaml").write_text(text.replace("title:", "tittle:"), "utf-8")
    (own / "b.yaml").write_text(text.replace("How would you notice?", "Look."), "utf-8")
    ran = probewise("playbook", "lint")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"error {own / 'a.yaml'}:1:1: title: Field required",
        *(
            f"warning {own / 'b.yaml'}: cooking.{n}: the probe is no question; end it with a "
            "question mark"
            for n in (1, 2, 3)
        ),
    ]
    assert ran.out.splitlines() == [
        f"ok {own / 'b.yaml'}: 3 questions",
        f"ok {own / 'cooking.yaml'}: 3 questions",
    ]


def test_lint_of_chosen_files_looks_at_those_only(probewise: Probewise, own: Path) -> None:
    (own / "broken.yaml").write_text("[", "utf-8")
    assert probewise("playbook", "lint", str(own / "cooking.yaml")).code == 0
    ran = probewise("playbook", "lint", "missing.yaml")
    assert (ran.code, ran.out) == (1, "")
    assert "missing.yaml: can't be read: " in ran.err


def test_lint_of_an_empty_folder_does_not_pass(
    probewise: Probewise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEWISE_PLAYBOOKS", str(tmp_path))
    ran = probewise("playbook", "lint")
    assert (ran.code, ran.err) == (2, f"error: {tmp_path}: no playbook (*.yaml) in this folder\n")


def test_import_turns_the_users_document_into_the_built_in_playbooks(
    probewise: Probewise, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "[books]"
    ran = probewise("playbook", "import", str(SOURCE), "--output", str(folder))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"ok {folder / f'{playbook.id}.yaml'}: {len(playbook.questions)} questions"
        for playbook in load_playbooks()
    ]
    for file in sorted(BUILT_IN.glob("*.yaml")):
        assert (folder / file.name).read_text("utf-8") == file.read_text("utf-8")


def test_import_overwrites_only_when_forced(probewise: Probewise, tmp_path: Path) -> None:
    table, target = tmp_path / "table.md", tmp_path / "cooking.yaml"
    table.write_text(TABLE, "utf-8-sig")
    target.write_text("mine", "utf-8")
    ran = probewise("playbook", "import", str(table))
    assert (ran.code, ran.err) == (2, "error: already there: cooking.yaml; --force overwrites\n")
    assert target.read_text("utf-8") == "mine"
    assert probewise("playbook", "import", str(table), "--force").code == 0
    assert load_playbook(target) == a_playbook()


def test_import_takes_the_id_it_is_given(probewise: Probewise, tmp_path: Path) -> None:
    (tmp_path / "table.md").write_text(TABLE, "utf-8")
    assert probewise("playbook", "import", "table.md", "--id", "baking").code == 0
    assert load_playbook(tmp_path / "baking.yaml").id == "baking"
    ran = probewise("playbook", "import", "table.md", "--id", "Not an id")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith("error: table.md:7: id: String should match pattern")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("| 2 |", "| two |", "10:3: the question number is 'two'"),
        ("| 2 |", "| |", "10:3: the cell '#' is empty"),
        ("|---|", "| 9 |", "8:1: a rule such as |---|---| follows the header"),
    ],
)
def test_a_broken_table_names_line_and_column_and_writes_nothing(
    probewise: Probewise, tmp_path: Path, old: str, new: str, place: str
) -> None:
    assert old in TABLE
    (tmp_path / "table.md").write_text(TABLE.replace(old, new), "utf-8")
    ran = probewise("playbook", "import", "table.md")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"error: table.md:{place}")
    assert list(tmp_path.glob("*.yaml")) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (TABLE.encode("utf-16-le"), "1: not a text file: it holds the character '\\x00'"),
        (b"caf\xc3\x81\xe9", "1:6: not UTF-8 text: unexpected end of data"),
        (b"", " no table found; its header is | # | Question |"),
    ],
)
def test_a_file_that_is_no_table_is_one_clear_line(
    probewise: Probewise, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "table.md").write_bytes(content)
    ran = probewise("playbook", "import", "table.md")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith(f"error: table.md:{reason}")


HABITS = TABLE.replace("→", "->").replace("| 1 |", "| 1. |")
ASSUMED = [
    ("table.md", 7, 39, "'Weak answer signal -> probe' is read as 'Weak answer signal → probe'"),
    ("table.md", 9, 3, "'1.' is read as 1"),
]


def test_import_names_the_place_of_each_assumption(probewise: Probewise, tmp_path: Path) -> None:
    (tmp_path / "table.md").write_text(HABITS, "utf-8")
    ran = probewise("playbook", "import", "table.md")
    assert (ran.code, ran.out) == (0, "ok cooking.yaml: 3 questions\n")
    assert ran.err.splitlines() == [
        f"assumed {file}:{line}:{column}: {message}" for file, line, column, message in ASSUMED
    ]
    assert load_playbook(tmp_path / "cooking.yaml") == a_playbook()


def test_import_as_json_has_playbooks_assumptions_and_faults(
    probewise: Probewise, tmp_path: Path
) -> None:
    (tmp_path / "table.md").write_text(HABITS, "utf-8")
    ran = probewise("playbook", "import", "table.md", "--json")
    keys = ("file", "line", "column", "message")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {
        "playbooks": [
            {
                "id": "cooking",
                "title": "Playbook of cooking",
                "questions": 3,
                "file": "cooking.yaml",
            }
        ],
        "assumptions": [dict(zip(keys, note, strict=True), sheet=None) for note in ASSUMED],
        "faults": [],
    }
    (tmp_path / "table.md").write_text(HABITS.replace("| 2 |", "| two |"), "utf-8")
    ran = probewise("playbook", "import", "table.md", "--json", "--force")
    report = json.loads(ran.out)
    assert (ran.code, report["playbooks"], len(report["assumptions"])) == (2, [], 2)
    assert [(fault["line"], fault["column"]) for fault in report["faults"]] == [(10, 3)]


def test_strict_import_refuses_what_would_be_assumed(probewise: Probewise, tmp_path: Path) -> None:
    (tmp_path / "table.md").write_text(HABITS, "utf-8")
    ran = probewise("playbook", "import", "table.md", "--strict")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        f"error: {file}:{line}:{column}: {message}" for file, line, column, message in ASSUMED
    ]
    assert list(tmp_path.glob("*.yaml")) == []
    (tmp_path / "table.md").write_text(TABLE, "utf-8")
    assert probewise("playbook", "import", "table.md", "--strict").code == 0


def test_all_faults_of_a_table_are_shown_at_once(probewise: Probewise, tmp_path: Path) -> None:
    broken = TABLE.replace("| 2 |", "| two |").replace("| 3 |", "| |")
    (tmp_path / "table.md").write_text(broken, "utf-8")
    ran = probewise("playbook", "import", "table.md")
    assert (ran.code, ran.out) == (2, "")
    assert [line.partition(" the ")[0] for line in ran.err.splitlines()] == [
        "error: table.md:10:3:",
        "error: table.md:11:3:",
    ]


def test_import_reads_a_workbook(probewise: Probewise, tmp_path: Path) -> None:
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in TABLE.splitlines()]
    rows = [row for row in cells if len(row) == 5 and not row[0].startswith("-")]
    (tmp_path / "book.xlsx").write_bytes(a_workbook({"Cooking": a_sheet(rows)}))
    assert probewise("playbook", "import", "book.xlsx", "--strict").code == 0
    assert load_playbook(tmp_path / "cooking.yaml").questions[0].text == (
        a_playbook().questions[0].text
    )


def test_import_into_a_file_is_one_clear_line(probewise: Probewise, tmp_path: Path) -> None:
    (tmp_path / "table.md").write_text(TABLE, "utf-8")
    ran = probewise("playbook", "import", "table.md", "--output", "table.md")
    assert (ran.code, ran.err) == (2, "error: table.md: File exists\n")


def test_a_table_survives_import_and_show_in_a_real_process(tmp_path: Path) -> None:
    (tmp_path / "table.md").write_text(TABLE, "utf-8")
    in_a_process("playbook", "import", "table.md", "-o", "books", folder=tmp_path)
    words = ("playbook", "show", "cooking", "--markdown")
    ran = in_a_process(*words, folder=tmp_path, environment={"PROBEWISE_PLAYBOOKS": "books"})
    assert (ran.code, ran.out) == (0, TABLE)
