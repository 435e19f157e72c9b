import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Fields, fieldsOf, valuesOf } from '../support/fields.ts';
import { record, request, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

describe('quotas and lists', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  const put = async (
    path: string,
    body: unknown,
  ): Promise<readonly [status: number, code: string | undefined]> => {
    const { status, code } = await request(stage.lectern, 'PUT', path, body);
    return [status, code];
  };
  const quotas = async (wanted: Record<string, number>): Promise<void> => {
    await stage.lectern.call('patchSettings', { body: { service: { quotas: wanted } } });
  };
  const event = { input: { streamingProtocol: 'RTMP' } };

  test('83: five live events, a sixth only when the quota is raised', async () => {
    for (const name of ['e1', 'e2', 'e3', 'e4', 'e5']) {
      assert.deepEqual(await put(`/liveEvents/${name}`, event), [201, undefined]);
    }

    const sixth = await request(stage.lectern, 'PUT', '/liveEvents/e6', event);
    assert.deepEqual([sixth.status, sixth.code], [403, 'resource/quota']);
    assert.match(JSON.stringify(sixth.body), /5/);
    assert.equal((await stage.lectern.call('listLiveEvents', { query: {} })).value.length, 5);

    await quotas({ liveEvents: 6 });
    assert.deepEqual(await put('/liveEvents/e6', event), [201, undefined]);
    assert.deepEqual(await put('/liveEvents/e7', event), [403, 'resource/quota']);
    await request(stage.lectern, 'DELETE', '/liveEvents/e6');
    assert.deepEqual(await put('/liveEvents/e7', event), [201, undefined], 'one that is deleted makes room');
    await request(stage.lectern, 'DELETE', '/liveEvents/e7');
  });

  test('83: three live outputs an event, one of a basic one; the quota is configurable', async () => {
    await request(stage.lectern, 'DELETE', '/liveEvents/e5');
    await startEvent(stage.lectern, 'basic', { ...RTMP, encoding: { encodingType: 'PassthroughBasic' } });
    await record(stage.lectern, 'basic', { name: 'only', archiveWindowLength: 'PT8H' });
    await request(stage.lectern, 'POST', '/liveEvents/e1/start', {});
    for (const name of ['o1', 'o2', 'o3', 'o4']) {
      await stage.lectern.call('putAsset', { params: { name }, body: {} });
    }
    const output = async (path: string, assetName: string) =>
      await put(`/liveEvents/${path}`, { assetName, archiveWindowLength: 'PT1M' });

    for (const name of ['o1', 'o2', 'o3']) {
      assert.deepEqual(await output(`e1/liveOutputs/${name}`, name), [201, undefined]);
    }
    assert.deepEqual(await output('e1/liveOutputs/o4', 'o4'), [403, 'resource/quota']);
    assert.deepEqual(await output('basic/liveOutputs/o4', 'o4'), [403, 'resource/quota']);
    await quotas({ outputsPerEvent: 4 });
    assert.deepEqual(await output('e1/liveOutputs/o4', 'o4'), [201, undefined]);
    assert.equal((await stage.lectern.call('listLiveOutputs', { params: { name: 'e1' } })).value.length, 4);
  });

  test('83: a hundred locators an asset, and as many as the settings say', async () => {
    const locator = async (name: string, assetName: string) =>
      await put(`/streamingLocators/${name}`, { assetName, streamingPolicyName: 'Predefined_ClearStreamingOnly' });
    for (let number = 1; number <= 100; number += 1) {
      assert.deepEqual(await locator(`l${number}`, 'o1'), [201, undefined]);
    }

    assert.deepEqual(await locator('l101', 'o1'), [403, 'resource/quota']);
    assert.deepEqual(await locator('of-another', 'o2'), [201, undefined]);
    await quotas({ locatorsPerAsset: 2 });
    assert.deepEqual(await locator('second', 'o2'), [201, undefined]);
    assert.deepEqual(await locator('third', 'o2'), [403, 'resource/quota']);
  });

  test('83: two streaming endpoints, and as many as the settings say', async () => {
    assert.deepEqual(await put('/streamingEndpoints/second', {}), [201, undefined]);
    assert.deepEqual(await put('/streamingEndpoints/third', {}), [403, 'resource/quota']);

    await quotas({ streamingEndpoints: 3 });
    assert.deepEqual(await put('/streamingEndpoints/third', {}), [201, undefined]);
    assert.deepEqual(await put('/streamingEndpoints/fourth', {}), [403, 'resource/quota']);
    assert.equal((await request(stage.lectern, 'DELETE', '/streamingEndpoints/third')).status, 204);
    assert.deepEqual(
      await put('/streamingEndpoints/fourth', {}),
      [201, undefined],
      'one that is deleted makes room',
    );
  });

  // What a PUT may also change is answered with 200 when it is new, too.
  for (const [what, folder, quota, most, made, body] of [
    ['filters', '/accountFilters', 'filters', 100, 200, {}],
    ['filters an asset', '/assets/o2/assetFilters', 'filters', 100, 200, {}],
    [
      'streaming policies',
      '/streamingPolicies',
      'streamingPolicies',
      100,
      201,
      { noEncryption: { enabledProtocols: { hls: true } } },
    ],
    [
      'content key policies',
      '/contentKeyPolicies',
      'contentKeyPolicies',
      100,
      200,
      { options: [{ configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } }] },
    ],
  ] as const) {
    test(`83: a hundred ${what}, and as many as the settings say`, async () => {
      for (let number = 1; number <= most; number += 1) {
        assert.deepEqual(await put(`${folder}/q${number}`, body), [made, undefined]);
      }

      assert.deepEqual(await put(`${folder}/more`, body), [403, 'resource/quota']);
      await quotas({ [quota]: most + 1 });
      assert.deepEqual(await put(`${folder}/more`, body), [made, undefined]);
      assert.deepEqual(await put(`${folder}/another`, body), [403, 'resource/quota']);
      await quotas({ [quota]: most });
      assert.equal((await request(stage.lectern, 'GET', `${folder}/more`)).status, 200, 'what is there stays');
    });
  }

  test('83: a quota that means nothing changes nothing', async () => {
    const { status, code } = await request(stage.lectern, 'PATCH', '/settings', {
      service: { quotas: { liveEvents: 0, outputsPerEvent: 2 } },
    });

    assert.deepEqual([status, code], [400, 'request/invalid']);
    const { settings } = await stage.lectern.call('getSettings', {});
    const { liveEvents, outputsPerEvent, locatorsPerAsset, streamingEndpoints } = settings.service.quotas;
    assert.deepEqual([liveEvents, outputsPerEvent, locatorsPerAsset, streamingEndpoints], [6, 4, 2, 3]);
  });

  type Page = { readonly value: readonly Fields[]; readonly nextLink: string | undefined };

  async function list(path: string): Promise<Page> {
    const { status, body } = await request(stage.lectern, 'GET', path);
    assert.equal(status, 200, JSON.stringify(body));
    const { nextLink } = fieldsOf(body);
    return { value: valuesOf(body), nextLink: typeof nextLink === 'string' ? nextLink : undefined };
  }

  const namesOf = ({ value }: Page): readonly unknown[] => value.map(({ name }) => name);

  /** From page to page, as a program does that knows nothing but `nextLink`. */
  async function all(path: string): Promise<readonly (readonly unknown[])[]> {
    const pages = [await list(path)];
    for (let next = pages.at(-1)?.nextLink; next !== undefined; next = pages.at(-1)?.nextLink) {
      assert.ok(next.startsWith(`${stage.lectern.controlUrl}/api/v1/`), next);
      pages.push(await list(next.slice(`${stage.lectern.controlUrl}/api/v1`.length)));
      assert.ok(pages.length < 60, 'it comes to an end');
    }
    return pages.map(namesOf);
  }

  test('84: $filter', async () => {
    assert.deepEqual(namesOf(await list("/liveEvents?$filter=name eq 'e2'")), ['e2']);
    assert.deepEqual(namesOf(await list("/liveEvents?$filter=resourceState eq 'Running'")), ['basic', 'e1']);
    assert.deepEqual(
      namesOf(await list("/liveEvents?$filter=encoding/encodingType eq 'PassthroughBasic' or name gt 'e3'")),
      ['basic', 'e4'],
    );
    assert.deepEqual(
      namesOf(await list("/liveEvents/e1/liveOutputs?$filter=assetName ne 'o2' and name lt 'o4'")),
      [...['o1', 'o3']],
    );
    assert.equal((await list("/streamingLocators?$filter=assetName eq 'o2'")).value.length, 2);
    const hence = new Date(Date.now() + 60_000).toISOString();
    assert.deepEqual(namesOf(await list(`/assets?$filter=created gt ${hence}`)), []);
    assert.equal((await list(`/assets?$filter=created lt ${hence}`)).value.length, 5);
    for (const wrong of ['name eq', 'nothing eq 1', "name like 'x'"]) {
      const { status, code } = await request(stage.lectern, 'GET', `/liveEvents?$filter=${wrong}`);
      assert.deepEqual([status, code], [400, 'request/invalid'], wrong);
    }
  });

  test('84: $orderby', async () => {
    assert.deepEqual(namesOf(await list('/liveEvents?$orderby=name desc')), ['e4', 'e3', 'e2', 'e1', 'basic']);
    assert.deepEqual(namesOf(await list('/liveEvents?$orderby=resourceState,created desc')), [
      ...['basic', 'e1', 'e4', 'e3', 'e2'],
    ]);
    assert.deepEqual(namesOf(await list('/assets?$orderby=created')), ['basic-only', 'o1', 'o2', 'o3', 'o4']);
    const { status, code } = await request(stage.lectern, 'GET', '/assets?$orderby=nothing');
    assert.deepEqual([status, code], [400, 'request/invalid']);
  });

  test('84: pages hang together by nextLink, each resource once, whatever comes and goes meanwhile', async () => {
    const pages = await all('/streamingLocators?$orderby=name desc&$top=7');
    assert.ok(pages.slice(0, -1).every((names) => names.length === 7));
    const names = pages.flat();
    assert.equal(names.length, 103);
    assert.deepEqual(names, names.map(String).toSorted().toReversed());
    assert.deepEqual(
      (await all("/liveEvents?$filter=name ne 'e2'&$top=2")).map((page) => page.length),
      [2, 2],
    );

    const first = await list('/assets?$orderby=name&$top=3');
    assert.deepEqual(namesOf(first), ['basic-only', 'o1', 'o2']);
    await stage.lectern.call('putAsset', { params: { name: 'a-new-one' }, body: {} });
    assert.deepEqual(await all(first.nextLink?.slice(`${stage.lectern.controlUrl}/api/v1`.length) ?? ''), [
      ['o3', 'o4'],
    ]);
    assert.deepEqual(await all('/streamingEndpoints?$top=2'), [['default', 'fourth'], ['second']]);
    assert.deepEqual(namesOf(await list("/streamingEndpoints?$filter=resourceState eq 'Running'")), ['default']);
    assert.equal((await list('/streamingPolicies?$top=2')).value.length, 2);
  });
});

const RTMP = { input: { streamingProtocol: 'RTMP' } } as const;
