import { bodyTarget, cborTarget } from "/work/main/gateway/test/fuzz/body-target.ts";
import { productsTarget, rulesTarget } from "/work/main/gateway/test/fuzz/files-target.ts";
import { runTarget } from "/work/main/gateway/test/fuzz/run-target.ts";
const t:any={body:bodyTarget,cbor:cborTarget,products:productsTarget,rules:rulesTarget}[process.argv[2]!]!();
console.log(JSON.stringify(await runTarget(t,{seed:Number(process.argv[4]??1),from:Number(process.argv[5]??0),count:Number(process.argv[3]),progress:console.error}),null,1).slice(0,3000));
