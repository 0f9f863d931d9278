/**
 * The page's whole style. System fonts, because the page loads nothing; light or dark as the reader's system
 * asks; A4 when printed, with folded lists unfolded.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #17202c; --soft: #566273; --line: #dde2e9; --wash: #f1f3f7;
  --bar: #3568c0; --track: #e8ecf2; --link: #2558ad;
  --good: #11703f; --good-wash: #e6f5ec; --note: #8a5300; --note-wash: #fdf3dd;
  --bad: #b0241c; --bad-wash: #fdeae8; --open: #566273; --open-wash: #eef1f5;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #0e1218; --card: #161c25; --ink: #e4e9f0; --soft: #98a5b6; --line: #2a3441; --wash: #1e2631;
    --bar: #6f9ff0; --track: #232d3a; --link: #8ab4ff;
    --good: #5dd299; --good-wash: #10281c; --note: #efb957; --note-wash: #2d230f;
    --bad: #ff8f86; --bad-wash: #331715; --open: #98a5b6; --open-wash: #1e2631;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 70rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans); overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin: 0 0 0.75rem; font-size: 1.15rem; letter-spacing: -0.005em; }
h3 { margin: 1.25rem 0 0.5rem; font-size: 0.95rem; }
p { margin: 0 0 0.75rem; max-width: 54rem; }
ol { margin: 0; padding-left: 1.4rem; max-width: 54rem; }
li + li { margin-top: 0.4rem; }
sup { line-height: 0; }
small { color: var(--soft); font-size: 0.85em; }
a { color: var(--link); }
code, pre { font-family: var(--mono); font-size: 0.87em; }
code {
  padding: 0.08em 0.32em; border-radius: 4px; background: var(--wash);
  white-space: break-spaces; unicode-bidi: isolate; -webkit-box-decoration-break: clone; box-decoration-break: clone;
}
code.unbroken { white-space: pre; }
code .code { color: var(--note); font-weight: 600; }
pre { margin: 0 0 0.75rem; padding: 0.75rem 1rem; border-radius: 8px; background: var(--wash); white-space: pre-wrap; }
pre code { padding: 0; background: none; }
.null { color: var(--soft); font-size: 0.85em; letter-spacing: 0.04em; }
.note { color: var(--soft); font-size: 0.9rem; }
.none { color: var(--soft); opacity: 0.7; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.kicker { margin: 0 0 0.75rem; color: var(--soft); font-size: 0.8rem; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; }
.verdict { display: flex; gap: 1.1rem; padding: 1.5rem 1.6rem; border-radius: 12px 12px 0 0; border: 1px solid var(--line); border-bottom: 0; }
.verdict p { margin: 0.4rem 0 0; }
.verdict .icon { flex: none; width: 2.6rem; height: 2.6rem; }
.verdict.good { background: var(--good-wash); } .verdict.good h1 { color: var(--good); }
.verdict.note { background: var(--note-wash); } .verdict.note h1 { color: var(--note); }
.verdict.bad { background: var(--bad-wash); } .verdict.bad h1 { color: var(--bad); }
.verdict.open { background: var(--open-wash); }
.icon { width: 1.3em; height: 1.3em; vertical-align: -0.28em; fill: none; stroke: var(--card); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.icon circle { stroke: none; }
.icon.good circle { fill: var(--good); } .icon.note circle { fill: var(--note); }
.icon.bad circle { fill: var(--bad); } .icon.open circle { fill: var(--open); }
.state .icon { width: 1.05em; height: 1.05em; vertical-align: -0.18em; }
.state.good { color: var(--good); } .state.note { color: var(--note); } .state.bad { color: var(--bad); } .state.open { color: var(--open); }

dl, dd { margin: 0; }
dt { color: var(--soft); font-size: 0.85rem; }
.facts { display: grid; grid-template-columns: minmax(8rem, 1fr) 2.4fr max-content max-content; gap: 1px; overflow: hidden; border: 1px solid var(--line); border-radius: 0 0 12px 12px; background: var(--line); }
.facts div { padding: 0.8rem 1.1rem; background: var(--card); }
.facts code { padding: 0; background: none; }
.lines div { display: grid; grid-template-columns: 11rem 1fr; gap: 0.25rem 1rem; padding: 0.45rem 0; border-top: 1px solid var(--line); }
.lines div:first-child { border-top: 0; }

nav li + li { margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 1.25rem 0; padding: 0; list-style: none; font-size: 0.9rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { margin-top: 1rem; padding: 1.4rem 1.6rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); scroll-margin-top: 1rem; }
section > :last-child, .chart > :last-child { margin-bottom: 0; }

table { width: 100%; border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: inherit; }
th, td { padding: 0.45rem 0.9rem 0.45rem 0; vertical-align: top; }
tr > :last-child { padding-right: 0; }
thead.quiet > tr > * { padding: 0; }
.number { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; margin-bottom: 0.75rem; }
.data thead th { color: var(--soft); font-size: 0.8rem; font-weight: 600; vertical-align: bottom; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
.data tbody tr + tr > * { border-top: 1px solid var(--line); }
.data tbody td, .data tbody th { min-width: 3.2rem; }
.data .number + :not(.number) { padding-left: 0.9rem; }
.digests { display: grid; grid-template-columns: max-content max-content; gap: 0 0.7rem; }
.digests dd code { padding: 0; background: none; white-space: nowrap; }
.state { white-space: nowrap; }
.checks tr + tr > * { border-top: 1px solid var(--line); }
.checks th:first-child { width: 17rem; font-weight: 600; }
.checks .state { text-align: right; font-weight: 600; }

.charts { display: grid; grid-template: auto 1fr / 1fr 1fr; gap: 1.5rem 3rem; margin-bottom: 1rem; }
.charts > :first-child:not(:last-child) { grid-row: span 2; }
.chart { margin: 0; min-width: 0; }
.chart figcaption { margin-bottom: 0.5rem; font-size: 0.9rem; font-weight: 600; }
.chart table { font-size: 0.85rem; table-layout: fixed; }
.chart th, .chart td { padding: 0.25rem 0.7rem 0.25rem 0; vertical-align: middle; }
.chart tr > :last-child { padding-right: 0; }
.chart .label { width: 36%; }
.chart .amount { width: 23%; }
.chart code { padding: 0; background: none; white-space: break-spaces; }
mark { background: var(--bad-wash); color: var(--bad); font-weight: 600; text-decoration: underline; }
.bar { display: block; } .bar .track { fill: var(--track); } .bar .fill { fill: var(--bar); }

details { margin-bottom: 0.5rem; border: 1px solid var(--line); border-radius: 8px; }
summary { padding: 0.6rem 0.9rem; cursor: pointer; font-size: 0.92rem; }
summary:hover { color: var(--link); }
:is(a, summary, .scroll):focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
details .scroll { margin: 0; padding: 0 0.9rem 0.5rem; border-top: 1px solid var(--line); }
.checksum code { font-size: 1rem; }

@media (max-width: 46rem) {
  body { padding: 1.25rem 0.9rem 3rem; }
  h1 { font-size: 1.4rem; }
  .facts { grid-template-columns: 1fr; }
  .charts { grid-template: none; }
  .charts > :first-child:not(:last-child) { grid-row: auto; }
  section, .verdict { padding: 1.1rem; }
  .lines div { grid-template-columns: 1fr; }
  .checks th:first-child { width: auto; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }

@page { size: A4; margin: 14mm 13mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #566273; } }
@media print {
  :root { --paper: #ffffff; --wash: #f3f5f8; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  html { font-size: 9pt; }
  body { max-width: none; padding: 0; }
  nav { display: none; }
  h2, h3, summary, figcaption { break-after: avoid; }
  section { padding: 0; border: 0; margin-top: 7mm; }
  tr, dl div, pre, .chart, .verdict, #proof, #checksum { break-inside: avoid; }
  thead { display: table-header-group; }
  th, td { padding: 1mm 2mm 1mm 0; }
  .scroll { overflow: visible; }
  .charts { gap: 5mm 9mm; }
  .data tbody td, .data tbody th { min-width: 0; }
  details { border: 0; }
  details .scroll { padding: 0; }
  summary { list-style: none; padding: 1mm 0; font-weight: 600; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
