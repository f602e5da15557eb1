import { httpTarget } from "./http-target.ts";
import { runTarget } from "./run-target.ts";
process.on("unhandledRejection",(e)=>{console.error("UNHANDLED",e);});
const t=await httpTarget();
console.log(JSON.stringify(await runTarget(t,{seed:Number(process.argv[3]??1),count:Number(process.argv[2]),from:Number(process.argv[4]??0),progress:console.error}),null,1).slice(0,3000));
await t[Symbol.asyncDispose]();
