"""Read and write playbooks as Markdown tables, the form in which SAs write them, without loss."""

import re

from service.errors import PlaybookError, UnreadableTables
from service.playbooks.cell_marks import hide, write_plainly
from service.playbooks.columns import HEADER
from service.playbooks.findings import Findings
from service.playbooks.markdown_tables import find_tables
from service.playbooks.models import Playbook, Question, SignalKind
from service.playbooks.probes import strip_emphasis, write_weak
from service.playbooks.table_files import read_playbooks
from service.playbooks.table_questions import make_slug
from service.playbooks.wordings import write_wordings

__all__ = ["read_tables", "write_table"]

_RULE = ("---", "----------", "--------------------", "---------------------------", "------------")


def read_tables(text: str, *, file: str = "", playbook_id: str | None = None) -> list[Playbook]:
    """Read every playbook table of a Markdown text, each with the nearest heading and goal above.

    The id comes from the heading ("Playbook 1 — Data Engineering Spike" is `data-engineering`)
    unless `playbook_id` or a comment under the heading, `<!-- id: spike -->`, names it. Raises
    UnreadableTables, a PlaybookError, with every fault and its line and column.
    """
    findings = Findings(file)
    playbooks = read_playbooks(list(find_tables(text, findings)), findings, playbook_id)
    if findings.faults:
        raise UnreadableTables([fault.as_error() for fault in findings.faults])
    return playbooks


def write_table(playbook: Playbook) -> str:
    """Write a playbook as heading, goal and table; `read_tables` reads it back unchanged.

    Raises PlaybookError for a playbook that would not come back the same: a table numbers the
    signals good.1, good.2..., weak.1... and cannot hold another order.
    """
    is_implied = make_slug(playbook.title) == playbook.id
    identity = [] if is_implied else [f"<!-- id: {playbook.id} -->", ""]
    goal = [f"**Goal:** {_escape_bars(write_plainly(playbook.goal))}", ""] if playbook.goal else []
    rule = f"|{'|'.join(_RULE)}|"
    rows = [_write_row(HEADER), rule, *map(_write_question, playbook.questions)]
    text = "\n".join([f"## {_write_title(playbook.title)}", "", *identity, *goal, *rows]) + "\n"
    if read_tables(text) != [playbook]:
        raise PlaybookError(
            f"{playbook.id} fits no table; number its signals good.1, good.2..., weak.1... in order"
        )
    return text


def _write_title(title: str) -> str:
    """Write a title so that what looks like a mark at its ends stays in it."""
    written = _escape_bars(write_plainly(title))
    if strip_emphasis(written) != written:
        written = hide(written[0]) + written[1:]
    ends = re.search(r"(?:^|\s)#+$|\}$", written)
    return written[:-1] + hide(written[-1]) if ends else written


def _write_question(question: Question) -> str:
    good, weak = (
        write_wordings(kind, [signal.wording for signal in question.of_kind(kind)])
        for kind in SignalKind
    )
    text, insight = write_plainly(question.text), write_plainly(question.insight)
    return _write_row((str(question.number), text, good, write_weak(weak, question.probe), insight))


def _write_row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(map(_escape_bars, cells)) + " |"


def _escape_bars(written: str) -> str:
    """Escape every bar, in code too, as a cell needs it; a title and a goal are read alike."""
    return written.replace("|", "\\|")
