/** Where sentences for the admin go. Everything that reaches it has been through the one mask of secrets, or will be. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}
