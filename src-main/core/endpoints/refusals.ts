import { AppError } from '../../shared/app-error.ts';

/** What is said to who asks for something of streaming endpoints that cannot be. */

export function notFound(name: string): AppError {
  return new AppError('resource/not-found', `There is no streaming endpoint ${name}.`, {
    details: { streamingEndpoint: name },
  });
}

export function exists(name: string): AppError {
  return new AppError('resource/exists', `There is a streaming endpoint ${name} already; change it with PATCH.`, {
    details: { streamingEndpoint: name },
  });
}

export function quota(limit: number): AppError {
  return new AppError(
    'resource/quota',
    `There are ${limit} streaming endpoints already, as many as the settings allow; delete one first.`,
    { details: { quota: 'streamingEndpoints', limit } },
  );
}

export function undeletable(name: string): AppError {
  return new AppError('resource/immutable', `The streaming endpoint ${name} is always there; stop it instead.`, {
    details: { streamingEndpoint: name },
  });
}

export function wrongState(name: string, state: 'Running' | 'Stopped', advice: string): AppError {
  return new AppError('resource/wrong-state', `The streaming endpoint ${name} is ${state}. ${advice}`, {
    details: { streamingEndpoint: name, state },
  });
}

/** Its port could not be had. */
export function notOpen(name: string): AppError {
  return new AppError(
    'resource/wrong-state',
    `The streaming endpoint ${name} could not be opened. Start it first, once its port is free.`,
    { details: { streamingEndpoint: name, state: 'Stopped' } },
  );
}

export function hostNameTaken(hostName: string, owner: string): AppError {
  return new AppError(
    'resource/exists',
    `The host name ${hostName} is that of the streaming endpoint ${owner}. Nothing was changed.`,
    { details: { field: 'customHostNames', streamingEndpoint: owner } },
  );
}
