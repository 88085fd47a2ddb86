"""Sides are known or unknown, never guessed."""

import pytest

from service.errors import UnreadableSource
from service.transcripts.sides import is_address, refuse_unknown_names, resolve_sides
from service.transcripts.turns import NOBODY, NOTES, Side, Transcript, Turn

C, S, U = Side.CUSTOMER, Side.SELLER, Side.UNKNOWN
ANN = Turn(speaker_id="1", name="Ann Lee (Acme)", text="Nightly.")
BO = Turn(speaker_id="2", name="Bo Öz | Acme", email="bo@mail.acme.example", text="Hm.")
TOM = Turn(speaker_id="3", name="Tom", email="tom@northwind.example", text="And SAP?")
EVE = Turn(speaker_id="4", name="Eve [Northwind]", text="Go on.")


def sides(*turns: Turn, ours: tuple[str, ...] = (), customers: tuple[str, ...] = ()) -> list[Side]:
    return [t.side for t in resolve_sides(Transcript(turns=turns), ours, customers).turns]


@pytest.mark.parametrize(
    "name",
    [
        "Ann Lee",
        "ann  LEE",
        "Ann Lee (Acme)",
        "Ann Lee | acme",
        "ANN LEE (ACME)",
        "\u200fAnn\u00a0Lee\u200f",
        "1",
    ],
)
def test_a_customer_is_found_however_the_name_is_written(name: str) -> None:
    assert sides(ANN, TOM, customers=(name,)) == [C, S]


@pytest.mark.parametrize(
    "ours",
    ["tom", "northwind.example", "@northwind.example", "TOM@northwind.example", "3", "example"],
)
def test_ours_are_names_addresses_and_domains(ours: str) -> None:
    assert sides(TOM, ours=(ours,)) == [S]


def test_an_address_that_only_ends_alike_is_of_another_domain() -> None:
    other = TOM.model_copy(update={"email": "tom@not-northwind.example"})
    assert sides(other, ours=("northwind.example",)) == [U]


def test_a_company_names_all_of_its_people() -> None:
    assert sides(ANN, BO, TOM, customers=("Acme",)) == [C, C, S]
    assert sides(ANN, BO, EVE, ours=("Northwind",)) == [C, C, S]
    assert sides(BO, TOM, customers=("acme.example",)) == [C, S]


@pytest.mark.parametrize(
    "name", ["Lee", "Ann", "Ann Lee (Other)", "Bob (Acme)", "acme.example.org", ""]
)
def test_a_customer_who_is_not_there_is_refused_with_those_who_are(name: str) -> None:
    with pytest.raises(UnreadableSource) as refused:
        sides(ANN, TOM, ANN, customers=(name,))
    assert str(refused.value) == f"no speaker is called {name!r}; there are Ann Lee (Acme), Tom"


def test_a_long_list_of_speakers_is_cut_and_none_is_said_to_be_none() -> None:
    crowd = [Turn(speaker_id=f"s{n}", text="x") for n in range(25)]
    with pytest.raises(UnreadableSource, match=r"s19 and 5 more$"):
        sides(*crowd, customers=("Ann",))
    with pytest.raises(UnreadableSource, match="the source names nobody"):
        sides(Turn(speaker_id=NOTES, text="x"), customers=("Ann",))


def test_the_others_follow_only_where_names_settle_one_side() -> None:
    assert sides(ANN, BO, TOM) == [U, U, U]
    assert sides(ANN, BO, TOM, ours=("nobody here",)) == [U, U, U]
    assert sides(ANN, BO, TOM, ours=("Tom",)) == [C, C, S]
    assert sides(ANN, BO, TOM, customers=("Ann Lee",)) == [C, S, S]
    assert sides(ANN, BO, TOM, ours=("Tom",), customers=("Ann Lee",)) == [C, U, S]


def test_what_the_source_says_counts_until_a_name_says_otherwise() -> None:
    external = ANN.model_copy(update={"side": C})
    internal = EVE.model_copy(update={"side": S})
    assert sides(external, BO, internal) == [C, U, S]
    assert sides(external, BO) == [C, U]
    assert sides(external, BO, TOM, ours=("Tom",)) == [C, U, S]
    assert sides(external, internal, BO, customers=("Eve",)) == [C, C, S]
    assert sides(external, internal, BO, ours=("Ann Lee",)) == [S, S, C]


def test_a_named_customer_outranks_ours() -> None:
    assert sides(ANN, TOM, ours=("Tom", "Ann Lee"), customers=("Ann Lee",)) == [C, S]


@pytest.mark.parametrize("speaker_id", [NOTES, NOBODY])
def test_notes_and_nobodys_words_follow_nobody(speaker_id: str) -> None:
    assert sides(TOM, Turn(speaker_id=speaker_id, text="x"), ours=("Tom",)) == [S, U]


def test_all_else_stays_as_it_was() -> None:
    before = Transcript(turns=(ANN, TOM))
    after = resolve_sides(before, ours=["Tom"])
    assert [t.model_dump(exclude={"side"}) for t in after.turns] == [
        t.model_dump(exclude={"side"}) for t in before.turns
    ]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Lee, Ann", "Ann Lee"),
        ("Ann Lee", "Lee, Ann"),
        ("Lee, Ann (External)", "Ann Lee"),
        ("van der Lee, Ann", "Ann van der Lee"),
        ("Ann Lee, Acme", "Ann Lee"),
        ('Annabel "Ann" Lee', "Ann Lee"),
        ('Annabel "Ann" Lee', "Annabel Lee"),
        ("Ann Lee | Acme - Data Platform Team Lead", "Ann Lee"),
        ("Ann Lee - Acme", "Ann Lee"),
        ("ANN LEE", "Ann Lee"),
    ],
)
def test_a_name_is_found_in_each_form_in_which_people_have_it(written: str, typed: str) -> None:
    speaker = Turn(speaker_id="9", name=written, text="Nightly.")
    assert sides(speaker, TOM, customers=(typed,)) == [C, S]
    assert sides(speaker, TOM, ours=(typed,)) == [S, C]


@pytest.mark.parametrize("typed", ["Ann", "Lee", "Lee Ann Acme", "Tom Lee", "Bo, Ann"])
def test_another_name_is_not_found(typed: str) -> None:
    assert sides(Turn(speaker_id="9", name="Lee, Ann", text="x"), ours=(typed,)) == [U]


def test_a_name_of_which_the_reader_is_not_sure_is_on_no_side_until_it_is_named() -> None:
    doubtful = Turn(speaker_id=NOBODY, name="Kafka Connect", text="reads the log")
    assert sides(TOM, doubtful, ANN, ours=("Tom",)) == [S, U, C]
    assert sides(TOM, doubtful, ANN, ours=("Tom", "Kafka Connect")) == [S, S, C]


def test_a_name_that_nobody_has_is_refused_with_those_who_speak() -> None:
    call = Transcript(turns=(ANN, TOM))
    refuse_unknown_names(call, ["Tom", "Acme"])
    with pytest.raises(UnreadableSource, match="no speaker is called 'Bob'; there are Ann Lee"):
        refuse_unknown_names(call, ["Tom", "Bob"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [("x.example", True), ("@x.example", True), ("a@x.example", True), ("J. Lee", False),
     ("Ann", False), ("Ann B.", False)],
)  # fmt: skip
def test_an_address_or_a_domain_is_told_from_a_name(name: str, expected: bool) -> None:
    assert is_address(name) == expected
