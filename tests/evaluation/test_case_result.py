"""Results of cases: stored with their version, and read back from every version."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.evaluation.cases.case_result import CaseResult, migrate_given
from service.evaluation.runs.run_folder import append_results, open_run, read_run
from service.judging.models import Verdict
from service.judging.review import ReviewReason
from tests.evaluation.cases import a_case, a_config, a_line

WRITTEN_BY_0_1_0 = (Path(__file__).parent / "written-by-0.1.0.jsonl").read_bytes().splitlines()
LOW, STAND_IN = ReviewReason.LOW_CONFIDENCE, ReviewReason.STAND_IN
SUSPECTED = ReviewReason.SUSPECTED_INSTRUCTIONS


def test_lines_of_0_1_0_are_read_with_the_reasons_that_they_imply() -> None:
    reviews = [CaseResult.model_validate_json(line).given for line in WRITTEN_BY_0_1_0]
    assert [given and given.review for given in reviews] == [(), (LOW,), (SUSPECTED,)]


@pytest.mark.parametrize("line", WRITTEN_BY_0_1_0)
def test_nothing_of_a_line_of_0_1_0_is_lost(line: bytes) -> None:
    old, new = json.loads(line), json.loads(CaseResult.model_validate_json(line).model_dump_json())
    assert new["schema_version"] == 2
    assert new["given"].pop("review") or not old["given"]["needs_review"]
    for name, part in old["given"].items():
        if name in {"signals", "judge"}:
            continue
        assert new["given"][name] == part
    for name, part in old["given"]["judge"].items():
        assert new["given"]["judge"][name] == part
    for name, signal in old["given"]["signals"].items():
        assert new["given"]["signals"][name] == {"evidence": [], **signal}
    assert new["case"] == {**new["case"], **old["case"]}


@pytest.mark.parametrize(
    ("given", "review"),
    [
        ({"needs_review": False, "flags": ["suspected_instructions"]}, ()),
        ({"needs_review": True, "confidence": 0.4}, (LOW,)),
        ({"needs_review": True, "confidence": None}, (ReviewReason.REPAIRED,)),
        ({"needs_review": True, "judge": {"fallback_reason": "HTTP 503"}}, (STAND_IN,)),
        ({"needs_review": True, "flags": ["suspected_instructions"]}, (SUSPECTED,)),
        ({"needs_review": True, "review": [LOW], "judge": {"fallback_reason": "down"}}, [LOW]),
    ],
)
def test_reasons_follow_from_what_is_known_unless_they_are_stored(
    given: dict[str, object], review: object
) -> None:
    migrated = migrate_given(given)
    assert migrated["review"] == review
    assert "needs_review" not in migrated


def test_a_result_is_stored_with_its_version_and_its_reasons(tmp_path: Path) -> None:
    line = a_line(a_case(), Verdict.WEAK)
    assert line.given
    unsure = line.given.model_copy(update={"review": (LOW, STAND_IN)})
    lines = [
        line,
        a_line(a_case("c-2"), None),
        line.model_copy(update={"given": unsure, "repeat": 1}),
    ]
    open_run(tmp_path, a_config(lines))
    with append_results(tmp_path) as append:
        for one in lines:
            append(one)
    assert read_run(tmp_path).results == tuple(lines)
    stored = [json.loads(text) for text in (tmp_path / "cases.jsonl").read_text().splitlines()]
    assert [one["schema_version"] for one in stored] == [2, 2, 2]
    assert stored[2]["given"]["review"] == ["low_confidence", "stand_in"]


def test_a_line_of_a_later_version_is_refused() -> None:
    content = {**json.loads(WRITTEN_BY_0_1_0[0]), "schema_version": 3}
    with pytest.raises(ValidationError, match="schema version 3 is unknown; update Probewise"):
        CaseResult.model_validate_json(json.dumps(content))
