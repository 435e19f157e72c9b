import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { generate } from 'selfsigned';
import type { Logger } from '../../../../src-main/core/ports/logger.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { descendants } from '../../../support/descendants.ts';
import { freePort, listen } from '../../../support/free-port.ts';
import { connectRtmp, flv } from '../../../support/rtmp-client.ts';
import { TOKEN } from '../../../support/rtmp-door.ts';
import { FREE_PORTS, openRtmpWorld, until } from '../../../support/rtmp-ingest.ts';

const linux = process.platform === 'linux' ? false : 'uses addresses and /proc of Linux';

async function certificate(name: string): Promise<{ readonly cert: string; readonly key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }]);
  return { cert, key };
}

function failure(code: string, details: Readonly<Record<string, unknown>>): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof AppError);
    assert.equal(error.code, code);
    for (const [name, value] of Object.entries(details)) {
      assert.equal(error.details[name], value);
    }
    return true;
  };
}

async function accepts(port: number | undefined, host = '127.0.0.1'): Promise<boolean> {
  const socket = connect({ port: port ?? 0, host });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test('a busy port is named with its setting, and nothing stays open', async () => {
  const other = createServer();
  const port = await listen(other);
  const primary = await freePort();
  try {
    await assert.rejects(
      openRtmpWorld({ ports: { ...FREE_PORTS, primary, secondary: port } }),
      failure('service/port-taken', { port, setting: 'network.rtmpSecondaryPort' }),
    );
    assert.equal(await accepts(primary), false);
  } finally {
    other.close();
  }
});

test('an address that this computer does not have is refused', { skip: linux }, async () => {
  await assert.rejects(
    openRtmpWorld({ host: '192.0.2.1' }),
    failure('service/port-refused', { setting: 'network.rtmpPort', host: '192.0.2.1' }),
  );
});

test('a certificate that is none is refused by name', async () => {
  await assert.rejects(
    openRtmpWorld({ tls: { cert: 'nonsense', key: 'nonsense' } }),
    failure('ingest/certificate', { setting: 'network.certificateFile' }),
  );
});

test('without a certificate only the entrances without TLS are opened', async () => {
  await using world = await openRtmpWorld();

  assert.deepEqual(Object.keys(world.ingest.ports()), ['primary', 'secondary']);
});

test('TLS older than 1.2 is refused', async () => {
  await using world = await openRtmpWorld({ tls: await certificate('lectern') });
  const { tlsPrimary } = world.ingest.ports();
  const versionWith = async (maxVersion: 'TLSv1.1' | 'TLSv1.2'): Promise<string | null> => {
    const options = {
      port: tlsPrimary ?? 0,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
    } as const;
    const socket = connectTls({ ...options, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' });
    try {
      await once(socket, 'secureConnect');
      return socket.getProtocol();
    } finally {
      socket.destroy();
    }
  };

  await assert.rejects(versionWith('TLSv1.1'));
  assert.equal(await versionWith('TLSv1.2'), 'TLSv1.2');
});

test('sharing with the network opens other addresses on the same ports, and streams go on', {
  skip: linux,
}, async () => {
  await using world = await openRtmpWorld();
  const ports = world.ingest.ports();
  using client = await connectRtmp(world.port());
  client.publish(`live/${TOKEN}`, 'a');
  await until(() => world.ingest.connections() === 1, 'it publishes');
  assert.equal(await accepts(ports.primary, '127.0.0.2'), false);

  await world.ingest.listen({ host: '0.0.0.0' });

  assert.deepEqual(world.ingest.ports(), ports);
  assert.equal(await accepts(ports.primary, '127.0.0.2'), true);
  client.message({ type: 8, payload: flv.aacConfig() });
  client.message({ type: 8, payload: flv.aacFrame() });
  await until(() => world.door.streams[0]?.tracks[0]?.samples.length === 1, 'a sample');
});

test('a change that cannot be made leaves everything as it was', { skip: linux }, async () => {
  await using world = await openRtmpWorld();
  const ports = world.ingest.ports();

  await assert.rejects(world.ingest.listen({ host: '192.0.2.1' }), failure('service/port-refused', {}));
  await assert.rejects(world.ingest.listen({ tls: { cert: 'x', key: 'y' } }), failure('ingest/certificate', {}));

  assert.deepEqual(world.ingest.ports(), ports);
  assert.equal(await accepts(ports.primary), true);
});

test('another certificate is presented from then on', async () => {
  await using world = await openRtmpWorld({ tls: await certificate('first') });

  await world.ingest.listen({ tls: await certificate('second') });

  const { tlsPrimary } = world.ingest.ports();
  const socket = connectTls({ port: tlsPrimary ?? 0, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  assert.equal(socket.getPeerCertificate().subject.CN, 'second');
  socket.destroy();
});

test('closing ends the streams with a reason, the ports and the process', { skip: linux }, async () => {
  const world = await openRtmpWorld();
  using client = await connectRtmp(world.port());
  client.publish(`live/${TOKEN}`, 'a');
  await until(() => world.ingest.connections() === 1, 'it publishes');
  const { primary } = world.ingest.ports();

  await world[Symbol.asyncDispose]();

  await client.closed;
  const end = world.door.streams[0]?.end;
  assert.equal(end, 'MPI_SYSTEM_MAINTENANCE');
  assert.equal(await accepts(primary), false);
  assert.deepEqual(
    descendants(process.pid).filter(({ command }) => command.includes('rtmp-main')),
    [],
  );
});

test('no access token stands in a command line, an environment or a log', { skip: linux }, async () => {
  const lines: string[] = [];
  const write = (fields: unknown, message: string): void =>
    void lines.push(`${JSON.stringify(fields)} ${message}`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  await using world = await openRtmpWorld({ logger });
  using good = await connectRtmp(world.port());
  good.publish(`live/${TOKEN}`, 'a');
  await until(() => world.ingest.connections() === 1, 'it publishes');
  using bad = await connectRtmp(world.port());
  bad.publish(`live/${TOKEN}`, 'not good');
  await bad.closed;
  good.message({ type: 9, payload: Buffer.of(0x1c, 0, 0, 0, 0) });
  await good.closed;
  await until(() => lines.some((line) => line.includes('MPE_BAD_URL_SYNTAX')), 'the log of the receiver');

  assert.deepEqual(
    [...lines, ...descendants(process.pid).map(({ command }) => command)].filter((line) => line.includes(TOKEN)),
    [],
  );
});
