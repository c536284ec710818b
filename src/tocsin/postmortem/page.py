"""A post-mortem as one HTML file that needs nothing else: no script, no network, light, dark and on paper (PM-16)."""

import html
import re

from markdown_it import MarkdownIt

_EVIDENCE = re.compile(r"(?<![\w#.-])(INC-\d+\.e\d+)(?![\w-])")
_TAG = re.compile(r"(<[^>]*>)")

_STYLE = """
:root{--ink:#1c2024;--soft:#5a6370;--paper:#fff;--line:#dfe3e8;--tint:#f5f7f9;--mark:#b3261e;--link:#0b57a4}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa5b1;--paper:#14181c;--line:#2d343b;--tint:#1b2026;--mark:#ff8a80;--link:#8ab8ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:52rem;padding:2rem 1rem 4rem;background:var(--paper);color:var(--ink);
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
a{color:var(--link)}
code{font:.875em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:var(--tint);padding:.1em .3em;border-radius:3px}
pre{background:var(--tint);padding:1rem;overflow-x:auto;border-radius:6px}
pre code{padding:0;background:none}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
th:empty{padding:0}
td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums}
tr:target{background:var(--tint);outline:2px solid var(--link)}
blockquote{margin:0;padding-left:1rem;border-left:3px solid var(--line);color:var(--soft)}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
.state{display:inline-block;padding:.1rem .6rem;border:1px solid var(--line);border-radius:1rem;color:var(--soft);font-size:.85rem}
@media print{body{max-width:none;padding:0;font-size:10pt}a{color:inherit;text-decoration:none}h2{break-after:avoid}tr{break-inside:avoid}}
"""


def page(text: str, state: str, sha256: str) -> str:
    """The document as HTML.

    Args:
        text: Markdown; HTML inside it is shown, never obeyed.
        state: of the document, as people read it. sha256: of `text`, so that a reader can compare.
    """
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    title = re.search(r"^#\s+(.+)$", text, re.MULTILINE)
    name = re.sub(r"[*_`]", "", title[1]) if title else "Post-mortem"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{html.escape(name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<p><span class="state">{html.escape(state)}</span></p>\n'
        f"{_linked(body)}</main>\n<footer>Written with tocsin. SHA-256 of the text: <code>{html.escape(sha256)}</code></footer>\n"
        "</body>\n</html>\n"
    )


def _linked(body: str) -> str:
    """Evidence named in the text leads to its row in the list of evidence, where its hash stands."""
    text, heading, listed = body.rpartition("<h2>Evidence</h2>")
    if not heading:
        return body
    known = set(_EVIDENCE.findall(listed))

    def link(found: re.Match[str]) -> str:
        name = found[1]
        return f'<a href="#{_anchor(name)}">{name}</a>' if name in known else name

    marked = re.sub(
        r"<tr>(\s*<td>)(INC-\d+\.e\d+)", lambda row: f'<tr id="{_anchor(row[2])}">{row[1]}{row[2]}', listed
    )
    pieces = (piece if piece.startswith("<") else _EVIDENCE.sub(link, piece) for piece in _TAG.split(text))
    return "".join(pieces) + heading + marked


def _anchor(name: str) -> str:
    return name.lower().replace(".", "-")
