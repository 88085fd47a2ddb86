"""The HTML page: text stays text, nothing is loaded, and what made it red is one click away."""

import re
from collections.abc import Callable
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as some

import service.evaluation.reports.report as package
from service.escaping import printable
from service.evaluation.cases.case_result import GivenGrade, GivenSignal
from service.evaluation.gates.gates import GateCheck
from service.evaluation.reports.html_page import render_html
from service.evaluation.reports.marked_evidence import find_misquotes, mark_evidence
from service.evaluation.reports.report import RunReport
from service.judging.models import Evidence, SignalStatus, Verdict
from tests.evaluation.cases import a_case, a_line
from tests.evaluation.reports.building import (
    HOSTILE,
    SHAPES,
    a_hostile_report,
    a_report,
    green,
    red,
)
from tests.evaluation.reports.page import Element, parsed

pytestmark = pytest.mark.slow

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
SHOWN, PLANNED, CONTRADICTED = list(SignalStatus)[:3]
CSS = Path(package.__file__ or "").parent / "page.css"
ANSWER = "We watch the pan and stir it on a timer."


def page_of(report: RunReport) -> Element:
    return parsed(render_html(report))


def a_given(*evidence: tuple[str, SignalStatus, int, int], answer: str = ANSWER) -> GivenGrade:
    """A grade with evidence: signal, its status, start and end."""
    line = a_line(a_case(answer=answer))
    assert line.given
    signals = {
        name: GivenSignal(
            status=next(status for other, status, *_ in evidence if other == name),
            evidence=tuple(
                Evidence(quote=answer[a:b], start=a, end=b) for o, _, a, b in evidence if o == name
            ),
        )
        for name in dict.fromkeys(name for name, *_ in evidence)
    }
    return line.given.model_copy(update={"signals": signals})


