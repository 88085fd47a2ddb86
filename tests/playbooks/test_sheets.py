"""CSV and Excel files: the same columns, the same playbook; hostile files are bounded."""

import csv
import time
from io import StringIO
from pathlib import Path

import pytest

from service.playbooks.models import Playbook, SignalKind
from service.playbooks.table_files import LARGEST_FILE, ReadTables, read_table_file
from tests.playbooks.workbook_files import MAIN, a_sheet, a_workbook, an_archive

TABLES = Path(__file__).parent / "tables"
HEAD = ["#", "Question", "Good answer signal", "Weak answer signal → probe", "SA insight"]
ONE = ["1", "How do you reload a day?", "Overwrites one partition; keyed MERGE.",
       '"We rerun it all."\n"By hand."\nAsk: *How long?*', "Small reloads are cheap."]  # fmt: skip
TWO = ["2", "Ça va?", "Yes", '"No." Ask: *Why?*', "Care"]
ROWS = [["Reload Spike", "", "", "", ""], HEAD, ONE, TWO]
GOOD = a_workbook({"Reload": a_sheet(ROWS)})


def as_csv(separator: str = ",", rows: list[list[str]] = ROWS) -> str:
    stream = StringIO()
    csv.writer(stream, delimiter=separator).writerows(rows)
    return stream.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> "Reader":
    return Reader(tmp_path)


