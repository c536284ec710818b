"""The look of the page: one style sheet and one small script, both inside each file, so that nothing else must be up.

Colours follow the design tokens, written as hex so that old phones show them too. Every pair of text and ground has
a contrast of at least 4.5 (a test computes them).
"""

import base64
import hashlib

LIGHT = {
    "bg": "#f8f9fb", "surface": "#ffffff", "surface-2": "#f1f3f7", "line": "#dde1e8", "text": "#171b26",
    "text-2": "#454c5b", "text-3": "#5c6372", "accent": "#3544b8", "ok": "#0d6b3c", "ok-bg": "#e6f5ec",
    "warn": "#7a4d00", "warn-bg": "#fdf1d8", "bad": "#ad2018", "bad-bg": "#fdebe9", "work": "#6639a6",
    "work-bg": "#f3ecfc", "none": "#5c6372", "none-bg": "#f1f3f7",
    "bar-ok": "#1d9355", "bar-warn": "#b06e00", "bar-bad": "#c62f25",
}  # fmt: skip
DARK = {
    "bg": "#0c0f16", "surface": "#131720", "surface-2": "#1b202b", "line": "#2b313e", "text": "#eceef4",
    "text-2": "#b6bcc9", "text-3": "#98a0b0", "accent": "#a3b4ff", "ok": "#6fdb9b", "ok-bg": "#10291c",
    "warn": "#f0c262", "warn-bg": "#2e230c", "bad": "#ff9d93", "bad-bg": "#3a1714", "work": "#cdabff",
    "work-bg": "#271a3b", "none": "#98a0b0", "none-bg": "#1b202b",
    "bar-ok": "#43b377", "bar-warn": "#e0a93b", "bar-bad": "#f2665a",
}  # fmt: skip

_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,button:focus-visible,input:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--surface);padding:.5rem 1rem}
header,main,footer{max-width:46rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.25rem;line-height:1.25;margin:0}
h1 a{color:inherit;text-decoration:none}
h2{font-size:1rem;margin:2.5rem 0 .75rem}
h3{font-size:1rem;line-height:1.35;margin:0}
h4{font-size:.8125rem;margin:0;color:var(--text-2)}
p{margin:.5rem 0}
.soft{color:var(--text-2)}.small{font-size:.8125rem}
time{font-variant-numeric:tabular-nums}
.sum{display:flex;gap:.75rem;align-items:center;margin:1.25rem 0 .5rem;padding:1rem 1.25rem;border-radius:14px;border:1px solid;font-size:1.25rem;line-height:1.25;font-weight:650}
.sum svg{flex:none}
.ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}.work{color:var(--work)}.none{color:var(--none)}
.sum.ok,.tag.ok{background:var(--ok-bg)}.sum.warn,.tag.warn{background:var(--warn-bg)}.sum.bad,.tag.bad{background:var(--bad-bg)}
.sum.work,.tag.work{background:var(--work-bg)}.sum.none,.tag.none{background:var(--none-bg)}
.tag{display:inline-block;padding:0 .5rem;border-radius:99px;border:1px solid;font-size:.8125rem;font-weight:620;white-space:nowrap}
.card{background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:1rem 1.25rem;margin:.75rem 0}
.late{border:1px solid var(--bad);background:var(--bad-bg);color:var(--bad);border-radius:10px;padding:.75rem 1rem;font-weight:620}
.late[hidden]{display:none}
.up{border-top:1px solid var(--line);padding-top:.75rem;margin-top:.75rem}
.up p,.up ul,.up ol{margin:.25rem 0;color:var(--text-2)}
.up strong{color:var(--text)}
.up pre{overflow-x:auto;white-space:pre-wrap}
ul.plain{list-style:none;margin:0;padding:0}
.parts>li{padding:.875rem 0;border-top:1px solid var(--line)}.parts>li:first-child{border-top:0;padding-top:.25rem}
.parts h3,.parts h4{font-size:1rem;color:var(--text)}.group{font-size:.8125rem;color:var(--text-2);margin-bottom:.25rem}
.head{display:flex;flex-wrap:wrap;gap:.125rem .75rem;align-items:baseline;justify-content:space-between}
.bars{display:block;width:100%;height:30px;margin:.5rem 0 .25rem}
.bars .b-fine{fill:var(--bar-ok)}.bars .b-degraded{fill:var(--bar-warn)}.bars .b-outage{fill:var(--bar-bad)}
.bars .b-none{fill:none;stroke:var(--none);stroke-width:1;vector-effect:non-scaling-stroke}
.axis{display:flex;justify-content:space-between;gap:.5rem;font-size:.8125rem;color:var(--text-3)}.axis :first-child,.axis :last-child{white-space:nowrap}.axis :nth-child(2){text-align:center}
details{font-size:.8125rem;color:var(--text-2)}summary{cursor:pointer;padding:.25rem 0;min-height:24px}
details ul{margin:.25rem 0;padding-left:1.25rem}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.8125rem;color:var(--text-2);margin:.5rem 0;padding:0;list-style:none}
.key svg{display:inline-block;width:6px;height:14px;vertical-align:-2px;margin:0 .375rem 0 0}
.links{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;padding:0;list-style:none;margin:.5rem 0}
.links a{display:inline-block;min-height:24px}
footer{padding-top:2rem;padding-bottom:3rem;font-size:.8125rem;color:var(--text-2)}
@media (max-width:40rem){header{padding-top:1.25rem}.card{padding:.875rem 1rem}.sum{font-size:1.125rem;padding:.875rem 1rem}}
@media (forced-colors:active){.tag,.sum,.card{border:1px solid}.bars path{forced-color-adjust:none}}
@media print{.skip,.subscribe,footer .links{display:none}body{background:#fff;font-size:10pt}header,main,footer{max-width:none;padding:0}.card,.parts>li{break-inside:avoid}details>*{display:block}.bars,.tag,.sum{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit}}
"""


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


STYLE = (
    f":root{{color-scheme:light dark;{_variables(LIGHT)}}}\n"
    f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}\n"
    # Paper is white whatever the screen was.
    f"@media print{{:root{{color-scheme:light;{_variables(LIGHT)}}}}}{_RULES}"
)

# Compares the clock of the reader with the time of this file; a promise that has passed is said to be overdue.
SCRIPT = """
(function(){
var root=document.documentElement,built=Date.parse(root.getAttribute("data-built")),limit=1000*root.getAttribute("data-stale");
function look(){
var now=Date.now(),late=document.getElementById("late");
if(late&&now-built>limit){late.hidden=false;var old=(now-built)/60000;document.getElementById("age").textContent=old<120?Math.floor(old)+" minutes":old<2880?Math.floor(old/60)+" hours":Math.floor(old/1440)+" days"}
document.querySelectorAll("[data-due]").forEach(function(each){if(now>Date.parse(each.getAttribute("data-due")))each.querySelector(".over").hidden=false})}
look();setInterval(look,15000)})();
"""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# Nothing is loaded, and only this style and this script are obeyed, whatever a text may smuggle in.
POLICY = (
    f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
