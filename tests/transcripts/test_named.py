"""A call in plain text: each tool's way to write who speaks, and what is never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.transcripts.formats import Format, find_call
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import NOBODY, Side

TOM, INES = "Tom Okafor", "Ines Halvorsen"

SHAPES = {
    "brackets": f"[00:03] {TOM}: How?\n[00:11] {INES}: We copy.\n[00:40] {TOM}: Use a log.",
    "colon": f"{TOM}: How?\n{INES}: We copy.\n{TOM}: Use a log.",
    "time behind": f"{TOM}  0:03\nHow?\n\n{INES}  0:11\nWe copy.\n\n{TOM}  0:40\nUse a log.",
    "time before": f"00:00:03 {TOM}\nHow?\n00:00:11 {INES}\nWe copy.\n00:00:40 {TOM}\nUse a log.",
    "fathom": f"Call - March 04\nVIEW RECORDING - 31 mins\n\n---\n\n@0:03 - {TOM}\nHow?\n\n"
    f"@0:11 - {INES}\nWe copy.\n\n@0:40 - {TOM}\nUse a log.",
    "rev": f"{TOM} (00:03):\nHow?\n\n{INES} (00:11):\nWe copy.\n\n{TOM} (00:40):\nUse a log.",
    "time below": f"{TOM}\n00:03\nHow?\n\n{INES}\n00:11\nWe copy.\n\n{TOM}\n00:40\nUse a log.",
    "names above": f"{TOM}\nHow?\n\n{INES}\nWe copy.\n\n{TOM}\nUse a log.\n\n{INES}\nHm.",
    "bold": f"# Call\n\n**{TOM}:** How?\n\n**{INES}:** We copy.\n\n**{TOM}:** Use a log.",
    "minutes": f"Minutes\nAttendees: {TOM} (Us), {INES}\n\n- {TOM}: How?\n- {INES}: We copy.\n"
    f"- {TOM}: Use a log.",
    "table": f"| Time | Speaker | Text |\n|---|---|---|\n| 00:03 | {TOM} | How? |\n"
    f"| 00:11 | {INES} | We copy. |\n| 00:40 | {TOM} | Use a log. |",
    "teams pasted": f"{TOM}\n0 minutes 3 seconds\n0:03\n{TOM} 0 minutes 3 seconds\nHow?\n{INES}\n"
    f"0 minutes 11 seconds\n0:11\n{INES} 0 minutes 11 seconds\nWe copy.\n{TOM}\n0:40\nUse a log.",
    "square names": f"[{TOM}] How?\n[{INES}] We copy.\n[{TOM}] Use a log.",
    "times of day": f"{TOM}  10:02 AM\nHow?\n{INES}  10:03 AM\nWe copy.\n"
    f"{TOM}  10:04 AM\nUse a log.",
    "only at changes": f"{TOM}: How?\n{INES}: We\ncopy.\n{TOM}: Use a log.\n{INES}: Hm.",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_tells_who_speaks_and_what(shape: str) -> None:
    call = resolve_sides(read_source(SHAPES[shape]), ours=[TOM])
    said = [(turn.name, turn.side, turn.text) for turn in call.turns][:3]
    assert [(name and name.removesuffix(" (Us)"), side, text) for name, side, text in said] == [
        (TOM, Side.SELLER, "How?"),
        (INES, Side.CUSTOMER, "We copy."),
        (TOM, Side.SELLER, "Use a log."),
    ]


@pytest.mark.parametrize(
    "shape", ["brackets", "time behind", "fathom", "rev", "time below", "table"]
)
def test_times_count_from_the_start_of_the_call(shape: str) -> None:
    starts = [turn.start_ms for turn in read_source(SHAPES[shape]).turns]
    assert starts == [3_000, 11_000, 40_000]


@pytest.mark.parametrize("shape", [each for each in SHAPES if each != "names above"])
def test_a_call_that_is_handed_over_as_notes_is_read_as_a_call(shape: str) -> None:
    assert find_call(SHAPES[shape]) in {Format.NAMED, Format.OTTER}
    sides = {turn.side for turn in read_source(SHAPES[shape], Format.NOTES).turns}
    assert sides == {Side.UNKNOWN}


@pytest.mark.parametrize(
    "name",
    [
        "Ines Halvorsen | Kestrel Foods - Data Platform Team Lead",
        "Dr. Ines Halvorsen Head of Data Platform at Kestrel Foods",
        'Ines "Nes" Halvorsen',
        "Halvorsen, Ines",
        "Halvorsen, Ines (External)",
        "María del Carmen de la Vega",
        "Speaker 2",
        "王伟",
    ],
)
def test_names_are_read_as_people_have_them(name: str) -> None:
    for colon in (": ", "："):
        text = f"{TOM}{colon}How?\n{name}{colon}We copy.\n{TOM}{colon}Use a log."
        assert [turn.name for turn in read_source(text).turns] == [TOM, name, TOM]


@pytest.mark.parametrize(
    "words",
    ["The main one: we copy every table.", "Zwei Dinge: wir kopieren alles.", "And: so on."],
)
def test_words_before_a_colon_stay_those_of_the_speaker(words: str) -> None:
    text = f"{TOM}: How?\n{INES}: We have two ways.\n{words}\n{TOM}: And?\n{INES}: Hm."
    [_, ines, *_] = read_source(text).turns
    assert (ines.name, ines.text) == (INES, f"We have two ways. {words}")


def test_what_may_be_a_name_or_a_word_is_nobodys_whoever_is_named() -> None:
    text = f"{TOM}: How?\nUse this.\nKafka Connect: reads the log.\n{INES}: Hm.\n{TOM}: And?"
    call = resolve_sides(read_source(text), ours=[TOM])
    assert [(t.speaker_id, t.side) for t in call.turns if "reads" in t.text] == [
        (NOBODY, Side.UNKNOWN)
    ]


def test_a_name_that_is_set_or_present_is_a_name_though_it_comes_once() -> None:
    text = f"{TOM}: How?\nUse this.\n{INES}: We copy.\n{TOM}: And?"
    assert read_source(text).turns[1].speaker_id == NOBODY
    assert read_source(text, known=[INES]).turns[1].name == INES
    listed = f"Attendees: {TOM}, {INES}\n\n{text}"
    assert read_source(listed).turns[1].speaker_id == INES


def test_what_stands_under_a_heading_behind_the_call_is_nobodys() -> None:
    text = f"{SHAPES['colon']}\n\n## Action items\n- Tom sends the docs"
    last = resolve_sides(read_source(text), ours=[TOM]).turns[-1]
    assert (last.text, last.side) == ("- Tom sends the docs", Side.UNKNOWN)


def test_a_call_that_names_nobody_is_of_unknown_side() -> None:
    call = read_source("How do you load?\nWe copy every table.", known=[TOM])
    assert {(turn.speaker_id, turn.side) for turn in call.turns} == {(NOBODY, Side.UNKNOWN)}


@pytest.mark.parametrize("name", ["Unknown Speaker", "Unknown", "Unbekannt", "Multiple speakers"])
def test_a_voice_that_the_tool_does_not_know_is_nobodys(name: str) -> None:
    text = f"{TOM}: How?\n{name}: Use a log.\n{INES}: Hm.\n{TOM}: So?\n{name}: Yes."
    call = resolve_sides(read_source(text), ours=[TOM])
    assert [turn.side for turn in call.turns if turn.name is None] == [Side.UNKNOWN] * 2


PEOPLE = st.sampled_from([INES, "Halvorsen, Ines", "Bo Öz (Acme)", "王伟", 'Ann "Annie" Lee'])
LEADS = st.sampled_from(
    ["", "The main one: ", "Kafka Connect#: ", "SAP#: ", "Note: ", "- ", "10:30 and ", "Ja: "]
)
SPOKEN = st.lists(
    st.tuples(st.booleans(), PEOPLE, st.lists(LEADS, min_size=1, max_size=3)),
    min_size=2,
    max_size=10,
)


def write_call(said: list[tuple[bool, str, list[str]]], style: str) -> str:
    """Write what is said, each speech in several lines; ours is marked in every line."""
    lines: list[str] = []
    # Not every line has a name, and no word that may be one recurs: then it would be one.
    said = [(True, TOM, ["", ""]), *said]
    for number, (is_ours, person, leads) in enumerate(said):
        name, mark = (TOM, "OUROWN") if is_ours else (person, "THEIRS")
        unique = [lead.replace("#", f"{number}x{at}") for at, lead in enumerate(leads)]
        words = [f"{lead}{mark} words {number}." for lead in unique]
        clock = f"00:{number:02}:00"
        if style == "label":
            lines += [f"{name}: {words[0]}", *words[1:]]
        elif style == "timed":
            lines += [f"[{clock}] {name}: {words[0]}", *words[1:]]
        elif style == "header":
            lines += [f"{name}  {clock}", *words, ""]
        else:
            for index, each in enumerate(words):
                lead = "" if index else f"{name}: "
                lines += [f"{clock}.{index:03} --> {clock}.999", f"{lead}{each}", ""]
    return "\n".join(lines)


@pytest.mark.parametrize("style", ["label", "timed", "header", "srt"])
@given(said=SPOKEN)
def test_our_words_are_never_the_customers_whatever_they_look_like(
    style: str, said: list[tuple[bool, str, list[str]]]
) -> None:
    call = resolve_sides(read_source(write_call(said, style), known=[TOM]), ours=[TOM])
    customers = [turn.text for turn in call.turns if turn.side is Side.CUSTOMER]
    assert not [text for text in customers if "OUROWN" in text]
