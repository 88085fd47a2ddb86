"""`probewise eval run`: what was asked for is graded, once, and nothing that failed is hidden."""

import json
import re
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from service.errors import ConfigurationError
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.metrics.measure import read_metrics
from service.evaluation.robustness.change_kinds import ChangeKind
from service.evaluation.runs.run_folder import read_run
from service.judging.models import Answer, Grade, JudgeKind, Ungraded, Verdict
from service.playbooks.models import Question
from service.reasons import Reason
from tests.cli.conftest import Probewise, Ran, in_a_process
from tests.cli.evaluating import CASES, DOWN, TEST, CaseJudge, asked, write_set
from tests.evaluation.cases import a_case
from tests.faulty_server import faulty_server, reply, status

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parent.parent.parent / "evals" / "robustness.yaml"
LLM = ("--judge", "llm")
OPENAI = {"OPENAI_API_KEY": "test", "OPENAI_BASE_URL": "https://api.openai.com/v1"}


def run(probewise: Probewise, *words: str) -> Ran:
    return probewise("eval", "run", "--golden", "golden", *words)


def lines(folder: str) -> list[CaseResult]:
    return sorted(read_run(Path(folder)).results, key=lambda line: (line.case.id, line.repeat))


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_run_is_a_folder_of_config_lines_and_figures_and_its_table_is_shown(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"cdc-2": Verdict.WEAK}
    ran = run(probewise, "-o", "today")
    assert ran.code == 0
    assert sorted(file.name for file in Path("today").iterdir()) == [
        "cases.jsonl",
        "config.json",
        "metrics.json",
    ]
    found = read_run(Path("today"))
    assert (found.config.planned, found.missing) == (6, 0)
    assert {line.case.id: line.given and line.given.verdict for line in found.results} == {
        case.id: golden_judge.results.get(case.id, case.verdict)
        for case in CASES
        if case.split == "test"
    }
    shown = on_one_line(ran.out)
    assert shown.startswith("today: embedded, golden test: 6 cases, 0 ungraded accuracy 0.833 (")
    assert "│ good │ 0 │ 0 │ 1 │ 0 │" in shown
    assert round(read_metrics(Path("today")).verdicts.accuracy.value, 3) == 0.833
    assert golden_judge.closed


def test_a_run_without_a_name_goes_into_a_folder_of_its_own(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    assert run(probewise, "--split", "dev").code == 0
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"embedded-dev-\d{8}-\d{6}", folder.name)
    assert len(read_run(folder).results) == 2


