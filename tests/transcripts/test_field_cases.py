"""Files rebuilt from public bug reports: whose words each line holds, with our side named."""

from pathlib import Path

import pytest

from service.errors import UnreadableSource
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import refuse_unknown_names, resolve_sides
from service.transcripts.turns import Side, Transcript

CASES = Path(__file__).parent / "cases"
C, S, U = Side.CUSTOMER, Side.SELLER, Side.UNKNOWN
Sides = list[tuple[int | None, Side]]


def read_case(name: str, ours: tuple[str, ...] = (), customers: tuple[str, ...] = ()) -> Transcript:
    source_format = Format.NOTES if name.endswith(".md") else None
    call = read_source((CASES / name).read_bytes(), source_format, name, (*ours, *customers))
    return resolve_sides(call, ours, customers)


@pytest.mark.parametrize(
    ("name", "ours", "customers", "sides"),
    [
        ("bracket.txt", ("Tom Okafor",), (), [(1, S), (2, C), (3, S)]),
        ("granola.txt", ("Me",), (), [(1, S), (2, C), (3, S), (4, C)]),
        ("granola.txt", (), (), [(1, U), (2, U), (3, U), (4, U)]),
        ("teamsdocx.txt", ("Tom Okafor",), (), [(5, S), (8, C), (11, S), (14, C)]),
        ("meet.txt", ("Tom Okafor",), (), [(9, S), (10, C), (14, S), (15, C)]),
        ("teamsold.txt", ("Tom Okafor",), (), [(2, S), (5, C), (8, S)]),
        (
            "cont.srt",
            (),
            ("Ines Halvorsen",),
            [(3, S), (7, S), (11, C), (15, C), (19, S), (23, C)],
        ),
        ("chevron.vtt", ("Tom Okafor",), (), [(7, S), (10, C)]),
        ("emptyafter.vtt", ("Tom Okafor",), (), [(5, S), (9, C), (12, C)]),
        ("teams.vtt", ("Okafor, Tom",), (), [(5, S), (10, C), (14, C), (21, U)]),
        ("teams.vtt", ("Tom Okafor",), (), [(5, S), (10, C), (14, C), (21, U)]),
        ("teams_plain.vtt", ("Tom Okafor",), (), [(3, U), (7, U)]),
        ("zoom_longname.vtt", ("Tom Okafor",), (), [(5, S), (9, C), (13, S), (17, C)]),
        ("zoom_longname.vtt", (), ("Ines Halvorsen",), [(5, S), (9, C), (13, S), (17, C)]),
        ("aws.json", (), ("spk_1",), [(35, S), (45, C)]),
        ("dg_noutt.json", (), ("1",), [(207, S), (220, C)]),
        ("dg_noutt.json", (), ("0-1",), [(207, S), (220, C)]),
        ("whisperx.json", (), ("SPEAKER_01",), [(3, S), (10, C)]),
    ],
)
def test_each_turn_is_on_the_side_of_the_one_who_said_it(
    name: str, ours: tuple[str, ...], customers: tuple[str, ...], sides: Sides
) -> None:
    assert [(turn.line, turn.side) for turn in read_case(name, ours, customers).turns] == sides


def test_no_word_of_a_call_is_lost_or_added() -> None:
    copied = "Honestly we copy every table in full each night, nothing smarter than that."
    for name in ("bracket.txt", "granola.txt", "teamsdocx.txt", "meet.txt", "teamsold.txt"):
        assert copied in [turn.text for turn in read_case(name).turns], name
    for name in ("aws.json", "dg_noutt.json", "whisperx.json"):
        assert [turn.text for turn in read_case(name).turns][-1] == copied, name
    [_, last, *_] = read_case("emptyafter.vtt").turns
    assert last.text == "Honestly we copy every table in full each night."
    assert read_case("emptyafter.vtt").skipped == ()


def test_a_name_that_nobody_has_is_refused_with_those_who_speak() -> None:
    with pytest.raises(UnreadableSource, match=r"^no speaker is called 'Tom Okafor'; there are Me"):
        refuse_unknown_names(read_case("granola.txt"), ["Tom Okafor"])


def test_our_question_of_a_pair_is_ours_and_its_answer_is_the_customers() -> None:
    turns = [(t.side, t.text) for t in read_case("qa.md").turns if t.heading is None]
    assert [side for side, _ in turns] == [S, U, S, U]
    assert [text for side, text in turns if side is U] == [
        "No idea, never looked.",
        "The business calls us when numbers look off.",
    ]


def test_what_stands_under_our_recommendation_is_ours() -> None:
    turns = [t for t in read_case("ours.md").turns if t.heading is None]
    assert [(t.line, t.side) for t in turns] == [(2, U), (5, S)]


def test_html_is_a_line_for_each_item_and_row_without_tags() -> None:
    assert [(t.line, t.heading, t.text) for t in read_case("html.md").turns] == [
        (1, 2, "CDC"),
        (2, None, "They copy every table in full each night – nothing else"),
        (2, None, "Quality: business calls when numbers look wrong"),
        (3, None, "SLA | gold by 7 am, PagerDuty on late jobs"),
    ]
