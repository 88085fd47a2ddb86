"""One self-contained HTML page: the recommendation, the plot, the thresholds."""

from functools import cache

import jinja2

from service.escaping import printable
from service.evaluation.metrics.verdict_metrics import HARMS
from service.evaluation.reports import threshold_sentences as sentences
from service.evaluation.reports.templates import templates
from service.evaluation.reports.threshold_plot import plotted
from service.evaluation.reports.threshold_table import head, number, rows
from service.evaluation.threshold.threshold_report import Cascading

__all__ = ["html"]


def html(cascading: Cascading) -> str:
    """The page; it loads and runs nothing."""
    page = _template().render(
        cascading=cascading,
        title=sentences.TITLE,
        what_was_run=sentences.what_was_run(cascading),
        assumed=sentences.assumed(cascading),
        threshold=number(cascading.recommended.threshold),
        settings=sentences.settings(cascading),
        because=sentences.because(cascading),
        compared=sentences.compared(cascading),
        honestly=sentences.honestly(cascading),
        remarks=list(sentences.remarks(cascading)),
        plot=plotted(cascading),
        head=head(cascading, tuple(HARMS)),
        rows=list(rows(cascading, tuple(HARMS))),
    )
    return printable(page)


@cache
def _template() -> jinja2.Template:
    return templates().get_template("threshold_page.html.jinja")
