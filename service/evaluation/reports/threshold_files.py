"""Write a threshold report to a file: an HTML page (.html), Markdown (.md) or JSON (.json)."""

from collections.abc import Iterator
from functools import cache

import jinja2

from service.escaping import as_markdown, printable
from service.evaluation.metrics.verdict_metrics import HARMS
from service.evaluation.reports import threshold_sentences as sentences
from service.evaluation.reports.html_page import load_templates
from service.evaluation.reports.report_files import ReportFiles
from service.evaluation.reports.threshold_plot import draw_plot
from service.evaluation.reports.threshold_table import format_threshold, make_head, make_rows
from service.evaluation.threshold.threshold_report import ThresholdReport

__all__ = [
    "check_suffix",
    "render_html",
    "render_json",
    "render_markdown",
    "write_threshold_report",
]


def render_json(report: ThresholdReport) -> str:
    """Render everything as JSON, every threshold included."""
    return report.model_dump_json(indent=2) + "\n"


def render_html(report: ThresholdReport) -> str:
    """Render a self-contained page that loads and runs nothing."""
    page = _load_template().render(
        report=report,
        title=sentences.TITLE,
        runs=sentences.name_runs(report),
        assumption=sentences.explain_assumption(report),
        threshold=format_threshold(report.recommended.threshold),
        settings=sentences.list_settings(report),
        choice=sentences.explain_choice(report),
        comparison=sentences.compare_with_single_judges(report),
        cross_fit=sentences.explain_cross_fit(report),
        remarks=list(sentences.list_remarks(report)),
        plot=draw_plot(report),
        head=make_head(report, HARMS),
        rows=list(make_rows(report, HARMS)),
    )
    return printable(page)


def render_markdown(report: ThresholdReport) -> str:
    """Render a summary that can be read in a minute, the recommendation first."""
    return printable("\n".join(_write_lines(report)) + "\n")


@cache
def _load_template() -> jinja2.Template:
    return load_templates().get_template("threshold_page.html.jinja")


def _write_lines(report: ThresholdReport) -> Iterator[str]:
    yield f"## Probewise: {sentences.TITLE[0].lower()}{sentences.TITLE[1:]}"
    yield ""
    yield f"{as_markdown(sentences.name_runs(report))}."
    yield ""
    if assumption := sentences.explain_assumption(report):
        yield f"⚠ {assumption}"
        yield ""
    yield from ("```", *sentences.list_settings(report), "```", "")
    for explain in (
        sentences.explain_choice,
        sentences.compare_with_single_judges,
        sentences.explain_cross_fit,
    ):
        yield explain(report)
        yield ""
    remarks = [f"- {as_markdown(remark, 500)}" for remark in sentences.list_remarks(report)]
    yield from (*remarks, "") if remarks else ()
    names = make_head(report, HARMS)
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"
    for row in make_rows(report, HARMS):
        cells = (row.name, *row.cells)
        yield f"| {' | '.join(f'**{cell}**' if row.is_recommended else cell for cell in cells)} |"


_FILES = ReportFiles[ThresholdReport](
    {".html": render_html, ".md": render_markdown, ".json": render_json}
)
check_suffix, write_threshold_report = _FILES.check, _FILES.write
