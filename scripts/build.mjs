/**
 * Compiles src/ to dist/, and ui/ to homebridge-ui/, when their sources have changed since; each is replaced whole, so
 * nothing stale stays in it.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Refusal, hubNode, inProject, isStarted, run, runAsScript, say } from './project.mjs';

const RECORD = inProject('.lookout', 'build.sha256');

function fingerprint() {
  const hash = createHash('sha256');
  const sources = ['src', 'ui']
    .flatMap((folder) => readdirSync(inProject(folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`)
    .sort();
  for (const path of [
    inProject('scripts', 'build.mjs'),
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
function replace(built, fresh, old) {
  for (let tries = 3; ; tries--) {
    try {
      if (existsSync(built)) renameSync(built, old);
      renameSync(fresh, built);
      return;
    } catch (error) {
      if (tries === 0) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** What is compiled into a folder that has it whole; what `fill` leaves there replaces what was built before. */
async function renew(name, fill) {
  const fresh = inProject('.lookout', `${name}-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    await fill(fresh);
    replace(inProject(name), fresh, old);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

async function compilePlugin(folder) {
  const tsc = inProject('node_modules', 'typescript', 'bin', 'tsc');
  const code = await run(hubNode(), [tsc, '-p', inProject('tsconfig.build.json'), '--outDir', folder]);
  if (!existsSync(join(folder, 'index.js'))) throw new Refusal('build: nothing was built; the messages are above.');
  if (code !== 0) say('build: built in spite of the type errors above (npm run types says them again).');
}

/** The settings page: Homebridge's UI starts server.js, and serves public/ to browsers. They read modules as they are. */
async function compilePage(folder) {
  const { default: ts } = await import('typescript');
  const target = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  mkdirSync(join(folder, 'public'), { recursive: true });
  writeFileSync(join(folder, 'server.js'), "import '../dist/page/main.js';\n");
  for (const file of readdirSync(inProject('ui'))) {
    const built = join(folder, 'public', file);
    if (/\.(html|css)$/.test(file)) copyFileSync(inProject('ui', file), built);
    if (!file.endsWith('.ts')) continue;
    const source = readFileSync(inProject('ui', file), 'utf8');
    writeFileSync(built.replace(/\.ts$/, '.js'), ts.transpileModule(source, { compilerOptions: target }).outputText);
  }
}

export async function build() {
  const wanted = fingerprint();
  const built = existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : '';
  const isThere = [inProject('dist', 'index.js'), inProject('homebridge-ui', 'server.js')].every((path) =>
    existsSync(path),
  );
  if (built === wanted && isThere) return;

  say('build: compiling …');
  mkdirSync(inProject('.lookout'), { recursive: true });
  await renew('dist', compilePlugin);
  await renew('homebridge-ui', compilePage);
  writeFileSync(RECORD, wanted);
}

if (isStarted(import.meta.url)) {
  await runAsScript(async () => {
    await build();
    return 0;
  });
}
