"""`probewise grade-many`: every line is graded once, whatever the lines beside it do."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.errors import ConfigurationError
from service.judging.models import Answer, Evidence, Grade, Ungraded, Verdict
from service.playbooks.models import Question
from service.reasons import Reason
from tests.cli.conftest import Probewise, Ran, in_a_process
from tests.fakes import FakeJudge, a_grade

pytestmark = pytest.mark.slow

DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503", retry_after_s=9)


def a_line(line_id: str | int, answer: str = "Full loads.", question: int = 3) -> str:
    return json.dumps(
        {"id": line_id, "question_id": f"data-engineering.{question}", "answer": answer}
    )


def records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "in.jsonl"
    file.write_text("".join(f"{a_line(f'a{n}', f'Answer {n}.')}\n" for n in range(5)), "utf-8")
    return file


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def grade_many(probewise: Probewise, source: Path, output: Path, *more: str) -> Ran:
    return probewise("grade-many", str(source), "--output", str(output), *more)


def test_each_output_line_is_the_callers_id_and_the_grade(
    probewise: Probewise, judge: FakeJudge, source: Path, output: Path
) -> None:
    ran = grade_many(probewise, source, output)
    assert (ran.code, ran.out) == (0, "")
    assert "5 graded, 0 graded before, 0 ungraded, 0 malformed" in ran.err
    assert [set(record) for record in records(output)] == [{"id", "grade"}] * 5
    assert {record["id"] for record in records(output)} == {f"a{n}" for n in range(5)}
    for record in records(output):
        assert Grade.model_validate(record["grade"]).question_id == "data-engineering.3"
    assert judge.closed


def test_an_ungraded_line_holds_reason_and_detail(
    probewise: Probewise, judge: FakeJudge, source: Path, output: Path
) -> None:
    judge.result = DOWN
    ran = grade_many(probewise, source, output)
    assert ran.code == 1
    assert "0 graded, 0 graded before, 5 ungraded, 0 malformed" in ran.err
    ungraded = {"reason": "model_unavailable", "detail": "HTTP 503"}
    assert all(record == {"id": record["id"], "ungraded": ungraded} for record in records(output))


def test_a_second_run_grades_only_what_is_missing(
    probewise: Probewise, judge: FakeJudge, source: Path, output: Path
) -> None:
    grade_many(probewise, source, output)
    first = output.read_bytes()
    with source.open("a", encoding="utf-8") as file:
        file.write(a_line("new", "New."))
    judge.asked.clear()
    ran = grade_many(probewise, source, output)
    assert [answer.text for _, answer in judge.asked] == ["New."]
    assert "1 graded, 5 graded before" in ran.err
    assert output.read_bytes().startswith(first)
    judge.asked.clear()
    assert grade_many(probewise, source, output).code == 0
    assert judge.asked == []


def test_ungraded_lines_are_tried_again_and_replaced(
    probewise: Probewise, judge: FakeJudge, source: Path, output: Path
) -> None:
    judge.result = DOWN
    grade_many(probewise, source, output)
    judge.result = Verdict.GOOD
    assert grade_many(probewise, source, output).code == 0
    assert sorted(record["id"] for record in records(output)) == [f"a{n}" for n in range(5)]
    assert all("grade" in record for record in records(output))


class Crashing(FakeJudge):
    """Breaks down at its third answer."""

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        if len(self.asked) == 2:
            raise ConfigurationError("no model file")
        return await super().grade(question, answer)


def test_what_was_graded_before_a_crash_is_kept(
    probewise: Probewise, judge: FakeJudge, source: Path, output: Path
) -> None:
    crashing = Crashing()
    probewise.replaced["judge"] = crashing
    ran = grade_many(probewise, source, output, "--concurrency", "1")
    assert ran.code == 2
    assert "error: no model file\n" in ran.err
    assert crashing.closed
    assert len(records(output)) == 2
    probewise.replaced["judge"] = judge
    grade_many(probewise, source, output)
    assert [answer.text for _, answer in judge.asked] == ["Answer 2.", "Answer 3.", "Answer 4."]


@pytest.mark.parametrize("cut", [1, 5, 9, 40, -2, -1])
def test_a_last_line_cut_off_by_a_crash_is_graded_again(
    probewise: Probewise, judge: FakeJudge, source: Path, output: Path, cut: int
) -> None:
    grade_many(probewise, source, output)
    *whole, last = output.read_bytes().splitlines(keepends=True)
    output.write_bytes(b"".join(whole) + last[:cut])
    judge.asked.clear()
    assert grade_many(probewise, source, output).code == 0
    assert len(judge.asked) == (0 if cut == -1 else 1)
    assert sorted(record["id"] for record in records(output)) == [f"a{n}" for n in range(5)]


def test_a_malformed_line_is_reported_with_its_number_and_the_rest_goes_on(
    probewise: Probewise, judge: FakeJudge, tmp_path: Path, output: Path
) -> None:
    lines = {
        1: a_line("ok"),
        2: '{"id": "cut", "question_id": "data-eng',
        3: "",
        4: a_line("unknown").replace("data-engineering.3", "data-eng.3"),
        5: '{"id": "missing", "question_id": "data-engineering.3"}',
        6: a_line("extra")[:-1] + ', "SECRET": 1}',
        7: a_line("empty", "  "),
        8: a_line("long", "a" * 20_001),
        9: a_line("ok", "The same id."),
        10: a_line(7),
        11: '{"id": null, "question_id": "data-engineering.3", "answer": "SECRET"}',
        12: "[]",
        13: '{"id": "surrogate", "question_id": "data-engineering.3", "answer": "\\ud800"}',
        15: a_line("last"),
    }
    source = tmp_path / "in.jsonl"
    raw = [lines.get(n, "").encode() for n in range(1, 16)]
    raw[13] = b'{"id": "latin", "question_id": "data-engineering.3", "answer": "caf\xe9"}'
    source.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(raw))
    ran = grade_many(probewise, source, output)
    assert ran.code == 1
    assert sorted(str(record["id"]) for record in records(output)) == ["7", "last", "ok"]
    reported = {}
    for line in ran.err.splitlines():
        if line.startswith(f"{source}:"):
            number, _, reason = line.removeprefix(f"{source}:").partition(": ")
            reported[int(number)] = reason
    assert sorted(reported) == [2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14]
    for bad, part in {
        2: "Invalid JSON",
        4: "did you mean data-engineering.3",
        5: "answer: Field required",
        6: "Extra inputs are not permitted",
        7: "the answer is empty",
        8: "20,001 characters; the limit is 20,000",
        9: "the id of line 1 again",
        11: "id: Input should be a valid",
        14: "Invalid JSON",
    }.items():
        assert part in reported[bad]
    assert "3 graded, 0 graded before, 0 ungraded, 11 malformed" in ran.err


class Separating(FakeJudge):
    """Quotes words with line separators in them, which JSON leaves as they are."""

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        self.asked.append((question, answer))
        return a_grade(question, evidence=(Evidence(quote=answer.text, start=0, end=9),))


def test_a_quote_with_a_line_separator_does_not_tear_its_line(
    probewise: Probewise, tmp_path: Path, output: Path
) -> None:
    judge = Separating()
    probewise.replaced["judge"] = judge
    source = tmp_path / "in.jsonl"
    source.write_text(a_line("a", "one\u2028two\x85three\u2029\x1cfour"), "utf-8")
    for _ in range(2):
        assert grade_many(probewise, source, output).code == 0
    assert len(judge.asked) == 1
    assert len(records(output)) == 1


def test_an_output_that_is_another_file_is_never_overwritten(
    probewise: Probewise, judge: FakeJudge, source: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("My notes.", "utf-8")
    single = tmp_path / "single.jsonl"
    single.write_text(a_line("a"), "utf-8")
    for file in (source, notes, single):
        before = file.read_bytes()
        ran = grade_many(probewise, source, file)
        assert ran.code == 2
        assert ran.err == (
            f"error: {file}:1: not a line that grade-many wrote; choose another --output\n"
        )
        assert file.read_bytes() == before
    assert judge.asked == []


def test_an_output_that_cannot_be_written_is_one_clear_line(
    probewise: Probewise, judge: FakeJudge, source: Path, tmp_path: Path
) -> None:
    ran = grade_many(probewise, source, tmp_path / "missing" / "out.jsonl")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.endswith("out.jsonl: No such file or directory\n")


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_input_gives_an_empty_output(
    probewise: Probewise, judge: FakeJudge, tmp_path: Path, output: Path, content: str
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(content, "utf-8")
    assert grade_many(probewise, source, output).code == 0
    assert output.read_bytes() == b""


@pytest.mark.parametrize("words", [("missing.jsonl", "-o", "out"), ("in.jsonl",)])
def test_a_command_line_that_makes_no_sense_is_refused(
    probewise: Probewise, source: Path, words: tuple[str, ...]
) -> None:
    ran = probewise("grade-many", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage:" in ran.err


def test_the_real_embedded_judge_grades_many_in_a_process_of_its_own(
    source: Path, output: Path, tmp_path: Path
) -> None:
    words = ("grade-many", str(source), "--output", str(output), "--judge", "embedded")
    ran = in_a_process(*words, folder=tmp_path)
    assert (ran.code, ran.out) == (0, "")
    grades = [Grade.model_validate(record["grade"]) for record in records(output)]
    assert [grade.judge.kind for grade in grades] == ["embedded"] * 5
