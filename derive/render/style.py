"""The look of pages: in the light and in the dark, on a telephone and on paper.

Formulas are in the font for mathematics of the system. What is too wide for its line scrolls by itself, and a shadow at its
edge tells so; on paper nothing scrolls. A heading stays with what follows it, and a row of a chain in one piece. Where Chrome
prints, it aligns the cells of a row by their baselines in a grid, and not in a table, so there a chain is a grid.
"""

from __future__ import annotations


def _formulas(within: str) -> str:
    """Formulas inside of what a selector says. A fraction within a fraction would be half as large in some browsers, and its
    subscripts not be read.
    """
    return f"""\
{within}math {{ font-family: math, "STIX Two Math", "Cambria Math", "Latin Modern Math", "Noto Sans Math", serif; }}
{within}math {{ font-size: 1.12em; white-space: nowrap; }}
{within}mfrac mfrac > * {{ math-depth: add(0); font-size: .86em; }}
"""


FRAGMENT = f"""\
{_formulas(".derive ")}\
.derive table {{ border-collapse: collapse; margin: .5rem 0; }}
.derive tr, .derive tr:nth-child(even) {{ background: none; }}
.derive :is(td, th) {{ padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: baseline; font-weight: normal;
  border: 0; }}
.derive .sides {{ display: block; overflow-x: auto; }}
.derive :is(th, .quiet, .by) {{ opacity: .75; }}
"""
"""The style of a report within the page of somebody else, which has colours of its own."""

