"""Text from elsewhere does nothing where it is shown."""

import pytest

from service.escaping import FORMULA, as_markdown, printable, without_hidden


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


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("gpj.\u202egnp", "gpj.gnp"),
        ("\u2066full\u2069 loads", "full loads"),
        ("full\u200b lo\u2060ads\ufeff", "full loads"),
        ("so\u00adft, fu\u200dll, fu\u200cll", "soft, full, full"),
        ("a\U000e0041\U000e0042b", "ab"),
        ("a\u3164b\u115fc", "abc"),
        ("thumbs \U0001f44d\ufe0f\ufe0f\ufe0f\ufe01", "thumbs \U0001f44d\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("\U0001f469\u200d\U0001f4bb, 1\ufe0f\u20e3", "\U0001f469\u200d\U0001f4bb, 1\ufe0f\u20e3"),
        ("שלום مرحبا 你好 größer", "שלום مرحبا 你好 größer"),
    ],
)
def test_what_nobody_sees_is_left_out_and_what_is_seen_stays(text: str, seen: str) -> None:
    assert without_hidden(text) == seen


def test_nothing_hidden_is_in_markdown_and_hides_no_markup() -> None:
    assert as_markdown("\u202e[x](y) @\u200boctocat") == r"\[x\](y) @&#8203;octocat"
