"""Settings under their old names."""

from pathlib import Path

import pytest

from service.settings import read_settings


@pytest.fixture(autouse=True)
def _empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PROBEWISE_LLM_API_KEY", "PROBEWISE_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def key() -> str | None:
    found = read_settings().llm_api_key
    return found.get_secret_value() if found else None


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_an_old_name_still_works_and_says_what_it_is_called_now(
    place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if place == ".env":
        Path(".env").write_text("PROBEWISE_API_KEY=old\n", "utf-8")
    else:
        monkeypatch.setenv("PROBEWISE_API_KEY", "old")
    assert key() == "old"
    assert "PROBEWISE_API_KEY is now called PROBEWISE_LLM_API_KEY" in caplog.text


@pytest.mark.parametrize("name", ["PROBEWISE_LLM_API_KEY", "OPENAI_API_KEY"])
def test_a_name_of_today_says_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, "new")
    assert key() == "new"
    assert caplog.text == ""


def test_the_new_name_wins_over_the_old_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PROBEWISE_API_KEY", "old")
    monkeypatch.setenv("PROBEWISE_LLM_API_KEY", "new")
    assert key() == "new"
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("northwind.example", ("northwind.example",)),
        ("Okafor, Tom", ("Okafor", "Tom", "Okafor, Tom")),
        (
            "Okafor, Tom; Ann Lee; northwind.example",
            ("Okafor, Tom", "Ann Lee", "northwind.example"),
        ),
        ('"Okafor, Tom", Ann', ("Okafor, Tom", "Ann")),
        ('"Okafor, Tom"; Ann', ("Okafor, Tom", "Ann")),
        (" ; ", ()),
    ],
)
def test_our_names_may_have_a_comma(
    written: str, ours: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBEWISE_OURS", written)
    assert read_settings().ours == ours
