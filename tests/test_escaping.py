"""Text from elsewhere does nothing where it is shown."""

import pytest

from service.escaping import FORMULA, as_markdown, printable


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words, 3 of 4", "plain words, 3 of 4"),
        ("a | b", r"a \| b"),
        ("[x](y)", r"\[x\](y)"),
        ("<b> & *c* `d` _e_ ~f~ $g$", r"\<b\> \& \*c\* \`d\` \_e\_ \~f\~ \$g\$"),
        ("https://evil.example", r"https:\//evil.example"),
        ("WWW.evil.example", r"WWW\.evil.example"),
        ("@octocat", "@&#8203;octocat"),
        ("mallory@evil.example", "mallory@&#8203;evil.example"),
        ("issue #1", r"issue \#&#8203;1"),
        ("back\\slash", r"back\\slash"),
        ("one\n\n# two\tthree ", r"one \# two three"),
    ],
)
def test_text_is_only_text_in_markdown(text: str, written: str) -> None:
    assert as_markdown(text) == written


def test_a_long_text_is_cut_before_it_is_escaped() -> None:
    assert as_markdown("*" * 10, 4) == r"\*\*\*…"
    assert as_markdown("*" * 4, 4) == r"\*\*\*\*"


@pytest.mark.parametrize(
    "text", ["=1", "'=1", "''=1", "+1", "-1", "@a", "＝1", "\t=1", "a=1", "'a", ""]
)
def test_a_guard_comes_off_as_it_was_put_on(text: str) -> None:
    guarded = FORMULA.put(text)
    assert FORMULA.take_off(guarded) == text
    assert guarded in {text, f"'{text}"}
    assert not guarded.startswith(("=", "+", "-", "@", "＝", "\t"))


def test_what_steers_a_terminal_is_replaced_and_offsets_hold() -> None:
    assert printable("a\x1b[31m\x9b\ud800é😀") == "a\ufffd[31m\ufffd\ufffdé😀"
