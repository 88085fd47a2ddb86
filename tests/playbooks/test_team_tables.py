"""Tables as teams keep them: the same playbook, and a report of what was assumed and where."""

from pathlib import Path

import pytest

from service.playbooks.findings import Findings
from service.playbooks.markdown import read_tables, write_table
from service.playbooks.markdown_tables import find_tables
from service.playbooks.models import Question, SignalKind
from service.playbooks.table_files import ReadTables, read_playbooks, read_table_file

TABLES = Path(__file__).parent / "tables"
HEADING = "## Reload Spike"
HEADER = "| # | Question | Good answer signal | Weak answer signal → probe | SA insight |"
RULE = "|---|---|---|---|---|"
ROW = (
    "| 1 | How do you reload a day? | Overwrites one partition; keyed MERGE. "
    '| "We rerun it all." Ask: *How long does that take?* | Small reloads are cheap. |'
)
PAGE = f"{HEADING}\n\n{HEADER}\n{RULE}\n{ROW}\n"
[PLAYBOOK] = read_tables(PAGE)


def read(text: str, file: str = "table.md") -> ReadTables:
    findings = Findings(file)
    playbooks = read_playbooks(list(find_tables(text, findings)), findings)
    return ReadTables(tuple(playbooks), findings.assumptions, findings.faults)


def notes(read: ReadTables) -> list[tuple[int, int, str]]:
    return [(note.line, note.column, note.message) for note in read.assumptions]


def the_question(row: str, header: str = HEADER) -> Question:
    return read_tables(f"{HEADING}\n\n{header}\n{RULE}\n{row}\n")[0].questions[0]


@pytest.mark.parametrize(
    ("file", "probe", "place"),
    [
        ("pb_prettier.md", "How long does that take?", (5, 94)),
        ("pb_br.md", "How long?", (5, 133)),
        ("pb_othertable.md", "How long does that take?", (1, 1)),
        ("pb_arrow.md", "How long does that take?", (3, 39)),
        ("pb_case.md", "How long does that take?", (3, 18)),
        ("pb_escape.md", "How long does that take_now?", (5, 123)),
    ],
)
def test_a_table_that_was_refused_is_read_and_the_first_assumption_has_its_place(
    file: str, probe: str, place: tuple[int, int]
) -> None:
    read = read_table_file(TABLES / file)
    [playbook] = read.playbooks
    assert (playbook.id, playbook.questions[0].probe) == ("reload", probe)
    assert (read.assumptions[0].line, read.assumptions[0].column) == place
    assert read.assumptions[0].file == str(TABLES / file)


def test_line_breaks_in_cells_part_signals() -> None:
    [playbook] = read_table_file(TABLES / "pb_br.md").playbooks
    assert [signal.wording for signal in playbook.questions[0].signals] == [
        "Overwrites one partition",
        "keyed MERGE | INSERT OVERWRITE",
        '"We rerun it all."',
        '"By hand."',
    ]


BARE = "\n".join(line[1:-1].strip() for line in (HEADER, RULE, ROW))
OTHER = "| Topic | Notes |\n|---|---|\n| a | b |\n"


