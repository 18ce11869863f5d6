"""Small pages for people: plain HTML without scripts, and nothing from elsewhere."""

from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
code, pre { font-size: .9em; }
pre { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
td, th { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0; }
tr { border-top: 1px solid #8884; }
iframe { width: 100%; height: 20rem; border: 1px solid #8884; background: white; }
"""


def page(title: str, body: str, lang: str = "en", **headers: str) -> HTMLResponse:
    """A page of this title; `body` is HTML in which everything foreign is escaped.

    Further headers go before ours; their names are written with underscores.
    """
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    html = f'<!doctype html><html lang="{lang}"><head>{head}<style>{STYLE}</style></head>'
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTMLResponse(f"{html}<body><h1>{escape(title)}</h1>{body}</body></html>", headers=HEADERS | named)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, if it has rows; its cells are HTML."""
    if not rows:
        return ""
    top = "".join(f"<th>{cell}</th>" for cell in header)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{lines}</table>"


def link(href: str, text: str) -> str:
    return f'<a href="{escape(href, quote=True)}">{escape(text)}</a>'