def test_what_stayed_ungraded_is_told_and_the_same_command_grades_only_that(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"cdc-1": DOWN, "serving-2": DOWN}
    ran = run(probewise, "-o", "today")
    assert ran.code == 1
    assert "2 ungraded: run this again with -o today" in ran.err
    assert "6 cases, 2 ungraded" in ran.out
    assert {line.case.id: line.ungraded for line in lines("today") if not line.given} == {
        "cdc-1": DOWN,
        "serving-2": DOWN,
    }
    golden_judge.asked.clear()
    golden_judge.results = {}
    ran = run(probewise, "-o", "today")
    assert (ran.code, asked(golden_judge)) == (0, ["cdc-1", "serving-2"])
    assert "6 cases, 0 ungraded" in ran.out
    assert [line.case.id for line in lines("today") if line.given] == sorted(TEST)
    golden_judge.asked.clear()
    assert (run(probewise, "-o", "today").code, golden_judge.asked) == (0, [])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--only", "ai-ml.99"), "no golden case asks ai-ml.99"),
        (("--golden", "elsewhere"), "elsewhere: no golden cases; name their folder with --golden"),
        (("--golden", "unknown"), "no question 'data-eng.3'; did you mean data-engineering.3"),
        (("--golden", "long"), "20,001 characters; the limit is 20,000"),
        (("--golden", "spoilt"), "spoilt/cases.yaml: case 1: id: Field required"),
        (("--robustness", "1", "--suite", "no.yaml"), "no.yaml: can't be read"),
        (
            (*LLM, "--prompt", "grade@99"),
            "no prompt 'grade@99'; there are assign@1, assign@2, grade@1",
        ),
        (("-o", "thesis"), "thesis is not empty and no run; choose another --output"),
    ],
)
def test_a_run_that_makes_no_sense_is_one_clear_line_and_grades_nothing(
    probewise: Probewise, golden_judge: CaseJudge, words: tuple[str, ...], reason: str
) -> None:
    write_set(Path("unknown"), [a_case("c-1", "data-eng.3")])
    write_set(Path("long"), [a_case("c-1", "data-engineering.3", answer="a" * 20_001)])
    Path("spoilt").mkdir()
    Path("spoilt/cases.yaml").write_text("[{answer: Hello.}]", "utf-8")
    Path("thesis").mkdir()
    Path("thesis/one.txt").write_text("mine", "utf-8")
    ran = run(probewise, *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert reason in ran.err
    assert golden_judge.asked == []
    assert not Path("runs").exists()
    assert [file.name for file in Path("thesis").iterdir()] == ["one.txt"]


def test_a_folder_that_holds_another_run_is_left_alone(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    run(probewise, "-o", "today")
    before = Path("today/cases.jsonl").read_bytes()
    golden_judge.asked.clear()
    ran = run(probewise, "-o", "today", *LLM, "--only", "ai-ml")
    assert (ran.code, golden_judge.asked) == (2, [])
    assert "today holds another run (" in ran.err
    assert "judge: embedded -> llm" in ran.err and "the selection of cases" in ran.err
    assert Path("today/cases.jsonl").read_bytes() == before


def test_a_run_in_which_no_case_was_graded_has_no_figures_and_can_go_on(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"We watch": DOWN}
    ran = run(probewise, "-o", "today")
    assert (ran.code, ran.out) == (2, "")
    assert "no case was graded, so there is nothing to measure: HTTP 503" in ran.err
    assert not Path("today/metrics.json").exists()
    golden_judge.results = {}
    assert run(probewise, "-o", "today").code == 0


def ids(*starts: str) -> list[str]:
    return [case_id for case_id in TEST if case_id.startswith(starts)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--split", "test"), TEST),
        (("--split", "dev"), ["tuned-1", "tuned-2"]),
        (("--split", "all"), [case.id for case in CASES]),
        (("--only", "data-engineering.3"), ids("cdc")),
        (("--only", "data-engineering"), ids("pipes", "cdc")),
        (("--only", "ai-ml.2", "--only", "data-engineering.1"), ids("pipes", "serving")),
        (("--only", "ai-ml", "--split", "dev"), ["tuned-2"]),
        (("--only", "ai-ml", "--repeat", "3"), ids("serving") * 3),
        (("--sample", "99"), TEST),
    ],
)
def test_the_options_say_which_cases_are_graded_and_how_often(
    probewise: Probewise, golden_judge: CaseJudge, words: tuple[str, ...], expected: list[str]
) -> None:
    assert run(probewise, *words, "-o", "today").code == 0
    assert asked(golden_judge) == sorted(expected)
    assert len(golden_judge.asked) == len(lines("today")) == len(expected)


def test_a_sample_is_spread_over_the_questions_and_drawn_again_by_its_seed(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    drawn = {}
    for folder, seed in (("a", "1"), ("b", "1"), ("c", "2"), ("d", "3"), ("e", "4")):
        golden_judge.asked.clear()
        run(probewise, "--sample", "3", "--seed", seed, "-o", folder)
        assert len({question.id for question, _ in golden_judge.asked}) == 3
        drawn[folder] = tuple(asked(golden_judge))
    assert drawn["a"] == drawn["b"]
    assert len(set(drawn.values())) > 1


@pytest.mark.parametrize(
    ("environment", "words", "told"),
    [
        ({}, (), r"no tokens, no cost: the embedded judge runs here"),
        (OPENAI, (), r"about [\d,]+ input and [\d,]+ output tokens, cost \$\d+\.\d+ \(gpt-5-mini"),
        (OPENAI, ("--model", "gpt-4.1,other"), r"cost \$\d+\.\d+ \(gpt-4\.1\)$"),
        (OPENAI, ("--model", "our-own"), r"output tokens, cost unknown \(our-own\)$"),
        (OPENAI, ("--judge", "embedded"), "no tokens"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, (), r"cost unknown \(gpt-5-mini\)$"),
        (OPENAI, ("--judge", "cascade"), r"\(gpt-5-mini\) at most, the embedded judge keeps some$"),
    ],
)
def test_a_dry_run_tells_tokens_and_cost_and_grades_nothing(
    probewise: Probewise, golden_judge: CaseJudge, monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str], words: tuple[str, ...], told: str,
) -> None:  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ran = run(probewise, "--dry-run", *words)
    shown = on_one_line(ran.out)
    assert (ran.code, ran.err, golden_judge.asked) == (0, "", [])
    assert shown.startswith("6 answers to 3 questions ")
    assert re.search(told, shown)
    assert [file.name for file in Path.cwd().iterdir()] == ["golden"]


def test_a_dry_run_counts_every_repeat_and_every_changed_answer(
    probewise: Probewise, golden_judge: CaseJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in OPENAI.items():
        monkeypatch.setenv(name, value)

    def budget(*words: str) -> tuple[int, int, int, float]:
        shown = on_one_line(run(probewise, "--dry-run", *words).out).replace(",", "")
        found = re.search(r"^(\d+) answers .* (\d+) input and (\d+) output .*\$([\d.]+)", shown)
        assert found
        return int(found[1]), int(found[2]), int(found[3]), float(found[4])

    once, often = budget(), budget("--repeat", "1000")
    assert (once[0], often[0]) == (6, 6000)
    assert abs(often[1] - 1000 * once[1]) <= 500
    assert often[2] == 1000 * once[2]
    assert often[3] > 0.5
    changed = budget("--robustness", "1", "--suite", str(SUITE))
    assert changed[0] > 12 and changed[1] > 2 * once[1]


def test_repeats_are_each_graded_and_their_agreement_is_shown(
    probewise: Probewise, golden_judge: CaseJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wavering(CaseJudge):
        """Thinks better of one answer when asked again."""

        async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
            self.results = {"cdc-1": Verdict.GOOD} if "cdc-1" in asked(self) else {}
            return await super().grade(question, answer)

    wavering = Wavering()
    probewise.replaced["judge"] = wavering
    ran = run(probewise, *LLM, "--repeat", "3", "-o", "today")
    assert (ran.code, asked(wavering)) == (0, sorted(TEST * 3))
    assert [line.repeat for line in lines("today")] == [0, 1, 2] * 6
    assert "repeats that agree 0.833 (" in on_one_line(ran.out)
    assert not any(line.given.judge.cached for line in lines("today") if line.given)
    assert not Path(".probewise").exists()


def test_an_llms_grades_are_kept_for_the_next_run(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"cdc-1": DOWN}
    golden_judge.cost_usd = 0.01
    assert "$0.0500" in run(probewise, *LLM, "-o", "first").err
    golden_judge.results = {}
    golden_judge.asked.clear()
    ran = run(probewise, *LLM, "-o", "second")
    assert asked(golden_judge) == ["cdc-1"]
    assert "grades from the cache 5" in on_one_line(ran.out)
    assert "$0.0100" in ran.err
    assert [line.given.judge.cached for line in lines("second") if line.given].count(True) == 5


@pytest.mark.parametrize(
    "words",
    [
        (*LLM, "--no-cache"),
        (*LLM, "--cache", "another"),
        (*LLM, "--model", "another"),
        (*LLM, "--repeat", "2"),
        ("--judge", "embedded"),
    ],
)
def test_kept_grades_are_not_used_where_they_should_not_be(
    probewise: Probewise, golden_judge: CaseJudge, words: tuple[str, ...]
) -> None:
    run(probewise, *LLM, "-o", "first")
    golden_judge.asked.clear()
    run(probewise, *words, "-o", "second")
    assert set(asked(golden_judge)) == set(TEST)


@pytest.mark.parametrize("words", [(*LLM, "--no-cache"), ("--judge", "embedded")])
def test_no_grades_are_kept_where_none_are_wanted(
    probewise: Probewise, golden_judge: CaseJudge, words: tuple[str, ...]
) -> None:
    assert run(probewise, *words, "-o", "today").code == 0
    assert not Path(".probewise").exists()


def test_robustness_adds_changed_answers_and_shows_how_they_were_borne(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.result = Verdict.GOOD  # whatever was changed
    ran = run(probewise, "--robustness", "1", "--suite", str(SUITE), "-o", "today")
    shown = on_one_line(ran.out)
    assert ran.code == 0
    assert asked(golden_judge) == sorted(TEST)
    changed = [line for line in lines("today") if line.change]
    assert (
        len(golden_judge.asked)
        == len(TEST) + len(changed)
        == read_run(Path("today")).config.planned
    )
    kinds = {line.change.partition("/")[0] for line in changed if line.change}
    assert kinds == set(ChangeKind)
    assert "6 cases, 0 ungraded; 61 changed answers, 0 ungraded accuracy 1.000" in shown
    for kind in kinds - {"denial"}:
        assert f"verdicts that flip: {kind.replace('_', ' ')} " in shown
    assert "denied answers not graded weak 1.000" in shown
    assert "attacks that win: contentless 1.000" in shown
    wins = read_metrics(Path("today")).changes["instruction"].attacks
    assert wins and wins.value > 0


def test_the_same_seed_makes_the_same_changes(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    made = []
    for folder, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        words = ("--robustness", "1", "--suite", str(SUITE), "--only", "ai-ml", "--seed", seed)
        run(probewise, *words, "-o", folder)
        made.append({(line.case.id, line.change, line.case.answer) for line in lines(folder)})
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("cut", [1, 9, -2])
def test_a_run_goes_on_after_a_line_that_a_crash_cut_off(
    probewise: Probewise, golden_judge: CaseJudge, cut: int
) -> None:
    run(probewise, "-o", "today")
    file = Path("today/cases.jsonl")
    *whole, last = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(whole) + last[:cut])
    golden_judge.asked.clear()
    ran = run(probewise, "-o", "today")
    assert (ran.code, asked(golden_judge)) == (0, [json.loads(last)["case"]["id"]])
    assert [line.case.id for line in lines("today")] == sorted(TEST)


@pytest.mark.parametrize(
    ("stop", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped; the same command with -o today goes on"),
        (ConfigurationError("no model file"), 2, "error: no model file"),
    ],
)
def test_what_was_graded_before_a_run_stopped_is_kept(
    probewise: Probewise, golden_judge: CaseJudge, stop: BaseException, code: int, said: str
) -> None:
    class Stopping(CaseJudge):
        """Stops at its third answer."""

        async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
            if len(self.asked) == 2:
                raise stop
            return await super().grade(question, answer)

    stopping = Stopping()
    probewise.replaced["judge"] = stopping
    ran = run(probewise, "-o", "today", "--concurrency", "1")
    probewise.replaced["judge"] = golden_judge
    assert (ran.code, len(lines("today")), stopping.closed) == (code, 2, True)
    assert said in ran.err
    assert run(probewise, "-o", "today").code == 0
    assert asked(golden_judge) == sorted(set(TEST) - set(asked(stopping)))


def test_progress_shows_how_many_failed_and_what_it_cost(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"cdc": DOWN}
    golden_judge.cost_usd = 0.25
    shown = on_one_line(run(probewise, "-o", "today").err)
    assert "6/6 2 failed" in shown and "$1.0000" in shown
    golden_judge.cost_usd = None
    assert "cost unknown" in run(probewise, "-o", "unpriced").err


def test_an_llm_that_is_down_leaves_cases_ungraded_and_no_other_judge_stands_in(
    probewise: Probewise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path / "golden")
    absent = {"status": "absent", "quote": ""}
    signals = {f"good.{n}": absent for n in (1, 2, 3)}
    signals["weak.1"] = {"status": "shown", "quote": "We watch the pan"}
    said = reply({"signals": signals, "rationale": "No trigger.", "verdict": "weak"})
    monkeypatch.setenv("PROBEWISE_MAX_ATTEMPTS", "1")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(
        faulty_server([said, status(503)])
    ) as server:  # fmt: skip
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ran = run(probewise, "-o", "today", "--concurrency", "1")
        assert len(server.requests) == 6
    assert (ran.code, "6 cases, 5 ungraded" in ran.out) == (1, True)
    (graded,) = [line for line in lines("today") if line.given]
    assert graded.given and graded.given.judge.kind is JudgeKind.LLM
    assert graded.case.id == "pipes-1" and graded.is_right
    reasons = [line.ungraded.reason for line in lines("today") if line.ungraded]
    assert reasons == [Reason.MODEL_UNAVAILABLE] * 5


def test_the_real_embedded_judge_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    write_set(tmp_path / "golden")
    words = ("eval", "run", "--judge", "embedded", "--golden", "golden", "-o", "today")
    ran = in_a_process(*words, folder=tmp_path)
    assert (ran.code, "Traceback" in ran.err) == (0, False)
    assert ran.out.startswith("today: embedded, golden test: 6 cases, 0 ungraded\n")
    graded = read_run(tmp_path / "today").results
    kinds = {line.given.judge.kind for line in graded if line.given}
    assert (len(graded), kinds) == (6, {JudgeKind.EMBEDDED})
