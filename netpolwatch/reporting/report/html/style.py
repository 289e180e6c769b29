"""Colours and layout of a page: light and dark, a telephone, a wide screen and paper."""

from typing import Final

PALETTES: Final[dict[str, dict[str, str]]] = {
    "light": {
        "page": "#f6f7f9", "card": "#ffffff", "text": "#1a1d21", "muted": "#545d69",
        "line": "#d5dae1", "link": "#0b57d0", "code": "#eef1f5", "critical": "#b3161b",
        "high": "#b54708", "medium": "#7a5b00", "low": "#175cd3", "info": "#545d69",
        "good": "#157347", "aside": "#6b7685",
    },
    "dark": {
        "page": "#0f1419", "card": "#171d24", "text": "#e6e9ed", "muted": "#a3adb9",
        "line": "#323b46", "link": "#8ab4f8", "code": "#222a33", "critical": "#ff8a84",
        "high": "#ffab66", "medium": "#f0c94c", "low": "#85b7ff", "info": "#a3adb9",
        "good": "#5fd39a", "aside": "#8d98a6",
    },
}  # fmt: skip
"""Colours by theme. Each colour of text has a contrast of at least 4.5 on page, card and code."""


def style_sheet() -> str:
    """Return the style sheet of a page."""
    return f"""
:root {{ color-scheme: light dark; {_variables("light")} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_variables("dark")} }} }}
{_RULES}"""


def _variables(theme: str) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in PALETTES[theme].items())


_RULES: Final = """
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; }
h2 small, .muted { color: var(--muted); font-weight: normal; font-size: .95rem; }
p { margin: .4rem 0; overflow-wrap: anywhere; max-width: 80ch; }
a { color: var(--link); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: 0;
  margin: .8rem 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
  gap: .8rem; margin: 1rem 0; }
.card, details, figure, .now { background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .8rem 1rem; min-width: 0; }
.card b { display: block; font-size: 1.7rem; line-height: 1.2; }
.card.critical { border-left: .35rem solid var(--critical); }
.card.high { border-left: .35rem solid var(--high); }
.card.good { border-left: .35rem solid var(--good); }
.card ul { margin: .3rem 0 0; padding: 0; list-style: none; }
.card li { margin: .35rem 0; overflow-wrap: anywhere; line-height: 1.35; }
.card li small { color: var(--muted); display: block; font-size: .85rem; }
.now { border-left: .35rem solid var(--link); }
details { margin: .6rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary .muted { display: block; margin-left: 1.1rem; }
.severity { font-weight: 700; font-size: .8rem; text-transform: uppercase; letter-spacing: .03em;
  border: 1.5px solid currentColor; border-radius: .3rem; padding: 0 .35rem; margin-right: .4rem;
  white-space: nowrap; }
.critical > .severity, .severity.critical { color: var(--critical); }
.severity.high { color: var(--high); }
.severity.medium { color: var(--medium); }
.severity.low { color: var(--low); }
.severity.info { color: var(--info); }
pre { background: var(--code); border-radius: .35rem; padding: .5rem .7rem; margin: .35rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere; font: .85rem/1.45 ui-monospace, Menlo, Consolas,
  monospace; }
pre.command { user-select: all; border-left: 3px solid var(--link); }
ol { padding-left: 1.4rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; min-width: 44rem; width: 100%; }
th { text-align: left; color: var(--muted); font-weight: 600; white-space: nowrap; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; max-width: 30rem; }
td.short { white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; }
figcaption { color: var(--muted); font-size: .9rem; margin-top: .4rem; }
svg { display: block; width: 100%; min-width: 760px; max-width: 1120px; height: auto; }
svg text { fill: var(--text); font: 14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg text.muted { fill: var(--muted); }
svg .axis { stroke: var(--line); stroke-width: 1; }
svg .violation { fill: var(--high); }
svg .agent { fill: var(--low); }
svg .aside { fill: var(--aside); }
svg .box { fill: var(--card); stroke: var(--line); }
svg .edge { fill: none; stroke-opacity: .4; }
svg .edge:hover { stroke-opacity: 1; }
svg .fill-critical { fill: var(--critical); } svg .stroke-critical { stroke: var(--critical); }
svg .fill-high { fill: var(--high); } svg .stroke-high { stroke: var(--high); }
svg .fill-medium { fill: var(--medium); } svg .stroke-medium { stroke: var(--medium); }
svg .fill-low { fill: var(--low); } svg .stroke-low { stroke: var(--low); }
svg .fill-info { fill: var(--info); } svg .stroke-info { stroke: var(--info); }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; margin: 0 .3rem 0
  .8rem; vertical-align: -.05rem; }
.key.violation { background: var(--high); } .key.agent { background: var(--low); }
.key.aside { background: var(--aside); }
footer { color: var(--muted); font-size: .9rem; padding-bottom: 2rem; margin-top: 2rem; }
@media print {
  :root { color-scheme: light; PRINTED }
  body { font-size: 11px; background: #fff; }
  nav { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; display: block; }
  details, .card, figure { break-inside: avoid; }
  pre.command, svg { break-inside: avoid; }
  svg { min-width: 0; }
  .scroll { overflow: visible; }
}
""".replace("PRINTED", " ".join(f"--{k}: {v};" for k, v in PALETTES["light"].items()))
