"""Tell which column of a table is which, in the words that teams use for them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from service.playbooks.cell_marks import reveal_line
from service.playbooks.findings import show
from service.playbooks.probes import ARROW
from service.playbooks.table import Cell, Table

__all__ = ["HEADER", "Column", "Columns", "find_columns", "match_columns", "missing_columns"]

HEADER = ("#", "Question", "Good answer signal", "Weak answer signal → probe", "SA insight")


class Column(StrEnum):
    """A column of a playbook table, by its name in the header that we write."""

    NUMBER = HEADER[0]
    QUESTION = HEADER[1]
    GOOD = HEADER[2]
    WEAK = HEADER[3]
    INSIGHT = HEADER[4]
    # Spreadsheets often give the probe a column of its own.
    PROBE = "Probe"


Columns = Mapping[Column, int]
_NEEDED = (Column.QUESTION, Column.GOOD, Column.WEAK)


def _signal(quality: str) -> str:
    """Make the pattern of an English column name such as "signs of a good answer"."""
    kind = r"(?:signals?|signs?|indicators?)"
    subject = r"(?:answers?|responses?)"
    return (
        rf"(?:{quality})(?: {subject})?(?: {kind})?|{kind} (?:of|for) an? (?:{quality}) {subject}"
        rf"|(?:what )?(?:an? )?(?:{quality})(?: {subject})? (?:looks?|sounds?) like"
    )


_PROBE = (
    r"(?:the )?(?:probes?|probing questions?|follow up(?: questions?)?|nachfragen?"
    r"|questions? de relance|relances?|repreguntas?|ask(?: next)?)"
)
_GOOD = (
    _signal("good|strong|great")
    + r"|(?:signale? (?:für |einer |für eine )?)?(?:gute|starke)[rsn]? (?:antwort(?:en)?|signale?)"
    r"|(?:signa(?:l|ux) (?:de |d'une )?)?(?:bonnes? réponses?|réponses? fortes?)"
    r"|(?:señal(?:es)? (?:de )?(?:una )?)?(?:buenas? respuestas?|respuestas? fuertes?)"
)
_WEAK = (
    _signal("weak|poor|bad")
    + r"|red flags?"
    + r"|(?:signale? (?:für |einer |für eine )?)?(?:schwache|schlechte)[rsn]? "
    r"(?:antwort(?:en)?|signale?)"
    r"|(?:signa(?:l|ux) (?:de |d'une )?)?(?:mauvaises? réponses?|réponses? faibles?)"
    r"|(?:señal(?:es)? (?:de )?(?:una )?)?(?:malas? respuestas?|respuestas? débil(?:es)?)"
)
_NAMES: dict[Column, str] = {
    Column.NUMBER: r"(?:question |q ?)?(?:#|no|nr|num|number|n°|nº|№|nummer|numéro|número|id)|q",
    Column.QUESTION: r"(?:discovery )?questions?(?: to ask| text)?|fragen?|preguntas?",
    Column.GOOD: _GOOD,
    Column.WEAK: rf"(?:{_WEAK})(?:\s*(?:→|[/|,;:+&(]|and|then|und|et|y)\s*{_PROBE}\)?)?",
    Column.INSIGHT: r"(?:sa |architect |our )?(?:insights?|takeaways?|tips?)"
    r"|(?:sa )?(?:hinweise?|erkenntnis(?:se)?|einsicht(?:en)?|conseils?|aperçus?|consejos?|ideas?)",
    Column.PROBE: _PROBE,
}
_PATTERNS = {column: re.compile(names) for column, names in _NAMES.items()}


def match_columns(names: Sequence[str]) -> dict[Column, list[int]]:
    """List the places of the columns that these names may stand for."""
    found: dict[Column, list[int]] = {}
    for place, name in enumerate(map(_simplify, names)):
        for column, pattern in _PATTERNS.items():
            if pattern.fullmatch(name):
                found.setdefault(column, []).append(place)
                break
    return found


def missing_columns(found: Mapping[Column, object]) -> list[Column]:
    """List the columns without which there is no playbook."""
    return [column for column in _NEEDED if column not in found]


def find_columns(table: Table) -> Columns | None:
    """Find the columns of a playbook table, and note what is assumed; None after a fault."""
    found, notes = match_columns([cell.text for cell in table.header]), table.findings
    sound = True
    for column in missing_columns(found):
        first = table.header[0]
        message = f"no column is called {column.value!r}; the header is | {' | '.join(HEADER)} |"
        notes.refuse(message, first.line, first.column)
        sound = False
    for column, places in found.items():
        if len(places) > 1:
            cell = table.header[places[1]]
            notes.refuse(f"a second column for {column.value!r}; rename or remove one",
                         cell.line, cell.column)  # fmt: skip
            sound = False
    columns = {column: places[0] for column, places in found.items()}
    known = set(columns.values())
    extra = [cell for place, cell in enumerate(table.header) if place not in known]
    named = [cell for cell in extra if cell.text]
    if Column.INSIGHT not in columns and named:
        # Leaving it out might lose the insights, so that is not assumed.
        message = (
            f"no column is called {Column.INSIGHT.value!r}; rename {show(named[-1].text)} to it"
        )
        notes.refuse(message, named[-1].line, named[-1].column)
        sound = False
    if sound:
        _note_differences(table, columns, named)
    return columns if sound else None


def _note_differences(table: Table, columns: Columns, named: Sequence[Cell]) -> None:
    notes, first = table.findings, table.header[0]
    for cell in named:
        notes.assume(f"the column {show(cell.text)} is left out", cell.line, cell.column)
    for place, cell in enumerate(table.header):
        if not cell.text and any(row[place].text for row in table.rows):
            notes.assume("a column without a name is left out", cell.line, cell.column)
    for column, place in columns.items():
        cell = table.header[place]
        if cell.text != column.value:
            notes.assume(f"{show(cell.text)} is read as {column.value!r}", cell.line, cell.column)
    if Column.NUMBER not in columns:
        notes.assume("there is no column '#'; questions are numbered in order",
                     first.line, first.column)  # fmt: skip
    if Column.INSIGHT not in columns:
        notes.assume("there is no column 'SA insight'; insights stay empty",
                     first.line, first.column)  # fmt: skip
    ours = [column for column in Column if column in columns and column is not Column.PROBE]
    if sorted(ours, key=lambda column: columns[column]) != ours:
        notes.assume("the columns are in another order", first.line, first.column)


def _simplify(name: str) -> str:
    """Bring a column's name to the form in which it is compared."""
    if len(name) > 200:
        return ""
    shown = re.sub(ARROW, " → ", reveal_line(name))
    shown = unicodedata.normalize("NFKC", shown).casefold().replace("’", "'")
    shown = shown.replace("(s)", "s")
    # Emphasis, code and underscores of a spreadsheet's column: "**Good_answer_signal**".
    words = re.sub(r"[*_`]+|(?<=\w)[-‐‑](?=\w)", " ", shown).split()
    return " ".join(words).strip(" .:")
