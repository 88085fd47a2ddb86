"""Playbooks as Markdown tables: the form in which SAs write them, read and written losslessly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from service.errors import PlaybookError
from service.playbooks.models import Playbook, Question, Signal, SignalKind

__all__ = ["read_tables", "slug", "write_table"]

HEADER = ("#", "Question", "Good answer signal", "Weak answer signal → probe", "SA insight")
_RULE = ("---", "----------", "--------------------", "---------------------------", "------------")
_CELL_END = re.compile(r"(?<!\\)\|")
_PROBE = re.compile(r"^(?P<weak>.*\S)\s+Ask:\s*\*(?P<probe>[^*]+)\*$", re.DOTALL)
_WEAK_END = re.compile(r"(?<=[\"”] or) (?=[\"“])")


@dataclass(frozen=True)
class _Cell:
    text: str
    column: int


def read_tables(text: str, *, file: str = "", playbook_id: str | None = None) -> list[Playbook]:
    """Every playbook table of a Markdown text, each under its nearest heading and goal.

    The id comes from the heading ("Playbook 1 — Data Engineering Spike" is `data-engineering`)
    unless `playbook_id` names it. Raises PlaybookError with line and column.
    """
    playbooks: list[Playbook] = []
    title, goal = "", ""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if line.startswith("#"):
            title, goal = line.lstrip("#").strip(), ""
        elif line.startswith("**Goal:**"):
            goal = line.removeprefix("**Goal:**").strip()
        elif line.lstrip().startswith("|"):
            rows = [(number, line), *_rest_of_table(lines)]
            questions = tuple(_questions(rows, file))
            identity = playbook_id or slug(title)
            if not identity:
                raise PlaybookError(
                    "the table has no heading to take an id from; add one or pass --id",
                    file=file,
                    line=number,
                )
            playbooks.append(_playbook(identity, title or identity, goal, questions, file, number))
    if not playbooks:
        raise PlaybookError(f"no table found; its header is | {' | '.join(HEADER)} |", file=file)
    if playbook_id and len(playbooks) > 1:
        raise PlaybookError(f"--id names one playbook, but there are {len(playbooks)}", file=file)
    ids = [playbook.id for playbook in playbooks]
    if len(set(ids)) < len(ids):
        raise PlaybookError(f"two tables would both become {ids}; change a heading", file=file)
    return playbooks


def write_table(playbook: Playbook) -> str:
    """The playbook as heading, goal and table; `read_tables` reads it back unchanged."""
    goal = [f"**Goal:** {playbook.goal}", ""] if playbook.goal else []
    rows = [_row(HEADER), "|" + "|".join(_RULE) + "|", *map(_question_row, playbook.questions)]
    return "\n".join([f"## {playbook.title}", "", *goal, *rows]) + "\n"


def slug(title: str) -> str:
    """The playbook id a heading stands for: lower case, joined by hyphens."""
    name = re.sub(r"^playbook\s+\d+\s*[—–:-]\s*", "", title.strip(), flags=re.IGNORECASE)
    name = re.sub(r"\s+spike$", "", name, flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _rest_of_table(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for number, line in lines:
        if not line.lstrip().startswith("|"):
            return
        yield number, line


def _questions(rows: list[tuple[int, str]], file: str) -> Iterator[Question]:
    line, header = rows[0]
    if tuple(cell.text for cell in _cells(header)) != HEADER:
        raise PlaybookError(f"the header must be | {' | '.join(HEADER)} |", file=file, line=line)
    if len(rows) < 2 or set(rows[1][1]) - set("|:- \t"):
        raise PlaybookError("a rule such as |---|---| follows the header", file=file, line=line + 1)
    if len(rows) < 3:
        raise PlaybookError("the table has no questions", file=file, line=line)
    for number, row in rows[2:]:
        yield _question(_cells(row), file, number)


def _question(cells: list[_Cell], file: str, line: int) -> Question:
    def fault(message: str, at: _Cell) -> PlaybookError:
        return PlaybookError(message, file=file, line=line, column=at.column)

    if len(cells) != len(HEADER):
        raise fault(
            f"{len(cells)} cells, not the header's {len(HEADER)}; write a | inside a cell as \\|",
            cells[-1],
        )
    for cell, name in zip(cells, HEADER, strict=True):
        if not cell.text:
            raise fault(f"the cell {name!r} is empty", cell)
    number, text, good, weak, insight = cells
    if not re.fullmatch(r"[1-9]\d*", number.text):
        raise fault(f"the question number is {number.text!r}; write 1, 2, 3...", number)
    probed = _PROBE.match(weak.text)
    if probed is None:
        raise fault("the weak cell must end with its probe: Ask: *Which...?*", weak)
    wordings = [
        *(("good", wording) for wording in _split_good(good.text)),
        *(("weak", wording) for wording in _WEAK_END.split(probed["weak"])),
    ]
    counts = {"good": 0, "weak": 0}
    signals = []
    for kind, wording in wordings:
        counts[kind] += 1
        signals.append(Signal(id=f"{kind}.{counts[kind]}", wording=wording))
    return Question(
        number=int(number.text),
        text=text.text,
        signals=tuple(signals),
        probe=probed["probe"],
        insight=insight.text,
    )


def _split_good(column: str) -> list[str]:
    """Cut after each semicolon outside brackets and code, or after each comma if there is none."""
    for separator in ";", ",":
        ends = [end for end in _outer(column, separator) if column[end : end + 1] == " "]
        if ends:
            starts = [0, *(end + 1 for end in ends)]
            return [column[a:b] for a, b in zip(starts, [*ends, len(column)], strict=True)]
    return [column]


def _outer(text: str, separator: str) -> Iterator[int]:
    """Where text goes on after each separator that stands outside brackets, quotes and code."""
    depth, closing = 0, ""
    for place, character in enumerate(text):
        if closing:
            closing = "" if character == closing else closing
        elif character in '`"':
            closing = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == separator and depth == 0:
            yield place + 1


def _cells(row: str) -> list[_Cell]:
    """The cells of one table row, white space trimmed, `\\|` undone, columns counted from 1."""
    cells, start = [], row.index("|") + 1
    ends = [match.start() for match in _CELL_END.finditer(row, start)]
    if not row.rstrip().endswith("|") or not ends:
        ends.append(len(row))
    for end in ends:
        raw = row[start:end]
        padding = len(raw) - len(raw.lstrip())
        cells.append(_Cell(raw.strip().replace("\\|", "|"), start + padding + 1))
        start = end + 1
    return cells


def _playbook(
    identity: str, title: str, goal: str, questions: tuple[Question, ...], file: str, line: int
) -> Playbook:
    try:
        return Playbook(id=identity, title=title, goal=goal, questions=questions)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise PlaybookError(reason, file=file, line=line) from error


def _question_row(question: Question) -> str:
    weak = f"{question.column(SignalKind.WEAK)} Ask: *{question.probe}*"
    good = question.column(SignalKind.GOOD)
    return _row((str(question.number), question.text, good, weak, question.insight))


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