def segments(*evidence: tuple[str, SignalStatus, int, int]) -> list[tuple[str, str, str]]:
    case = a_case(answer=ANSWER)
    return [(part.text, part.shows, part.kind) for part in mark_evidence(case, a_given(*evidence))]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_becomes_an_element_or_an_attribute(name: str) -> None:
    harmless = "word" * 1000 if name == "long" else "word"
    ours, page = page_of(a_hostile_report(harmless)), page_of(a_hostile_report(HOSTILE[name]))
    assert [(e.tag, list(e.attributes)) for e in page.all()] == [
        (e.tag, list(e.attributes)) for e in ours.all()
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_text_is_shown_to_the_letter(name: str) -> None:
    text = printable(HOSTILE[name])
    page = page_of(a_hostile_report(HOSTILE[name]))
    answers = page.all("blockquote")
    assert answers and all(answer.text == text for answer in answers)
    shown = [paragraph.text for paragraph in page.all("p") if paragraph.attributes.get("dir")]
    assert shown and set(shown) == {text}
    assert page.all("li")[0].text == text


@pytest.mark.parametrize("shape", SHAPES)
def test_the_page_loads_and_runs_nothing(shape: str) -> None:
    for page in (page_of(SHAPES[shape]()), page_of(a_hostile_report(HOSTILE["tags"]))):
        for element in page.all():
            assert element.tag not in {"script", "link", "img", "iframe", "object", "form", "base"}
            assert not [name for name in element.attributes if name.startswith("on")]
            assert "src" not in element.attributes
            assert element.attributes.get("href", "#").startswith("#")
            assert re.fullmatch(r"(--share: [\d.]+)?", element.attributes.get("style", ""))
        (policy,) = [m for m in page.all("meta") if "http-equiv" in m.attributes]
        assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"
        (style,) = page.all("style")
        assert not re.search(r"url\(|@import|//", style.text)


@pytest.mark.parametrize(
    "report",
    [*SHAPES.values(), *(partial(a_hostile_report, text) for text in HOSTILE.values())],
    ids=[*SHAPES, *HOSTILE],
)
def test_every_link_leads_to_one_place(report: Callable[[], RunReport]) -> None:
    page = page_of(report())
    ids = [e.attributes["id"] for e in page.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    links = page.all("a")
    assert links and {unquote(link.attributes["href"][1:]) for link in links} <= set(ids)


@pytest.mark.parametrize("shape", SHAPES)
def test_who_sees_nothing_or_uses_no_mouse_gets_everything(shape: str) -> None:
    page = page_of(SHAPES[shape]())
    for table in page.all("table"):
        widths = {len(row.all("th", "td")) for row in table.all("tr")}
        assert len(widths) == 1 and all(head.attributes.get("scope") for head in table.all("th"))
        assert all(cell.line for cell in table.all("th", "td"))
    for scroller in (e for e in page.all() if e.attributes.get("class") in {"scroll", "long"}):
        assert scroller.attributes["tabindex"] == "0" and scroller.attributes["aria-label"]
    assert all(plot.attributes["aria-label"] for plot in page.all("svg"))
    for details in page.all("details"):
        first = next(child for child in details.children if isinstance(child, Element))
        assert first.tag == "summary" and first.line
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_red_page_opens_with_each_failed_gate_and_links_to_its_cases() -> None:
    page = page_of(SHAPES["red"]())
    first = page.all("h2")[0]
    assert first.line == "✗ 1 gate of 2 failed"
    assert page.all("title")[0].text.startswith("✗ ")
    (state,) = page.all("section")
    assert "accuracy is 0.1, but it must be at least 0.9 2 cases: c-0 c-2" in state.line
    links = [link for link in state.all("a") if link.text == "c-0"]
    case = page.by_id(unquote(links[0].attributes["href"][1:]))
    assert "cooking.1, expected good: It says so." in case.line
    assert "Nothing is watched." in case.line


def test_a_green_page_says_so_and_lists_what_held() -> None:
    page = page_of(SHAPES["the same again"]())
    assert page.all("h2")[0].line == "✓ All 1 gate held"
    assert "accuracy holds" in page.all("section")[0].line
    assert not page.all("title")[0].text.startswith("✗")
    assert "No verdict flipped." in page.line


def test_a_broken_run_is_neither_green_nor_just_a_failed_gate() -> None:
    page = page_of(SHAPES["broken"]())
    assert page.all("h2")[0].line == "⚠ The run broke, and 1 gate of 2 failed"
    assert page.all("section")[0].all("li")[0].line == "3 answers are missing"
    only = a_report(
        [a_line()], None, GateCheck(broken=("no baseline",), results=green("a").results)
    )
    assert page_of(only).all("h2")[0].line == "⚠ The run broke"


def test_an_ungraded_case_is_shown_with_its_reason_and_answer() -> None:
    page = page_of(SHAPES["wrong and ungraded"]())
    assert "Ungraded (1)" in [heading.line for heading in page.all("h2")]
    shown = page.by_id("ungraded-c-1").line
    assert "ungraded, refused" in shown and "the model declined" in shown
    assert "We watch the pan, says c-1." in shown


def test_flips_are_told_apart_and_not_shown_as_wrong_again() -> None:
    cases = [a_case(f"c-{n}", verdict=WEAK) for n in range(5)]
    base = [a_line(case, v) for case, v in zip(cases, (WEAK, GOOD, GOOD, GOOD, WEAK), strict=True)]
    new = [
        a_line(case, v) for case, v in zip(cases, (GOOD, WEAK, PARTIAL, GOOD, WEAK), strict=True)
    ]
    page = page_of(a_report(new, base))
    assert [heading.line for heading in page.all("h3")] == [
        "Newly wrong (1)",
        "Wrong before and now, in another way (1)",
        "Newly right (1)",
    ]
    places = {e.attributes["id"] for e in page.all("div") if "id" in e.attributes}
    assert places == {"flips-c-0", "flips-c-1", "flips-c-2", "wrong-c-3"}
    (still,) = [s for s in page.all("summary") if s.line.startswith("c-3")]
    assert still.line == "c-3: good, expected weak wrong in the baseline too"


def test_a_right_case_that_a_failed_gate_names_is_shown_too() -> None:
    page = page_of(a_report([a_line(), a_line(a_case("c-2"), GOOD)], None, red("c-1", "c-2")))
    assert [link.attributes["href"] for link in page.all("section")[0].all("a")] == [
        "#others-c-1",
        "#wrong-c-2",
    ]


def test_a_gate_on_changed_answers_links_to_the_changed_answer() -> None:
    page = page_of(SHAPES["robustness"]())
    assert [a.attributes["href"] for a in page.all("section")[0].all("a")] == ["#changed-c-2"]
    shown = page.by_id("changed-c-2").line
    assert "instruction/forged@head, which the attack wanted: good" in shown
    assert "ungraded, refused" in page.by_id("changed-c-5").line


def test_a_case_that_is_not_in_the_run_is_named_without_a_link() -> None:
    page = page_of(a_report([a_line()], None, red("gone")))
    (state,) = page.all("section")
    assert "1 case: gone" in state.line and not state.all("a")


def test_of_many_cases_the_first_are_shown_and_all_can_be_reached() -> None:
    cases = [a_case(f"c-{n}") for n in range(40)]
    names = [case.id for case in cases]
    page = page_of(a_report([a_line(case, GOOD) for case in cases], None, red(*names)))
    (state,) = page.all("section")
    assert [link.text for link in state.all("a")] == names
    assert [len(more.all("a")) for more in state.all("details")] == [28, 0]


def test_repeats_of_a_case_stand_together_and_each_says_which_it_is() -> None:
    page = page_of(SHAPES["repeats"]())
    assert "given, repeat 2: ungraded, refused" in page.by_id("ungraded-c-4").line
    (figure,) = [row for row in page.all("tr") if row.line.startswith("repeats that agree")]
    assert figure.all("td")[0].line == "0.000 (0.000–0.793)"


def test_evidence_is_marked_at_its_offsets_and_nowhere_else() -> None:
    assert segments(("good.1", SHOWN, 3, 16), ("weak.1", SHOWN, 21, 25)) == [
        ("We ", "", ""),
        ("watch the pan", "good.1", "for"),
        (" and ", "", ""),
        ("stir", "weak.1", "against"),
        (" it on a timer.", "", ""),
    ]


def test_evidence_of_two_signals_that_overlap_names_both_where_they_do() -> None:
    assert segments(("good.1", SHOWN, 0, 16), ("good.2", PLANNED, 9, len(ANSWER))) == [
        ("We watch ", "good.1", "for"),
        ("the pan", "good.1, good.2 planned", "mixed"),
        (ANSWER[16:], "good.2 planned", "planned"),
    ]


@pytest.mark.parametrize(
    ("signal", "status", "kind"),
    [
        ("good.1", SHOWN, "for"),
        ("good.1", CONTRADICTED, "against"),
        ("weak.1", SHOWN, "against"),
        ("weak.1", CONTRADICTED, "for"),
        ("good.1", PLANNED, "planned"),
    ],
)
def test_evidence_is_coloured_by_whom_it_speaks_for(
    signal: str, status: SignalStatus, kind: str
) -> None:
    assert segments((signal, status, 0, len(ANSWER)))[0][2] == kind


@pytest.mark.parametrize(
    ("quote", "start", "end"),
    [("watch", 4, 9), ("watch", 3, 9), ("never said", 0, 10), ("", 0, 0), ("timer.", 34, 99)],
)
def test_a_quote_that_is_not_there_is_not_marked_but_told(quote: str, start: int, end: int) -> None:
    case, evidence = a_case(answer=ANSWER), Evidence(quote=quote, start=start, end=end)
    signals = {"good.1": GivenSignal(status=SHOWN, evidence=(evidence,))}
    given = a_given().model_copy(update={"signals": signals})
    assert [part.text for part in mark_evidence(case, given)] == [ANSWER]
    assert find_misquotes(case, given) == [("good.1", quote)]
    page = page_of(
        a_report([a_line(case, GOOD).model_copy(update={"given": given})], None, red("c-1"))
    )
    assert not page.all("mark") and [one.text for one in page.all("q")] == [quote]


SPAN = some.tuples(some.integers(0, 30), some.integers(0, 30)).map(sorted)


@drawn(some.text(min_size=1, max_size=30), some.lists(SPAN, max_size=5))
def test_the_segments_are_the_answer_and_each_character_names_its_signals(
    answer: str, spans: list[list[int]]
) -> None:
    ends = [(min(start, len(answer)), min(end, len(answer))) for start, end in spans]
    evidence = [(f"good.{n}", SHOWN, start, end) for n, (start, end) in enumerate(ends)]
    case = a_case(answer=answer)
    parts = mark_evidence(case, a_given(*evidence, answer=answer))
    assert "".join(part.text for part in parts) == answer
    named = [part.shows for part in parts for _ in part.text]
    for place, shows in enumerate(named):
        wanted = [name for name, _, start, end in evidence if start <= place < end]
        assert shows == ", ".join(wanted)


def test_what_is_marked_on_the_page_is_the_quote() -> None:
    given = a_given(("good.1", SHOWN, 3, 16))
    line = a_line(a_case(answer=ANSWER, verdict=PARTIAL)).model_copy(update={"given": given})
    (mark,) = page_of(a_report([line])).all("mark")
    assert (mark.text, mark.attributes) == (
        "watch the pan",
        {"class": "for", "data-shows": "good.1"},
    )


def test_without_confidence_there_are_no_plots_and_one_grade_makes_one_dot() -> None:
    assert not page_of(SHAPES["no confidence"]()).all("svg")
    reliability, coverage = page_of(SHAPES["one case"]()).all("svg")
    assert len(reliability.all("circle")) == len(coverage.all("circle")) == 1


def themes() -> list[dict[str, str]]:
    """The colours of the light theme, and of the dark one over them."""
    blocks = re.findall(r":root \{(.+?)\}", CSS.read_text("utf-8"), re.DOTALL)
    light, dark = (dict(re.findall(r"--(\w+): (#?\w+%?);", block)) for block in blocks)
    return [light, light | dark]


def luminance(rgb: list[float]) -> float:
    """The relative luminance of WCAG 2.2, of parts from 0 to 1."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def parts_of(colour: str) -> list[float]:
    return [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]


def contrast(one: list[float], other: list[float]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_every_text_meets_the_contrast_of_wcag_aa(theme: dict[str, str]) -> None:
    names = ("ink", "soft", "good", "partial", "weak", "unanswered", "accent")
    for name in names:
        for under in ("paper", "panel"):
            assert contrast(parts_of(theme[name]), parts_of(theme[under])) >= 4.5, (name, under)
    full = int(theme["strength"].rstrip("%")) / 100
    for tint in ("accent", "weak"):
        pairs = zip(parts_of(theme[tint]), parts_of(theme["paper"]), strict=True)
        cell = [full * one + (1 - full) * other for one, other in pairs]
        assert contrast(parts_of(theme["ink"]), cell) >= 4.5, tint


def test_the_kinds_of_evidence_can_be_told_apart_without_colour() -> None:
    css = CSS.read_text("utf-8")
    assert "attr(data-shows)" in css
    colours = re.findall(r"mark\.(?:for|against|planned|mixed) \{ --kind: var\(--(\w+)\)", css)
    assert len(colours) == 4 and all(a != b for a, b in combinations(colours, 2))
