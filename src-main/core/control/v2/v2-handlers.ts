import { channel, program } from '../../../shared/api/v2.ts';
import { AppError } from '../../../shared/app-error.ts';
import { parseIsoDuration } from '../../../shared/iso-duration.ts';
import type { Services } from '../../ports/services.ts';
import type { JsonHandlers, JsonRoute, OperationHandlers } from '../call.ts';
import { type ListKind, listPage } from '../list-page.ts';
import { fieldsOf } from '../odata-fields.ts';
import { channelOf, eventPatchOf, eventToCreate } from './channel.ts';
import type { Programs } from './programs.ts';
import type { TelemetryRows } from './telemetry-rows.ts';

type V2Json = Pick<JsonHandlers, Extract<JsonRoute, `${string}V2${string}`>>;
type V2Operations = Pick<OperationHandlers, Extract<keyof OperationHandlers, `${string}V2${string}`>>;

const CHANNELS: ListKind = { fields: fieldsOf(channel), defaultOrder: 'Name', key: 'Id' };
const PROGRAMS: ListKind = { fields: fieldsOf(program), defaultOrder: 'Id', key: 'Id' };

/** v2's calls that answer at once, each as the v3 call that does the same. */
export function createV2Handlers(
  { liveEvents, endpoints }: Services,
  programs: Programs,
  telemetry: TelemetryRows,
): V2Json {
  return {
    listV2Channels: ({ query, url }) => listPage(liveEvents.list().map(channelOf), query, CHANNELS, url),
    getV2Channel: ({ params }) => channelOf(liveEvents.get(params.id)),
    patchV2Channel: async ({ params, body }) => channelOf(await liveEvents.update(params.id, eventPatchOf(body))),
    showV2Slate: async ({ params, body }) => {
      await liveEvents.showSlate(params.id, { duration: secondsOf(body.duration), assetName: body.assetId });
      return undefined;
    },
    hideV2Slate: async ({ params }) => {
      await liveEvents.hideSlate(params.id);
      return undefined;
    },
    startV2Advertisement: async ({ params, body }) => {
      await liveEvents.startAdvertisement(params.id, {
        duration: secondsOf(body.duration),
        cueId: Number(body.cueId),
        showSlate: body.showSlate === undefined ? undefined : String(body.showSlate) === 'true',
      });
      return undefined;
    },
    endV2Advertisement: async ({ params, body }) => {
      await liveEvents.endAdvertisement(params.id, { cueId: Number(body.cueId) });
      return undefined;
    },
    getV2ChannelTelemetry: ({ params }) => ({ value: [...telemetry.channel(liveEvents.get(params.id).name)] }),
    getV2EndpointTelemetry: ({ params }) => ({ value: [...telemetry.endpoint(endpoints.get(params.id).name)] }),

    listV2Programs: ({ query, url }) => listPage(programs.list(), query, PROGRAMS, url),
    createV2Program: ({ body }) => programs.create(body),
    getV2Program: ({ params }) => programs.get(params.id),
    patchV2Program: ({ params, body }) => programs.update(params.id, body),
    deleteV2Program: ({ params }) => {
      programs.delete(params.id);
      return undefined;
    },
    getV2ProgramTelemetry: ({ params }) => ({ value: [...telemetry.program(programs.get(params.id).Id)] }),
  };
}

/** v2's calls that may last: operations on the same live event as v3's, one at a time with them. */
export function createV2Operations({ liveEvents }: Services, programs: Programs): V2Operations {
  function onChannel(name: string, verb: string) {
    return {
      action: `v2/Channels/${verb}`,
      key: `liveEvent/${name}`,
      subject: `liveEvent/${name}`,
      result: `/v2/Channels('${name}')`,
      endStatus: 200,
    } as const;
  }

  function onProgram(id: string, verb: string) {
    const name = programs.channelOf(id);
    return {
      action: `v2/Programs/${verb}`,
      key: `liveEvent/${name}`,
      subject: `liveEvent/${name}/liveOutput/${id.slice(name.length + 1)}`,
      result: `/v2/Programs('${id}')`,
      endStatus: 200,
    } as const;
  }

  /** v2 asked for the programs to be stopped, or gone, first. */
  function refuseWith(name: string, found: readonly string[], action: string): void {
    if (found.length > 0) {
      throw new AppError(
        'resource/in-use',
        `The channel ${name} has programs (${found.join(', ')}); ${action} needs them out of the way. Nothing was changed.`,
        { details: { channel: name, programs: found } },
      );
    }
  }

  return {
    createV2Channel: ({ body }) => ({
      ...onChannel(body.Name, 'Create'),
      endStatus: 201,
      quick: true,
      run: async () => channelOf(await liveEvents.create(body.Name, eventToCreate(body), { autoStart: false })),
    }),
    deleteV2Channel({ params: { id } }) {
      liveEvents.get(id);
      return {
        ...onChannel(id, 'Delete'),
        result: undefined,
        endStatus: 204,
        async run() {
          refuseWith(id, programs.idsOf(id), 'deleting');
          await liveEvents.delete(id);
          return undefined;
        },
      };
    },
    startV2Channel({ params: { id } }) {
      liveEvents.get(id);
      return { ...onChannel(id, 'Start'), run: async () => channelOf(await liveEvents.start(id)) };
    },
    stopV2Channel({ params: { id } }) {
      liveEvents.get(id);
      return {
        ...onChannel(id, 'Stop'),
        run: async () => channelOf(await liveEvents.stop(id, { removeOutputsOnStop: false })),
      };
    },
    resetV2Channel({ params: { id } }) {
      liveEvents.get(id);
      return {
        ...onChannel(id, 'Reset'),
        async run() {
          refuseWith(
            id,
            liveEvents.listOutputs(id).map(({ name }) => `${id}.${name}`),
            'Reset',
          );
          return channelOf(await liveEvents.reset(id));
        },
      };
    },
    startV2Program: ({ params: { id } }) => ({ ...onProgram(id, 'Start'), run: () => programs.start(id) }),
    stopV2Program: ({ params: { id } }) => ({ ...onProgram(id, 'Stop'), run: () => programs.stop(id) }),
  };
}

function secondsOf(duration: number | string): number {
  return typeof duration === 'number' ? duration : (parseIsoDuration(duration) ?? 0);
}
