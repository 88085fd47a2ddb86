"""Whatever arrives is read or refused in words; what a tool wrote is read back."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import UnreadableSource
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.readers.speaker_labels import looks_like_name
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import Side, Skipped, Transcript, Turn, flatten_text
from tests.transcripts.writing import KEPT, WRITERS

pytestmark = pytest.mark.slow

FORMATS = st.none() | st.sampled_from(Format)
PIECES = st.sampled_from([
    "WEBVTT", "\n", "\n\n", "\r", "00:01.000 --> 00:02.000", "-->", "-0:0:1,5", "1", "NOTE",
    "x", "<v Ann>", "</v>", "<", "&amp;", "&#0;", "Ann: ", "Ann  0:12", "# ", "**", "---", "```",
    "| a |", "- ", "Q: ", "A: ", "Our take:", "<li>", "<tr><td>", "</td></tr>", "<!--", "-->",
    "[0:01] ", "Ann Lee\n", ">> ", "：", "Attendees: ", "<b>", "<script>",
    '{"text": "x"}', '{"unit": "s", "utterances": [',
    '"', "{", "}", "[", "]", ",", ":", "NaN", "\\ud800", "\u200f", "\ud800", "\x00", "\ufeff",
    "9" * 30, "1e999", "null", "\\",
])  # fmt: skip
SCRAPS = st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join)
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join).map(flatten_text).filter(bool)
LETTERS = st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=9)
CAPITALS = LETTERS.map(lambda letters: letters[0].upper() + letters[1:])
NAMES = st.lists(CAPITALS, min_size=1, max_size=3).map(" ".join).filter(looks_like_name)

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(["start", "end", "text", "transcript", "confidence", "words", "relative"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def objects(*keys: str, values: st.SearchStrategy[object] = VALUES) -> st.SearchStrategy[object]:
    """Objects with some of these keys, at times what is no object."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, values)) | VALUES


