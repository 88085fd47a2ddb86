"""Cases: what contradicts itself is found, and a broken file names its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.evaluation.cases.case import Case, CaseError, read_golden, read_training

SIGNALS = ("good.1", "good.2", "weak.1")
RECORD: dict[str, Any] = {
    "id": "c-1",
    "question_id": "cooking.1",
    "answer": "We watch the temperature. It rarely burns.",
    "verdict": "good",
    "signals": {"good.1": {"status": "shown", "quotes": ["watch the temperature"]}},
    "style": "spoken",
    "why": "It names the mechanism.",
}


def signal(status: str, *quotes: str) -> dict[str, Any]:
    return {"status": status, "quotes": list(quotes)}


SHOWN_GOOD = {"good.1": signal("shown", "watch the temperature")}
SHOWN_WEAK = {"weak.1": signal("shown", "rarely burns")}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"verdict": "partial"}, []),
        ({"verdict": "partial", "signals": SHOWN_GOOD | SHOWN_WEAK}, []),
        ({"verdict": "weak", "signals": SHOWN_WEAK}, []),
        ({"verdict": "weak", "signals": {}}, []),
        ({"verdict": "unanswered", "signals": {}}, []),
        ({"verdict": "unanswered", "signals": {"good.1": signal("absent")}}, []),
        (
            {"signals": SHOWN_GOOD | {"good.7": signal("absent")}},
            ["good.7 is no signal of cooking.1"],
        ),
        (
            {"signals": SHOWN_GOOD | {"good.2": signal("planned")}},
            ["good.2 is planned with 0 quotes"],
        ),
        (
            {"signals": {"good.1": signal("shown", "Watch the temperature")}},
            ["not in the answer: 'Watch the temperature'"],
        ),
        (
            {"signals": SHOWN_GOOD | SHOWN_WEAK},
            ["good needs a shown good signal and no shown weak one"],
        ),
        ({"signals": SHOWN_WEAK}, ["good needs a shown good signal and no shown weak one"]),
        ({"signals": {}}, ["good needs a shown good signal and no shown weak one"]),
        (
            {"signals": {"good.1": signal("planned", "watch")}},
            ["good needs a shown good signal and no shown weak one"],
        ),
        ({"verdict": "unanswered"}, ["unanswered can't have a shown signal"]),
        (
            {"verdict": "unanswered", "signals": SHOWN_WEAK},
            ["unanswered can't have a shown signal"],
        ),
    ],
)
def test_what_contradicts_itself_is_a_fault(changes: dict[str, Any], faults: list[str]) -> None:
    assert list(Case.model_validate(RECORD | changes).find_faults(SIGNALS)) == faults


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"verdict": "Good."}, "verdict: Input should be 'good', 'partial', 'weak' or 'unanswered'"),
    ({"answer": ""}, "answer: String should have at least 1 character"),
    ({"id": "No Id"}, "id: String should match pattern"),
    ({"style": "sung"}, "style: Input should be"),
    ({"hard_kind": "hard"}, "hard_kind: Input should be"),
    ({"split": "all"}, "split: Input should be 'dev', 'test', 'field' or 'train'"),
    ({"owner": "me"}, "owner: Extra inputs are not permitted"),
    ({"signals": {"good.1": {"status": "yes"}}}, "signals.good.1.status: Input should be"),
]


@pytest.mark.parametrize(("changes", "reason"), BROKEN)
def test_a_broken_training_line_names_file_and_line(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(f"{json.dumps(RECORD)}\n{json.dumps(RECORD | changes)}\n", "utf-8")
    with pytest.raises(CaseError) as caught:
        read_training(file)
    assert str(caught.value).startswith(f"{file}:2: {reason}")


def test_a_training_line_that_is_no_json_names_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(RECORD)[:-9], "utf-8")
    with pytest.raises(CaseError) as caught:
        read_training(file)
    assert str(caught.value).startswith(f"{file}:1: ")
    assert "Invalid JSON" in str(caught.value)


@pytest.mark.parametrize(("changes", "reason"), BROKEN[:2] + BROKEN[3:])
def test_a_broken_golden_case_names_file_and_case(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    file = tmp_path / "cases.yaml"  # JSON is YAML
    file.write_text(json.dumps([RECORD | {"id": "first"}, RECORD | changes]), "utf-8")
    with pytest.raises(CaseError) as caught:
        read_golden(file)
    assert str(caught.value).startswith(f"{file}: case c-1: {reason}")


def test_cases_are_read_in_order_and_unchanged(tmp_path: Path) -> None:
    records = [RECORD | {"id": f"c-{n}", "answer": f"Réponse {n} 🤷"} for n in range(3)]
    lines, listed = tmp_path / "cases.jsonl", tmp_path / "cases.yaml"
    lines.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    listed.write_text(json.dumps(records, ensure_ascii=False), "utf-8")
    expected = [Case.model_validate(record) for record in records]
    assert read_training(lines) == read_golden(listed) == expected
