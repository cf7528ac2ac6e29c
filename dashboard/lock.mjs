// After npm has written package-lock.json: takes out where its packages' makers may be paid. A lock holds no address.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = "package-lock.json";
const lock = JSON.parse(readFileSync(FILE, "utf8"));
for (const one of Object.values(lock.packages)) delete one.funding;
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
