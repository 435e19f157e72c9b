export type SseMessage = { readonly event: string; readonly data: string };

export type SseParser = {
  readonly push: (text: string) => void;
  /** The last id seen, also of a block without data: what to resume after. */
  readonly lastId: () => string | undefined;
};

/** Server-sent events, as WHATWG HTML §9.2.6 reads them; `retry` fields are left to our own back-off. */
export function createSseParser(onMessage: (message: SseMessage) => void): SseParser {
  let rest = '';
  let id: string | undefined;
  let event = '';
  let data: string[] = [];

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) {
        onMessage({ event: event === '' ? 'message' : event, data: data.join('\n') });
      }
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      data.push(value);
    } else if (field === 'event') {
      event = value;
    } else if (field === 'id' && !value.includes('\0')) {
      id = value;
    }
  }

  return {
    lastId: () => id,
    push(text) {
      // A CR at the very end may be the first half of a CRLF that was cut in two.
      const all = rest + text;
      const cut = all.endsWith('\r') ? all.length - 1 : all.length;
      const lines = all.slice(0, cut).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? '') + all.slice(cut);
      lines.forEach(line);
    },
  };
}
