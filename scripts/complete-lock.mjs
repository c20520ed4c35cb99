// npm leaves the binaries of other platforms out of the lock file where its registry does not carry
// them, and `npm ci` then refuses the file everywhere. Their names and exact versions stand in the
// packages that want them; this writes the missing entries. Run it after each change of a dependency:
// npm run lock
import { readFileSync, writeFileSync } from 'node:fs';

const path = 'package-lock.json';
const lock = JSON.parse(readFileSync(path, 'utf8'));
const { packages } = lock;

for (const [parent, wanted] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(wanted.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (packages[key] || packages[`${parent}/${key}`] || !/^\d/.test(version)) continue;
    packages[key] = {
      version,
      ...platformOf(name),
      ...(wanted.dev && { dev: true }),
      optional: true,
    };
  }
}

lock.packages = Object.fromEntries(
  Object.entries(packages).sort(([left], [right]) => (left < right ? -1 : 1)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);

/** The platform a binary's package is for, as its name says. */
function platformOf(name) {
  const os = /android|darwin|freebsd|linux|openharmony|win32/.exec(name)?.[0];
  const cpu = /(arm64|riscv64|ppc64|s390x|ia32|x64|arm)(?=$|-)/.exec(name)?.[0];
  if (os === undefined || cpu === undefined) throw new Error(`no platform in the name ${name}`);
  const libc = os === 'linux' && { libc: [name.includes('musl') ? 'musl' : 'glibc'] };
  return { os: [os], cpu: [cpu], ...libc };
}
