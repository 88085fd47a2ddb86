"""WebVTT and SRT: who said what and when, whichever tool wrote the file."""

from textwrap import dedent

import pytest

from service.errors import UnreadableSource
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import NOBODY, Side, Transcript

ZOOM = """\
    WEBVTT

    1
    00:00:02.240 --> 00:00:05.800
    Ann Lee (Northwind): How do changes get from SAP to bronze?

    2
    00:00:06.000 --> 00:00:11.440
    Tom O'Brien | Acme: Nightly. All tables, dropped &amp; loaded again.
    It takes five hours: nobody likes it.
    """
TEAMS = """\
    WEBVTT

    NOTE language:en-us

    STYLE
    ::cue { color: red }

    3cd1f0a2-6a2b-4d71-9c8b-0d3c1a9f8e21/12-0
    0:0:2.80 --> 0:0:5.5 align:start position:0%
    <v Lee, Ann>How do changes get
    from SAP to bronze?</v>

    00:05.900 --> 00:06.000
    <v.loud Tom O&#39;Brien><i>Nightly</i>, all <c.red>tables</c>.</v>
    <v Lee, Ann>Oh &lt;dear&gt;.</v> <lang en>(laughs)</lang>
    """
OTTER_SRT = """\
    1
    00:00:01,000 --> 00:00:02,500
    Ann Lee: How late may it be?

    2
    00:00:03,000 --> 00:00:04,000
    <font color="#fff">An hour.</font>

    Not more.

    3
    00:00:05.000 --> 00:00:06,000
    Ann Lee: Noted.
    """


def told(
    transcript: Transcript,
) -> list[tuple[str | None, int | None, int | None, str, int | None]]:
    return [(t.name, t.start_ms, t.end_ms, t.text, t.line) for t in transcript.turns]


def vtt(body: str) -> Transcript:
    return read_source(f"WEBVTT\n\n{dedent(body)}", Format.WEBVTT)


def test_zoom_puts_the_name_before_the_words() -> None:
    tom = "Nightly. All tables, dropped & loaded again. It takes five hours: nobody likes it."
    transcript = read_source(dedent(ZOOM))
    assert told(transcript) == [
        ("Ann Lee (Northwind)", 2240, 5800, "How do changes get from SAP to bronze?", 5),
        ("Tom O'Brien | Acme", 6000, 11440, tom, 9),
    ]
    assert transcript.skipped == ()


def test_teams_puts_several_voices_in_a_cue_and_its_own_kind_of_stamps() -> None:
    transcript = read_source(dedent(TEAMS))
    assert told(transcript) == [
        ("Lee, Ann", 2800, 5500, "How do changes get from SAP to bronze?", 10),
        ("Tom O'Brien", 5900, 6000, "Nightly, all tables.", 14),
        ("Lee, Ann", 5900, 6000, "Oh <dear>.", 15),
        (None, 5900, 6000, "(laughs)", 15),
    ]
    assert [(s.line, s.reason) for s in transcript.skipped] == [
        (3, "a NOTE block"),
        (5, "a STYLE block"),
    ]


def test_srt_may_leave_lines_empty_in_a_cue() -> None:
    assert told(read_source(dedent(OTTER_SRT))) == [
        ("Ann Lee", 1000, 2500, "How late may it be?", 3),
        (None, 3000, 4000, "An hour. Not more.", 7),
        ("Ann Lee", 5000, 6000, "Noted.", 13),
    ]


def test_the_number_of_a_cue_that_is_missing_is_not_said_by_the_one_before() -> None:
    transcript = read_source("1\n00:01,000 --> 00:02,000\nfirst\n\n2\n\n", Format.SRT)
    assert [turn.text for turn in transcript.turns] == ["first"]
    assert [(s.line, s.reason) for s in transcript.skipped] == [(5, "text that stands in no cue")]


