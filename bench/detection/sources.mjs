// Lets Node run the TypeScript sources as they are: `node --import ./bench/detection/sources.mjs bench/detection/run.ts`.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      context.parentURL?.endsWith('.ts') && specifier.startsWith('.') ? specifier.replace(/\.js$/, '.ts') : specifier,
      context,
    ),
});
