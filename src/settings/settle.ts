import * as z from 'zod';
import { pathName, putAt, takeOut, valueAt, type Path } from './json.js';
import { nearest } from './nearest.js';
import type { Decision, Remedy } from './remedies.js';

/** One thing that is wrong with a JSON value, in the pieces of a sentence. */
export interface Finding {
  readonly level: 'error' | 'warning';
  /** `detect.zones[0].name`; empty for the value itself. */
  readonly field: string;
  /** `is 5, expected true or false; the sound stays off.` */
  readonly said: string;
}

type Decide = (value: unknown, path: Path) => Decision;
type Mask = (text: string) => string;

/** Some checks run only when others have passed; three rounds are the most that was seen. */
const MAX_ROUNDS = 16;

/**
 * Checks a JSON value, which is changed on the way: what is faulty is replaced or taken out as `decide` has it, until
 * the rest is sound. What is said of it is masked before it is shortened. The result is undefined where something cannot be done without.
 */
export function settle<S extends z.ZodType>(
  schema: S,
  value: unknown,
  decide: Decide,
  mask: Mask,
): { settled: z.output<S> | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  const positions = new Positions();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = schema.safeParse(value);
    if (result.success) return { settled: result.data, findings };
    const mended = mend(schema, value, result.error.issues, decide, mask, positions);
    findings.push(...mended.findings);
    if (!mended.sound) break;
  }
  return { settled: undefined, findings };
}

type Issue = z.core.$ZodIssue;

function mend(
  schema: z.ZodType,
  value: unknown,
  issues: readonly Issue[],
  decide: Decide,
  mask: Mask,
  positions: Positions,
): { sound: boolean; findings: Finding[] } {
  const findings = new Map<string, Finding>();
  const dropped: Path[] = [];
  let sound = true;
  for (const issue of issues) {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path);
      for (const key of issue.keys) {
        findings.set(pathName([...path, key]), unknownKey(positions.path(value, path), key, known, mask));
        dropped.push([...path, key]);
      }
      continue;
    }
    const { remedy, depth } = remedyFor(issue, value, decide);
    const concerned = path.slice(0, depth);
    // A list of points is told once, whichever of them are faulty.
    const end = path.findIndex((step, nth) => nth >= depth && typeof step === 'number');
    const told = end < 0 ? path : path.slice(0, end);
    if (!findings.has(pathName(told))) {
      findings.set(pathName(told), fault(positions.path(value, path), issue, value, remedy, mask));
    }
    if (remedy === undefined) sound = false;
    else if (remedy.kind === 'drop') dropped.push(concerned);
    else putAt(value, concerned, remedy.value);
  }
  for (const path of dropped) positions.learn(valueAt(value, path.slice(0, -1)));
  takeOut(value, dropped);
  return { sound, findings: [...findings.values()] };
}

/** Texts that say clearly which boolean or number is meant are taken for it. */
function remedyFor(issue: Issue, value: unknown, decide: Decide): Decision {
  const path = issue.path as Path;
  const found = valueAt(value, path);
  const meant = typeof found === 'string' ? meaning(expectedOf(issue), found) : undefined;
  if (meant === undefined) return decide(value, path);
  return { remedy: { kind: 'use', value: meant, said: `${String(meant)} is used` }, depth: path.length };
}

/** The type that was expected; of several, the boolean. */
function expectedOf(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return issue.expected;
  const expected = issue.code === 'invalid_union' ? issue.errors.flat().map(expectedOf) : [];
  return expected.find((type) => type === 'boolean');
}

function meaning(expected: string | undefined, found: string): boolean | number | undefined {
  const word = found.trim().toLowerCase();
  if (expected === 'boolean') return word === 'true' ? true : word === 'false' ? false : undefined;
  const numeric = (expected === 'number' || expected === 'int') && /^-?\d{1,9}(?:\.\d{1,9})?$/.test(word);
  return numeric ? Number(word) : undefined;
}

function fault(path: Path, issue: Issue, value: unknown, remedy: Remedy | undefined, mask: Mask): Finding {
  const described: unknown = issue.code === 'custom' ? issue.params?.['found'] : undefined;
  const found = typeof described === 'string' ? described : describe(valueAt(value, issue.path as Path), mask);
  const consequence = remedy ? `; ${remedy.said}` : '';
  return {
    level: remedy?.kind === 'use' ? 'warning' : 'error',
    field: pathName(path),
    said: `is ${found}, expected ${issue.message}${consequence}.`,
  };
}

function unknownKey(path: Path, key: string, known: readonly string[], mask: Mask): Finding {
  const near = nearest(key, known);
  return {
    level: 'warning',
    field: pathName([...path, shorten(key, mask)]),
    said: near === undefined ? 'is no setting.' : `is no setting; did you mean "${near}"?`,
  };
}

function describe(found: unknown, mask: Mask): string {
  if (found === undefined) return 'missing';
  if (typeof found === 'string') return JSON.stringify(shorten(found, mask));
  if (typeof found === 'number' || typeof found === 'boolean') return String(found);
  return Array.isArray(found) ? 'a list' : 'an object';
}

/** Masked first: half of a secret is not recognised as one. */
function shorten(text: string, mask: Mask): string {
  const masked = mask(text);
  return masked.length > 60 ? `${masked.slice(0, 59)}…` : masked;
}

/** The keys that an object at a path may have. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const inner = unwrap(schema);
  const [step, ...rest] = path;
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest);
  if (!(inner instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape;
  const next = step === undefined ? undefined : shape[step];
  return next ? keysAt(next, rest) : Object.keys(shape);
}

/** Defaults and optionality lie around a type, transformations behind it. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const def = schema._zod.def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType };
  const inner = def.innerType ?? def.in;
  return inner ? unwrap(inner) : schema;
}

/** Remembers where entries stood in their lists before others were taken out. */
class Positions {
  readonly #first = new Map<unknown, number>();

  learn(list: unknown): void {
    if (!Array.isArray(list)) return;
    for (const [nth, entry] of list.entries()) {
      if (typeof entry === 'object' && !this.#first.has(entry)) this.#first.set(entry, nth);
    }
  }

  path(value: unknown, path: Path): Path {
    return path.map((step, nth) => {
      const entry = typeof step === 'number' ? valueAt(value, path.slice(0, nth + 1)) : undefined;
      return this.#first.get(entry) ?? step;
    });
  }
}
