/** `codec`: this file format does not carry it. `parameters`: what a decoder needs to begin is missing or broken. */
export type FragmentFault = 'codec' | 'parameters';

export class FragmentError extends Error {
  override readonly name = 'FragmentError';
  constructor(
    readonly fault: FragmentFault,
    message: string,
  ) {
    super(message);
  }
}
