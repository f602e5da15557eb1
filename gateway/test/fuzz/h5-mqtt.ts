import { fuzzMqtt } from "./mqtt-run.ts";
const s = await fuzzMqtt({seed:Number(process.argv[3]??1),packets:Number(process.argv[2]),progress:console.error});
console.log(JSON.stringify({...s, failure: s.failure && {index:s.failure.index, reason:s.failure.reason.slice(0,1500)}},null,1));
