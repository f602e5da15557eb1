/** Readable on a phone and in the dark; colours are never the only sign. */
export const STYLE = `
:root{color-scheme:light dark;--page:#f6f7f5;--card:#fff;--text:#1d2723;--faint:#58655f;--line:#dde3df;--signal:#1f6f5c;--label:#2f6fb5;--watch:#b97a12;--act:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#131917;--card:#1b2320;--text:#e5ebe8;--faint:#9daaa4;--line:#34403b;--signal:#5fc4a8;--label:#74aeea;--watch:#e0a94a;--act:#f07167}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
header,main{max-width:64rem;margin:0 auto;padding:1rem}h1{margin:0}h2{margin:2rem 0 0;border-bottom:2px solid var(--line)}h3{margin:1.5rem 0 .5rem}h4{margin:0 0 .5rem;overflow-wrap:anywhere}
nav a{display:inline-block;margin-right:.75rem;padding:.5rem 0;color:var(--signal)}
article{margin:0 0 1rem;padding:.9rem;border:1px solid var(--line);border-radius:10px;background:var(--card)}
.plots{position:relative}.lane{position:relative;height:1.35rem;margin-bottom:2px;overflow:hidden;background:color-mix(in srgb,var(--line) 45%,transparent);border-radius:3px}
.bar{position:absolute;inset-block:0;opacity:.45;border-radius:2px}.bar.label,.key.label{background:var(--label)}.bar.watch,.key.watch{background:var(--watch)}.bar.act,.key.act{background:var(--act)}
.lane-text{position:relative;display:block;padding:0 .4rem;font-size:.8rem;line-height:1.35rem;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.lane.events{height:.9rem}.tick{position:absolute;inset-block:1px;width:2px;background:var(--text)}
figure{margin:.5rem 0 0}figcaption,.small,.axis{margin:0;color:var(--faint);font-size:.85rem;overflow-wrap:anywhere}
svg{display:block;width:100%;height:7rem;border:1px solid var(--line);border-radius:4px}
svg path{fill:none;vector-effect:non-scaling-stroke}.signal{stroke:var(--signal);stroke-width:1.4;stroke-linejoin:round}.limit{stroke:var(--act);stroke-width:1.2;stroke-dasharray:6 4}.onset{stroke:var(--text);stroke-width:1;stroke-dasharray:2 3}
.moment{stroke-width:2}.moment.label{stroke:var(--label)}.moment.watch{stroke:var(--watch)}.moment.act{stroke:var(--act)}
rect.label{fill:var(--label);opacity:.16}rect.watch{fill:var(--watch);opacity:.16}rect.act{fill:var(--act);opacity:.16}
.axis{display:flex;justify-content:space-between;gap:1rem}
.key{display:inline-block;width:.9rem;height:.8rem;margin:0 .1rem 0 .8rem;border-radius:2px;vertical-align:-.05rem}.key.dash{height:0;border-top:2px dashed var(--act);vertical-align:.3rem}.key.dot{width:0;border-left:2px dotted var(--text)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .8rem;margin:.7rem 0 0}dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:36rem){header,main{padding:.75rem}article{padding:.7rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.35rem}}
`;