class Reader:
    """Reads these bytes as a file of this name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, data: bytes) -> ReadTables:
        file = self._folder / name
        file.write_bytes(data)
        return read_table_file(file)


def messages(found: ReadTables) -> list[str]:
    return [note.message for note in found.assumptions]


def is_the_playbook(playbook: Playbook) -> bool:
    one, two = playbook.questions
    weak = [signal.wording for signal in one.of_kind(SignalKind.WEAK)]
    return (
        (playbook.id, one.number, one.probe, two.text) == ("reload", 1, "How long?", "Ça va?")
        and weak == ['"We rerun it all."', '"By hand."']
        and one.column(SignalKind.GOOD) == ONE[2]
    )


@pytest.mark.parametrize(
    ("name", "data", "noted"),
    [
        ("a.csv", as_csv().encode(), []),
        ("a.csv", as_csv(";").encode("utf-8-sig"), []),
        ("a.csv", as_csv("\t").encode("utf-16"), []),
        ("a.tsv", as_csv("\t").replace("\r\n", "\n").encode(), []),
        ("a.csv", as_csv(";").replace("→", "->").encode("cp1252"),
            ["'Weak answer signal -> probe' is read as 'Weak answer signal → probe'",
             "not UTF-8, so it is read as Windows-1252"]),
        ("a.csv", f"sep=;\r\n{as_csv(';')}".encode(), []),
        ("a.xlsx", GOOD, []),
    ],
)  # fmt: skip
def test_a_sheet_is_read_whatever_its_separator_and_encoding(
    read: Reader, name: str, data: bytes, noted: list[str]
) -> None:
    found = read(name, data)
    assert found.faults == ()
    assert is_the_playbook(found.playbooks[0])
    usual = ["this row is read as the title", "the line break before the probe is read as a space"]
    assert [message for message in messages(found) if message not in usual] == noted


def test_a_workbook_of_a_real_writer_is_read() -> None:
    found = read_table_file(TABLES / "made_by_openpyxl.xlsx")
    assert found.faults == ()
    assert found.playbooks == read_table_file(TABLES / "pb_prettier.md").playbooks


def test_a_place_in_a_sheet_is_its_row_and_column(read: Reader) -> None:
    rows = [HEAD, ONE, [*TWO[:3], '"No."', "x"]]
    [fault] = read("a.csv", as_csv(rows=rows).encode()).faults
    assert (fault.line, fault.column, fault.sheet) == (5, 4, None)  # a cell before has 3 lines
    [fault] = read("a.xlsx", a_workbook({"Data": a_sheet(rows)})).faults
    assert (fault.line, fault.column, fault.sheet) == (3, 4, "Data")
    assert "a.xlsx[Data]:3:4: the weak cell must end with its probe" in str(fault.as_error())


def test_every_sheet_with_the_columns_is_a_playbook_called_by_its_name(read: Reader) -> None:
    sheets = {
        "Notes": a_sheet([["a", "b"]]),
        "Data Lakes": a_sheet([HEAD, ONE]),
        "Two": a_sheet([HEAD, TWO]),
    }
    found = read("a.xlsx", a_workbook(sheets))
    assert [playbook.id for playbook in found.playbooks] == ["data-lakes", "two"]
    assert found.assumptions[0].sheet == "Notes"
    assert found.assumptions[0].message.startswith("a sheet is passed over")


def test_cells_of_each_kind_are_read_and_formulas_by_their_stored_values(read: Reader) -> None:
    raw = {
        "A2": '<c r="A2"><v>1.0</v></c>',
        "B2": '<c r="B2" t="s"><v>0</v></c>',
        "C2": '<c r="C2" t="str"><f>1+1</f><v>Stored_x000D_&#10;value</v></c>',
    }
    text = "<r><t>How do </t></r><r><t>you?</t></r><rPh><t>aid</t></rPh>"
    sheet = a_sheet([HEAD, ONE], raw=raw)
    [playbook] = read("a.xlsx", a_workbook({"A": sheet}, strings=[text])).playbooks
    [question] = playbook.questions
    assert (question.number, question.text) == (1, "How do you?")
    good = [signal.wording for signal in question.of_kind(SignalKind.GOOD)]
    assert good == ["Stored", "value"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ('<c r="B2" t="str"><f>A1</f></c>', "a formula without its value; open the file in Excel"),
        (
            '<c r="B2" t="e"><f>A1</f><v>#REF!</v></c>',
            "the cell shows the error '#REF!'; mend",
        ),
    ],
)
def test_a_formula_without_a_value_is_refused_with_what_to_do(
    read: Reader, cell: str, message: str
) -> None:
    sheet = a_sheet([HEAD, ONE], raw={"B2": cell})
    fault = read("a.xlsx", a_workbook({"A": sheet})).faults[0]
    assert (fault.line, fault.column) == (2, 2)
    assert fault.message.startswith(message)


def test_cells_merged_downwards_share_their_value_and_are_reported(read: Reader) -> None:
    sheet = a_sheet([HEAD, ONE, [*TWO[:4], ""]], merged="E2:E3")
    found = read("a.xlsx", a_workbook({"A": sheet}))
    assert [q.insight for q in found.playbooks[0].questions] == [ONE[4], ONE[4]]
    assert "merged cells: each row has its value" in messages(found)


def test_two_playbooks_of_one_sheet_each_have_the_title_above_them(read: Reader) -> None:
    rows = [["First"], HEAD, ONE, [], ["Second"], ["Goal: Know it."], HEAD, TWO]
    for found in (
        read("a.csv", as_csv(rows=rows).encode()),
        read("a.xlsx", a_workbook({"A": a_sheet(rows)})),
    ):
        assert [(p.title, p.goal, len(p.questions)) for p in found.playbooks] == [
            ("First", "", 1),
            ("Second", "Know it.", 1),
        ]


CELLS = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
MILLION = "".join(CELLS.format(n) for n in range(1, 300_000))
FAR = '<row r="1048576"><c r="B1048576"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>'


def of_sheet(content: str) -> bytes:
    rows = f'<worksheet xmlns="{MAIN}"><sheetData>{content}</sheetData></worksheet>'
    return a_workbook({"A": rows})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (a_workbook({}, more={"xl/vbaProject.bin": b"x"}), "has macros; save it as .xlsx without"),
        (a_workbook({}, more={"xl/externalLinks/externalLink1.xml": b"x"}), "has links to other"),
        (a_workbook({}, more={"xl/sharedStrings.xml": b" " * 50_000_000}), "holds over 20 MB"),
        (a_workbook({}, more={"xl/sharedStrings.xml":
            b'<!DOCTYPE x [<!ENTITY a "b">]><sst>&a;</sst>'}), "an Excel file with XML entities"),
        (a_workbook({}, more={f"xl/{n}": b"" for n in range(2_100)}), "an archive of over 2,000"),
        (a_workbook({str(n): a_sheet([]) for n in range(101)}), "over 100 sheets"),
        (of_sheet(MILLION), "over 2,000 rows; copy the playbook to a workbook of its own"),
        (of_sheet(FAR), "no table found"),
        (of_sheet("<row>"), "a damaged Excel file"),
        (of_sheet('<c r="A0x"><v>1</v></c>'), "a damaged Excel file"),
        (of_sheet('<c t="s"><v>7</v></c>'), "a damaged Excel file"),
        (GOOD[:-200], "a damaged Excel file"),
        (an_archive({"word/document.xml": b"x"}), "an archive, but no Excel file"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "an old or encrypted Excel file"),
        (b"hello", "not an Excel file, whatever its name says"),
        (b"x" * (LARGEST_FILE + 1), "larger than 5 MB"),
    ],
)  # fmt: skip
def test_a_hostile_or_foreign_file_is_refused_soon_and_in_one_line(
    read: Reader, data: bytes, reason: str
) -> None:
    start = time.monotonic()
    found = read("a.xlsx", data)
    assert time.monotonic() - start < 10
    assert found.playbooks == ()
    assert found.faults[0].message.startswith(reason)
    assert "\n" not in found.faults[0].message


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        (b'#,Question,Good answer,Weak answer,Insight\n1,How?,a,"No." Ask: *Why?*,x\n', (2, 0),
            "not CSV: ',' expected after"),
        (b'#,Question,Good answer,Weak answer,Insight\n1,How?,a,"No. Ask: *Why?*,x\n', (2, 0),
            "not CSV: unexpected end of data"),
        (b"#,Question,Good answer,Weak answer,Insight\n1,How?,a,No. Ask: *Why?*,x,y\n", (2, 6),
            "6 cells, not the header's 5; write a cell that holds ',' between quotation marks"),
        (b"#,Question,Good answer,Weak answer,Insight\n" + b"1,a,b,c,d\n" * 2_200, (0, 0),
            "over 2,000 rows"),
        (b"a\x00b", (1, 0), "not a text file: it holds the character '\\x00'"),
        (b"", (0, 0), "no table found"),
    ],
)  # fmt: skip
def test_a_broken_csv_file_says_where_and_what_to_change(
    read: Reader, data: bytes, place: tuple[int, int], reason: str
) -> None:
    fault = read("a.csv", data).faults[0]
    assert fault.message.startswith(reason)
    assert place in {(fault.line, fault.column), (0, 0)}
