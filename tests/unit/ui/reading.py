"""How tests read a page: its tags nest, its ids are unique, its text is what people see."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from api.ui.language import Language
from api.ui.pages import render_passport
from tests.unit.ui.showcase import documents, links, show

VOID = {"meta", "link", "img", "input", "br", "hr", "path", "rect", "circle", "line"}


class Checker(HTMLParser):
    """Checks that tags nest, that ids are unique, and collects what pages refer to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.styled: list[str] = []
        self.feed(page)
        assert self.open == []
        assert len(self.ids) == len(set(self.ids)), self.ids

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        facts = dict(attrs)
        self.ids += [facts["id"] or ""] if "id" in facts else []
        self.addresses += [facts[name] or "" for name in ("href", "src", "action") if name in facts]
        self.styled += [name for name in facts if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def page_of(identifier: str, language: Language = "en") -> str:
    return render_passport(*documents(identifier), language, links(identifier))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def organization(name: str) -> str:
    with show().world.store.read() as view:
        return next(one.id for one in view.organizations() if one.name == name)