@pytest.mark.parametrize(
    ("page", "assumed"),
    [
        (PAGE, []),
        ("\ufeff" + PAGE.replace("\n", "\r\n"), []),
        (PAGE.replace("\n", "\r"), []),
        (PAGE.replace(RULE, "| :-: |:--|--:| - |:-|"), []),
        (PAGE.replace(RULE, "|—|—|—|—|—|"), []),
        (PAGE.replace(RULE, "|---+---+---+---+---|"), []),
        (PAGE.replace("## ", "###### "), []),
        (PAGE.replace(HEADING, f"{HEADING} ##"), []),
        (PAGE.replace(HEADING, "Reload Spike\n====="), []),
        (PAGE.replace(HEADING, "Reload Spike\n---"), []),
        (f"---\ntitle: x | y\n---\n{PAGE}", []),
        (PAGE.replace(HEADING, "## **Reload Spike** {#reload}"),
            [(1, 1, "the heading is read as 'Reload Spike'")]),
        (f"<!-- | a | b | -->\n{PAGE}", []),
        (f"<!--\n| # | Question |\n|---|---|\n-->\n{PAGE}", []),
        (PAGE.replace(ROW, f"<!-- a | b -->\n{ROW}"), []),
        (PAGE.replace("How do you", "How <!-- a | b -->do you"), []),
        (PAGE.replace("| ", "|\u00a0").replace(" |", "\u00a0|").replace("Ask: ", "Ask:\u00a0"), []),
        (f"{HEADING}\n\n{BARE}\n",
            [(3, 1, "the bars at the ends of the rows are missing")]),
        (f"{OTHER}\n{PAGE}\n{OTHER}", [
            (n, 1, "a table is passed over: it has no column 'Question', 'Good answer signal', "
                "'Weak answer signal → probe'") for n in (1, 11)]),
        (PAGE.replace("→", "->"), [(3, 39, "'Weak answer signal -> probe' is read as "
            "'Weak answer signal → probe'")]),
        (PAGE.replace("→", "=>"), [(3, 39, "'Weak answer signal => probe' is read as "
            "'Weak answer signal → probe'")]),
        (PAGE.replace(" → probe", ""), [(3, 39, "'Weak answer signal' is read as "
            "'Weak answer signal → probe'")]),
        (PAGE.replace("| Question", "| **QUESTION**"),
            [(3, 7, "'**QUESTION**' is read as 'Question'")]),
        (PAGE.replace("Good answer signal", "Signs of a good answer"),
            [(3, 18, "'Signs of a good answer' is read as 'Good answer signal'")]),
        (PAGE.replace("Good answer signal", "Gute Antwort"),
            [(3, 18, "'Gute Antwort' is read as 'Good answer signal'")]),
        (PAGE.replace("| # |", r"| \# |").replace("| 1 |", r"| 1\. |"),
            [(3, 3, r"'\#' is read as '#'"), (5, 3, r"'1\.' is read as 1")]),
        (PAGE.replace("cheap.", r"cheap\."), [(5, 151, r"\. is read as .")]),
        (PAGE.replace("do you reload", "do you<br>reload"),
            [(5, 7, "line breaks are read as spaces")]),
    ],
)  # fmt: skip
def test_a_table_by_other_habits_is_the_same_playbook_and_says_what_was_assumed(
    page: str, assumed: list[tuple[int, int, str]]
) -> None:
    found = read(page)
    assert (found.playbooks, found.faults) == ((PLAYBOOK,), ())
    assert notes(found) == assumed


@pytest.mark.parametrize(
    "number", ["1.", "1)", "(1)", "Q1", "q1.", "#1", r"\#1", "Question 1", "**1**", "01", "1.0"]
)
def test_a_question_number_is_read_in_each_form_and_reported(number: str) -> None:
    found = read(PAGE.replace("| 1 |", f"| {number} |"))
    assert found.playbooks == (PLAYBOOK,)
    assert notes(found) == [(5, 3, f"'{number}' is read as 1")]


