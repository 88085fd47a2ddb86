"""Cases in other tools' files: nothing is lost, nothing is run, and a fault names its place."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from service.api.grades import GradeRequest
from service.evaluation.cases.case import (
    Case,
    CaseError,
    HardKind,
    SignalLabel,
    Style,
    read_golden,
    read_training,
)
from service.evaluation.cases.exchange import FileFormat, read_cases, write_cases
from service.judging.models import SignalStatus, Verdict

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
RECORD: dict[str, Any] = {
    "id": "c-1",
    "question_id": "cooking.1",
    "answer": "We watch the temperature.",
    "verdict": "good",
    "signals": {"good.1": {"status": "shown", "quotes": ["watch the temperature"]}},
    "style": "spoken",
    "why": "It names the mechanism.",
}
CASES = st.builds(
    Case,
    id=st.from_regex(r"[a-z0-9][a-z0-9._-]*", fullmatch=True),
    question_id=st.text(),
    answer=st.text(min_size=1),
    verdict=st.sampled_from(Verdict),
    signals=st.dictionaries(
        st.text(),
        st.builds(
            SignalLabel,
            status=st.sampled_from(SignalStatus),
            quotes=st.lists(st.text(), max_size=2).map(tuple),
        ),
        max_size=3,
    ),
    style=st.sampled_from(Style),
    hard_kind=st.none() | st.sampled_from(HardKind),
    split=st.sampled_from(["dev", "test", "train"]),
    why=st.text(),
)
SAID = [
    "=1+1",
    "'=1+1",
    "''=1+1",
    "+49 30 1234",
    "-x",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "＝1",
    "'",
    "''",
    "'tis fine",
    '"quoted", with, commas',
    "two\nlines",
    "two\r\nlines",
    "one\rhalf",
    " outer space \n",
    "\ufeffmarked",
    "nul \0, nel \x85, separator \u2028, delete \x7f",
    "Réponse 🤷 über „Zitate“",
    "no",
    "1_000",
    "0b101",
    "2026-11-23",
    "12:30:00",
    "~",
    "file:///etc/passwd",
    "'file:///etc/passwd",
    "package:evil:run",
    "{{ answer }} {% raw %} {# not a comment #}",
    "# no comment",
    "[1, 2]",
    '{"a": 1}',
    "x" * 20_000,
]


def a_case(**changes: object) -> Case:
    return Case.model_validate(RECORD | changes)


def said(text: str) -> Case:
    label = {"status": "shown", "quotes": [text[:1000]]}
    return a_case(question_id=text, answer=text, why=text, signals={text[:1000]: label})


@pytest.fixture(params=list(FileFormat))
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    suffix = {"promptfoo": "yaml"}.get(request.param, request.param)
    return tmp_path / f"cases.{suffix}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(CASES, max_size=3))
def test_what_is_written_is_read_back_unchanged(file: Path, cases: list[Case]) -> None:
    write_cases(cases, file)
    assert read_cases(file) == cases


@pytest.mark.parametrize("golden", sorted(ROOT.glob("evals/golden/*.yaml")), ids=lambda f: f.stem)
def test_the_golden_set_is_read_back_unchanged(file: Path, golden: Path) -> None:
    cases = read_golden(golden)
    write_cases(cases, file)
    assert read_cases(file) == cases


@pytest.mark.parametrize("text", SAID, ids=lambda text: repr(text[:20]))
def test_odd_answers_are_read_back_unchanged(file: Path, text: str) -> None:
    write_cases([said(text), a_case()], file)
    assert read_cases(file) == [said(text), a_case()]


def test_a_byte_order_mark_is_no_part_of_the_content(file: Path) -> None:
    write_cases([a_case()], file)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    assert read_cases(file) == [a_case()]


def test_a_named_format_goes_before_the_suffix(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    write_cases([a_case()], file, FileFormat.JSONL)
    assert read_cases(file, FileFormat.JSONL) == read_training(file) == [a_case()]


@pytest.mark.parametrize("name", ["cases", "cases.txt"])
def test_a_suffix_that_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CaseError, match="Name one of jsonl, csv, promptfoo, or end the name with"):
        write_cases([a_case()], tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_file_that_cannot_be_read_or_written_is_named(file: Path) -> None:
    with pytest.raises(CaseError, match=r"cases\.\w+: can't be read"):
        read_cases(file)
    with pytest.raises(CaseError, match=r"cases\.\w+: can't be written"):
        write_cases([], file / "in-a-file" / file.name)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CaseError, match="it has to be UTF-8"):
        read_cases(file)


@pytest.mark.parametrize("text", SAID, ids=lambda text: repr(text[:20]))
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cases.csv"
    write_cases([said(text)], file)
    content = file.read_bytes().decode("utf-8-sig")
    for row in csv.reader(io.StringIO(content, newline="")):
        assert [cell for cell in row if cell[:1] in set("=+-@\t\r\n＝＋－＠")] == []


def test_what_a_spreadsheet_would_cut_is_not_written_as_a_table(tmp_path: Path) -> None:
    fits, too_long = a_case(answer="x" * 32_767), a_case(answer="=" + "x" * 32_766)
    write_cases([fits], tmp_path / "fits.csv")
    assert read_cases(tmp_path / "fits.csv") == [fits]
    with pytest.raises(CaseError, match=r"^case c-1: answer has over 32,767 characters"):
        write_cases([fits, too_long], tmp_path / "cases.csv")
    assert not (tmp_path / "cases.csv").exists()


def table(*rows: list[str]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


HEADER = ["why", "id", "question_id", "answer", "verdict", "style"]
ROW = ["It names it.", "c-1", "cooking.1", "We\nwatch.", "good", "spoken"]


def test_a_table_that_was_sorted_and_padded_by_hand_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    written = [[*HEADER, "signals", "hard_kind"], [*ROW, "", ""], [""] * 8, [*ROW, "{}", ""]]
    file.write_text(table(*written), "utf-8", newline="")
    [case, again] = read_cases(file)
    assert case == again == a_case(answer="We\nwatch.", why="It names it.", signals={})


FAULTY_TABLES = [
    ("", ":1: the columns are none; use id, "),
    (table(HEADER[1:], ROW[1:]), ":1: the columns are id, "),
    (table([*HEADER, "owner"], [*ROW, "me"]), ":1: the columns are why, "),
    (table([*HEADER, "why"], [*ROW, "me"]), ":1: the columns are why, "),
    (";".join(HEADER), ":1: columns are parted by semicolons; save with commas"),
    (table(HEADER, ROW, ROW[:5]), ":4: 5 cells for 6 columns"),
    (table(HEADER, ROW, [*ROW, "and more"]), ":4: 7 cells for 6 columns"),
    (table(HEADER, ROW, [*ROW[:4], "Good.", ROW[5]]), ":4: verdict: Input should be 'good'"),
    (table(HEADER, ROW, [*ROW[:3], "", *ROW[4:]]), ":4: answer: String should have at least 1"),
    (table([*HEADER, "signals"], [*ROW, "good.1"]), ":2: signals: no JSON"),
    (table([*HEADER, "signals"], [*ROW, '["good.1"]']), ":2: signals: Input should be a valid"),
    (table(HEADER, ROW) + '"open', ":4: no CSV: unexpected end of data"),
]


@pytest.mark.parametrize(("content", "message"), FAULTY_TABLES)
def test_a_faulty_table_names_its_line(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(content, "utf-8", newline="")
    with pytest.raises(CaseError) as caught:
        read_cases(file)
    assert str(caught.value).startswith(f"{file}{message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps(RECORD)[:-9], ":3: no JSON: "),
        ("[" * 100_000, ":3: no JSON: "),
        ("[]", ":3: Input should be a valid dictionary"),
        (json.dumps(RECORD | {"style": "sung"}), ":3: style: Input should be "),
        (json.dumps(RECORD | {"answer": "\ud800"}), ":3: answer: Input should be a valid string"),
    ],
)
def test_a_faulty_line_names_its_number(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(f"{json.dumps(RECORD)}\n\n{content}\n", "utf-8")
    with pytest.raises(CaseError) as caught:
        read_cases(file)
    assert str(caught.value).startswith(f"{file}{message}")


def written_tests(tmp_path: Path, cases: list[Case]) -> list[dict[str, Any]]:
    write_cases(cases, tmp_path / "cases.yaml")
    tests: list[dict[str, Any]] = YAML(typ="safe").load(tmp_path / "cases.yaml")
    return tests


def test_a_promptfoo_test_asserts_the_verdict_and_keeps_the_label(tmp_path: Path) -> None:
    assert written_tests(tmp_path, [a_case(split="dev")]) == [
        {
            "description": "c-1",
            "vars": {"question_id": "cooking.1", "answer": "We watch the temperature."},
            "assert": [
                {"type": "is-json"},
                {"type": "javascript", "value": 'output.verdict === "good"'},
            ],
            "metadata": {
                "verdict": "good",
                "signals": RECORD["signals"],
                "style": "spoken",
                "split": "dev",
                "why": "It names the mechanism.",
            },
        }
    ]


@pytest.mark.parametrize("text", ["file:///etc/passwd", "file://run.js", "package:evil:run"])
def test_promptfoo_finds_no_file_to_read_or_run_in_a_test(tmp_path: Path, text: str) -> None:
    [test] = written_tests(tmp_path, [said(text)])
    assert test["vars"] == {"question_id": f"'{text}", "answer": f"'{text}"}
    assert test["metadata"]["why"] == f"'{text}"
    label = {"status": "shown", "quotes": [f"'{text}"]}
    assert test["metadata"]["signals"] == {f"'{text}": label}


def test_a_promptfoo_test_may_show_its_question_and_assert_more(tmp_path: Path) -> None:
    [test] = written_tests(tmp_path, [a_case()])
    test["vars"]["question"] = "How do you keep it from burning?"
    test["assert"] += [{"type": "latency", "threshold": 500}]
    file = tmp_path / "edited.yml"
    file.write_text(json.dumps([test, test | {"assert": []}]), "utf-8")
    assert read_cases(file) == [a_case(), a_case()]


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda test: test.pop(name)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (without("vars"), "case c-1: vars: Field required; a test has description (the case's id)"),
        (without("description"), "case 1: description: Field required"),
        (
            lambda test: test["vars"].update(owner="me"),
            "case c-1: vars.owner: Extra inputs are not permitted",
        ),
        (
            lambda test: test.update(threshold=1),
            "case c-1: threshold: Extra inputs are not permitted",
        ),
        (
            lambda test: test["metadata"].update(verdict="weak"),
            "case c-1: assert says good, metadata.verdict says weak; make them agree",
        ),
        (
            lambda test: test["metadata"].update(answer="We stir."),
            "case c-1: metadata: answer stands in description or vars; take it out",
        ),
        (lambda test: test["metadata"].pop("why"), "case c-1: why: Field required"),
        (lambda test: test.update(description="No Id"), "case No Id: id: String should match"),
    ],
)
def test_a_faulty_promptfoo_test_names_its_case(
    tmp_path: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    [test] = written_tests(tmp_path, [a_case()])
    edit(test)
    file = tmp_path / "edited.yaml"
    file.write_text(json.dumps([test]), "utf-8")
    with pytest.raises(CaseError) as caught:
        read_cases(file)
    assert str(caught.value).startswith(f"{file}: {message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- [", "no YAML: "),
        ("- 2026-13-01", "no YAML: "),
        ("[" * 3_000, "no YAML: "),
        ("tests: []", "a promptfoo test file is a list of tests"),
        ("- good", "case 1: Input should be a valid dictionary"),
        (json.dumps([RECORD]), "case 1: description: Field required; a test has description"),
    ],
)
def test_what_is_no_promptfoo_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(CaseError) as caught:
        read_cases(file)
    assert str(caught.value).startswith(f"{file}: {message}")


def test_the_promptfoo_example_posts_what_the_server_takes() -> None:
    config = YAML(typ="safe").load(ROOT / "docs" / "promptfoo.yaml")
    [provider] = config["providers"]
    body = provider["config"]["body"]
    assert GradeRequest.model_validate(body)
    assert set(body.values()) == {"{{question_id}}", "{{answer}}"}
    assert provider["id"].endswith("/v1/grades")