@pytest.mark.parametrize(
    ("times", "start_ms", "end_ms"),
    [
        ("00:00:01.500 --> 00:00:02.000", 1500, 2000),
        ("00:01.5 --> 00:02", 1500, 2000),
        ("0:0:1.05-->0:0:2.0", 1050, 2000),
        ("00:00:01,500 -> 00:00:02,000", 1500, 2000),
        ("100:00:01.500 --> 100:00:02.000 line:0", 360_001_500, 360_002_000),
        ("-00:00:03.000 --> 00:00:02.000", 0, 2000),
        ("00:00:-3.000 --> 00:00:02.000", 0, 2000),
        ("00:01.123456789 --> 00:02.000", 1123, 2000),
        ("00:02.000 --> 00:02.000", 2000, 2000),
        ("00:03.000 --> 00:02.000", 3000, None),
    ],
)
def test_stamps_are_read_as_tools_write_them(times: str, start_ms: int, end_ms: int | None) -> None:
    [turn] = vtt(f"{times}\nyes").turns
    assert (turn.start_ms, turn.end_ms) == (start_ms, end_ms)


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        ("00:0x.000 --> 00:02.000\nlost", 3, "a cue whose times can't be read"),
        ("7\nsoon --> later\nlost", 4, "a cue whose times can't be read"),
        ("00:01.000 --> 9999999999:00:00.000\nlost", 3, "a cue whose times can't be read"),
        ("00:01.000 --> 00:02.000\n", 4, "no text"),
        ("00:01.000 --> 00:02.000\n<v Ann></v>", 4, "no text"),
        ("00:01.000 --> 00:02.000\n\u200b<b> </b>", 4, "no text"),
        ("just words", 3, "text that stands in no cue"),
        ("just\nwords\nsoon --> later", 3, "text that stands in no cue"),
        ("a line\nanother\nan id\n00:01.000 --> 00:02.000\nkept", 3, "text that stands in no cue"),
        ("REGION\nid:fred", 3, "a REGION block"),
        ("NOTE\n00:01.000 --> 00:02.000\ncommented out", 3, "a NOTE block"),
        ("00:03.000 --> 00:02.000\nkept", 4, "its end can't be used; the turn is kept without"),
    ],
)
def test_what_becomes_no_turn_is_reported_with_its_line(body: str, line: int, reason: str) -> None:
    skipped = vtt(f"{body}\n\n09:00.000 --> 09:01.000\nthe rest is read").skipped
    assert [(s.line, s.reason) for s in skipped] == [(line, reason)]


def test_an_arrow_in_what_is_said_is_no_cue() -> None:
    assert [t.text for t in vtt("00:01.000 --> 00:02.000\nbronze\nraw --> clean\n").turns] == [
        "bronze raw --> clean"
    ]


def test_cues_without_an_empty_line_between_them_are_apart_and_their_numbers_are_not_said() -> None:
    body = "1\n00:01,000 --> 00:02,000\nfirst\n2\n00:03,000 --> 00:04,000\nsecond\nof 2"
    assert [t.text for t in read_source(body).turns] == ["first", "second of 2"]


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["Ann: yes", "Bo: no"], ["Ann", "Bo"]),
        (["one thing: cost", "and", "so", "on"], [None] * 4),
        (["Ann: a", "b", "c", "Ann: d", "e", "f", "g: h"], ["Ann", None, None, "Ann", *[None] * 3]),
        (["10: 30 rows"], [None]),
        (["Why: because", "Really? Yes: so"], [None, None]),
        (["it is, as they say, what it is: so"], [None]),
        (["+41 44 555 12 34: hello"], ["+41 44 555 12 34"]),
        (["https://x.example is the link"], [None]),
    ],
)
def test_words_before_a_colon_are_a_name_only_where_the_file_names_its_speakers(
    texts: list[str], names: list[str | None]
) -> None:
    cues = "\n\n".join(f"00:0{n}.000 --> 00:09.000\n{text}" for n, text in enumerate(texts))
    assert [turn.name for turn in vtt(cues).turns] == names


def test_words_without_a_name_are_nobodys() -> None:
    [turn] = vtt("00:01.000 --> 00:02.000\nhello").turns
    assert (turn.speaker_id, turn.name) == (NOBODY, None)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("5 < 6 and List<String> > x", "5 < 6 and List<String> > x"),
        ("R&D, Q&A, &copy and &copy;", "R&D, Q&A, &copy and ©"),
        ("&amp;lt; is not decoded twice", "&lt; is not decoded twice"),
        ("&#x2019;&#99999999;&nope;", "’&#99999999;&nope;"),
        ("<00:00:01.500><c> kara</c><c>oke</c>", "karaoke"),
        ("<ruby>漢<rt>kan</rt></ruby>", "漢kan"),
        ("<V Ann>upper case</V>", "upper case"),
        ("<v Ann>never closed", "never closed"),
        ("<v Ann unfinished", "<v Ann unfinished"),
    ],
)
def test_tags_go_and_what_only_looks_like_one_stays(payload: str, text: str) -> None:
    assert [turn.text for turn in vtt(f"00:01.000 --> 00:02.000\n{payload}").turns] == [text]


def test_a_header_may_say_more_and_a_cue_may_follow_it_at_once() -> None:
    text = "WEBVTT - Call 7\nKind: captions\n00:01.000 --> 00:02.000\nyes\n"
    assert [(turn.text, turn.line) for turn in read_source(text).turns] == [("yes", 4)]


@pytest.mark.parametrize("text", ["WEBVTTX\n", "hello", ""])
def test_webvtt_without_its_signature_and_without_a_cue_is_refused(text: str) -> None:
    with pytest.raises(UnreadableSource, match=r"^call\.vtt:1: a WebVTT file begins with WEBVTT"):
        read_source(text, name="call.vtt")


def spoken(*texts: str) -> list[str | None]:
    cues = "\n\n".join(f"00:0{n}.000 --> 00:09.000\n{text}" for n, text in enumerate(texts))
    return [turn.name for turn in vtt(cues).turns]