@pytest.mark.parametrize(
    ("weak", "signals", "probe"),
    [
        ('"No." Ask: *Why?*', ['"No."'], "Why?"),
        ('"No." Ask: _Why?_', ['"No."'], "Why?"),
        ('"No." Ask: __Why do take_now?__', ['"No."'], "Why do take_now?"),
        ('"No." Ask: **Why?**', ['"No."'], "Why?"),
        ('"No." Ask: ***Why?***', ['"No."'], "Why?"),
        ('"No." Ask: **_Why?_**', ['"No."'], "Why?"),
        ('"No." Ask: *Why*?', ['"No."'], "Why?"),
        ('"No." **Ask:** *Why?*', ['"No."'], "Why?"),
        ('"No." **Ask**: *Why?*', ['"No."'], "Why?"),
        ('"No." *Ask: Why?*', ['"No."'], "Why?"),
        ('"No." ASK: *Why?*', ['"No."'], "Why?"),
        ('"No." ask: Why?', ['"No."'], "Why?"),
        ('"No." Probe: Why?', ['"No."'], "Why?"),
        ('"No." Ask: Why?', ['"No."'], "Why?"),
        ('"No." Ask: "Why?"', ['"No."'], "Why?"),
        ('"No." Ask: “Why?”', ['"No."'], "Why?"),
        ('"No." Ask: « Pourquoi ? »', ['"No."'], "Pourquoi ?"),
        ('"No."<br>Ask: *Why?*', ['"No."'], "Why?"),
        ('"No."<br />**Ask:** Why?', ['"No."'], "Why?"),
        ('"No." or "never."<br>Ask: *Why?*', ['"No." or', '"never."'], "Why?"),
        ('"No."<br>"Never."<br>Ask: *Why?*', ['"No."', '"Never."'], "Why?"),
        ('- "No."<br>- "Never."<br>- Ask: *Why?*', ['"No."', '"Never."'], "Why?"),
        ('"No." → Ask: *Why?*', ['"No."'], "Why?"),
        ('"No." -> Why?', ['"No."'], "Why?"),
        ('"No." (Ask: *Why?*)', ['"No."'], "Why?"),
        ('"No." Ask: *Why?* Ask: *When?*', ['"No."'], "Why? When?"),
        ('"No." Ask: *Why?* *When?*', ['"No."'], "Why? When?"),
        ('"No." Ask: *Why?* or *When?*', ['"No."'], "Why? or When?"),
        ('"No."<br>Ask: _Why?_<br>Ask: _When?_', ['"No."'], "Why? When?"),
        ('"No." Ask: How *long* is it?', ['"No."'], "How *long* is it?"),
        ('"No." Ask: *How long is `a*b`?*', ['"No."'], "How long is `a*b`?"),
        ('"They say Ask: him." Ask: *Why?*', ['"They say Ask: him."'], "Why?"),
        ("They ask: him. Ask: *Why?*", ["They ask: him."], "Why?"),
        (r'"No\_way." Ask: *take\_now\?*', ['"No_way."'], "take_now?"),
        (r"`a\_b` no. Ask: *Is it `\d\.`?*", [r"`a\_b` no."], r"Is it `\d\.`?"),
    ],
)
def test_the_probe_is_found_in_each_form_and_its_words_stay(
    weak: str, signals: list[str], probe: str
) -> None:
    row = f"| 1 | How? | By hand. | {weak} | Care. |"
    question = the_question(row)
    assert [signal.wording for signal in question.of_kind(SignalKind.WEAK)] == signals
    assert question.probe == probe
    canonical = weak == '"No." Ask: *Why?*' or "him" in weak or "`" in weak
    assert bool(read(PAGE.replace(ROW, row)).assumptions) is not canonical
    [playbook] = read_tables(PAGE.replace(ROW, row))
    again = read(write_table(playbook))
    assert (again.playbooks, again.assumptions) == ((playbook,), ())


@pytest.mark.parametrize(
    "header",
    [
        "| No. | Questions | Good answer(s) | Weak answer(s) / follow-up | Insights |",
        "| Q# | Discovery question | What good looks like | Red flags ➡️ probe | Tip |",
        "| ID | Question | Strong signals | Weak signals (probe) | SA takeaway |",
        r"| \# | question | good\_answer\_signal | weak\_answer\_signal \-\> probe | sa\_insight |",
        "| Nr. | Frage | Gute Antwort | Schwache Antwort → Nachfrage | Hinweis |",
        "| N° | Question | Bonne réponse | Mauvaise réponse → relance | Conseil |",
        "| Número | Pregunta | Buena respuesta | Mala respuesta → repregunta | Consejo |",
    ],
)
def test_columns_are_known_by_plain_synonyms_in_four_languages(header: str) -> None:
    found = read(PAGE.replace(HEADER, header))
    assert (found.playbooks, found.faults) == ((PLAYBOOK,), ())


