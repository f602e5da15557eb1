import { Simulation } from "./simulation/simulation.ts";
const s = new Simulation(Number(process.argv[2]));
await s.run();
console.log(s.oracle.violations.slice(0,3));
const [from,to,dev]=[Number(process.argv[3]),Number(process.argv[4]),process.argv[5]];
for (const e of s.oracle.index.entries.slice(from-1,to)) { const r:any=e.record; if (dev && JSON.stringify(r).indexOf(dev)<0 && !['service','tick'].includes(r.kind)) continue; console.log(e.offset,new Date(e.at).toISOString(), new Date(r.appendedAt).toISOString(), r.kind, r.device?.id??r.device, r.class, r.payload?Buffer.from(r.payload).toString():JSON.stringify(r).slice(0,150)); }
for (const f of s.machine.cases.history()) for (const e of f.events) if (e.offset>=from&&e.offset<=to) console.log(e.offset, e.caseId, s.machine.cases.views().get(e.caseId)?.rule, s.machine.cases.views().get(e.caseId)?.device, e.kind, new Date(e.at).toISOString(), e.reason);
console.log(JSON.stringify(s.plan.steps.map(x=>({...x,at:new Date(Date.UTC(2026,5,1)+x.at).toISOString()})),null,0).replaceAll('},{','},\n{'));
