import type { FetchJson } from './tokens/issuer-keys.ts';

const TIMEOUT_MS = 5000;
/** Documents of issuers are a few kilobytes. */
const MAX_BYTES = 1024 * 1024;

/** Over the network, with an end in sight. */
export const fetchJson: FetchJson = async (url) => {
  const answer = await fetch(url, {
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok || answer.body === null) {
    throw new Error(`${url} was answered ${answer.status}`);
  }
  const decoder = new TextDecoder();
  const reader: ReadableStreamDefaultReader<Uint8Array> = answer.body.getReader();
  let text = '';
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      const document: unknown = JSON.parse(text + decoder.decode());
      return document;
    }
    size += value.byteLength;
    if (size > MAX_BYTES) {
      await reader.cancel();
      throw new Error(`${url} gives more than ${MAX_BYTES} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
};
