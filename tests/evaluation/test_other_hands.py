"""The cases that wait for the next embedded judge: complete, quoted word for word, kept apart."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.transcripts.read_source import read_source

EVALS = Path(__file__).parent.parent.parent / "evals"
FIELD = EVALS / "field"
CATALOGUE = Catalogue(load_playbooks())
VERDICTS = {"good", "partial", "weak", "unanswered"}


def read_lines(*files: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


ANSWERS = read_lines(*sorted(FIELD.glob("answers-*.jsonl")))
TRAINING = read_lines(*sorted(EVALS.glob("training/other-hands/*.jsonl")))


def test_every_case_is_of_a_question_and_its_quotes_are_verbatim() -> None:
    for case in [*ANSWERS, *TRAINING]:
        question = CATALOGUE.question(case["question_id"])
        signals = {signal.id for signal in question.signals}
        assert case["verdict"] in VERDICTS and case["also"] in {None, *VERDICTS}, case["id"]
        assert case["also"] != case["verdict"], case["id"]
        assert set(case["signals"]) <= signals, case["id"]
        for seen in case["signals"].values():
            assert seen["status"] in {"shown", "planned", "contradicted"}, case["id"]
            assert all(quote in case["answer"] for quote in seen["quotes"]), case["id"]


def test_the_field_covers_every_question_and_is_no_training_case() -> None:
    asked = Counter(case["question_id"] for case in ANSWERS)
    assert set(asked) == {question.id for question in CATALOGUE.questions}
    assert len(ANSWERS) >= 250 and min(asked.values()) >= 10
    assert not {case["answer"] for case in ANSWERS} & {case["answer"] for case in TRAINING}
    for cases in (ANSWERS, TRAINING):
        assert len({case["id"] for case in cases}) == len(cases)


def test_the_reader_read_every_answer() -> None:
    read = {each["id"]: each for each in read_lines(FIELD / "reader-1.jsonl")}
    assert set(read) == {case["id"] for case in ANSWERS}
    agreed = [read[case["id"]]["first"] == case["verdict"] for case in ANSWERS]
    assert round(sum(agreed) / len(agreed), 3) == 0.993


def test_every_label_of_a_source_points_into_it() -> None:
    labels = sorted(FIELD.glob("sources/*.yaml"))
    assert len(labels) == 12
    for file in labels:
        label = YAML(typ="safe").load(file)
        (source,) = (each for each in file.parent.glob(f"{file.stem}.*") if each != file)
        read_source(source.read_bytes(), None, source.name)
        last = len(source.read_text().splitlines())
        for answer in label["answers"]:
            assert CATALOGUE.question(answer["question_id"]).id == answer["question_id"]
            assert answer["verdict"] in VERDICTS
            assert answer["lines"] and all(0 < line <= last for line in answer["lines"])
