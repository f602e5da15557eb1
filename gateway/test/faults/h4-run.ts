import { simulate } from "/work/main/gateway/test/faults/simulation/simulation.ts";
const from = Number(process.argv[2] ?? 1), to = Number(process.argv[3] ?? from);
const t=performance.now();
const by = new Map<string, number[]>();
for (let seed = from; seed <= to; seed++) {
  const o = await simulate(seed);
  for (const v of o.violations.slice(0,1)) { const k=v.invariant; by.set(k,[...(by.get(k)??[]),seed]); if (to-from<3 || (by.get(k)?.length??0)<3) console.log(seed, v.invariant, v.detail.slice(0,900)); }
  if (to-from<3) console.log({...o, violations:o.violations.length});
}
console.log([...by].map(([k,s])=>`${k}: ${s.length} ${s.slice(0,10)}`).join("\n"), (performance.now()-t)/1000);