SENTENCES = st.lists(objects("start", "end", "text"), max_size=3)
MONOLOGUES = objects("speakerId", "sentences", values=LEAVES | SENTENCES)
CALLS = objects("transcript", values=st.lists(MONOLOGUES, max_size=3) | VALUES)
PARTIES = st.lists(objects("speakerId", "name", "emailAddress", "affiliation"), max_size=3)
UTTERANCES = st.lists(
    objects(
        "speaker",
        "name",
        "text",
        "transcript",
        "start",
        "end",
        "confidence",
        "participant",
        "words",
    ),
    max_size=4,
)
SPOKEN = st.lists(objects("speaker", "speaker_label", "start", "start_time", "word"), max_size=4)
ALTERNATIVES = st.lists(objects("words", "paragraphs", values=SPOKEN | VALUES), max_size=2)
CHANNELS = st.lists(objects("alternatives", values=ALTERNATIVES | VALUES), max_size=2) | VALUES
AWS = objects("items", "audio_segments", "speaker_labels", values=SPOKEN | VALUES)
DOCUMENTS = (
    VALUES
    | UTTERANCES
    | st.fixed_dictionaries(
        {"callTranscripts": st.lists(CALLS, max_size=2)}, optional={"parties": PARTIES}
    )
    | st.fixed_dictionaries({"unit": st.sampled_from(["s", "ms"]), "utterances": UTTERANCES})
    | st.fixed_dictionaries({"audio_url": LEAVES, "utterances": UTTERANCES | VALUES})
    | st.fixed_dictionaries({"results": objects("utterances", values=UTTERANCES | VALUES)})
    | st.fixed_dictionaries({"sentences": UTTERANCES | VALUES})
    | st.fixed_dictionaries({"segments": UTTERANCES | VALUES})
    | st.fixed_dictionaries({"audio_url": LEAVES, "words": UTTERANCES | VALUES})
    | st.fixed_dictionaries({"results": objects("channels", "utterances", values=CHANNELS)})
    | st.fixed_dictionaries({"results": AWS})
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Turn]:
    """Turns of two or three people, one after the other, as any tool could hold them."""
    names = draw(st.lists(NAMES, min_size=2, max_size=3, unique=True))
    people = [
        {"speaker_id": f"s{n}", "name": name, "email": f"s{n}@x.example", "side": side}
        for n, (name, side) in enumerate(zip(names, Side, strict=False))
    ]
    turns: list[Turn] = []
    clock = 0
    for line, text in enumerate(draw(st.lists(TEXTS, min_size=1, max_size=8)), 1):
        end = clock + draw(st.integers(0, 3000))
        times = {"start_ms": clock, "end_ms": end, "line": line}
        sure = {"confidence": draw(st.none() | st.floats(0, 1))}
        who = draw(st.sampled_from(people))
        turns.append(Turn.model_validate({"text": text, **times, **sure, **who}))
        clock = (end // 1000 + 1) * 1000
    return turns


def read_or_none(content: bytes | str, source_format: Format | None) -> Transcript | None:
    try:
        return read_source(content, source_format)
    except UnreadableSource:
        return None


@pytest.mark.parametrize("tool", WRITERS)
@settings(max_examples=50)
@given(turns=conversations())
def test_what_a_tool_writes_is_read_back(tool: str, turns: list[Turn]) -> None:
    source_format, write = WRITERS[tool]
    source, kept = write(turns), KEPT[tool]
    transcript = read_source(source, source_format)
    assert [turn.model_dump(include=kept) for turn in transcript.turns] == [
        turn.model_dump(include=kept) for turn in turns
    ]
    assert transcript.skipped == ()
    assert read_source(source.encode("utf-16"), source_format) == transcript
    if tool != "otter" or len(turns) > 1:
        assert read_source(source) == transcript


@settings(max_examples=400)
@given(content=st.binary(max_size=300) | SCRAPS, source_format=FORMATS)
def test_nothing_but_an_intake_error_is_ever_raised(
    content: bytes | str, source_format: Format | None
) -> None:
    if transcript := read_or_none(content, source_format):
        assert transcript.turns
        assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript
        resolve_sides(transcript, ours=["Ann", "x.example"])


@settings(max_examples=300)
@given(document=DOCUMENTS, source_format=FORMATS)
def test_json_of_any_form_is_read_or_refused(
    document: object, source_format: Format | None
) -> None:
    read_or_none(json.dumps(document), source_format)


BLOCKS = st.sampled_from([
    "00:01.000 --> 00:02.000\nsaid",
    "7\n00:01.000 --> 00:02.000\nsaid",
    "00:02.000 --> 00:01.000\nsaid",
    "00:01.000 --> 00:02.000\n<v Ann></v>",
    "00:01.000 --> 00:02.000",
    "00:xx.000 --> 00:02.000\nlost",
    "id\nnever --> ever\nlost",
    "NOTE aside",
    "STYLE\n::cue {}",
    "stray",
    "stray\nof two lines\nand three\n00:01.000 --> 00:02.000\nsaid",
])  # fmt: skip


@given(st.lists(BLOCKS, min_size=1, max_size=12))
def test_every_block_of_a_webvtt_file_is_a_turn_or_reported(blocks: list[str]) -> None:
    source, firsts = ["WEBVTT", ""], []
    for block in blocks:
        firsts.append(len(source) + 1)
        source += [*block.split("\n"), ""]
    transcript = read_or_none("\n".join(source), Format.WEBVTT)
    if transcript is None:
        assert not any("said" in block for block in blocks)
        return
    spoken = {turn.line for turn in transcript.turns}
    reported = {skipped.line for skipped in transcript.skipped}
    said = " ".join(turn.text for turn in transcript.turns)
    for first, block in zip(firsts, blocks, strict=True):
        lines = set(range(first, first + block.count("\n") + 2))
        assert bool(lines & spoken) >= block.endswith("said")
        # Words behind an empty line are those of the cue above, also if it had none before.
        is_empty_cue = block.endswith("02.000")
        assert lines & (spoken | reported) or block.split("\n")[0] in said or is_empty_cue


@given(st.lists(st.text(st.sampled_from("ab #-*|`>\t=."), max_size=8), max_size=12))
def test_every_line_of_notes_is_a_turn_or_reported(lines: list[str]) -> None:
    with_words = {number for number, line in enumerate(lines, 1) if set(line) & set("ab")}
    transcript = read_or_none("\n".join(lines), Format.NOTES)
    if transcript is None:
        assert not with_words or any("```" in line for line in lines)
        return
    entries: list[Turn | Skipped] = [*transcript.turns, *transcript.skipped]
    filled = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert sorted(entry.line or 0 for entry in entries) == filled
    fences = {entry.line for entry in transcript.skipped if entry.reason == "a code fence"}
    assert with_words <= {turn.line for turn in transcript.turns} | fences
