"""One definition of the verdicts, in prompts, labels and reports alike."""

from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.judging.models import Verdict
from service.judging.prompt import PROMPTS, load_prompt
from service.judging.verdict_definitions import read_verdict_definitions

NEWEST = max(PROMPTS.glob("grade@*.yaml"), key=lambda file: int(file.stem.partition("@")[2]))


@pytest.mark.parametrize("verdict", Verdict)
def test_the_newest_prompt_defines_every_verdict_in_the_words_that_labels_were_made_to(
    verdict: Verdict,
) -> None:
    said = "\n".join(message.text for message in load_prompt(NEWEST.stem).messages)
    assert f"- {verdict}: {read_verdict_definitions().of(verdict)}" in said


def test_a_changed_word_changes_the_digest() -> None:
    definitions = read_verdict_definitions()
    changed = definitions.model_copy(update={"weak": f"{definitions.weak} Or not."})
    assert type(definitions).model_validate(changed.model_dump()).digest != definitions.digest


@pytest.mark.parametrize("content", ["good: yes", "[", "- good"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "verdicts.yaml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"verdicts\.yaml: no verdict definitions"):
        read_verdict_definitions(file)
