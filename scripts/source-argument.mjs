/** What stands behind `npm start --`: an address or a file, and how it is shown without its secrets. */

const ADDRESS = /^(rtsps?|onvifs?|https?):\/\/[^\s/?#]/i;

/**
 * @param args the arguments of the command line
 * @param isFile `isFile(path)`: whether such a file exists
 * @returns `{ source }`, `{}` for the demonstration, or `{ fault }`: one sentence
 */
export function readSource(args, isFile) {
  if (args.length === 0) return {};
  if (args.length > 1) return { fault: `One camera at a time: found ${args.length} arguments. Is the address quoted?` };
  const [source] = args;
  if (ADDRESS.test(source) || isFile(source)) return { source };
  return {
    fault:
      `"${maskAddress(source)}" is neither a camera's address, such as rtsp://user:password@192.168.1.20/stream ` +
      '(rtsps, onvif, http and https work too), nor a file that exists.',
  };
}

/** The address without user name, password and query: passwords may hold `@`, `:`, `/` and `#`, so all before the last `@` goes. */
export function maskAddress(address) {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(address);
  return `${scheme ?? ''}${rest.replace(/^.*@/s, '***@').replace(/\?.*$/s, '?***')}`;
}