def test_columns_come_in_any_order_with_others_between_that_are_left_out() -> None:
    cells = [cell.strip() for cell in ROW.strip("|").split(" | ")]
    names = [name.strip() for name in HEADER.strip("|").split(" | ")]
    order = (4, 1, 3, 0, 2)
    header = " | ".join(["Owner", *(names[n] for n in order)])
    row = " | ".join(["Dana", *(cells[n] for n in order)])
    found = read(f"{HEADING}\n\n| {header} |\n|-|-|-|-|-|-|\n| {row} |\n")
    assert found.playbooks == (PLAYBOOK,)
    assert [note.message for note in found.assumptions] == [
        "the column 'Owner' is left out",
        "the columns are in another order",
    ]


def test_a_probe_may_have_a_column_of_its_own() -> None:
    header = "| # | Question | Good answer signal | Weak answer signal | Probe |"
    question = the_question('| 1 | How? | By hand. | "No." or "never." | *Why?* |', header)
    assert (question.probe, question.insight) == ("Why?", "")
    assert question.column(SignalKind.WEAK) == '"No." or "never."'


def test_questions_without_numbers_are_numbered_and_an_empty_insight_stays_empty() -> None:
    page = PAGE.replace("| # ", "").replace("| 1 ", "").replace("|---|---|", "|---|", 1)
    found = read(page.replace("Small reloads are cheap.", ""))
    [question] = found.playbooks[0].questions
    assert (question.number, question.insight) == (1, "")
    assert [note.message for note in found.assumptions] == [
        "there is no column '#'; questions are numbered in order",
        "the insight is empty",
    ]
    assert read_tables(write_table(found.playbooks[0])) == list(found.playbooks)


def test_rows_after_an_empty_line_are_not_lost() -> None:
    found = read(f"{PAGE}\n{ROW.replace('| 1', '| 2')}\n")
    assert [question.number for question in found.playbooks[0].questions] == [1, 2]
    assert notes(found) == [(7, 1, "rows after an empty line are read as part of the table")]


def test_several_playbooks_of_a_file_each_have_their_heading_and_goal() -> None:
    second = PAGE.replace("Reload", "Backfill").replace("\n\n", "\n\nGoal: Know\nit.\n\n")
    found = read(PAGE + "\n" + second)
    assert [(p.id, p.goal) for p in found.playbooks] == [("reload", ""), ("backfill", "Know it.")]


def test_without_a_heading_the_id_is_the_files_name() -> None:
    found = read(PAGE.replace(HEADING, ""), "My Playbook.md")
    assert (found.playbooks[0].id, found.playbooks[0].title) == ("my-playbook", "My Playbook")
    assert notes(found) == [(3, 1, "the id 'my-playbook' is taken from the file's name")]


def test_the_words_are_carried_over_untouched() -> None:
    words = "“Quoted” — *emphasis*, `code_x` a\u00a0b 'x' <200ms & **more** Bronze→Silver"
    assert the_question(f"| 1 | {words} | {words} | {words}. Ask: *Why?* | {words} |").text == words
    question = the_question(f"| 1 | {words} | {words} | {words}. Ask: *{words[:8]}?* | {words} |")
    assert (question.text, question.insight) == (words, words)
    assert question.column(SignalKind.GOOD) == words
    assert (question.column(SignalKind.WEAK), question.probe) == (f"{words}.", "“Quoted”?")


def test_all_faults_of_a_file_are_named_at_once_each_with_its_place() -> None:
    page = f"{PAGE}| two | How? | | No. | x |\n| 1 | How? | a | No. Ask: *Why?* |\n"
    faults = read(f"{page}\n# Two\n\n{HEADER}\n{ROW}\n").faults
    assert [(fault.line, fault.column, fault.message.split(";")[0]) for fault in faults] == [
        (6, 3, "the question number is 'two'"),
        (6, 16, "the cell 'Good answer signal' is empty"),
        (6, 18, "the weak cell must end with its probe: Ask: *Which...?*"),
        (7, 18, "4 cells, not the header's 5"),
        (12, 1, "a rule such as |---|---| follows the header"),
    ]
