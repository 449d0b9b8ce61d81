/** Unit tests and end-to-end tests; both run on sources that @swc/jest strips of their types (tsc checks them). */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.lookout/'],
  // Nothing is decided by how fast a machine is: this ends what hangs.
  testTimeout: 120_000,
  // Most of them wait for pictures to come rather than for the processor.
  maxWorkers: 2,
};
