// Makes what `assets/` holds: the letters of drawn pictures, and the pictures for hubs where nothing can be drawn.
// Needed only when those are to change: `node scripts/assets.mjs` (Node 24; fetches the font from npm into a temporary folder).
import './typescript.mjs';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const FONT = '@expo-google-fonts/inter';
const PACKAGES = [`${FONT}@0.4.2`, 'opentype.js@1.3.4'];
const FILE = '500Medium/Inter_500Medium.ttf';
/** Latin, Greek, Cyrillic, and what stands between words. */
const RANGES = [
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x370, 0x3ff],
  [0x400, 0x4ff],
  [0x1e00, 0x1eff],
  [0x2010, 0x2027],
  [0x2030, 0x203a],
  [0x20ac, 0x20ac],
  [0x2116, 0x2116],
  [0x2122, 0x2122],
  [0x2190, 0x2193],
];
const UNITS = 1024;

const assets = fileURLToPath(new URL('../assets/', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'lookout-assets-'));
try {
  await promisify(execFile)('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefix',
    folder,
    ...PACKAGES,
  ]);
  const modules = join(folder, 'node_modules');
  const opentype = createRequire(join(modules, 'opentype.js', 'package.json'))('opentype.js');
  const letters = lettersOf(opentype.loadSync(join(modules, FONT, FILE)));
  const packed = await promisify(gzip)(JSON.stringify(letters), { level: constants.Z_BEST_COMPRESSION });
  await writeFile(join(assets, 'inter-medium.json.gz'), packed);
  await copyFile(join(modules, FONT, 'LICENSE_FONT'), join(assets, 'inter-LICENSE.txt'));
} finally {
  await rm(folder, { recursive: true });
}

const { draw } = await import('../src/camera/pictures/draw.ts');
const size = { width: 1280, height: 720 };
await writeFile(join(assets, 'connecting.jpg'), await draw({ glyph: 'camera', lines: ['Connecting…'] }, size));
await writeFile(join(assets, 'offline.jpg'), await draw({ glyph: 'camera-off', lines: ['Offline'] }, size));
await writeFile(join(assets, 'off.jpg'), await draw({ glyph: 'camera-off', lines: ['Off'] }, size));

/** By character: how far the next one stands, and its outline as an SVG path; in thousandths (1024) of the font's size. */
function lettersOf(font) {
  const letters = {};
  for (const [from, to] of RANGES) {
    for (let code = from; code <= to; code++) {
      const character = String.fromCodePoint(code);
      const index = font.charToGlyphIndex(character);
      if (index === 0) continue;
      const glyph = font.glyphs.get(index);
      const advance = Math.round((glyph.advanceWidth * UNITS) / font.unitsPerEm);
      letters[character] = [advance, outline(glyph.getPath(0, 0, UNITS).commands)];
    }
  }
  return letters;
}

/** Relative commands of whole numbers. */
function outline(commands) {
  let path = '';
  let at = [0, 0];
  let start = at;
  for (const { type, x1, y1, x, y } of commands) {
    if (type === 'Z') {
      path += 'z';
      at = start;
      continue;
    }
    const points = type === 'Q' ? [x1, y1, x, y] : [x, y];
    const rounded = points.map(Math.round);
    const relative = rounded.map((value, index) => value - at[index % 2]);
    path += type.toLowerCase() + relative.map((value, index) => (value < 0 || index === 0 ? '' : ' ') + value).join('');
    at = rounded.slice(-2);
    if (type === 'M') start = at;
  }
  return path;
}
