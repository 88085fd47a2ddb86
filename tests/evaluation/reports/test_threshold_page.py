"""What is shown of a cascade: page, Markdown and JSON, in the same words."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.escaping import printable
from service.evaluation.reports import threshold_sentences as sentences
from service.evaluation.reports.threshold_files import (
    check_suffix,
    render_html,
    render_json,
    render_markdown,
    write_threshold_report,
)
from service.evaluation.reports.threshold_plot import draw_plot
from service.evaluation.reports.threshold_table import (
    format_cost,
    format_threshold,
    make_head,
    make_rows,
)
from service.evaluation.threshold.threshold_report import ThresholdReport
from service.judging.models import Verdict
from service.judging.review import Flag
from service.reasons import Reason
from service.settings import read_settings
from tests.evaluation.reports.building import HOSTILE
from tests.evaluation.reports.page import Element, parsed
from tests.evaluation.threshold_runs import CASES, a_threshold_report, embedded_line, llm_line

pytestmark = pytest.mark.slow

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
FIRST = [
    embedded_line(case, WEAK, 0.99 - n / 50, flags=(Flag.RECITED_PLAYBOOK,) if n == 3 else ())
    for n, case in enumerate(CASES)
]
SECOND = [llm_line(case, (WEAK, GOOD)[n % 3 > 0]) for n, case in enumerate(CASES)]
RIGHT = [llm_line(case, case.verdict) for case in CASES]
SHAPES: dict[str, Callable[[], ThresholdReport]] = {
    "measured": lambda: a_threshold_report(FIRST, SECOND),
    "within a margin": lambda: a_threshold_report(FIRST, RIGHT, margin=0.2),
    "within a budget": lambda: a_threshold_report(FIRST, RIGHT, max_cost_usd=1),
    "in tokens": lambda: a_threshold_report(
        FIRST, [llm_line(c, c.verdict, cost_usd=None) for c in CASES]
    ),
    "without a cost": lambda: a_threshold_report(
        FIRST, [llm_line(c, GOOD, cached=True) for c in CASES]
    ),
    "for nothing": lambda: a_threshold_report(
        FIRST, [llm_line(c, GOOD, cost_usd=0.0) for c in CASES]
    ),
    "assumed": lambda: a_threshold_report(FIRST, None, accuracy=0.9, cost_usd=0.002),
    "assumed without a price": lambda: a_threshold_report(FIRST, None, accuracy=0.9),
    "ungraded": lambda: a_threshold_report(
        FIRST, [llm_line(CASES[0], Reason.REFUSED), *SECOND[1:]]
    ),
    "stood in": lambda: a_threshold_report(
        FIRST, [llm_line(CASES[0], Reason.MODEL_UNAVAILABLE), *SECOND[1:]]
    ),
    "two cases": lambda: a_threshold_report(FIRST[:2], SECOND[:2]),
    "all alike": lambda: a_threshold_report(
        [embedded_line(c, c.verdict, 1.0) for c in CASES], RIGHT
    ),
}
EVERY = pytest.mark.parametrize("shape", SHAPES)


def page_of(shape: str) -> Element:
    return parsed(render_html(SHAPES[shape]()))


@EVERY
def test_the_page_loads_and_runs_nothing_and_everyone_can_read_it(shape: str) -> None:
    page = page_of(shape)
    for element in page.all():
        assert element.tag not in {"script", "link", "img", "iframe", "object", "form", "base"}
        assert not {"src", "style", "href"} & element.attributes.keys()
        assert not [name for name in element.attributes if name.startswith("on")]
    (policy,) = [m for m in page.all("meta") if "http-equiv" in m.attributes]
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert not re.search(r"url\(|@import|//", page.all("style")[0].text)
    (table,) = page.all("table")
    assert len({len(row.all("th", "td")) for row in table.all("tr")}) == 1
    assert all(cell.line for cell in table.all("th", "td"))
    assert page.all("svg")[0].attributes["aria-label"]
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3")]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))


@EVERY
def test_what_is_recommended_can_be_set_as_it_stands_there(
    shape: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = SHAPES[shape]()
    monkeypatch.chdir(tmp_path)
    (told,) = page_of(shape).all("pre")
    assert told.text in render_markdown(found)
    for setting in told.text.split():
        name, _, value = setting.partition("=")
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert settings.judge_in_use == "cascade"
    assert settings.cascade_threshold == found.recommended.threshold


@EVERY
def test_everything_is_drawn_inside_the_plot(shape: str) -> None:
    plot = draw_plot(SHAPES[shape]())
    drawn = [tuple(map(float, place.split(","))) for place in f"{plot.curve} {plot.band}".split()]
    drawn += [plot.embedded, plot.llm, plot.recommended, plot.cross_fitted]
    assert all(56 <= x <= 340 and 12 <= y <= 252 for x, y in drawn)
    for ticks, (start, end) in ((plot.x_ticks, (56, 340)), (plot.y_ticks, (252, 12))):
        assert (ticks[0][0], ticks[-1][0]) == (start, end) and 2 <= len(ticks) <= 8
        assert len({label for _, label in ticks}) == len(ticks)


def test_cost_goes_across_and_what_is_better_stands_higher() -> None:
    plot = draw_plot(SHAPES["within a margin"]())
    assert plot.across == "US dollars for 1,000 answers"
    assert plot.embedded[0] == 56 < plot.recommended[0] < plot.llm[0]
    assert plot.llm[1] < plot.recommended[1] < plot.embedded[1]
    assert draw_plot(SHAPES["in tokens"]()).across == "thousand tokens for 1,000 answers"
    for shape in ("without a cost", "for nothing", "assumed without a price"):
        assert draw_plot(SHAPES[shape]()).across.startswith("share of answers")


@EVERY
def test_page_and_summary_show_the_same_rows_the_recommended_one_marked(shape: str) -> None:
    found, page = SHAPES[shape](), page_of(shape)
    shown = [[cell.line for cell in row.all("th", "td")] for row in page.all("tr")]
    lines = [line for line in render_markdown(found).splitlines() if line.startswith("| ")]
    assert shown == [line.replace("**", "").strip("| ").split(" | ") for line in lines]
    assert (shown[1][0], shown[-1][0]) == ("embedded alone", "LLM alone")
    (chosen,) = [row for row in page.all("tr") if row.attributes.get("class") == "chosen"]
    assert chosen.line.startswith(f"{format_threshold(found.recommended.threshold)}, recommended")
    assert sum(line.startswith("| **") for line in lines) == 1


def test_of_many_thresholds_some_are_shown_and_always_those_that_matter() -> None:
    for margin in (0.0, 0.07, 0.2):
        found = a_threshold_report(FIRST, RIGHT, margin=margin)
        names = [row.name.partition(",")[0] for row in make_rows(found, ())][1:-1]
        assert len(found.points) == 20 and 10 <= len(names) <= 12
        thresholds = [float(name) for name in names]
        assert thresholds == sorted(thresholds) and (thresholds[0], thresholds[-1]) == (0, 1)
        assert {found.best.threshold, found.recommended.threshold} <= set(thresholds)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("measured", "The test split is among these cases"),
        ("within a margin", "at most 0.2 below the best"),
        ("within a budget", "that $1 for 1,000 answers can buy"),
        ("measured", "No threshold is more accurate"),
        ("without a cost", "recorded neither prices nor tokens"),
        ("stood in", "1 time no model answered"),
        ("stood in", "1 LLM grade came from the cache or failed"),
        ("all alike", "The embedded judge alone lies within the margin too"),
        ("assumed", "Assumed, not measured: an LLM that is right on 0.9"),
        ("assumed", "at $0.002 for each grade"),
        ("assumed without a price", "Assumed, not measured"),
        ("measured", "200 times over"),
    ],
)
def test_a_reader_is_told_what_to_know_first(shape: str, said: str) -> None:
    summary = render_markdown(SHAPES[shape]()).replace("\\", "")
    assert said in page_of(shape).line and said in summary


def test_what_was_measured_is_not_called_assumed() -> None:
    assert sentences.explain_assumption(SHAPES["measured"]()) is None
    assert "ssumed" not in render_html(SHAPES["measured"]()).partition("</style>")[2]
    priced = a_threshold_report(
        FIRST, [llm_line(c, GOOD, cost_usd=None) for c in CASES], cost_usd=0.01
    )
    assert (
        sentences.explain_assumption(priced)
        == "Assumed, not measured: the LLM's price, $0.01 for each grade."
    )


def test_an_llm_that_is_better_alone_is_said_to_be() -> None:
    first = [embedded_line(case, PARTIAL, 1.0) for case in CASES]
    told = list(sentences.list_remarks(a_threshold_report(first, RIGHT)))
    assert "The LLM alone is more accurate than any threshold: PROBEWISE_JUDGE=llm." in told
    asked = [embedded_line(case, PARTIAL, 0.5) for case in CASES]
    assert any(
        "asked about every one" in told
        for told in sentences.list_remarks(a_threshold_report(asked, RIGHT))
    )


def test_ungraded_answers_have_a_column_only_where_there_are_some() -> None:
    assert "ungraded" in make_head(SHAPES["ungraded"](), ())
    assert "ungraded" not in make_head(SHAPES["measured"](), ())


@pytest.mark.parametrize(
    ("unit", "per_1000", "shown"),
    [
        ("usd", 1234.567, "$1,234.57"),
        ("usd", 0.0, "$0"),
        ("usd", None, "-"),
        ("tokens", 1_204_321.0, "1,204 k"),
    ],
)
def test_a_cost_is_written_for_people(unit: str, per_1000: float | None, shown: str) -> None:
    found = SHAPES["measured"]().model_copy(update={"cost_unit": unit})
    assert format_cost(found, per_1000) == shown


def test_small_costs_keep_their_digits() -> None:
    cheap = a_threshold_report(FIRST, [llm_line(c, GOOD, cost_usd=0.000123) for c in CASES])
    assert format_cost(cheap, cheap.llm.cost_per_1000) == "$0.1230"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_run_or_playbook_becomes_more_than_text(name: str) -> None:
    found = SHAPES["measured"]()
    harmless, hostile = (
        found.model_copy(update={"embedded_run": text, "differences": (f"playbook {text}",)})
        for text in ("word", HOSTILE[name])
    )
    ours, page = parsed(render_html(harmless)), parsed(render_html(hostile))
    assert [(e.tag, list(e.attributes)) for e in page.all()] == [
        (e.tag, list(e.attributes)) for e in ours.all()
    ]
    told = f"The runs differ: playbook {HOSTILE[name]}"
    assert printable(told) in [item.text for item in page.all("li")]
    assert not re.search(r"(?<!\\)[<`]", render_markdown(hostile).replace("```", ""))
    assert len(render_markdown(hostile).splitlines()) == len(render_markdown(harmless).splitlines())


@EVERY
def test_json_reads_back_as_what_it_was_written_from(shape: str, tmp_path: Path) -> None:
    found = SHAPES[shape]()
    file = tmp_path / "a" / "cascade.JSON"
    write_threshold_report(found, file)
    assert file.read_text("utf-8") == render_json(found)
    assert ThresholdReport.model_validate_json(file.read_bytes()) == found


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_a_report_is_written_in_the_format_of_its_name(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"cascade{suffix}"
    write_threshold_report(SHAPES["measured"](), file)
    starts = {".html": "<!doctype html>", ".md": "## Probewise: when the", ".json": "{\n"}
    assert file.read_text("utf-8").startswith(starts[suffix])


@pytest.mark.parametrize("name", ["cascade.xml", "cascade"])
def test_another_suffix_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    file = tmp_path / "new" / name
    for refuse in (check_suffix, lambda file: write_threshold_report(SHAPES["measured"](), file)):
        with pytest.raises(ConfigurationError, match=r"ends in \.html, \.md, \.json"):
            refuse(file)
    assert not file.parent.exists()
