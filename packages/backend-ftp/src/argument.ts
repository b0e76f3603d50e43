/** A path as a command takes it: servers skip spaces before it. */
export function argument(path: string): string {
  return path.startsWith(' ') ? `./${path}` : path;
}

/** A command about a path; about where the server is now if there is none. */
export function command(verb: string, path: string): string {
  return path === '' ? verb : `${verb} ${argument(path)}`;
}
