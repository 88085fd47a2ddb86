"""The committed cases: valid, unlike each other, and not copied from the playbooks."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from evals.embedded.people import read_passages
from service.evaluation.cases.case import Case, HardKind, Style, read_golden, read_training
from service.judging.models import Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import SignalKind

pytestmark = pytest.mark.slow

EVALS = Path(__file__).parent.parent.parent / "evals"
PEOPLE = {
    file: [case for _, case in read_passages(file)]
    for file in sorted(EVALS.glob("training/people/*.jsonl"))
}
WRITTEN = sorted([*EVALS.glob("training/*.jsonl"), *EVALS.glob("training/other-hands/*.jsonl")])
TRAINING = {file: read_training(file) for file in WRITTEN} | PEOPLE
GOLDEN = {file: read_golden(file) for file in sorted(EVALS.glob("golden/*.yaml"))}
EXAMINATIONS = {file: read_training(file) for file in EVALS.glob("examinations/*.jsonl")}
FILES = TRAINING | GOLDEN | EXAMINATIONS
MADE_UP = [EVALS / "training" / "other-domains", EVALS / "examinations"]
CATALOGUE = Catalogue(
    [*load_playbooks(), *(playbook for folder in MADE_UP for playbook in load_playbooks(folder))]
)
COPIED_WORDS = 8
NEAR_DUPLICATE = 0.6
BARE = 4  # words; "nope" is said by everyone, so fewer words are nobody's


def all_of(files: dict[Path, list[Case]]) -> list[Case]:
    return [case for cases in files.values() for case in cases]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[n : n + length]) for n in range(len(said) - length + 1)}


def grams(text: str) -> set[str]:
    """Its stretches of five characters, whatever the case and punctuation."""
    plain = " ".join(words(text))
    return {plain[n : n + 5] for n in range(max(1, len(plain) - 4))}


def is_bare(case: Case) -> bool:
    return len(words(case.answer)) < BARE


def near_duplicates(
    ours: Iterable[Case], theirs: Iterable[Case]
) -> Iterable[tuple[str, str, float]]:
    """Pairs of ids whose answers share most of their five-character stretches, with the share."""
    others = sorted(
        ((grams(case.answer), case.id) for case in theirs if not is_bare(case)),
        key=lambda g: len(g[0]),
    )
    for case in ours:
        if is_bare(case):
            continue
        own = grams(case.answer)
        for other, other_id in others:
            if len(other) < NEAR_DUPLICATE * len(own):
                continue
            if len(own) < NEAR_DUPLICATE * len(other):
                break  # the rest is longer still
            shared = len(own & other)
            share = shared / (len(own) + len(other) - shared)
            if share >= NEAR_DUPLICATE:
                yield case.id, other_id, round(share, 2)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_case_is_of_a_known_question_and_free_of_contradictions(file: Path) -> None:
    known = {q.id: [signal.id for signal in q.signals] for q in CATALOGUE.questions}
    unknown = {case.id: case.question_id for case in FILES[file] if case.question_id not in known}
    assert unknown == {}
    faults = {case.id: list(case.find_faults(known[case.question_id])) for case in FILES[file]}
    assert {case_id: found for case_id, found in faults.items() if found} == {}


def test_no_id_is_used_twice() -> None:
    ids = sorted(case.id for case in all_of(FILES))
    assert [one for one, next_one in pairwise(ids) if one == next_one] == []


def test_each_case_has_the_split_of_what_it_is_for() -> None:
    assert {case.split for case in all_of(GOLDEN)} == {"dev", "test", "field"}
    assert {case.split for case in all_of(TRAINING)} <= {"train"}
    assert {case.split for case in all_of(EXAMINATIONS)} == {"dev"}


def test_no_answer_stands_in_two_files() -> None:
    first: dict[str, tuple[Path, str]] = {}
    again = []
    for file, cases in FILES.items():
        for case in cases:
            if is_bare(case):
                continue
            place = first.setdefault(" ".join(words(case.answer)), (file, case.id))
            if place[0] != file:
                again.append((place[1], case.id))
    assert again == []


def test_no_answer_copies_a_sentence_of_a_playbook() -> None:
    sentences = [
        text
        for question in CATALOGUE.questions
        for text in (
            question.insight,
            *(signal.text for signal in question.of_kind(SignalKind.GOOD)),
        )
    ]
    copied = set().union(*(runs(sentence, COPIED_WORDS) for sentence in sentences))
    found = {
        case.id: " ".join(run)
        for case in all_of(FILES)
        for run in runs(case.answer, COPIED_WORDS) & copied
    }
    assert found == {}


def test_no_golden_answer_is_nearly_a_training_answer() -> None:
    assert list(near_duplicates(all_of(GOLDEN), all_of(TRAINING))) == []


def test_no_golden_answer_is_nearly_another_one() -> None:
    cases = all_of(GOLDEN)
    pairs = near_duplicates(cases, cases)
    assert [pair for pair in pairs if pair[0] < pair[1]] == []


def test_every_question_has_a_dozen_golden_cases_of_every_verdict_half_of_them_for_the_test() -> (
    None
):
    for question in sorted(q.id for playbook in load_playbooks() for q in playbook.questions):
        own = [case for case in all_of(GOLDEN) if case.question_id == question]
        splits = Counter(case.split for case in own)
        assert len(own) >= 12 and splits["dev"] == splits["test"], question
        assert {case.verdict for case in own} == set(Verdict), question


@pytest.mark.parametrize("split", ["dev", "test"])
def test_each_half_has_every_style_and_hard_kind_and_length_tells_little(split: str) -> None:
    cases = [case for case in all_of(GOLDEN) if case.split == split]
    assert {case.style for case in cases} == set(Style)
    assert {case.hard_kind for case in cases} == {None, *HardKind}
    lengths = [len(words(case.answer)) for case in cases]
    assert min(lengths) <= 8 and max(lengths) >= 150
    for verdict in Verdict:
        own = [n for n, case in zip(lengths, cases, strict=True) if case.verdict is verdict]
        assert min(own) <= 12 and max(own) >= 90, verdict


def test_a_near_duplicate_would_be_found() -> None:
    case = all_of(GOLDEN)[0]
    changed = case.model_copy(update={"id": "copy", "answer": f"Well, {case.answer.upper()}"})
    assert [pair[:2] for pair in near_duplicates([changed], [case])] == [("copy", case.id)]
