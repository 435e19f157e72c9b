import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, field, followEvents, request } from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const RTMP = { input: { streamingProtocol: 'RTMP' } } as const;

describe('the states of a live event', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  const act = (name: string, action: string, body: unknown = {}): Promise<Answer> =>
    request(stage.lectern, 'POST', `/liveEvents/${name}/${action}`, body);
  const stateOf = async (name: string): Promise<unknown> =>
    field((await request(stage.lectern, 'GET', `/liveEvents/${name}`)).body, 'resourceState');

  test('7: every step of the table is taken, seen through the API and told as it is taken', async () => {
    await using events = followEvents(stage.lectern);
    await request(stage.lectern, 'PUT', '/liveEvents/listening', RTMP);
    await events.next('Lectern.LiveEventChanged', ({ name }) => name === 'listening');
    const told = (): readonly string[] =>
      events
        .seen()
        .filter(
          ({ eventType, subject }) => subject === 'liveEvent/table' && eventType.startsWith('Lectern.LiveEvent'),
        )
        .map(({ eventType, data }) =>
          eventType === 'Lectern.LiveEventDeleted' ? 'gone' : String(field(data, 'resourceState')),
        );

    await request(stage.lectern, 'PUT', '/liveEvents/table', RTMP);
    const seen = [await stateOf('table')];
    for (const action of ['allocate', 'start', 'stop', 'start', 'reset', 'stop', 'allocate', 'stop', 'allocate']) {
      const { status } = await act('table', action);
      assert.equal(status, 200, action);
      seen.push(await stateOf('table'));
    }
    const gone = await request(stage.lectern, 'DELETE', '/liveEvents/table');

    assert.equal(gone.status, 204);
    assert.equal((await request(stage.lectern, 'GET', '/liveEvents/table')).status, 404);
    assert.deepEqual(seen, [
      ...['Stopped', 'StandBy', 'Running', 'Stopped', 'Running', 'Running'],
      ...['Stopped', 'StandBy', 'Stopped', 'StandBy'],
    ]);
    await until('its end is told', () => (told().includes('gone') ? true : undefined));
    assert.deepEqual(told(), [
      'Stopped',
      ...['Allocating', 'StandBy'],
      ...['Starting', 'Running'],
      ...['Stopping', 'Stopped'],
      ...['Starting', 'Running'],
      ...['Stopping', 'Stopped', 'Starting', 'Running'],
      ...['Stopping', 'Stopped'],
      ...['Allocating', 'StandBy'],
      ...['Stopping', 'Stopped'],
      ...['Allocating', 'StandBy'],
      ...['Deleting', 'gone'],
    ]);
  });

  test('7: what a state does not allow is refused with its name, and changes nothing', async () => {
    await request(stage.lectern, 'PUT', '/liveEvents/refusing', RTMP);
    const output = { assetName: 'refusing', archiveWindowLength: 'PT1H' };
    await request(stage.lectern, 'PUT', '/assets/refusing', {});
    const asked: unknown[] = [];

    async function ask(state: string, actions: readonly string[]): Promise<void> {
      assert.equal(await stateOf('refusing'), state);
      for (const action of actions) {
        const answer =
          action === 'delete'
            ? await request(stage.lectern, 'DELETE', '/liveEvents/refusing')
            : action === 'create an output'
              ? await request(stage.lectern, 'PUT', '/liveEvents/refusing/liveOutputs/tape', output)
              : await act('refusing', action);
        assert.deepEqual([answer.status, answer.code], [409, 'resource/wrong-state'], `${action} while ${state}`);
        assert.match(String(field(answer.body, 'detail')), new RegExp(`\\b${state};`), `${action} while ${state}`);
        assert.equal(await stateOf('refusing'), state);
        asked.push(action);
      }
    }

    await ask('Stopped', ['stop', 'reset', 'create an output']);
    await act('refusing', 'allocate');
    await ask('StandBy', ['allocate', 'reset', 'create an output']);
    await act('refusing', 'start');
    await ask('Running', ['allocate', 'start', 'delete']);
    assert.equal(asked.length, 9);
  });

  test('7: a start that fails ends in Stopped', async () => {
    const slate = { insertSlateOnAdMarker: false, defaultSlateAssetName: 'nowhere' };
    await request(stage.lectern, 'PUT', '/liveEvents/failing', {
      ...RTMP,
      encoding: { encodingType: 'Standard', slate },
    });

    const answer = await act('failing', 'start');

    assert.ok(answer.status >= 400, String(answer.status));
    assert.equal(await stateOf('failing'), 'Stopped');
    await request(stage.lectern, 'DELETE', '/liveEvents/failing');
  });

  test('9: created with autoStart it is Running without another call', async () => {
    const created = await request(stage.lectern, 'PUT', '/liveEvents/auto?autoStart=true&wait=PT0S', RTMP);

    assert.ok([201, 202].includes(created.status), String(created.status));
    await until('it runs', async () => ((await stateOf('auto')) === 'Running' ? true : undefined));
    await act('auto', 'stop');
    await request(stage.lectern, 'DELETE', '/liveEvents/auto');
  });

  test('11: while one long operation runs, another on the event or its outputs is refused', async () => {
    // An event that encodes has processes to start: that takes long enough to come between.
    await request(stage.lectern, 'PUT', '/liveEvents/busy', { ...RTMP, encoding: { encodingType: 'Standard' } });
    await request(stage.lectern, 'PUT', '/assets/busy', {});
    const output = { assetName: 'busy', archiveWindowLength: 'PT1H' };

    const first = await request(stage.lectern, 'POST', '/liveEvents/busy/start?wait=PT0S', {});
    const [others, change, state] = await Promise.all([
      Promise.all([
        act('busy', 'stop'),
        act('busy', 'allocate'),
        request(stage.lectern, 'DELETE', '/liveEvents/busy'),
        request(stage.lectern, 'PUT', '/liveEvents/busy/liveOutputs/tape', output),
      ]),
      request(stage.lectern, 'PATCH', '/liveEvents/busy', { description: 'another' }),
      stateOf('busy'),
    ]);

    assert.equal(first.status, 202);
    assert.equal(state, 'Starting');
    for (const { status, code } of others) {
      assert.deepEqual([status, code], [409, 'resource/busy']);
    }
    assert.deepEqual([change.status, change.code], [409, 'resource/wrong-state']);
    await until('it runs', async () => ((await stateOf('busy')) === 'Running' ? true : undefined));
    const afterwards = await request(stage.lectern, 'PUT', '/liveEvents/busy/liveOutputs/tape', output);
    assert.equal(afterwards.status, 201);
    const refused = await act('busy', 'stop');
    assert.equal(refused.code, 'resource/in-use');
    assert.equal((await act('busy', 'stop', { removeOutputsOnStop: true })).status, 200);
  });
});
