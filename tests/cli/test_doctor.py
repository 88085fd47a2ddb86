"""`probewise doctor`: what is configured and whether it works, without telling secrets."""

from pathlib import Path

import pytest

from service.errors import Reason
from service.judging.models import Ungraded, Verdict
from service.playbooks.files import dump_playbook
from tests.cli.conftest import Probewise, in_a_process
from tests.fakes import FakeJudge, a_playbook

pytestmark = pytest.mark.slow


@pytest.fixture
def judges(probewise: Probewise) -> dict[str, FakeJudge]:
    """The embedded judge and the LLM that the doctor tries."""
    fakes = {"embedded": FakeJudge(Verdict.GOOD), "llm": FakeJudge(Verdict.GOOD)}

    probewise.replaced |= {"embedded_judge": fakes["embedded"], "llm_judge": fakes["llm"]}
    return fakes


def test_without_an_llm_the_embedded_judge_is_enough(
    probewise: Probewise, judges: dict[str, FakeJudge]
) -> None:
    ran = probewise("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert "✓ embedded: graded an example good" in ran.out
    assert "no LLM configured: set OPENAI_API_KEY, or OPENAI_BASE_URL" in ran.out
    assert judges["llm"].asked == []
    assert judges["embedded"].closed


def test_every_configured_model_is_tried_and_no_secret_shown(
    probewise: Probewise, judges: dict[str, FakeJudge], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:secret@127.0.0.1:9/v1")
    monkeypatch.setenv("PROBEWISE_DATABASE_URL", "postgresql+asyncpg://me:secret@db/probewise")
    monkeypatch.setenv("PROBEWISE_MODELS", "big, small")
    ran = probewise("doctor")
    assert ran.code == 0
    assert "✓ big: graded an example good" in ran.out
    assert "✓ small: graded an example good" in ran.out
    assert "structured output by" in ran.out
    assert "secret" not in ran.out


@pytest.mark.parametrize("broken", ["embedded", "llm"])
def test_what_does_not_work_is_named_and_fails(
    probewise: Probewise, judges: dict[str, FakeJudge], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    judges[broken].result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 401 [/no]")
    ran = probewise("doctor")
    assert ran.code == 1
    assert "model_unavailable: HTTP 401 [/no]" in ran.out
    assert ran.out.count("✓") == 1


def test_playbooks_of_ones_own_are_listed_and_do_not_stop_the_example(
    probewise: Probewise,
    judges: dict[str, FakeJudge],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "cooking.yaml").write_text(dump_playbook(a_playbook()), "utf-8")
    monkeypatch.setenv("PROBEWISE_PLAYBOOKS", str(tmp_path))
    ran = probewise("doctor")
    assert ran.code == 0
    assert "cooking (3)" in ran.out


def test_a_model_that_cannot_be_reached_is_told_by_the_real_thing(tmp_path: Path) -> None:
    ran = in_a_process(
        "doctor",
        folder=tmp_path,
        environment={
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "OPENAI_API_KEY": "sk-secret",
            "PROBEWISE_MAX_ATTEMPTS": "1",
        },
    )
    assert (ran.code, ran.err) == (1, "")
    assert "✓ embedded: graded an example" in ran.out
    assert "✗ gpt-5-mini: model_unavailable: " in ran.out
    assert "sk-secret" not in ran.out
