"""`probewise engagement`: what the service kept, for a person, a spreadsheet or a script."""

import asyncio
from pathlib import Path

import pytest

from service.engagements.models import Attempt, Engagement
from service.judging.models import Grade, Verdict
from service.judging.review import ReviewReason
from service.storage.database import Database
from service.storage.grades import GradeRepository, StoredGrade
from tests.cli.conftest import Probewise, in_a_process
from tests.engagements.building import an_attempt

pytestmark = pytest.mark.slow

ACME = "acme-2026-11"
URL = "sqlite+aiosqlite:///probewise.sqlite3"


def record_of(attempt: Attempt, engagement_id: str) -> StoredGrade:
    assert isinstance(attempt.result, Grade)
    return StoredGrade(
        id=attempt.id,
        question_id=attempt.question_id,
        answer="It rarely burns.",
        follows=attempt.follows,
        engagement_id=engagement_id,
        created_at=attempt.at,
        grade=attempt.result.model_dump(mode="json"),
    )


async def keep(*records: StoredGrade) -> None:
    database = Database(URL)
    await database.upgrade()
    for record in records:
        await GradeRepository(database).save(record)
    await database.aclose()


@pytest.fixture
def kept(probewise: Probewise, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two engagements in the database of the working folder."""
    monkeypatch.delenv("PROBEWISE_DATABASE_URL", raising=False)
    attempts = [
        an_attempt(1, Verdict.WEAK, question_id="data-engineering.3"),
        an_attempt(2, Verdict.PARTIAL, question_id="data-engineering.3", follows=1),
        an_attempt(3, Verdict.GOOD, question_id="ai-ml.1", review=[ReviewReason.LOW_CONFIDENCE]),
        an_attempt(4, Verdict.GOOD, question_id="gone.1", rationale="=1+1 \x1b[31m [bold]"),
    ]
    other = an_attempt(5, question_id="ai-ml.1")
    records = [record_of(attempt, ACME) for attempt in attempts]
    asyncio.run(keep(*records, record_of(other, "[red]globex")))


def on_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.usefixtures("kept")
def test_the_card_shows_what_is_covered_what_is_weak_and_what_to_ask(probewise: Probewise) -> None:
    ran = probewise("engagement", ACME)
    shown = on_one_line(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert shown.startswith(f"{ACME} 2026-11-20 12:34 UTC 3 of 18 questions answered: ")
    assert "Data Engineering Spike: 1 of 8 questions answered" in shown
    assert "data-engineering.3 partial; before: weak" in shown
    assert "data-engineering.4 open" in shown
    assert "data-warehousing" not in shown
    assert "review" in shown
    assert "gone: 1 of 1 question answered" in shown
    asked = shown.partition("Ask next")[2]
    assert "data-engineering.3 partial after 1 probe How would you notice?" in asked
    assert "ai-ml.1" not in asked


@pytest.mark.usefixtures("kept")
def test_json_is_the_engagement(probewise: Probewise) -> None:
    ran = probewise("engagement", ACME, "--json")
    engagement = Engagement.model_validate_json(ran.out)
    assert (engagement.id, engagement.needs_review) == (ACME, ("ai-ml.1",))


@pytest.mark.usefixtures("kept")
def test_markdown_and_csv_are_written_as_the_service_writes_them(probewise: Probewise) -> None:
    page = probewise("engagement", ACME, "--markdown").out
    assert page.startswith(f"# Engagement {ACME}\n")
    assert "\x1b" not in page
    table = probewise("engagement", ACME, "--csv").out
    assert table.startswith("\ufeffengagement_id,")
    assert ",'=1+1" in table


@pytest.mark.usefixtures("kept")
def test_without_an_id_the_latest_engagements_are_listed(probewise: Probewise) -> None:
    ran = probewise("engagement")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[:3] for line in ran.out.splitlines()] == [
        ["engagement", "questions", "grades"],
        ["[red]globex", "1", "1"],
        [ACME, "3", "4"],
    ]


@pytest.mark.usefixtures("kept")
def test_an_unknown_engagement_is_one_line(probewise: Probewise) -> None:
    ran = probewise("engagement", "globex")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("error: no grade of the engagement 'globex' is stored here; ")


def test_without_a_database_the_setting_is_named_and_no_file_made(
    probewise: Probewise, tmp_path: Path
) -> None:
    ran = probewise("engagement", ACME)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("error: PROBEWISE_DATABASE_URL: no grades are kept there")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("--csv",), (ACME, "--csv", "--json")])
def test_a_form_takes_an_id_and_goes_alone(probewise: Probewise, words: tuple[str, ...]) -> None:
    ran = probewise("engagement", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "--markdown, --csv and --json" in on_one_line(ran.err)


@pytest.mark.usefixtures("kept")
def test_csv_comes_to_the_byte_in_a_real_process(tmp_path: Path) -> None:
    ran = in_a_process("engagement", ACME, "--csv", folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("\r\n") == 1 + 18
    assert ran.out.count("\n") == ran.out.count("\r\n")


def test_a_damaged_database_is_one_line(
    probewise: Probewise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROBEWISE_DATABASE_URL", raising=False)
    Path("probewise.sqlite3").write_text("no database " * 100)
    ran = probewise("engagement", ACME)
    assert ran.code == 2
    assert "damaged, or is no SQLite database" in on_one_line(ran.err)
    assert "Traceback" not in ran.err
