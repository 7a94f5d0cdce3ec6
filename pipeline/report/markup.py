"""HTML that is safe by construction: whatever is not `Html` already is text, and text is escaped."""

from html import escape

__all__ = ["Content", "Html", "element", "join_html", "literal"]


class Html(str):
    """Markup. Only `element`, `join_html` and this program's own template make it; no value from a file ever does."""

    __slots__ = ()


Content = Html | str | int | None


def element(name: str, *content: Content, **attributes: str | int) -> Html:
    """`<name attributes>content</name>`; `class_` is class, an underscore inside a name a hyphen."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(str(v))}"' for key, v in attributes.items())
    return Html(f"<{name}{given}>{join_html(*content)}</{name}>")


def join_html(*content: Content) -> Html:
    """The pieces one after the other, text escaped; None is nothing."""
    return Html("".join(piece if isinstance(piece, Html) else _text(piece) for piece in content))


def literal(value: str | int | None, longest: int = 120) -> Html:
    """A cell as it stands in the file, apart from the text around it, cut short."""
    text = "" if value is None else str(value)
    shown = text if len(text) <= longest else text[:longest] + "…"
    return element("code", shown, dir="auto") if shown else element("span", "∅", class_="empty")


def _visible(text: str) -> str:
    """The same text, each character that shows nothing by its name: [U+202E].

    Line ends, control characters, odd spaces, and what turns the reading direction: a cell must not look like what it
    is not.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in text)


def _text(value: str | int | None) -> str:
    return "" if value is None else escape(_visible(str(value)))
