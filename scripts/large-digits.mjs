/** A setup code that can be read from across the room. */

const ROWS = {
  0: ['███', '█ █', '█ █', '█ █', '███'],
  1: [' █ ', '██ ', ' █ ', ' █ ', '███'],
  2: ['███', '  █', '███', '█  ', '███'],
  3: ['███', '  █', ' ██', '  █', '███'],
  4: ['█ █', '█ █', '███', '  █', '  █'],
  5: ['███', '█  ', '███', '  █', '███'],
  6: ['███', '█  ', '███', '█ █', '███'],
  7: ['███', '  █', ' █ ', ' █ ', ' █ '],
  8: ['███', '█ █', '███', '█ █', '███'],
  9: ['███', '█ █', '███', '  █', '███'],
  '-': ['  ', '  ', '██', '  ', '  '],
};

/** @returns five lines; every cell is two characters wide, as terminals' characters are half as wide as high */
export function largeDigits(code) {
  const widen = (cells) => [...cells].map((cell) => cell + cell).join('');
  return [0, 1, 2, 3, 4].map((row) =>
    [...code]
      .map((character) => widen(ROWS[character][row]))
      .join('  ')
      .trimEnd(),
  );
}
