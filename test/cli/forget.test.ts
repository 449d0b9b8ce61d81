import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { learnedPath } from '../../src/camera/events/learned.js';
import { lookout } from './run.js';

let storage: string;
let folder: string;

beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), 'lookout-cli-'));
  folder = join(storage, 'lookout');
  mkdirSync(folder);
});
afterEach(() => {
  rmSync(storage, { recursive: true });
});
const forget = (...args: string[]) => lookout('forget', ...args, '--storage', storage);
const learn = (camera: string): string => {
  const path = learnedPath(folder, camera);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '{}');
  return path;
};

it('forgets one camera, and no other', async () => {
  const [porch, yard] = [learn('Porch'), learn('yard')];
  expect(await forget('Porch')).toEqual({
    code: 0,
    out: ['What detection had learned of Porch is forgotten.'],
    err: '',
  });
  expect([existsSync(porch), existsSync(yard)]).toEqual([false, true]);
});

it('says of which camera something was learned', async () => {
  expect(await forget('porch')).toMatchObject({
    code: 1,
    err: 'Nothing has been learned of porch. Nothing has been learned yet.',
  });
  learn('yard');
  learn('drive');
  expect((await forget('../yard')).err).toBe('Nothing has been learned of ../yard. Known are: drive, yard.');
});

it('stays in its folder, whatever the camera is called', async () => {
  const outside = join(folder, 'secret.json');
  writeFileSync(outside, '{}');
  learn('yard');
  for (const name of ['../secret', `${folder}/secret`, '..', '.', '']) expect((await forget(name)).code).toBe(1);
  expect(existsSync(outside)).toBe(true);
});

it('says what is in the way', async () => {
  mkdirSync(learnedPath(folder, 'yard'), { recursive: true });
  expect(await forget('yard')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/cannot be removed \(E\w+\)/) as string,
  });
});

it.each([
  [[], 'Which camera?'],
  [['a', 'b'], '“b” is one word too many.'],
])('takes one camera, not %j', async (args, sentence) => {
  expect(await forget(...args)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) as string });
});

it('is told of in the help', async () => {
  expect((await lookout('--help')).out).toContain('  lookout forget   forget what detection learned of a camera');
  expect((await lookout('forget', '--help')).out[0]).toBe('lookout forget CAMERA');
});
