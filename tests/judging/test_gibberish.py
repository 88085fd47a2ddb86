"""What is no language is told from shorthand, tables, code and other languages."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.evaluation.cases.golden import read_golden_folder
from service.judging.gibberish import is_plain_gibberish, looks_like_gibberish
from service.judging.models import MAX_ANSWER_CHARACTERS

pytestmark = pytest.mark.slow

EVALS = Path(__file__).parents[2] / "evals"

PLAIN = [
    "a." * 10_000,
    "a-" * 10_000,
    "la la la la la la la la",
    "nananananananananana",
    "Blah, blah, blah, blah, blah!",
    "hahahahahahahahahahaha",
    "test " * 20,
    "数据" * 20,
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
    "foo bar foo foo bar bar foo bar foo bar bar foo",
]
UNLIKE_LANGUAGE = [
    "asdf asdf qwer qwer zxcv zxcv jkl jkl uiop",
    "sdkfjh skdjfh ksjdhf kjsdhf qwpoeiru zmxncb vlkjhasd fgh",
    "aGVsbG8gd29ybGQgdGhpcyBpcyBhIHRlc3Qgb2YgYmFzZTY0IGVuY29kaW5n",
    "3f2a9c71 e0b47fa0 cc9e81d2 deadbeef 3f2a9c71 e0b47fa0",
    " ".join(str(n) for n in range(60)),
    "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "a. " * 3_000 + "We tail the log with Debezium.",
]
LANGUAGE = [
    "no, no, no",
    "Yes, yes, yes.",
    "Full load. Full load. Full load. Full load. Full load.",
    "7",
    "1000000000000000",
    "42 tables, 7 of them over 1 TB, 15 min, p99 200 ms",
    "CDC via DBZ -> KFK -> S3; SCD2 in DLT; DQ chk w/ GE; p99 < 5m; RBAC, PII msk",
    "ADF pl -> brz/slv/gld, DLT exp, UC tgs, k8s, TF, GHA, SLA 2h",
    "m5.4xlarge, r6g.2xlarge",
    "| table | mode |\n|---|---|\n| orders | CDC |\n| users | CDC |\n| carts | full |",
    "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *",
    "ECB, CBC, CFB, OFB, CTR, GCM, CCM, XTS",
    "Wir laden jede Nacht alle Tabellen vollständig neu und haben keine Änderungserfassung",
    "Źdźbło przytrzymywać szczęście, wszystkie dane przychodzą z bazy przez Kafkę co godzinę",
    "čtvrtek zmrzl strč prst skrz krk, načítáme všechny tabulky každou noc",
    "Lataamme kaikki taulut joka yö uudestaan, muutoksia ei seurata mitenkään",
    "Minden éjjel újratöltjük az összes táblát, nincs változáskövetés",
    "Rydym yn llwytho'r holl dablau bob nos, does dim cipio newidiadau",
    "Silayisha zonke iitafile rhoqo ngobusuku",
    "women meitian wanshang quanliang jiazai suoyou de biao",
    "我们每天晚上全量加载所有的表，没有变更捕获。",
    "Каждую ночь мы полностью перезагружаем все таблицы.",
    "毎晩すべてのテーブルを全件ロードしています。",
    "نقوم بتحميل جميع الجداول كل ليلة",
]


@pytest.mark.parametrize("text", PLAIN)
def test_one_sound_over_and_over_is_plain_gibberish(text: str) -> None:
    assert is_plain_gibberish(text)
    assert looks_like_gibberish(text)


@pytest.mark.parametrize("text", UNLIKE_LANGUAGE)
def test_what_is_unlike_language_is_for_a_person_to_see(text: str) -> None:
    assert looks_like_gibberish(text)
    assert not is_plain_gibberish(text)


@pytest.mark.parametrize("text", LANGUAGE)
def test_shorthand_tables_code_and_other_languages_are_language(text: str) -> None:
    assert not looks_like_gibberish(text)


def real_answers() -> Iterator[str]:
    yield from (case.answer for case in read_golden_folder(EVALS / "golden"))
    for file in sorted((EVALS / "training").rglob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield json.loads(line)["answer"]


def test_no_real_answer_is_called_gibberish() -> None:
    answers = list(real_answers())
    assert len(answers) > 1_000
    assert [answer for answer in answers if looks_like_gibberish(answer)] == []


@pytest.mark.parametrize("unit", ["a", "a1", "ab1_", "é", "zq ", "ab ", "1 "])
def test_the_longest_answer_is_looked_through_at_once(unit: str) -> None:
    """It would not end here if it took the square of the length."""
    looks_like_gibberish((unit * MAX_ANSWER_CHARACTERS)[:MAX_ANSWER_CHARACTERS])
