declare module 'hash-wasm/dist/sha256.umd.min.js' {
  const sha256: Pick<typeof import('hash-wasm'), 'createSHA256'>;
  export default sha256;
}
