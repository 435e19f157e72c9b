/**
 * A viewer without a screen: asks for the playlist and the newest segments as a player does, and throws them away. Cheap, so that what is
 * measured is the service and not a browser.
 */
export function startViewer(multivariantUrl: string): AsyncDisposable {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function view(): Promise<void> {
    const top = await text(multivariantUrl);
    const uris = [
      top.split('\n').find((line) => line !== '' && !line.startsWith('#')),
      /TYPE=AUDIO.*URI="([^"]+)"/.exec(top)?.[1],
    ];
    await Promise.all(
      uris.flatMap((uri) => (uri === undefined ? [] : [follow(new URL(uri, multivariantUrl).href)])),
    );
  }

  async function follow(playlistUrl: string): Promise<void> {
    let query = '';
    let last = '';
    while (!signal.aborted) {
      const playlist = await text(playlistUrl + query);
      const segments = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      const newest = segments.at(-1);
      if (newest !== undefined && newest !== last) {
        last = newest;
        await (await fetch(new URL(newest, playlistUrl), { signal })).arrayBuffer();
      }
      const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1] ?? 0);
      // Blocking reload until the next whole segment.
      query = `?_HLS_msn=${first + segments.length}`;
    }
  }

  async function text(url: string): Promise<string> {
    return await (await fetch(url, { signal })).text();
  }

  const viewing = view().catch((error: unknown) => {
    if (!signal.aborted) {
      throw error;
    }
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await viewing;
    },
  };
}
