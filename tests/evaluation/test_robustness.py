"""Changed answers: what they keep, how they are drawn, and what the committed suite holds."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from service.evaluation.cases.case import Case, SignalLabel, Style
from service.evaluation.cases.golden import read_golden_folder
from service.evaluation.robustness.change_kinds import ChangeKind
from service.evaluation.robustness.changed_cases import ChangedCase, change_case
from service.evaluation.robustness.edits import Edit, apply_edits, move_span
from service.evaluation.robustness.speech import drop_colliding, is_protected
from service.evaluation.robustness.suite import SuiteError, read_suite
from service.evaluation.robustness.unicode import LOOK_ALIKES, UNICODE_CHANGES
from service.judging.models import MAX_ANSWER_CHARACTERS, SignalStatus, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from tests.fakes import a_question

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "evals" / "robustness.yaml"
SUITE = read_suite(FILE)
GOLDEN = read_golden_folder(ROOT / "evals" / "golden")
CATALOGUE = Catalogue(load_playbooks())
INSERTED = {
    ChangeKind.INSTRUCTION,
    ChangeKind.QUOTED_PLAYBOOK,
    ChangeKind.PADDING,
    ChangeKind.ADDITION,
    ChangeKind.NEGATION,
}
KEEPING = set(ChangeKind) - {ChangeKind.CONTENTLESS, ChangeKind.DENIAL}


def changes(case: Case, per_kind: int = 2, seed: int = 0) -> list[ChangedCase]:
    question = CATALOGUE.question(case.question_id)
    return list(change_case(case, question, SUITE, per_kind=per_kind, seed=seed))


TEST_HALF = [case for case in GOLDEN if case.split == "test"]
DRAWN = [(case, change) for case in TEST_HALF for change in changes(case)]


def drawn(*kinds: ChangeKind) -> list[tuple[Case, ChangedCase]]:
    return [(case, change) for case, change in DRAWN if change.kind in kinds]


def a_case(answer: str, *quotes: str, number: int = 1) -> Case:
    label = SignalLabel(status=SignalStatus.SHOWN, quotes=quotes)
    return Case(
        id=f"cooking-{number}",
        question_id="cooking.1",
        answer=answer,
        verdict=Verdict.GOOD if quotes else Verdict.WEAK,
        signals={"good.1": label} if quotes else {},
        style=Style.SPOKEN,
        why="It is about cooking.",
    )


def cooked(case: Case, kind: ChangeKind, per_kind: int = 1_000) -> list[ChangedCase]:
    every = change_case(case, a_question(), SUITE, per_kind=per_kind, seed=0)
    return [change for change in every if change.kind is kind]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(word in rest for word in part)


def letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def skeleton(text: str) -> str:
    """What a reader sees: no marks, plain spaces and quotation marks, letters by their looks."""
    latin = {other: own for table in LOOK_ALIKES.values() for own, other in table.items()}
    quotes = dict(zip("‘’“”", "''\"\"", strict=True))
    plain = unicodedata.normalize("NFKD", "".join(latin.get(c, c) for c in text))
    kept = (c for c in plain if unicodedata.category(c) not in {"Cf", "Mn"})
    return "".join(quotes.get(c, c) for c in kept)


# Drawing


def test_the_same_case_and_seed_get_the_same_changes_whatever_was_drawn_before() -> None:
    some = GOLDEN[:20]
    forwards = {case.id: changes(case) for case in some}
    backwards = {case.id: changes(case) for case in reversed(some)}
    assert forwards == backwards


def test_another_seed_draws_others() -> None:
    names = [[c.name for case in GOLDEN[:10] for c in changes(case, seed=s)] for s in (0, 1)]
    assert names[0] != names[1]


def test_no_two_changes_of_a_case_have_the_same_name() -> None:
    names = Counter((case.id, change.name) for case, change in DRAWN)
    assert names.most_common(1)[0][1] == 1
    assert all(change.name.startswith(f"{change.kind}/") for _, change in DRAWN)
    assert all(change.case.id == case.id for case, change in DRAWN)


@pytest.mark.parametrize("per_kind", [0, 1, 3])
def test_no_more_changes_of_a_kind_are_made_than_asked_for(per_kind: int) -> None:
    counts = Counter(change.kind for change in changes(GOLDEN[0], per_kind))
    assert set(counts.values()) <= set(range(1, per_kind + 1))
    assert set(counts) == (set(ChangeKind) if per_kind else set())


@pytest.mark.parametrize(
    ("kind", "wordings", "places"),
    [
        (ChangeKind.INSTRUCTION, SUITE.instructions, {"head", "middle", "tail"}),
        (ChangeKind.QUOTED_PLAYBOOK, SUITE.quotations, {"head", "middle", "tail"}),
        (ChangeKind.PADDING, SUITE.padding, {"before", "after", "around"}),
        (ChangeKind.ADDITION, SUITE.additions, {"head", "middle", "tail"}),
        (ChangeKind.NEGATION, SUITE.negations, {"head", "middle", "tail"}),
        (ChangeKind.CONTENTLESS, SUITE.contentless, {""}),
    ],
)
def test_one_half_of_the_golden_set_meets_every_wording_and_every_place(
    kind: ChangeKind, wordings: tuple[object, ...], places: set[str]
) -> None:
    met = [change.name.split("/")[1].partition("@") for _, change in drawn(kind)]
    assert len(met) == 2 * len(TEST_HALF)
    assert len({wording for wording, _, _ in met}) == len(wordings)
    assert {place for _, _, place in met} == places


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_golden_set_meets_all_instructions_about_equally_often(seed: int) -> None:
    series = [a_case("One. Two. Three. Four.", number=number) for number in range(1, 157)]
    met = Counter(
        next(change_case(case, a_question(), SUITE, per_kind=1, seed=seed)).name for case in series
    )
    wordings = Counter(name.partition("@")[0] for name in met.elements())
    places = Counter(name.partition("@")[2] for name in met.elements())
    assert len(wordings) == len(SUITE.instructions)
    assert max(wordings.values()) - min(wordings.values()) <= 1
    assert max(places.values()) - min(places.values()) <= 2


# What is kept


@pytest.mark.parametrize("kind", sorted(KEEPING))
def test_a_changed_answer_keeps_verdict_statuses_and_quotes_that_stand_in_it(
    kind: ChangeKind,
) -> None:
    assert len(drawn(kind)) > 250
    for case, change in drawn(kind):
        new = change.case
        assert new.answer != case.answer
        assert (new.verdict, new.signals.keys()) == (case.verdict, case.signals.keys())
        for name, label in case.signals.items():
            assert new.signals[name].status is label.status
            assert len(new.signals[name].quotes) == len(label.quotes)
        known = [signal.id for signal in CATALOGUE.question(case.question_id).signals]
        assert list(new.find_faults(known)) == []


def test_a_denied_answer_was_good_and_is_weak_with_every_signal_contradicted() -> None:
    denied = drawn(ChangeKind.DENIAL)
    assert {case.id for case, _ in denied} == {
        case.id for case in TEST_HALF if case.verdict is Verdict.GOOD
    }
    assert {change.name.partition("/")[2] for _, change in denied} == {
        denial.name for denial in SUITE.denials
    }
    for case, change in denied:
        new = change.case
        assert case.answer in new.answer
        assert (new.verdict, change.wants) == (Verdict.WEAK, Verdict.GOOD)
        statuses = {label.status for label in new.signals.values()}
        assert statuses == {SignalStatus.CONTRADICTED}
        known = [signal.id for signal in CATALOGUE.question(case.question_id).signals]
        assert list(new.find_faults(known)) == []


def test_what_is_put_into_an_answer_leaves_its_words_and_its_quotes_as_they_were() -> None:
    for case, change in drawn(*INSERTED):
        place = change.name.partition("@")[2]
        new = change.case.answer
        if place == "middle":
            grown = len(new) - len(case.answer)
            assert any(
                new[:start] + new[start + grown :] == case.answer for start in range(len(new))
            )
        else:
            assert case.answer in new
        assert change.case.signals == case.signals


@pytest.mark.parametrize(
    ("kind", "survives"),
    [
        (ChangeKind.FILLER, lambda old, new: is_subsequence(words(old), words(new))),
        (ChangeKind.CASE_AND_PUNCTUATION, lambda old, new: letters(old) == letters(new)),
        (ChangeKind.UNICODE, lambda old, new: skeleton(old) == skeleton(new)),
    ],
)
def test_the_words_survive(kind: ChangeKind, survives: Callable[[str, str], bool]) -> None:
    broken = [c.name for case, c in drawn(kind) if not survives(case.answer, c.case.answer)]
    assert broken == []


@pytest.mark.parametrize(
    "kind",
    [ChangeKind.RECOGNITION_NOISE, ChangeKind.FILLER, ChangeKind.CASE_AND_PUNCTUATION],
)
def test_numbers_and_negations_survive(kind: ChangeKind) -> None:
    def protected(text: str) -> list[str]:
        found = re.findall(r"\w+(?:['’.,:]\w+)*", text.casefold())
        return [word for word in found if is_protected(word)]

    for case, change in drawn(kind):
        assert protected(change.case.answer) == protected(case.answer), change.name


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("no", True),
        ("Don't", True),
        ("isn’t", True),
        ("twenty-three", True),
        ("e5-large", True),
        ("7:30", True),
        ("without", True),
        ("knot", False),
        ("it's", False),
        ("on-call", False),
    ],
)
def test_numbers_and_negations_are_told_from_other_words(word: str, is_one: bool) -> None:
    assert is_protected(word) is is_one


def test_noise_keeps_its_hands_off_the_neighbours_of_a_negation() -> None:
    answer = "the pan is not the problem; their pan, which we see there, is never here"
    for kind in (ChangeKind.RECOGNITION_NOISE, ChangeKind.FILLER):
        for number in range(1, 30):
            for change in cooked(a_case(answer, number=number), kind):
                assert "is not the" in change.case.answer
                assert "is never here" in change.case.answer


def test_an_instruction_in_the_middle_parts_no_quote() -> None:
    answer = "First this happens. Then that does. After it comes more. And then we end."
    case = a_case(answer, "Then that does. After it comes more.")
    middles = [c for c in cooked(case, ChangeKind.INSTRUCTION) if c.name.endswith("@middle")]
    assert len(middles) == len(SUITE.instructions)
    assert all(change.case.signals == case.signals for change in middles)


def test_a_one_sentence_answer_has_no_middle() -> None:
    names = [c.name for c in cooked(a_case("We use a timer, Mr. Smith"), ChangeKind.INSTRUCTION)]
    assert len(names) == 2 * len(SUITE.instructions)
    assert not any(name.endswith("@middle") for name in names)


def test_nothing_the_customer_says_can_be_taken_for_a_word_on_a_quotation() -> None:
    case = a_case("Yes, we do that. It works.")
    names = [c.name for c in cooked(case, ChangeKind.QUOTED_PLAYBOOK)]
    assert len(names) == len(SUITE.quotations)
    assert all(name.endswith("@tail") for name in names)


def test_a_quotation_holds_the_questions_good_signals_and_no_weak_one() -> None:
    question = a_question()
    for change in cooked(a_case("We stir."), ChangeKind.QUOTED_PLAYBOOK):
        said = change.case.answer
        assert "Watches the temperature" in said or "stirs on a timer" in said
        assert "It rarely burns" not in said
        assert "{" not in said
    assert [signal.id for signal in question.signals] == ["good.1", "good.2", "weak.1"]


def test_an_answer_without_content_is_unanswered_whatever_it_was_made_of() -> None:
    texts = {wording.text for wording in SUITE.contentless}
    for _, change in drawn(ChangeKind.CONTENTLESS):
        assert change.case.answer in texts
        assert change.case.verdict is Verdict.UNANSWERED
        assert change.case.signals == {}
        assert change.wants is Verdict.GOOD


def test_what_would_change_nothing_is_passed_over() -> None:
    assert cooked(a_case("ABC 12"), ChangeKind.RECOGNITION_NOISE) == []
    names = {change.name for change in cooked(a_case("ABC 12"), ChangeKind.CASE_AND_PUNCTUATION)}
    assert names == {"case_and_punctuation/lowered"}


def test_no_changed_answer_is_longer_than_answers_may_be() -> None:
    case = a_case("We stir and stir. " * ((MAX_ANSWER_CHARACTERS - 100) // 18))
    made = list(change_case(case, a_question(), SUITE, per_kind=500, seed=0))
    assert {change.kind for change in made} >= {ChangeKind.INSTRUCTION, ChangeKind.UNICODE}
    assert ChangeKind.PADDING not in {change.kind for change in made}
    assert max(len(change.case.answer) for change in made) <= MAX_ANSWER_CHARACTERS


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        ([], "watch the pan"),
        ([Edit(0, 0, "Well, ")], "watch the pan"),
        ([Edit(3, 3, "<"), Edit(16, 16, ">")], "watch the pan"),
        ([Edit(9, 12, "a hot")], "watch a hot pan"),
        ([Edit(9, 13, "")], "watch pan"),
        ([Edit(0, 8, "Vee watch")], "Vee watch the pan"),
        ([Edit(13, 20, "panna")], "watch the panna"),
        ([Edit(0, 2, ""), Edit(8, 9, "  "), Edit(17, 20, "")], "watch  the pan"),
    ],
)
def test_a_quote_follows_the_edits_of_its_answer(edits: list[Edit], after: str) -> None:
    text = "We watch the pan all day"
    start, end = move_span(3, 16, edits)
    assert apply_edits(text, edits)[start:end] == after


def test_punctuation_is_lost_between_words_and_kept_in_figures_and_names() -> None:
    case = a_case('At 7:30, "good"? It\'s (v1.2) mlflow.evaluate, e.g. 99.5 %; done!')
    [lowered] = [c for c in cooked(case, ChangeKind.CASE_AND_PUNCTUATION) if "low" in c.name]
    assert lowered.case.answer == "at 7:30 good it's v1.2 mlflow.evaluate e.g 99.5 % done"


def test_paragraphs_before_and_after_an_answer_are_not_the_same() -> None:
    made = cooked(a_case("We stir."), ChangeKind.PADDING)
    around = [change.case.answer for change in made if change.name.endswith("@around")]
    assert len(around) == len(SUITE.padding)
    for answer in around:
        before, _, after = answer.partition("\n\nWe stir.\n\n")
        assert before and after and before != after


@pytest.mark.parametrize("number", range(1, 6))
def test_noise_that_can_stand_in_one_place_only_stands_there(number: int) -> None:
    made = cooked(a_case("See Kafka", number=number), ChangeKind.RECOGNITION_NOISE)
    assert any(change.name == "recognition_noise/terms" for change in made)


def test_of_two_noises_that_meet_the_first_stays() -> None:
    first, meeting, other = Edit(0, 5, "x"), Edit(5, 8, "y"), Edit(9, 9, "z")
    assert drop_colliding([first], [meeting, other]) == [first, other]


def test_a_recogniser_hears_the_longest_term() -> None:
    suite = SUITE.model_copy(
        update={"mishearings": {"delta": ("dell to",), "delta live tables": ("delta lies",)}}
    )
    case = a_case("Delta Live Tables write it, and delta holds it.")
    made = change_case(case, a_question(), suite, per_kind=9, seed=0)
    heard = {c.case.answer for c in made if c.name == "recognition_noise/terms"}
    assert heard <= {
        "delta lies write it, and dell to holds it.",
        "delta lies write it, and delta holds it.",
        "Delta Live Tables write it, and dell to holds it.",
    }
    assert heard


# The suite's file

CONTENT = SUITE.model_dump(mode="json")


def item(key: str, index: int, **changes: object) -> dict[str, object]:
    items = [dict(entry) for entry in CONTENT[key]]
    items[index] |= changes
    return {key: items}


@pytest.mark.parametrize(
    ("update", "place", "reason"),
    [
        ({"owner": "me"}, "owner", "Extra inputs are not permitted"),
        (item("instructions", 1, wants="great"), "instructions: 1: wants", "Input should be"),
        (item("instructions", 2, text=" "), "instructions: 2: text", "String should match"),
        (item("padding", 1, name="A Name"), "padding: 1: name", "String should match"),
        (item("padding", 1, name="thanks"), "padding", "two are called thanks; rename one"),
        (item("quotations", 0, text="You said so."), "quotations: 0: text", "say where the"),
        ({"dropped_words": ["a", "no"]}, "dropped_words: 1", "'no' is a number or a negation"),
        ({"sound_alikes": {"for": ["four"]}}, "sound_alikes: for: 0", "'four' is a number"),
        ({"sound_alikes": {"not": ["knot"]}}, "sound_alikes: not", "'not' is a number or"),
        ({"mishearings": {"dbt": ["DBT"]}}, "mishearings", "'dbt' is heard as itself"),
        ({"contentless": []}, "contentless", "Tuple should have at least 1 item"),
    ],
)
def test_a_suite_that_can_t_be_used_names_file_and_place(
    tmp_path: Path, update: dict[str, object], place: str, reason: str
) -> None:
    file = tmp_path / "suite.yaml"
    file.write_text(json.dumps(CONTENT | update, ensure_ascii=False), "utf-8")  # JSON is YAML
    with pytest.raises(SuiteError) as caught:
        read_suite(file)
    assert re.match(rf"{re.escape(str(file))}:\d+: {place}: {reason}", str(caught.value))


def test_a_fault_is_given_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "suite.yaml"
    text = FILE.read_text("utf-8")
    line = text[: text.index("  - name: threat")].count("\n") + 2
    file.write_text(
        text.replace("  - name: threat\n    wants: good", "  - name: threat\n    wants: x")
    )
    with pytest.raises(SuiteError) as caught:
        read_suite(file)
    assert str(caught.value).startswith(f"{file}:{line}: instructions: 5: wants: ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"padding: [", r":\d+: not YAML: "),
        (b"padding: []\npadding: []\n", r":\d+: not YAML: found duplicate key"),
        (b"\xff\xfe\xff", r": can't be read: "),
        (b"", r":1: Input should be"),
        (b"- a\n", r":1: Input should be"),
    ],
)
def test_a_file_that_is_no_suite_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "suite.yaml"
    file.write_bytes(content)
    with pytest.raises(SuiteError) as caught:
        read_suite(file)
    assert re.match(re.escape(str(file)) + reason, str(caught.value))


def test_a_missing_suite_is_named(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"none\.yaml: can't be read"):
        read_suite(tmp_path / "none.yaml")


# What the committed suite holds


@pytest.mark.parametrize(
    ("count", "least"),
    [
        (len(SUITE.instructions), 25),
        (len(SUITE.quotations), 8),
        (len(SUITE.mishearings), 60),
        (len(SUITE.sound_alikes), 40),
        (len(SUITE.padding), 8),
        (len(SUITE.contentless), 25),
        (len(UNICODE_CHANGES), 8),
    ],
)
def test_the_committed_suite_is_varied(count: int, least: int) -> None:
    assert count >= least


@pytest.mark.parametrize(
    "forged",
    [r'"verdict": ?"good"', r"^=== answer [0-9a-f]{16} ===$", "</answer>", "END OF ANSWER",
     r"<\|im_start\|>", r"^\[SA\]", "^system:", "^Assistant:", r"\[INST\]", "<!--",
     "[\u4e00-\u9fff]", "[\u0400-\u04ff]"],
)  # fmt: skip
def test_the_committed_instructions_hold_each_way_to_forge_one(forged: str) -> None:
    texts = [instruction.text for instruction in SUITE.instructions]
    assert any(re.search(forged, text, re.MULTILINE) for text in texts)


def test_the_committed_instructions_try_for_more_than_one_verdict() -> None:
    assert {instruction.wants for instruction in SUITE.instructions} == set(Verdict)


def test_a_forged_result_names_the_verdict_that_it_wants() -> None:
    forged = [i for i in SUITE.instructions if i.text.startswith("{")]
    assert len(forged) >= 2
    assert all(json.loads(i.text)["verdict"] == i.wants for i in forged)


def test_no_instruction_is_one_that_the_judges_were_trained_or_tested_on() -> None:
    known = [*(ROOT / "tests" / "judging").glob("test_*.py")]
    known += (ROOT / "tests" / "judging" / "cassettes").rglob("*.yaml")
    known += (ROOT / "evals").glob("*/*.yaml")
    known += (ROOT / "evals").glob("training/*.jsonl")
    corpus = " ".join(one_line(file.read_text("utf-8")) for file in known)
    assert [i.name for i in SUITE.instructions if one_line(i.text) in corpus] == []


def one_line(text: str) -> str:
    return " ".join(text.casefold().split())


def test_what_is_put_in_makes_no_claim_a_signal_could_rest_on() -> None:
    named = [re.escape(term) for term in SUITE.mishearings if len(term) > 3 and term != "json"]
    terms = re.compile("|".join(named), re.IGNORECASE)
    texts = [*SUITE.padding, *SUITE.contentless, *SUITE.instructions, *SUITE.quotations]
    assert [w.name for w in texts if terms.search(w.text)] == []
