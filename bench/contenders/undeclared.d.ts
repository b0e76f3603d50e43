declare module 'make-fetch-happen' {
  type Fetch = (url: string) => Promise<globalThis.Response>;
  const fetch: { defaults(options: { readonly cachePath: string }): Fetch };
  export default fetch;
}
