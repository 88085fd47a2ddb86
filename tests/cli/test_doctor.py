"""`probewise doctor`: what is configured and whether it works, without telling secrets."""

from pathlib import Path

import openai
import pytest
from anyio.from_thread import start_blocking_portal

from service.judging.models import Ungraded, Verdict
from service.llm.openai import OpenAIModel
from service.playbooks.files import dump_playbook
from service.reasons import Reason
from tests.cli.conftest import Probewise, in_a_process
from tests.fakes import FakeJudge, a_playbook
from tests.faulty_modes import WEAK
from tests.faulty_server import faulty_server, option_refused, schema_refused, tool_reply

pytestmark = pytest.mark.slow


@pytest.fixture
def judges(probewise: Probewise) -> dict[str, FakeJudge]:
    """The embedded judge and the LLM that the doctor tries."""
    fakes = {"embedded": FakeJudge(Verdict.GOOD), "llm": FakeJudge(Verdict.GOOD)}

    probewise.replaced |= {"embedded_judge": fakes["embedded"], "llm_judge": fakes["llm"]}
    return fakes


def a_model(name: str) -> OpenAIModel:
    client = openai.AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="test")
    return OpenAIModel(client, name, options={}, request_timeout_s=1, max_attempts=1)


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


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:9/v1?api-key=secret", "http://127.0.0.1:9/v1?…"),
        ("http://me:secret@127.0.0.1:9/v1#secret", "http://127.0.0.1:9/v1?…"),
        ("http://127.0.0.1:9/v1?next=https://me:secret@h/", "http://…"),
        ("http://me:half?secret@127.0.0.1:9/v1", "http://…"),
    ],
)
def test_no_part_of_an_address_that_may_be_secret_is_shown(
    probewise: Probewise,
    judges: dict[str, FakeJudge],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    shown: str,
) -> None:
    monkeypatch.setenv("PROBEWISE_DATABASE_URL", address)
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    # The real model is built only where there is a server: here the fakes answer.
    probewise.replaced["models"] = [a_model("fake")]
    ran = probewise("doctor")
    assert ran.out.count(shown) == 2
    assert "secret" not in ran.out and "half" not in ran.out


def test_what_the_server_refused_is_told_in_plain_words_with_what_is_done_instead(
    probewise: Probewise, judges: dict[str, FakeJudge], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    script = [
        option_refused("logprobs", 403, "You are not allowed to request logprobs"),
        schema_refused,
        tool_reply(WEAK),
    ]
    del probewise.replaced["llm_judge"]
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(faulty_server(script)) as server,
    ):
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("PROBEWISE_MODELS", "any-model")
        said = " ".join(probewise("doctor").out.split())
    assert "structured output by tool" in said
    assert (
        "the server refused logprobs (HTTP 403), so it is left out: grades have no confidence"
        in said
    )
    assert "the server refused a strict JSON schema (HTTP 400): JSON is asked for by tool" in said


def test_a_known_limit_of_the_default_model_is_told_too(
    probewise: Probewise, judges: dict[str, FakeJudge], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    said = " ".join(probewise("doctor").out.split())
    assert "this model is known to take no temperature, so it is not sent" in said


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
