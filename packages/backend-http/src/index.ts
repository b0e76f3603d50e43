import { http } from './factory.ts';

export type { Priority } from './attributes.ts';
export { decodeContent, type DecodeContentOptions } from './decode-content.ts';
export { http, type HttpOptions } from './factory.ts';

/** The plugin entry. */
// oxlint-disable-next-line import/no-default-export -- a plugin is a module with one
export default (): ReturnType<typeof http> => http();
