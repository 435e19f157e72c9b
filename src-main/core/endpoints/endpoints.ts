import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import {
  DEFAULT_ENDPOINT,
  type StreamingEndpoint,
  type StreamingEndpointCreate,
  type StreamingEndpointPatch,
} from '../../shared/api/streaming-endpoints.ts';
import { type AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { EndpointRules } from '../ports/endpoint-rules.ts';
import type { Logger } from '../ports/logger.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { EndpointService, EventLog } from '../ports/services.ts';
import { readCertificate, readCertificateFiles } from './certificate.ts';
import { type EndpointDoor, type OpenDoor, wordsFor } from './door.ts';
import { createEndpointKeys, keysGone } from './endpoint-keys.ts';
import {
  changed,
  changedSecrets,
  lackingKeys,
  newEndpoint,
  rulesOf,
  type SignatureSecrets,
  type StoredEndpoint,
} from './endpoint-resource.ts';
import { changedTls, type EndpointTls, showTls, storedTls, validityFault } from './endpoint-tls.ts';
import { linkUrlOf, shownEndpoint } from './endpoint-view.ts';
import * as refusals from './refusals.ts';

export type EndpointsOptions = {
  readonly rows: Repository<StoredEndpoint>;
  readonly secrets: SecretStore;
  readonly openDoor: OpenDoor;
  /** Of `default`. */
  readonly port: number;
  readonly limit: () => number;
  /** How this computer is reached, by others once it is shared; an IPv6 address in brackets. */
  readonly publicHost: () => string;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type Endpoints = EndpointService &
  AsyncDisposable & {
    /** What links for viewers begin with: the first address of `default`, with TLS where its certificate is good for that. */
    readonly linkUrl: () => string;
    /** The port of `default`. */
    readonly port: number;
    /** Of all of them together. */
    readonly viewerCount: () => number;
    /** Throws what one of them says that cannot move; the others have moved. */
    readonly setHost: (host: string) => Promise<void>;
  };

/** How often certificates are looked at: whether their files have changed, and whether they are still valid. */
const LOOK_EVERY_MS = 60_000;

/** An endpoint as it is in this run. */
type Open = {
  /** Undefined while its port cannot be had. */
  door: EndpointDoor | undefined;
  secrets: SignatureSecrets;
  tls: EndpointTls | undefined;
  rules: EndpointRules;
  /** What was last said of its certificate. */
  said: string | undefined;
};

/** Streaming endpoints: each a port, its rules and its certificates over one packager and all publications. Throws when `default` cannot be opened. */
export async function openEndpoints(options: EndpointsOptions): Promise<Endpoints> {
  const { rows, events, clock, logger } = options;
  const keys = createEndpointKeys(options.secrets);
  const changes = createSerial();
  const open = new Map<string, Open>();
  /** Which endpoint a name of one's own belongs to. */
  let owners: ReadonlyMap<string, string> = new Map();
  const closing = new AbortController();
  const now = (): string => new Date(clock.wallMs()).toISOString();

  function rowOf(name: string): StoredEndpoint | undefined {
    return rows.get(name) ?? (name === DEFAULT_ENDPOINT ? newEndpoint(name) : undefined);
  }

  function names(): readonly string[] {
    return [DEFAULT_ENDPOINT, ...rows.list().flatMap(({ name }) => (name === DEFAULT_ENDPOINT ? [] : [name]))];
  }

  function found(name: string): { readonly row: StoredEndpoint; readonly one: Open } {
    const row = rowOf(name);
    const one = open.get(name);
    if (row === undefined || one === undefined) {
      throw refusals.notFound(name);
    }
    return { row, one };
  }

  function noteOwners(): void {
    owners = new Map(
      names().flatMap((name) => (rowOf(name)?.customHostNames ?? []).map((hostName) => [hostName, name] as const)),
    );
  }

  const isOfAnother =
    (name: string): EndpointRules['isOfAnother'] =>
    (hostName) => {
      const owner = owners.get(hostName);
      // What links are written with is everybody's.
      return owner !== undefined && owner !== name && hostName !== options.publicHost().toLowerCase();
    };

  function tell(name: string): StreamingEndpoint {
    const told = shown(name);
    events.publish('Lectern.EndpointChanged', subjectOf(name), told);
    return told;
  }

  function problem(name: string, error: unknown, words: string): void {
    logger.error({ streamingEndpoint: name, error }, words);
    events.publish('Lectern.Problem', subjectOf(name), problemOf(toAppError(error)));
  }

  /** Once for each certificate. */
  function checkValidity(name: string, one: Open): void {
    const fault: AppError | undefined =
      one.tls === undefined ? undefined : validityFault(name, one.tls, clock.wallMs());
    if (fault !== undefined && fault.message !== one.said) {
      problem(name, fault, 'the certificate of a streaming endpoint is not valid');
    }
    one.said = fault?.message;
  }

  function shown(name: string): StreamingEndpoint {
    const { row, one } = found(name);
    return shownEndpoint(row, one, options.publicHost());
  }

  async function openDoor(row: StoredEndpoint, one: Open): Promise<EndpointDoor> {
    const { name } = row;
    return await options.openDoor({
      port: name === DEFAULT_ENDPOINT ? options.port : row.port,
      ...(name === DEFAULT_ENDPOINT ? {} : { portWords: wordsFor(name, 'port') }),
      state: row.isRunning ? 'Running' : 'Stopped',
      rules: () => one.rules,
    });
  }

  /** What was kept, as far as it can be had: keys that are gone let nobody in, and a certificate that is gone costs TLS only. */
  async function reopen(row: StoredEndpoint): Promise<Open> {
    const { name } = row;
    const rules = rulesOf(row, {}, isOfAnother(name));
    const one: Open = { door: undefined, secrets: {}, tls: undefined, rules, said: undefined };
    try {
      await reopenKeys(row, one);
    } catch (error) {
      problem(name, error, 'keys of a streaming endpoint cannot be had; nobody gets in with them');
    }
    try {
      one.door = await openDoor(row, one);
    } catch (error) {
      if (name === DEFAULT_ENDPOINT) {
        throw error;
      }
      problem(name, error, 'a streaming endpoint cannot be opened; it is stopped');
    }
    await beginTls(row, one);
    return one;
  }

  async function reopenKeys(row: StoredEndpoint, one: Open): Promise<void> {
    one.secrets = await keys.signatures(row.name);
    one.rules = rulesOf(row, one.secrets, isOfAnother(row.name));
    if (lackingKeys(row, one.secrets).length > 0) {
      throw keysGone(row.name);
    }
  }

  async function reopenTls(row: StoredEndpoint, one: Open): Promise<void> {
    const tls = await storedTls(row, keys);
    if (one.door !== undefined && tls !== undefined) {
      await showTls(one.door, row.name, tls);
      one.tls = tls;
      checkValidity(row.name, one);
    }
  }

  async function beginTls(row: StoredEndpoint, one: Open): Promise<void> {
    try {
      await reopenTls(row, one);
    } catch (error) {
      problem(row.name, error, 'a streaming endpoint goes on without TLS');
    }
  }

  /**
   * Takes all of a change or nothing: first what can fail for reasons of others, last the catalogue. Whoever is connected stays so.
   */
  async function apply(
    row: StoredEndpoint,
    one: Open,
    given: StreamingEndpointCreate | StreamingEndpointPatch,
  ): Promise<void> {
    const { name } = row;
    const next = { ...changed(row, given), created: row.created ?? now(), lastModified: now() };
    const secrets = changedSecrets(one.secrets, given);
    const rules = rulesOf(next, secrets, isOfAnother(name));
    const taken = next.customHostNames.find((host) => (owners.get(host) ?? name) !== name);
    if (taken !== undefined) {
      throw refusals.hostNameTaken(taken, owners.get(taken) ?? '');
    }
    const { door } = one;
    if (door === undefined) {
      throw refusals.notOpen(name);
    }
    const tls = await tlsAfter(name, one, given.tls);
    if (given.tls !== undefined) {
      await showTls(door, name, tls);
    }
    const settled = tls === undefined ? undefined : { ...tls, port: door.tlsPort() ?? tls.port };
    try {
      // What is not spoken of stays as it was kept, also where it cannot be used at present.
      if (given.accessControl !== undefined) {
        await keys.saveSignatures(name, secrets);
      }
      if (given.tls !== undefined) {
        await keys.savePrivateKey(name, keptKey(settled));
      }
      rows.put(name, { ...(given.tls === undefined ? next : withTls(next, settled)), port: door.port });
    } catch (error) {
      await restore(name, one, given);
      throw error;
    }
    Object.assign(one, { secrets, rules, tls: settled });
    noteOwners();
    checkValidity(name, one);
  }

  /** As far as that can be done: what is said is why it has to be. */
  async function restore(
    name: string,
    { door, tls, secrets }: Open,
    given: StreamingEndpointPatch,
  ): Promise<void> {
    await Promise.allSettled([
      ...(given.tls === undefined || door === undefined
        ? []
        : [showTls(door, name, tls), keys.savePrivateKey(name, keptKey(tls))]),
      ...(given.accessControl === undefined ? [] : [keys.saveSignatures(name, secrets)]),
    ]);
  }

  async function tlsAfter(
    name: string,
    { tls }: Open,
    given: StreamingEndpointPatch['tls'],
  ): Promise<EndpointTls | undefined> {
    if (given === undefined) {
      return tls;
    }
    return given === null ? undefined : await changedTls(name, tls, given);
  }

  async function create(
    name: string,
    request: StreamingEndpointCreate,
    { autoStart }: { readonly autoStart: boolean },
  ): Promise<StreamingEndpoint> {
    if (rowOf(name) !== undefined) {
      throw refusals.exists(name);
    }
    const limit = options.limit();
    if (names().length >= limit) {
      throw refusals.quota(limit);
    }
    await using undo = new AsyncDisposableStack();
    const row: StoredEndpoint = { ...newEndpoint(name), port: request.port ?? 0, isRunning: autoStart };
    const rules = rulesOf(changed(row, request), changedSecrets({}, request), isOfAnother(name));
    const one: Open = { door: undefined, secrets: {}, tls: undefined, rules, said: undefined };
    one.door = undo.use(await openDoor({ ...row, isRunning: false }, one));
    undo.defer(() => keys.forget(name));
    await apply(row, one, request);
    if (autoStart) {
      one.door.start();
    }
    undo.move();
    open.set(name, one);
    return tell(name);
  }

  async function remove(name: string): Promise<void> {
    const { one } = found(name);
    if (name === DEFAULT_ENDPOINT) {
      throw refusals.undeletable(name);
    }
    if (one.door?.state() === 'Running') {
      throw refusals.wrongState(name, 'Running', 'Stop it first.');
    }
    await keys.forget(name);
    rows.delete(name);
    open.delete(name);
    noteOwners();
    await one.door?.[Symbol.asyncDispose]();
    events.publish('Lectern.EndpointDeleted', subjectOf(name), { name });
  }

  /** AMS refuses what is already so (spec 2.1). */
  async function turn(name: string, wanted: 'Running' | 'Stopped'): Promise<StreamingEndpoint> {
    const { row, one } = found(name);
    const state = one.door?.state() ?? 'Stopped';
    if (state === wanted) {
      throw refusals.wrongState(name, state, 'It is so already.');
    }
    if (one.door === undefined) {
      one.door = await openDoor({ ...row, isRunning: false }, one);
      await beginTls(row, one);
    }
    one.door[wanted === 'Running' ? 'start' : 'stop']();
    if (name !== DEFAULT_ENDPOINT) {
      rows.keep(name, { ...row, isRunning: wanted === 'Running' });
    }
    return tell(name);
  }

  /** Certificates are renewed by other programs, and end by themselves; what could not be had may be there again. */
  async function look(): Promise<void> {
    for (const [name, one] of open) {
      const { row } = found(name);
      try {
        await (one.tls === undefined ? tryAgain(row, one) : renew(name, one, one.tls));
      } catch (error) {
        // Perhaps only one of two files is written yet; what has been gone since the start was said then.
        logger.warn(
          { streamingEndpoint: name, error },
          'keys or certificate of a streaming endpoint cannot be used',
        );
      }
      checkValidity(name, one);
    }
  }

  async function renew(name: string, one: Open, tls: EndpointTls): Promise<void> {
    if (one.door === undefined || tls.files === undefined) {
      return;
    }
    const material = await readCertificateFiles(tls.files);
    if (material.cert !== tls.certificate.cert || material.key !== tls.certificate.key) {
      const renewed = { ...tls, certificate: readCertificate(material) };
      await showTls(one.door, name, renewed);
      one.tls = renewed;
      logger.info({ streamingEndpoint: name }, 'a streaming endpoint shows its new certificate');
      tell(name);
    }
  }

  async function tryAgain(row: StoredEndpoint, one: Open): Promise<void> {
    if (lackingKeys(row, one.secrets).length > 0) {
      await reopenKeys(row, one);
    }
    if (row.tls !== undefined && one.door !== undefined) {
      await reopenTls(row, one);
      tell(row.name);
    }
  }

  let timer = clock.after(LOOK_EVERY_MS, lookAgain);
  function lookAgain(): void {
    void changes.run(async () => {
      await look();
      if (!closing.signal.aborted) {
        timer = clock.after(LOOK_EVERY_MS, lookAgain);
      }
    });
  }

  noteOwners();
  for (const name of names()) {
    const row = rowOf(name);
    if (row !== undefined) {
      // `default` begins Running each time: nobody shall wonder in front of an audience.
      open.set(name, await reopen(name === DEFAULT_ENDPOINT ? { ...row, isRunning: true } : row));
    }
  }

  return {
    list: () => names().flatMap((name) => (open.has(name) ? [shown(name)] : [])),
    get: shown,
    viewers: (name) => found(name).one.door?.viewerSessions() ?? [],
    requests: (name) => found(name).one.door?.requests() ?? [],
    create: (name, request, how) => changes.run(() => create(name, request, how)),
    update: (name, patch) =>
      changes.run(async () => {
        const { row, one } = found(name);
        await apply(row, one, patch);
        return tell(name);
      }),
    delete: (name) => changes.run(() => remove(name)),
    start: (name) => changes.run(() => turn(name, 'Running')),
    stop: (name) => changes.run(() => turn(name, 'Stopped')),
    get port() {
      return found(DEFAULT_ENDPOINT).one.door?.port ?? options.port;
    },
    linkUrl() {
      const { row, one } = found(DEFAULT_ENDPOINT);
      const url = linkUrlOf(row, one, options.publicHost(), clock.wallMs());
      assert(url !== undefined, 'the default endpoint is open');
      return url;
    },
    viewerCount: () => [...open.values()].reduce((sum, { door }) => sum + (door?.viewers() ?? 0), 0),
    setHost: (host) =>
      changes.run(async () => {
        const doors = [...open.values()].flatMap(({ door }) => door ?? []);
        const moved = await Promise.allSettled(doors.map((door) => door.setHost(host)));
        const failed = moved.find((outcome) => outcome.status === 'rejected');
        if (failed !== undefined) {
          throw toAppError(failed.reason);
        }
      }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      timer[Symbol.dispose]();
      await changes.idle();
      timer[Symbol.dispose]();
      const doors = [...open.values()].flatMap(({ door }) => door ?? []);
      await Promise.all(doors.map((door) => door[Symbol.asyncDispose]()));
    },
  };
}

/** The private key, where no file has it. */
function keptKey(tls: EndpointTls | undefined): string | undefined {
  return tls?.files === undefined ? tls?.certificate.key : undefined;
}

function withTls(row: StoredEndpoint, tls: EndpointTls | undefined): StoredEndpoint {
  const { tls: _before, ...rest } = row;
  return tls === undefined
    ? rest
    : { ...rest, tls: { port: tls.port, ...(tls.files ?? { certificate: tls.certificate.cert }) } };
}

function subjectOf(name: string): string {
  return `streamingEndpoint/${name}`;
}
