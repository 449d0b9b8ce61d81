// Writes config.schema.json from src/settings/schema.ts, the settings' one definition.
import { writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';

// Node runs TypeScript by itself, but takes the `.js` of an import at its word.
registerHooks({
  resolve: (specifier, context, next) =>
    next(context.parentURL?.endsWith('.ts') ? specifier.replace(/^(\..*)\.js$/, '$1.ts') : specifier, context),
});

const { configSchema } = await import('../src/settings/config-schema.ts');
const file = new URL('../config.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(configSchema(), null, 2)}\n`);
