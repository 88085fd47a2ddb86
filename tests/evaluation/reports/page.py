"""An HTML page as a browser's parser sees it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Element", "parsed"]

_VOID = {"meta", "br", "line", "circle", "polyline"}


@dataclass
class Element:
    """One element: its children are elements and text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Element | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def line(self) -> str:
        """The text with its white space folded."""
        return " ".join(self.text.split())

    def all(self, *tags: str) -> "list[Element]":
        """Every element inside with one of these tags (all without any), in order."""
        inside = []
        for child in self.children:
            if isinstance(child, Element):
                inside += [child] if not tags or child.tag in tags else []
                inside += child.all(*tags)
        return inside

    def by_id(self, name: str) -> "Element":
        (found,) = [one for one in self.all() if one.attributes.get("id") == name]
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _VOID, f"<{tag}/> closes nothing in HTML"
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def parsed(html: str) -> Element:
    """The page; AssertionError where a tag is not closed or a comment stands in it."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    (page,) = parser.open
    return page