STYLE = _formulas("") + """\
:root { color-scheme: light dark; --text: #1c1e21; --page: #fdfdfc; --quiet: #5c6167; --line: #d9dbde; --link: #0b5cad;
  --panel: #f3f4f2; --under: var(--page); --proved: #1a7037; --refuted: #b3261e; --open: #8a5a00; }
@media screen and (prefers-color-scheme: dark) { :root { --text: #e4e6e8; --page: #17191c; --quiet: #a3aab2; --line: #3a3f45;
  --link: #7db7f5; --panel: #202327; --proved: #6fcf8b; --refuted: #ff8a80; --open: #f0bf66; } }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; margin: 2.2em 0 .5em; break-after: avoid; }
h1 { margin-top: 0; }
h1 + p { margin-top: 0; }
h3 { margin-top: 1.6em; }
a { color: var(--link); }
p { orphans: 3; widows: 3; }
.claim { font-size: 1.15rem; break-after: avoid; }
.sides { display: block; overflow-x: auto; overflow-y: hidden; padding: .3rem 0 .3rem 1.9rem; text-indent: -1.9rem; }
.when { font-size: 1rem; }
.result { border-left: .25rem solid var(--proved); background: var(--panel); --under: var(--panel); padding: .5rem 1rem;
  break-inside: avoid; }
.result.refuted { border-color: var(--refuted); }
.result.unjustified, .result.unknown { border-color: var(--open); }
.result p { margin: .25rem 0; }
table { border-collapse: collapse; margin: .8rem 0; }
td, th { padding: .28rem 1rem .28rem 0; vertical-align: baseline; text-align: left; font-weight: normal; }
tr { break-inside: avoid; }
th, .quiet, .by, .declared td:last-child { color: var(--quiet); }
.declared td:last-child { max-width: 24rem; }
.wide { overflow-x: auto; overflow-y: hidden; }
.chain { margin-bottom: .3rem; }
.chain .start { padding-right: .1rem; white-space: nowrap; }
.chain tr:is(:first-child, :nth-last-child(2)) { break-after: avoid; }
.chain .side { padding-left: 1.9rem; text-indent: -1.9rem; }
.side > math, .sides > math { text-indent: 0; padding-block: .18em; }
.by { font-size: .9rem; min-width: 9rem; }
p.proved { color: var(--proved); break-before: avoid; }
.refuted { color: var(--refuted); }
.unjustified, .unknown { color: var(--open); }
.chain .finding { padding-left: 1.9rem; }
.note { border-left: .2rem solid var(--line); padding-left: .9rem; color: var(--quiet); }
nav { margin: 1rem 0; }
nav a { display: inline-block; margin-right: 1rem; padding: .15rem 0; }
input[type=search] { font: inherit; width: 100%; max-width: 26rem; box-sizing: border-box; padding: .4rem .7rem;
  color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: .3rem; }
article { border-top: 1px solid var(--line); padding: .9rem 0; break-inside: avoid; }
article h3 { margin: 0; font-size: 1rem; }
article h3 a { color: inherit; text-decoration: none; }
article h3 a:hover { text-decoration: underline; }
article p, article ul, article dl { margin: .35rem 0; }
article ul, .bare { padding: 0; list-style: none; }
article ul, p.quiet { font-size: .9rem; }
article li, .bare li { overflow-x: auto; overflow-y: hidden; padding: .15rem 0; }
article li .quiet { margin-left: .7rem; }
article:target { border-left: .25rem solid var(--link); padding-left: .9rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; align-items: baseline; }
.stated .sides { display: inline-block; max-width: 100%; box-sizing: border-box; padding-right: 1.5rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-x: auto; overflow-y: hidden; padding: .1rem 0; }
code { font-size: .95em; }
.label { margin-bottom: -.4rem; color: var(--quiet); break-after: avoid; }
pre.wrong { border-left: .2rem solid var(--refuted); }
pre.right { border-left: .2rem solid var(--proved); }
pre { background: var(--panel); padding: .7rem 1rem; overflow-x: auto; break-inside: avoid; }
@media screen and (max-width: 48rem) {
  .sides, .chain td, dd, li { background:
      linear-gradient(to right, var(--under) 45%, transparent) 0 0 / 2.5rem 100% no-repeat local,
      linear-gradient(to left, var(--under) 45%, transparent) 100% 0 / 2.5rem 100% no-repeat local,
      linear-gradient(to right, var(--line), transparent) 0 0 / 1rem 100% no-repeat scroll,
      linear-gradient(to left, var(--line), transparent) 100% 0 / 1rem 100% no-repeat scroll; }
  body { padding: 1rem .8rem 3rem; }
  .claim { font-size: 1rem; }
  .result { padding: .4rem .7rem; }
  math { font-size: 1.06em; }
  h1 { font-size: 1.5rem; }
  h2 { font-size: 1.2rem; }
  h3 { font-size: 1.05rem; }
  .chain, .chain tbody, .chain tr, .chain td, .declared, .declared tbody { display: block; min-width: 0; }
  .declared tr { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .8rem; }
  .declared th { flex: 0 0 4rem; }
  .declared td:nth-child(2) { flex: 1; min-width: 14rem; }
  .declared td:last-child { flex: 0 0 100%; max-width: none; box-sizing: border-box; padding-left: 4.8rem; }
  .chain td, .declared td, .declared th { padding: .12rem 0; overflow-x: auto; overflow-y: hidden; }
  .chain td:empty, .declared td:last-child:empty { display: none; }
  .chain .side { padding: .2rem 0 .2rem 1.9rem; }
  .chain .by { padding: 0 0 .5rem 1.9rem; }
  .chain .start { white-space: normal; padding-bottom: .3rem; }
  .declared tr { padding: .3rem 0; }
  .declared th { font-size: .9rem; }
  dl { display: block; }
  dt { font-size: .9rem; }
}
@media print {
  @page { margin: 1.8cm; }
  :root { --text: #000; --page: #fff; --quiet: #444; --line: #bbb; --panel: #fff; --link: #000; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .wide, .sides, .chain td, dd, pre, article li, .bare li { overflow: visible; background: none; }
  nav, search { display: none; }
  a { text-decoration: none; }
  .chain, .declared { display: block; }
  .chain tbody, .declared tbody { display: grid; grid-template-columns: max-content minmax(0, max-content) minmax(9rem, 1fr); }
  .chain tr, .declared tr { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; align-items: baseline; }
  .chain td[colspan="3"] { grid-column: 1 / -1; }
  .chain td[colspan="2"] { grid-column: 2 / -1; }
}
"""
"""The style of a page."""
