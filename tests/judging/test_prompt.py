from pathlib import Path

import pytest
from inline_snapshot import snapshot

from service.errors import ConfigurationError
from service.judging.models import Answer
from service.judging.prompt import PROMPTS, load_prompt
from tests.fakes import a_question

PROMPT = load_prompt("grade@1")
RELEASED = snapshot(
    {
        "assign@1": "2ea488e5b797",
        "assign@2": "b2259f712db4",
        "grade@1": "6572b8c35b94",
        "grade@2": "27233324a727",
    }
)


def test_a_released_prompt_never_changes() -> None:
    """A change is a new file with the next version, its golden-set figures beside it."""
    found = {file.stem: load_prompt(file.stem).digest for file in PROMPTS.glob("*@*.yaml")}
    assert found == RELEASED


def test_the_rendered_messages_end_with_the_answer() -> None:
    messages = PROMPT.render(a_question(), Answer.of("We use {braces} & <b>tags</b>."))
    assert messages[0].text[messages[0].text.index("Question:") :] == snapshot("""\
Question: How do you keep dish 1 from burning?

Good signals
- good.1: Watches the temperature
- good.2: stirs on a timer

Weak signals (what a weak answer sounds like)
- weak.1: "It rarely burns."
""")
    assert messages[1].text == snapshot("""\
=== answer 919807194fce12d4 ===
We use {braces} & ‹b›tags‹/b›.
=== answer 919807194fce12d4 ===

Grade the customer's words between the markers. Reply with the JSON object only: signals good.1, good.2, weak.1, then rationale, then verdict.
""")


def test_the_static_part_comes_first_and_is_the_same_for_every_question_and_answer() -> None:
    one = PROMPT.render(a_question(1), Answer.of("one"))[0].text
    two = PROMPT.render(a_question(2), Answer.of("two"))[0].text
    static = one[: one.index("Question:")]
    assert two.startswith(static)
    assert len(static) > 0.8 * len(one)


def test_the_same_question_and_answer_render_the_same_bytes() -> None:
    first, again = (PROMPT.render(a_question(), Answer.of("one")) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", ["grade", "assign"])
def test_the_second_version_costs_no_more_than_the_first(name: str) -> None:
    """By characters; the tokens of no vendor are at hand here."""
    first, second = (
        sum(len(message.text) for message in load_prompt(f"{name}@{version}").messages)
        for version in (1, 2)
    )
    assert second <= first


def test_a_probe_is_shown_as_ours() -> None:
    answer = Answer.of("Yes.").followed_by("How would you notice?", Answer.of("An alarm."))
    said = PROMPT.render(a_question(), answer)[1].text
    assert "Yes.\n\n[SA] How would you notice?\n\nAn alarm." in said


def test_the_repair_message_names_the_faults_after_the_reply() -> None:
    reply, repair = PROMPT.render_repair('{"verdict": "great"}', ["verdict: not one of four"])
    assert (reply.role, repair.role) == ("assistant", "user")
    assert repair.text == snapshot("""\
Your reply breaks these rules:
- verdict: not one of four
Send the whole corrected JSON object and nothing else. Copy every quote exactly from the customer's words, or set its signal to absent.
""")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("{question}", "{questoin}"), "questoin"),
        (('"..."', '{{"a": {b}}}'), "declares"),
        (("version: 1", "version: 2"), "holds the prompt grade@2"),
        (("variables:", "colour: red\nvariables:"), "colour"),
        (("name: grade", "name: [grade"), "not YAML"),
        (("{faults}", "{conversation}"), "repair must use {faults}"),
    ],
)
def test_a_broken_prompt_says_what_is_wrong(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    text = (PROMPTS / "grade@1.yaml").read_text()
    assert change[0] in text
    (tmp_path / "grade@1.yaml").write_text(text.replace(*change))
    with pytest.raises(ConfigurationError, match=r"grade@1\.yaml") as caught:
        load_prompt("grade@1", tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["grade@99", "../grade@1", ""])
def test_an_unknown_prompt_names_those_there_are(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"there are assign@1, assign@2, grade@1"):
        load_prompt(name)
