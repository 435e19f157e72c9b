import { AppError } from '../shared/app-error.ts';
import { isErrorCode } from '../shared/error-codes.ts';
import type { ServiceConnection } from './service-host.ts';

/** What the tray and the question before quitting ask of the studio. The same calls as everybody's. */
export type ControlClient = {
  end(options: { readonly now: boolean }): Promise<void>;
  undoEnd(): Promise<void>;
  mark(): Promise<void>;
};

/** The service answers at once or is in trouble; a tray entry that waits longer would look dead. */
const LIMIT_MS = 5000;

/** Throws what the service answered, or `service/not-running`. */
export function createControlClient(
  connection: () => ServiceConnection | undefined,
  fetchUrl: typeof fetch,
): ControlClient {
  async function post(path: string, body: object): Promise<void> {
    const service = connection();
    if (service === undefined) {
      throw new AppError('service/not-running', 'The service is not running yet.');
    }
    let response: Response;
    try {
      response = await fetchUrl(new URL(`/api/v1${path}`, service.controlUrl), {
        method: 'POST',
        headers: { Authorization: `Bearer ${service.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(LIMIT_MS),
      });
    } catch (error) {
      throw new AppError('service/not-running', 'The service does not answer.', { cause: error });
    }
    if (!response.ok) {
      throw await refusal(response);
    }
    await response.body?.cancel();
  }

  return {
    end: ({ now }) => post('/studio/end', { now }),
    undoEnd: () => post('/studio/undo-end', {}),
    mark: () => post('/studio/markers', { label: '' }),
  };
}

async function refusal(response: Response): Promise<AppError> {
  const text = await response.text();
  let problem: unknown;
  try {
    problem = JSON.parse(text);
  } catch {
    // Not from our service, then.
  }
  if (typeof problem === 'object' && problem !== null && 'code' in problem && 'detail' in problem) {
    const { code, detail } = problem;
    if (typeof code === 'string' && isErrorCode(code) && typeof detail === 'string') {
      return new AppError(code, detail);
    }
  }
  return new AppError('service/internal', `The service answered with status ${response.status}.`);
}