def test_a_cue_without_a_name_is_the_last_speakers_where_names_come_at_changes() -> None:
    assert spoken("Ann: a", "b", "Bo: c", "The main one: d", "Ann: e", "Bo: f") == [
        "Ann", "Ann", "Bo", "Bo", "Ann", "Bo",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        # Every cue has its own name, so that one without is somebody's who has none.
        (["Ann: a", "Ann: b", "Bo: c", "d", "Bo: e"], ["Ann", "Ann", "Bo", None, "Bo"]),
        # The same name again: names do not come only at changes.
        (["Bo: a", "Ann: b", "c", "Ann: d", "Bo: e"], ["Bo", "Ann", None, "Ann", "Bo"]),
        # A new speaker is marked and not named.
        (["Ann: a", "Bo: b", "Ann: c", "Bo: d", ">> e", "f"], [*["Ann", "Bo"] * 2, None, None]),
        (["Ann: a", "Bo: b", "Ann: c", "Bo: d", "- e", "f"], [*["Ann", "Bo"] * 2, None, None]),
        # What may be a name is met once.
        (["Ann: a", "Bo: b", "Kafka Connect: c", "d", "Ann: e", "Bo: f"],
         ["Ann", "Bo", "Kafka Connect", None, "Ann", "Bo"]),
    ],
)  # fmt: skip
def test_a_cue_without_a_name_is_nobodys_where_it_may_be_anybodys(
    texts: list[str], names: list[str | None]
) -> None:
    assert spoken(*texts) == names


def test_a_name_that_may_be_words_never_decides_a_side() -> None:
    cues = ["Ann: a", "b", "Kafka Connect: c", "Bo: d", "Ann: e", "Bo: f"]
    text = "\n\n".join(f"00:0{n}.000 --> 00:09.000\n{cue}" for n, cue in enumerate(cues))
    call = resolve_sides(vtt(text), ours=["Ann"])
    assert [turn.side for turn in call.turns] == [
        Side.SELLER, Side.SELLER, Side.UNKNOWN, Side.CUSTOMER, Side.SELLER, Side.CUSTOMER,
    ]  # fmt: skip


def test_two_speakers_in_one_cue_are_told_apart() -> None:
    [first, second, *_] = vtt(
        "00:01.000 --> 00:02.000\nAnn: How?\nBo: We copy.\n\n"
        "00:03.000 --> 00:04.000\nAnn: And?\n\n00:05.000 --> 00:06.000\nBo: Hm."
    ).turns
    assert (first.name, first.text, second.name, second.text) == ("Ann", "How?", "Bo", "We copy.")
    assert (first.line, second.line) == (4, 5)


@pytest.mark.parametrize(
    ("identifiers", "names"),
    [
        (['1 "Ann Lee" (345)', '2 "Bo" (789)', '"Ann Lee" (345)'], ["Ann Lee", "Bo", "Ann Lee"]),
        (["Ann Lee", "Bo Öz", "Ann Lee"], ["Ann Lee", "Bo Öz", "Ann Lee"]),
        (["1", "2", "3"], [None] * 3),
        (["7d3b0c2e-1111-4222-8333-944445555666/12-0", "b", "c"], [None] * 3),
    ],
)  # fmt: skip
def test_a_name_may_stand_in_the_identifier(
    identifiers: list[str], names: list[str | None]
) -> None:
    cues = "\n\n".join(f"{each}\n00:01.000 --> 00:02.000\nyes" for each in identifiers)
    assert [turn.name for turn in vtt(cues).turns] == names


def test_a_name_may_stand_on_a_line_below_the_times() -> None:
    text = "\n\n".join(
        f"00:01.000 --> 00:02.000\n{name}\nWords of\n{name[0]}"
        for name in ("Ann Lee", "Bo", "Ann Lee")
    )
    turns = vtt(text).turns
    assert [(turn.name, turn.text) for turn in turns] == [
        ("Ann Lee", "Words of A"), ("Bo", "Words of B"), ("Ann Lee", "Words of A"),
    ]  # fmt: skip


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
@pytest.mark.parametrize("between", ["\n", "\n\n", "\n2\n", "\n\n2\n"])
def test_words_behind_an_empty_line_are_the_cues(gap: str, between: str) -> None:
    text = (
        f"00:01.000 --> 00:02.000{gap}Ann: How do you load?\n\nEvery night?{between}"
        f"00:03.000 --> 00:04.000{gap}Bo: We copy."
    )
    for source in (f"WEBVTT\n\n{text}", text, f"1\n{text}"):
        transcript = read_source(source)
        assert [(t.name, t.text) for t in transcript.turns] == [
            ("Ann", "How do you load? Every night?"),
            ("Bo", "We copy."),
        ]
        assert transcript.skipped == ()


@pytest.mark.parametrize("name", ["call.vtt", "call.srt", "call.txt"])
def test_a_file_without_its_signature_is_read_whatever_its_name(name: str) -> None:
    text = "00:01.000 --> 00:02.000\n\nyes\n\n00:03.000 --> 00:04.000\n\nno"
    assert [turn.text for turn in read_source(text, name=name).turns] == ["yes", "no"]
