"""A source is read by its format, its name or its content, or refused with a reason."""

import json

import pytest

from service.errors import LimitExceeded, UnreadableSource
from service.transcripts.formats import MEDIA_TYPES, Format, JsonRecord
from service.transcripts.read_source import MAX_BYTES, MAX_ENTRIES, read_source
from service.transcripts.turns import Turn

pytestmark = pytest.mark.slow

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nGrüezi\n"
TURN = Turn(speaker_id="A", text="Grüezi", line=4, heading=2)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (VTT, "call.VTT"),
        (VTT, "call.txt"),
        (VTT, None),
        ("00:01.000 --> 00:02.000\nGrüezi", "call.srt"),
        ("\n1\n00:00:01,000 --> 00:00:02,000\nGrüezi", None),
        ("00:00:01,000 --> 00:00:02,000\nGrüezi", None),
        ("Grüezi", "page.md"),
        ("- Grüezi", "page"),
        ("## Grüezi", "Notes of 1.3 with Acme"),
        (TURN.model_dump_json(), None),
        (TURN.model_dump_json(), "turns.jsonl"),
        ('{"unit":"s","utterances":[{"text":"Grüezi"}]}', "call.json"),
        ('\n { "unit":"s","utterances":[{"text":"Grüezi"}]}', None),
        ("[ ] Grüezi\n[Ann] hello", None),
        ("{not JSON}\nGrüezi", None),
    ],
)
def test_the_name_and_then_the_content_decide(text: str, name: str | None) -> None:
    assert "Grüezi" in " ".join(turn.text for turn in read_source(text, name=name).turns)


def test_an_explicit_format_outranks_the_name() -> None:
    assert [turn.text for turn in read_source("WEBVTT", Format.NOTES, "call.vtt").turns] == [
        "WEBVTT"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, end: str) -> None:
    assert read_source(VTT.replace("\n", end).encode(encoding)) == read_source(VTT)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"one\ntwo \xe9\n", "line 2: byte 9 is not text in utf-8; save it as UTF-8 text"),
        (b"\xef\xbb\xbfone\n\xff", "line 2: byte 8 is not text in utf-8"),
        ("one\ntwo".encode("utf-16") + b"\x00", "line 2: byte 17 is not text in utf-16"),
        ("one\ntwo".encode("utf-16-le"), "line 1: a zero byte: this is no text"),
        (b"%PDF-1.7\n%\xe2\xe3", "line 2: byte 11 is not text"),
        (b"", "no turn could be read: it is empty"),
        (b" \n\n", "no turn could be read: it is empty"),
        (b"\n---\n", "line 2: no turn could be read: markup without words"),
        (b"WEBVTT\n\nhello", "line 3: no turn could be read: text that stands in no cue"),
        (b'{"a":\n1,}', "line 2: this is not JSON"),
        (b'{"a": 1}', "line 1: no export known here has this form; name its format: webvtt, srt"),
        (b"[]", "line 1: no export known here"),
        (b'{"utterances": []}', "line 1: which unit are the times in?"),
        (b'{"unit": "s",\n"utterances": []}', "no turn could be read: it is empty"),
        (b'[{"a": 1,\n"a": 2}]', "line 1: a key stands twice in one object; keep one"),
    ],
)
def test_what_cannot_be_read_is_refused_with_line_and_reason(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableSource) as refused:
        read_source(content)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("name", ["call.docx", "rec.mp4", "a.b.csv"])
def test_a_kind_of_file_not_read_here_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(
        UnreadableSource, match=r"is not read here; send one of \.vtt, \.srt, .*\.txt"
    ):
        read_source("x", name=name)


def test_a_media_type_names_a_format_unless_several_come_under_it() -> None:
    assert MEDIA_TYPES == {
        "text/vtt": Format.WEBVTT,
        "application/x-subrip": Format.SRT,
        "text/srt": Format.SRT,
        "text/markdown": Format.NOTES,
        "application/jsonl": Format.TURNS,
        "application/x-ndjson": Format.TURNS,
        "application/json": None,
        "text/plain": None,
    }


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"callTranscripts": [], "results": {}}, Format.GONG),
        ({"results": {}}, Format.DEEPGRAM),
        ({"results": {}, "utterances": [], "audio_url": ""}, Format.DEEPGRAM),
        ({"utterances": [], "audio_url": ""}, Format.ASSEMBLYAI),
        ({"utterances": [], "sentences": []}, Format.UTTERANCES),
        ({"data": {"transcript": {}}}, Format.FIREFLIES),
        ({"transcript": {"sentences": []}}, Format.FIREFLIES),
        ({"sentences": None}, Format.FIREFLIES),
        ([{"words": []}, {}], Format.RECALL),
        ([{}, {"words": []}], None),
        ({"transcript": []}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_keys_of_a_json_document_tell_its_format(
    document: object, expected: Format | None
) -> None:
    detected = [
        known
        for known in Format
        if isinstance(known.record, JsonRecord) and known.record.detect(document)
    ]
    assert next(iter(detected), None) == expected


def test_an_error_names_the_file() -> None:
    with pytest.raises(UnreadableSource, match=r"^call\.json:1: this is not JSON") as refused:
        read_source("{", name="call.json")
    assert (refused.value.name, refused.value.line) == ("call.json", 1)


@pytest.mark.parametrize("content", ["é" * (MAX_BYTES // 2 + 1), b"x" * (MAX_BYTES + 1)])
def test_a_source_is_at_most_five_megabytes(content: str | bytes) -> None:
    with pytest.raises(LimitExceeded, match="the limit is 5,000,000"):
        read_source(content)


def test_a_source_has_at_most_fifty_thousand_turns() -> None:
    assert len(read_source("x\n" * MAX_ENTRIES).turns) == MAX_ENTRIES
    with pytest.raises(UnreadableSource, match="line 50001: more than 50,000 turns; split it"):
        read_source("x\n" * (MAX_ENTRIES + 1))


def test_our_own_turns_are_kept_whole_and_a_bad_line_is_reported() -> None:
    lines = [
        TURN.model_dump_json(),
        "",
        '{"speaker_id": "B", "text": "yes"}',
        "{",
        '{"text": "x"}',
        "[]",
    ]
    transcript = read_source("\n".join(lines), Format.TURNS)
    assert transcript.turns == (TURN, Turn(speaker_id="B", text="yes", line=3))
    assert [(s.line, s.reason.partition(":")[0]) for s in transcript.skipped] == [
        (4, "this is not JSON"),
        (5, "speaker_id"),
        (6, "Input should be a valid dictionary or instance of Turn"),
    ]


def test_no_word_of_the_source_is_in_an_error_or_in_what_was_skipped() -> None:
    secret = "SECRET"
    sources: list[tuple[str, Format]] = [
        (f"WEBVTT\n\n{secret}\n\n00:01.000 --> 00:02.000\nx", Format.WEBVTT),
        (f"{secret}\n\nA  0:01\nx", Format.OTTER),
        (json.dumps({"speaker_id": "A", "text": "x", "side": secret}), Format.TURNS),
        (f'{{"unit": "{secret}", "utterances": []}}', Format.UTTERANCES),
        (f'{{"{secret}": 1, "{secret}": 2}}', Format.GONG),
        (f'{{"a": {secret}}}', Format.GONG),
    ]
    for text, source_format in sources:
        try:
            said = repr(read_source(text, source_format).skipped)
        except UnreadableSource as error:
            said = str(error)
        assert said and secret not in said
