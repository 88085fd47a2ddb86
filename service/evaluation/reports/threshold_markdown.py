"""Markdown for a summary: the recommendation, then the thresholds."""

from collections.abc import Iterator

from service.escaping import as_markdown, printable
from service.evaluation.metrics.verdict_metrics import HARMS
from service.evaluation.reports import threshold_sentences as sentences
from service.evaluation.reports.threshold_table import head, rows
from service.evaluation.threshold.threshold_report import Cascading

__all__ = ["markdown"]


def markdown(cascading: Cascading) -> str:
    """A page that can be read in a minute, the recommendation first."""
    return printable("\n".join(_lines(cascading)) + "\n")


def _lines(cascading: Cascading) -> Iterator[str]:
    yield f"## Probewise: {sentences.TITLE[0].lower()}{sentences.TITLE[1:]}"
    yield ""
    yield f"{as_markdown(sentences.what_was_run(cascading))}."
    yield ""
    if assumed := sentences.assumed(cascading):
        yield f"⚠ {assumed}"
        yield ""
    yield from ("```", *sentences.settings(cascading), "```", "")
    for sentence in (sentences.because, sentences.compared, sentences.honestly):
        yield sentence(cascading)
        yield ""
    remarks = [f"- {as_markdown(remark, 500)}" for remark in sentences.remarks(cascading)]
    yield from (*remarks, "") if remarks else ()
    names = head(cascading, tuple(HARMS))
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"
    for row in rows(cascading, tuple(HARMS)):
        cells = (row.name, *row.cells)
        yield f"| {' | '.join(f'**{cell}**' if row.is_recommended else cell for cell in cells)} |"
