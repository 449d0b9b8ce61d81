/** Compiles src/ to dist/ when its sources have changed since; dist/ is replaced whole, so nothing stale stays in it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, hubNode, inProject, isStarted, run, runAsScript, say } from './project.mjs';

const RECORD = inProject('.lookout', 'build.sha256');

function fingerprint() {
  const hash = createHash('sha256');
  const sources = readdirSync(inProject('src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`)
    .sort();
  for (const path of [
    inProject('tsconfig.json'),
    inProject('tsconfig.build.json'),
    inProject('package-lock.json'),
    ...sources,
  ]) {
    hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** Whoever builds at the same time has the same sources: either result will do. */
function replace(dist, fresh, old) {
  for (let tries = 3; ; tries--) {
    try {
      if (existsSync(dist)) renameSync(dist, old);
      renameSync(fresh, dist);
      return;
    } catch (error) {
      if (tries === 0) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
}

export async function build() {
  const wanted = fingerprint();
  const built = existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : '';
  if (built === wanted && existsSync(inProject('dist', 'index.js'))) return;

  say('build: compiling …');
  mkdirSync(inProject('.lookout'), { recursive: true });
  const fresh = inProject('.lookout', `dist-${process.pid}`);
  const old = inProject('.lookout', `dist-${process.pid}-old`);
  try {
    const tsc = inProject('node_modules', 'typescript', 'bin', 'tsc');
    const code = await run(hubNode(), [tsc, '-p', inProject('tsconfig.build.json'), '--outDir', fresh]);
    if (!existsSync(join(fresh, 'index.js'))) throw new Refusal('build: nothing was built; the messages are above.');
    if (code !== 0) say('build: built in spite of the type errors above (npm run types says them again).');
    replace(inProject('dist'), fresh, old);
    writeFileSync(RECORD, wanted);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

if (isStarted(import.meta.url)) {
  await runAsScript(async () => {
    await build();
    return 0;
  });
}
