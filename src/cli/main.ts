#!/usr/bin/env node
/** The command line's first lines run on any Node: an old one is told what to do, not shown a stack. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  process.stderr.write(
    `Shopkey needs Node 22.17 or newer; this is ${process.versions.node}.\n` +
      "`npm install` brings a newer one along on Linux (glibc), macOS and Windows: run `npm start` or `npm run shopkey -- <command>`.\n",
  );
  process.exit(1);
}
const { runCommandLine } = await import("./program.js");
await runCommandLine(process.argv);

export {};
