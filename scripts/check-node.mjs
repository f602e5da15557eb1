// Runs before every npm script, under whatever `node` npm found: plain syntax that Node 18 reads too.
const REQUIRED_MAJOR = 24;
const PACKAGED = ["linux-x64", "linux-arm64", "win32-x64"];

const major = Number(process.versions.node.split(".")[0]);
if (major < REQUIRED_MAJOR) {
  const platform = `${process.platform}-${process.arch}`;
  const found = `Voorzorg needs Node ${REQUIRED_MAJOR} or newer, and this is Node ${process.versions.node} (${process.execPath}).`;
  const next = PACKAGED.includes(platform)
    ? "`npm ci` in the project's root installs a fitting Node into node_modules/.bin; run it without --omit=optional, then call this through `npm run`."
    : `There is no packaged Node for ${platform} (only for ${PACKAGED.join(", ")}): install Node ${REQUIRED_MAJOR} on this machine, for example from https://nodejs.org, and run npm again.`;
  console.error(`${found}\n${next}`);
  process.exit(1);
}
