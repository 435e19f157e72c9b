import type { Services } from '../ports/services.ts';
import type { OperationHandlers } from './call.ts';
import type { Programs } from './v2/programs.ts';
import { createV2Operations } from './v2/v2-handlers.ts';

/**
 * The calls that may last. Each first looks whether what it is about is there, so that a wrong name is a 404 and not an operation that failed.
 * The key makes one operation at a time of a live event and all its outputs.
 */
export function createOperationHandlers(services: Services, programs: Programs): OperationHandlers {
  const { liveEvents, endpoints } = services;
  const eventKey = (name: string): string => `liveEvent/${name}`;
  const eventPath = (name: string): string => `/liveEvents/${name}`;

  function onLiveEvent(name: string, verb: string) {
    liveEvents.get(name);
    return {
      action: `liveEvents/${verb}`,
      key: eventKey(name),
      subject: eventKey(name),
      result: eventPath(name),
      endStatus: 200,
    } as const;
  }

  function onLiveOutput(name: string, output: string, verb: string) {
    return {
      action: `liveOutputs/${verb}`,
      key: eventKey(name),
      subject: `${eventKey(name)}/liveOutput/${output}`,
      result: `${eventPath(name)}/liveOutputs/${output}`,
    } as const;
  }

  function ofEndpoint(name: string, verb: string) {
    const subject = `streamingEndpoint/${name}`;
    const result = `/streamingEndpoints/${name}`;
    return { action: `streamingEndpoints/${verb}`, key: subject, subject, result } as const;
  }

  function onEndpoint(name: string, verb: string) {
    endpoints.get(name);
    return { ...ofEndpoint(name, verb), endStatus: 200 } as const;
  }

  return {
    putLiveEvent({ params: { name }, query, body }) {
      const autoStart = query.autoStart === 'true';
      return {
        action: 'liveEvents/create',
        key: eventKey(name),
        subject: eventKey(name),
        result: eventPath(name),
        endStatus: 201,
        quick: !autoStart,
        run: () => liveEvents.create(name, body, { autoStart }),
      };
    },
    deleteLiveEvent({ params: { name } }) {
      return {
        ...onLiveEvent(name, 'delete'),
        ...GONE,
        run: () => deleted(liveEvents.delete(name)),
      };
    },
    allocateLiveEvent: ({ params: { name } }) => ({
      ...onLiveEvent(name, 'allocate'),
      run: () => liveEvents.allocate(name),
    }),
    startLiveEvent: ({ params: { name } }) => ({
      ...onLiveEvent(name, 'start'),
      run: () => liveEvents.start(name),
    }),
    stopLiveEvent: ({ params: { name }, body }) => ({
      ...onLiveEvent(name, 'stop'),
      run: () => liveEvents.stop(name, { removeOutputsOnStop: body?.removeOutputsOnStop ?? false }),
    }),
    resetLiveEvent: ({ params: { name } }) => ({
      ...onLiveEvent(name, 'reset'),
      run: () => liveEvents.reset(name),
    }),
    putLiveOutput({ params: { name, output }, body }) {
      liveEvents.get(name);
      return {
        ...onLiveOutput(name, output, 'create'),
        endStatus: 201,
        run: () => liveEvents.createOutput(name, output, body),
      };
    },
    deleteLiveOutput({ params: { name, output } }) {
      liveEvents.getOutput(name, output);
      return {
        ...onLiveOutput(name, output, 'delete'),
        ...GONE,
        run: () => deleted(liveEvents.deleteOutput(name, output)),
      };
    },
    putEndpoint: ({ params: { name }, query, body }) => ({
      ...ofEndpoint(name, 'create'),
      endStatus: 201,
      quick: true,
      run: () => endpoints.create(name, body, { autoStart: query.autoStart === 'true' }),
    }),
    deleteEndpoint: ({ params: { name } }) => ({
      ...onEndpoint(name, 'delete'),
      ...GONE,
      quick: true,
      run: () => deleted(endpoints.delete(name)),
    }),
    startEndpoint: ({ params: { name } }) => ({ ...onEndpoint(name, 'start'), run: () => endpoints.start(name) }),
    stopEndpoint: ({ params: { name } }) => ({ ...onEndpoint(name, 'stop'), run: () => endpoints.stop(name) }),
    ...createV2Operations(services, programs),
  };
}

/** An operation whose success leaves nothing to look at. */
const GONE = { result: undefined, endStatus: 204 } as const;

async function deleted(gone: Promise<void>): Promise<undefined> {
  await gone;
  return undefined;
}
