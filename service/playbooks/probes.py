"""Find the probe at the end of a weak cell, in every form in which teams write it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.playbooks.cell_marks import hide, mask, reveal_line, split_breaks, write_plainly
from service.playbooks.findings import show

__all__ = ["ARROW", "FoundProbe", "find_probe", "read_probe", "strip_emphasis", "write_weak"]

ARROW = r"(?:[→⇒➔➜➡⟶]\ufe0f?|[-=–—]+>)"
_WORDS = r"(?:ask|probe|follow[- ]?up|nachfrage|nachfragen|demander|relance|preguntar)"
_MARKER = re.compile(
    rf"""(?<![^\W_])(?:
        (?P<open>\*{{1,3}}|_{{1,3}}){_WORDS}(?:(?P=open)\s*[:：]|\s*[:：](?P=open))
        |(?P<around>\*{{1,3}}|_{{1,3}}){_WORDS}\s*[:：]
        |{_WORDS}\s*[:：]
        |(?-i:Ask)\s+(?=[*_])
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»")
_EMPHASIS = re.compile(
    r"(?P<mark>\*{1,3})(?=[^\s*])(?P<star>.*?)(?<=[^\s*])(?P=mark)(?!\*)"
    r"|(?<![^\W_])(?P<line>_{1,3})(?=[^\s_])(?P<low>.*?)(?<=[^\s_])(?P=line)(?![^\W])"
)
_JOINT = re.compile(r"(?:[\s,;/|.]|\b(?:or|and|then|oder|und|dann|ou|et|puis|o|y)\b)+")
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’"}
_SENTENCE_END = re.compile(r"(?:^|[.!?…;:,)\]\"”“’»]|\ufffc|[-–—|>→⇒➔➜➡⟶\ufe0f(*•])\s*$")
_TRAILING_ARROW = re.compile(rf"\s*{ARROW}\s*$")
_MOST_MARKERS = 16


@dataclass(frozen=True)
class FoundProbe:
    """A weak cell in two: what is written of the signals, and the probe's text.

    `assumed` says how the cell differs from `... Ask: *...?*`; `place` is where the probe begins.
    """

    weak: str
    probe: str
    place: int
    assumed: tuple[str, ...] = ()


def find_probe(cell: str) -> FoundProbe | None:
    """Find the probe at the end of a written weak cell; None if there is none."""
    plain = mask(cell)
    # "Ask: the DBA" between quotation marks is something that the customer says.
    unquoted = _QUOTED.sub(lambda found: "\ufffc" * len(found[0]), plain)
    markers = list(_find_markers(cell, unquoted)) or list(_find_markers(cell, plain))
    if not markers:
        return _find_arrow(cell, unquoted)
    first = len(markers) - 1
    while first and _is_probe(cell[markers[first - 1].end() : markers[first].start()]):
        first -= 1
    used = markers[first:]
    ends = [*(marker.start() for marker in used[1:]), len(cell)]
    pieces = [
        _Piece.read(cell[marker.end() : end], marker)
        for marker, end in zip(used, ends, strict=True)
    ]
    place = used[0].start()
    weak, notes = _trim_weak(cell[:place], pieces)
    written = cell[place : used[0].end()].strip()
    if written != "Ask:":
        notes.append(f"{show(written)} is read as 'Ask:'")
    if len(pieces) > 1 or pieces[0].probes > 1:
        notes.append("several probes are kept as one text, in their order")
    notes += [piece.assumed for piece in pieces if piece.assumed][:1]
    probe = " ".join(piece.text for piece in pieces if piece.text)
    return FoundProbe(weak, probe, place, tuple(notes))


def read_probe(written: str) -> str:
    """Read a probe that has a cell of its own."""
    return _Piece.read(written).text


def strip_emphasis(written: str) -> str:
    """Take off the emphasis around the whole of a text; emphasis inside it stays."""
    while found := _EMPHASIS.fullmatch(mask(written)):
        inside = "star" if found["mark"] else "low"
        written = written[found.start(inside) : found.end(inside)]
    return written


def write_weak(column: str, probe: str) -> str:
    """Write the weak cell of a written column and a probe; `find_probe` reads it back."""
    column = _hide_markers(column)
    if _TRAILING_ARROW.search(mask(column), max(0, len(column) - 20)):
        mark, column = hide(column[-1]), column[:-1]
        # A backslash of the author's before it would make the mark that hides it into words.
        guard = "\\" if mask(column).endswith("\\") else ""
        column = f"{column}{guard}{mark}"
    return f"{column} Ask: *{_write_probe(probe)}*"


def _write_probe(probe: str) -> str:
    written = write_plainly(probe)
    for found in reversed(list(re.finditer(r"\*", mask(written)))):
        written = f"{written[: found.start()]}\\{written[found.start() :]}"
    written = _hide_markers(written)
    return f"{written}\\" if mask(written).endswith("\\") else written


def _hide_markers(written: str) -> str:
    """Write words that look like the start of a probe so that they stay words."""
    for found in reversed(list(_MARKER.finditer(mask(written)))):
        colon = re.search(r"[:：]", found[0])
        place = found.start() + colon.start() if colon else found.end()
        written = written[:place] + hide(written[place]) + written[place + 1 :]
    return written


@dataclass(frozen=True)
class _Piece:
    """The words after one marker."""

    text: str
    probes: int
    is_closed: bool
    assumed: str = ""

    @classmethod
    def read(cls, written: str, marker: re.Match[str] | None = None) -> "_Piece":
        """Read the words, without the emphasis or quotation marks around all of them."""
        words = written.strip()
        around = (marker["around"] if marker else "") or ""
        if around and mask(words).endswith(around):
            return cls(reveal_line(words[: -len(around)]), 1, True)
        if marker and marker["around"] is None and _is_simple(words):
            return cls(reveal_line(words[1:-1]), 1, True)
        closes = words.endswith(")") and words.count("(") < words.count(")")
        words = words[:-1].rstrip() if closes else words
        texts = _split_emphasis(words)
        if texts is not None:
            shown = "".join(part for part, _ in texts)
            count = sum(is_probe for _, is_probe in texts)
            return cls(reveal_line(shown), count, not closes, "the probe's emphasis is not *...*")
        if bare := _strip_quotes(words):
            text = reveal_line(strip_emphasis(bare))
            return cls(text, 1, not closes, "the probe is in quotation marks")
        return cls(reveal_line(words), 1, not closes, "the probe has no emphasis")


def _is_simple(words: str) -> bool:
    """Tell whether the words are `*...*` with no other asterisk, as `write_weak` writes them."""
    plain = mask(words)
    return len(plain) > 2 and plain[0] == plain[-1] == "*" and plain.count("*") == 2


def _find_markers(cell: str, plain: str) -> Iterator[re.Match[str]]:
    # A cell has one probe, sometimes three; more places are not worth a look at each.
    for found in list(_MARKER.finditer(plain))[-_MOST_MARKERS:]:
        before = plain[max(0, found.start() - 40) : found.start()]
        rest = cell[found.end() :]
        if _SENTENCE_END.search(before) or _is_break(cell, found) or _is_probe(rest):
            yield found


def _is_break(cell: str, marker: re.Match[str]) -> bool:
    return cell[: marker.start()].rstrip().endswith(">")


def _is_probe(written: str) -> bool:
    """Tell whether words look like a probe: emphasised, quoted, or a question."""
    words = " ".join(split_breaks(written)).strip(" ,;/.")
    words = re.sub(r"\s+(?:or|and|then|oder|und|ou|et|o|y)$", "", words, flags=re.IGNORECASE)
    asks = re.search(r"[?？؟][*_\"”“’»)\s]*$", words)
    return bool(words) and bool(asks or _strip_quotes(words) or _split_emphasis(words))


def _split_emphasis(words: str) -> list[tuple[str, bool]] | None:
    """Split words into emphasised parts, without their marks, and what joins them.

    None if there are words outside the emphasis: then it belongs to the sentence.
    """
    plain, place = mask(words), 0
    parts: list[tuple[str, bool]] = []
    while place < len(plain):
        if joint := _JOINT.match(plain, place):
            parts.append((words[joint.start() : joint.end()], False))
            place = joint.end()
        elif found := _EMPHASIS.match(plain, place):
            # "*How long*?" keeps its question mark.
            end = found.end() + len(re.match(r"[?!？]*", plain[found.end() :])[0])  # type: ignore[index]
            inner = strip_emphasis(words[found.start() : found.end()])
            parts.append((inner + words[found.end() : end], True))
            place = end
        else:
            return None
    return parts if any(is_probe for _, is_probe in parts) else None


def _strip_quotes(words: str) -> str:
    """Give what is between the quotation marks around all of the words; empty if there are none."""
    closing = _QUOTES.get(words[:1])
    inside = words[1:-1]
    if not closing or len(words) < 3 or words[-1] not in closing:
        return ""
    return "" if any(mark in inside for mark in {words[0], *closing}) else inside


def _trim_weak(weak: str, pieces: list[_Piece]) -> tuple[str, list[str]]:
    """Cut off what joins the signals to the probe: an arrow, a bracket, a line break."""
    notes = []
    if not pieces[-1].is_closed and weak.rstrip().endswith("("):
        weak = weak.rstrip()[:-1] + " "
        notes.append("the brackets around the probe are left out")
    if arrow := _TRAILING_ARROW.search(mask(weak), max(0, len(weak) - 20)):
        weak = weak[: arrow.start()] + " "
        notes.append("the arrow before the probe is left out")
    lines = split_breaks(weak)
    if len(lines) > 1 and not lines[-1]:
        notes.append("the line break before the probe is read as a space")
        weak = " <br> ".join(lines[:-1])
    elif len(lines) > 1 and re.fullmatch(r"[-*•·–]", lines[-1]):
        notes.append("the bullet before the probe is left out")
        weak = " <br> ".join(lines[:-1])
    elif weak.strip() and not weak[-1:].isspace():
        notes.append("a space is assumed before the probe")
    return weak.strip(), notes


def _find_arrow(cell: str, plain: str) -> FoundProbe | None:
    """Read `signal → question?` as signal and probe."""
    for found in reversed(list(re.finditer(rf"\s{ARROW}\s+", plain))):
        rest = cell[found.end() :]
        if re.search(r"[?？؟][*_\"”“’»)\s]*$", rest) and cell[: found.start()].strip():
            piece = _Piece.read(rest)
            note = "the words after the arrow are read as the probe"
            return FoundProbe(cell[: found.start()].strip(), piece.text, found.end(), (note,))
        return None
    return None
