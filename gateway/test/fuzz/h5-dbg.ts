import { BrokerProcess } from "./broker-process.ts";
import { CheckedSocket } from "./mqtt-client.ts";
import { makeSession } from "./mqtt-sessions.ts";
import { Rng } from "./rng.ts";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
const b = await BrokerProcess.start();
let last=0;
for (let i=Number(process.argv[2]);i<Number(process.argv[3]);i++){ const rng=new Rng(1,i); const s=makeSession(rng); if(s.end==="linger") continue;
 const c=new CheckedSocket(b.port,`127.0.1.${2+i%250}`);
 for(const ch of s.chunks){ if(c.isClosed)break; c.socket.write(ch); await nextTurn();}
 if(s.end==="end"){c.socket.end();}else c.socket.destroy();
 await c.closed;
 if(i%10===0||process.argv[2]) { await delay(250); const r=await b.report(); if(r.unackedBytes!==last){ console.log(i,s.end,s.packets,r.unackedBytes,r.connections); last=r.unackedBytes; } }
}
await b[Symbol.asyncDispose]();
