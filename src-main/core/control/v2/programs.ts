import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { LiveOutput } from '../../../shared/api/live-events.ts';
import type { Program, ProgramCreate, ProgramPatch, StoredProgram } from '../../../shared/api/v2.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Services } from '../../ports/services.ts';

/**
 * v2's programs over v3's live outputs, which begin with their creation and are gone at their end (spec 1): what a program is before and after
 * that is kept here. An output that v3 made is a running program too.
 */
export type Programs = {
  list(): readonly Program[];
  /** Throws `resource/not-found`. */
  get(id: string): Program;
  create(request: ProgramCreate): Program;
  update(id: string, patch: ProgramPatch): Program;
  delete(id: string): void;
  start(id: string): Promise<Program>;
  stop(id: string): Promise<Program>;
  /** Of a channel, running or not. */
  idsOf(channel: string): readonly string[];
  /** The channel of a program. Throws `resource/not-found`. */
  channelOf(id: string): string;
};

const STATES: Readonly<Record<LiveOutput['resourceState'], Program['State']>> = {
  Creating: 'Starting',
  Running: 'Running',
  Deleting: 'Stopping',
};

type Found = { readonly row: StoredProgram; readonly state: Program['State'] };

export function createPrograms(
  { liveEvents, assets, programs: rows, events }: Pick<Services, 'liveEvents' | 'assets' | 'programs' | 'events'>,
  clock: Clock,
): Programs & Disposable {
  const now = (): string => new Date(clock.wallMs()).toISOString();
  const channels = new Set(liveEvents.list().map(({ name }) => name));
  // Those of events that were deleted when nobody was there to see it.
  forget(({ channel }) => !channels.has(channel));
  // v3 deletes an event without asking for programs. Another event of that name is another channel.
  const subscription = events.published.on(({ eventType, subject }) => {
    if (eventType === 'Lectern.LiveEventDeleted') {
      forget(({ channel }) => subject === `liveEvent/${channel}`);
    }
  });

  function forget(isGone: (row: StoredProgram) => boolean): void {
    for (const { id } of rows.list().filter(isGone)) {
      rows.delete(id);
    }
  }

  function all(): readonly Found[] {
    const outputs = liveEvents
      .list()
      .flatMap(({ name }) => liveEvents.listOutputs(name).map((output) => rowOf(name, output)));
    const running = new Map(outputs.map((found) => [found.row.id, found]));
    const stopped = rows.list().filter(({ id }) => !running.has(id));
    return [...stopped.map((row) => ({ row, state: 'Stopped' as const })), ...outputs];
  }

  function find(id: string): Found {
    const found = all().find(({ row }) => row.id === id);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no program ${id}.`, { details: { program: id } });
    }
    return found;
  }

  /** Throws `resource/wrong-state` naming the state it is in. */
  function demand(id: string, wanted: Program['State'], action: string): StoredProgram {
    const { row, state } = find(id);
    if (state !== wanted) {
      throw new AppError(
        'resource/wrong-state',
        `The program ${id} is ${state}; ${action} is possible only while it is ${wanted}. Nothing was changed.`,
        { details: { program: id, state, action } },
      );
    }
    return row;
  }

  return {
    list: () => all().map(shown),
    get: (id) => shown(find(id)),
    create(request) {
      const id = programId(request.ChannelId, request.Name);
      liveEvents.get(request.ChannelId);
      assets.get(request.AssetId);
      if (all().some(({ row }) => row.id === id)) {
        throw new AppError('resource/exists', `There is a program ${id} already.`, { details: { program: id } });
      }
      const created = now();
      rows.put(id, {
        id,
        channel: request.ChannelId,
        name: request.Name,
        description: request.Description ?? '',
        assetName: request.AssetId,
        archiveWindowLength: request.ArchiveWindowLength,
        manifestName: request.ManifestName ?? randomUUID(),
        created,
        lastModified: created,
      });
      return shown(find(id));
    },
    update(id, patch) {
      const row = demand(id, 'Stopped', 'a change');
      const assetName = patch.AssetId ?? row.assetName;
      assets.get(assetName);
      rows.put(id, {
        ...row,
        description: patch.Description ?? row.description,
        assetName,
        archiveWindowLength: patch.ArchiveWindowLength ?? row.archiveWindowLength,
        lastModified: now(),
      });
      return shown(find(id));
    },
    delete(id) {
      demand(id, 'Stopped', 'deleting');
      rows.delete(id);
    },
    async start(id) {
      const { channel, name, description, assetName, archiveWindowLength, manifestName } = demand(
        id,
        'Stopped',
        'Start',
      );
      await liveEvents.createOutput(channel, name, { description, assetName, archiveWindowLength, manifestName });
      return shown(find(id));
    },
    async stop(id) {
      const row = demand(id, 'Running', 'Stop');
      // Of one that v3 made something has to stay: a program outlives its run.
      rows.put(id, { ...row, lastModified: now() });
      await liveEvents.deleteOutput(row.channel, row.name);
      return shown(find(id));
    },
    idsOf: (channel) =>
      all()
        .filter(({ row }) => row.channel === channel)
        .map(({ row }) => row.id),
    channelOf: (id) => find(id).row.channel,
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

/** Of a program, by its live output. */
export function programId(channel: string, name: string): string {
  return `${channel}.${name}`;
}

function rowOf(channel: string, output: LiveOutput): Found {
  const { name, description, assetName, archiveWindowLength, manifestName, created, lastModified } = output;
  return {
    row: {
      id: programId(channel, name),
      channel,
      name,
      description,
      assetName,
      archiveWindowLength,
      manifestName,
      created,
      lastModified,
    },
    state: STATES[output.resourceState],
  };
}

function shown({ row, state }: Found): Program {
  return {
    Id: row.id,
    Name: row.name,
    Description: row.description,
    Created: row.created,
    LastModified: row.lastModified,
    ChannelId: row.channel,
    AssetId: row.assetName,
    ArchiveWindowLength: row.archiveWindowLength,
    ManifestName: row.manifestName,
    State: state,
  };
}
