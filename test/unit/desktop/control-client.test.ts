import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createControlClient } from '../../../src-main/desktop/control-client.ts';

function openControl(respond: (request: Request) => Promise<Response> | Response, connected = true) {
  const requests: Request[] = [];
  const client = createControlClient(
    () =>
      connected
        ? { controlUrl: 'http://127.0.0.1:8400', originUrl: 'http://127.0.0.1:8480', token: 'tok' }
        : undefined,
    async (input, init) => {
      const request = new Request(input, init);
      requests.push(request.clone());
      return await respond(request);
    },
  );
  return { client, requests };
}

test('the tray asks the control API, like everybody', async () => {
  const { client, requests } = openControl(() => Response.json({}));

  await client.end({ now: true });
  await client.undoEnd();
  await client.mark();

  assert.deepEqual(
    await Promise.all(
      requests.map(async (request) => [
        request.method,
        request.url,
        request.headers.get('authorization'),
        await request.text(),
      ]),
    ),
    [
      ['POST', 'http://127.0.0.1:8400/api/v1/studio/end', 'Bearer tok', '{"now":true}'],
      ['POST', 'http://127.0.0.1:8400/api/v1/studio/undo-end', 'Bearer tok', '{}'],
      ['POST', 'http://127.0.0.1:8400/api/v1/studio/markers', 'Bearer tok', '{"label":""}'],
    ],
  );
});

test('a refusal keeps its code and its sentence', async () => {
  const { client } = openControl(() =>
    Response.json({ code: 'live/not-live', detail: 'Nothing is live.' }, { status: 409 }),
  );

  await assert.rejects(client.mark(), { code: 'live/not-live', message: 'Nothing is live.' });
});

for (const [what, respond, code] of [
  ['an answer that is not ours', () => new Response('<html>', { status: 502 }), 'service/internal'],
  ['a code nobody knows', () => Response.json({ code: 'x', detail: 'y' }, { status: 400 }), 'service/internal'],
  ['no answer', () => Promise.reject(new TypeError('fetch failed')), 'service/not-running'],
] as const) {
  test(`${what} is said with a code of ours`, async () => {
    await assert.rejects(openControl(respond).client.mark(), { code });
  });
}

test('before the service runs there is nobody to ask', async () => {
  const { client, requests } = openControl(() => Response.json({}), false);

  await assert.rejects(client.mark(), { code: 'service/not-running' });
  assert.equal(requests.length, 0);
});
