import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import type { ServiceEvent } from '../../shared/api/events.ts';
import {
  NOISY_EVENT_TYPES,
  WEBHOOK_EVENT_TYPES,
  type Webhook,
  type WebhookCreate,
  type WebhookPatch,
  webhook,
} from '../../shared/api/webhooks.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { EventLog, WebhookService } from '../ports/services.ts';
import { createDelivery, type Delivery, refusal, type Target } from './delivery.ts';
import type { Post } from './post-event.ts';
import type { WaitingEventStore } from './waiting-events.ts';
import { withoutSecrets } from './without-secrets.ts';

/** What of a webhook is kept. */
export const storedWebhook = webhook.pick({
  name: true,
  url: true,
  hasSecret: true,
  eventTypes: true,
  deliverySchema: true,
  enabled: true,
  created: true,
  lastModified: true,
});
export type StoredWebhook = Pick<
  Webhook,
  'name' | 'url' | 'hasSecret' | 'eventTypes' | 'deliverySchema' | 'enabled' | 'created' | 'lastModified'
>;

export type WebhooksOptions = {
  readonly rows: Repository<StoredWebhook>;
  readonly waiting: WaitingEventStore;
  readonly secrets: SecretStore;
  readonly events: EventLog;
  /** `createPost(clock)`. */
  readonly post: Post;
  readonly clock: Clock;
  /** 0..1, for the jitter. */
  readonly random: () => number;
  readonly logger: Logger;
};

/** Each costs a row in memory and a request for each event. */
const MAX_WEBHOOKS = 20;

const SENDABLE: ReadonlySet<string> = new Set(WEBHOOK_EVENT_TYPES);

/**
 * The service's events, sent to other programs. What waits for a receiver is in the catalogue, so that no restart of either loses it: each
 * event comes at least once and in order. It comes twice, with the same id, when this service ended before it saw the answer.
 */
export function openWebhooks(options: WebhooksOptions): WebhookService & AsyncDisposable {
  const { rows, secrets, events, clock, logger } = options;
  const deliveries = new Map<string, Delivery>();
  const changes = createSerial();
  const closing = new AbortController();
  options.waiting.keepOnly(rows.list().map(({ name }) => name));
  for (const row of rows.list()) {
    deliveries.set(row.name, deliveryTo(row));
  }
  const subscription = events.published.on(send);

  function send(event: ServiceEvent): void {
    if (!SENDABLE.has(event.eventType)) {
      return;
    }
    let text: string | undefined;
    for (const row of rows.list()) {
      if (row.enabled && wants(row, event.eventType)) {
        text ??= JSON.stringify(withoutSecrets(event));
        deliveries.get(row.name)?.push(event, text);
      }
    }
  }

  function deliveryTo(row: StoredWebhook): Delivery {
    return createDelivery(targetOf(row), {
      clock,
      random: options.random,
      post: options.post,
      logger,
      waiting: options.waiting.of(row.name),
      onChanged: () => tell(row.name),
    });
  }

  /** The key is read when it is first needed, and until that works nothing is sent. */
  function targetOf(row: StoredWebhook): Target {
    let secret: string | undefined;
    return {
      ...row,
      async secret() {
        if (row.hasSecret) {
          secret ??= await secrets.get(keyName(row.name));
          if (secret === undefined) {
            throw new AppError(
              'secrets/unavailable',
              `The secret of the webhook ${row.name} is not in the key store any more. Enter it again.`,
              { details: { webhook: row.name } },
            );
          }
        }
        return secret;
      },
    };
  }

  function stored(name: string): StoredWebhook {
    const row = rows.get(name);
    if (row === undefined) {
      throw new AppError('resource/not-found', `There is no webhook ${name}.`, { details: { webhook: name } });
    }
    return row;
  }

  function shown(row: StoredWebhook): Webhook {
    const status = deliveries.get(row.name)?.status();
    return {
      ...row,
      ...(status ?? { state: 'off', queued: 0, delivered: 0, dropped: 0, failures: 0 }),
    };
  }

  function tell(name: string): void {
    const row = rows.get(name);
    if (row !== undefined) {
      events.publish('Lectern.WebhookChanged', `webhook/${name}`, shown(row));
    }
  }

  /** The secret first: what is enabled without its key would be sent unsigned. */
  async function save(row: StoredWebhook, secret: string | null | undefined): Promise<Webhook> {
    if (typeof secret === 'string') {
      await secrets.set(keyName(row.name), secret);
    } else if (secret === null) {
      await secrets.delete(keyName(row.name));
    }
    rows.put(row.name, row);
    const delivery = deliveries.get(row.name);
    if (delivery === undefined) {
      deliveries.set(row.name, deliveryTo(row));
    } else {
      delivery.retarget(targetOf(row));
    }
    tell(row.name);
    return shown(row);
  }

  /** The handshake of Event Grid: the receiver shows that it wants to be told, by giving back a code. */
  async function validate(row: StoredWebhook): Promise<void> {
    const code = randomUUID();
    const body = JSON.stringify([
      {
        id: randomUUID(),
        topic: 'lectern',
        subject: '',
        eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
        eventTime: now(),
        data: { validationCode: code },
        dataVersion: '1',
        metadataVersion: '1',
      },
    ]);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': 'Lectern',
      'aeg-event-type': 'SubscriptionValidation',
      'aeg-subscription-name': encodeURIComponent(row.name),
    };
    const { status, text } = await options.post({ url: row.url, headers, body, signal: closing.signal });
    if (status < 200 || status >= 300) {
      throw refusal(status);
    }
    if (!givesBack(text, code)) {
      throw new AppError(
        'webhook/unreachable',
        `The receiver of ${row.name} does not give the validation code back, as Event Grid asks of it. Nothing was changed.`,
        { details: { webhook: row.name } },
      );
    }
  }

  const now = (): string => new Date(clock.wallMs()).toISOString();

  async function put(name: string, request: WebhookCreate): Promise<Webhook> {
    const before = rows.get(name);
    if (before === undefined && rows.list().length >= MAX_WEBHOOKS) {
      throw new AppError('resource/quota', `There are ${MAX_WEBHOOKS} webhooks already; delete one first.`, {
        details: { quota: 'webhooks', limit: MAX_WEBHOOKS },
      });
    }
    const { secret, ...rest } = request;
    const row: StoredWebhook = {
      ...rest,
      name,
      hasSecret: secret !== undefined,
      created: before?.created ?? now(),
      lastModified: now(),
    };
    await check(row);
    return await save(row, secret ?? (before?.hasSecret === true ? null : undefined));
  }

  async function update(name: string, { secret, ...patch }: WebhookPatch): Promise<Webhook> {
    const before = stored(name);
    const row: StoredWebhook = {
      ...before,
      url: patch.url ?? before.url,
      eventTypes: patch.eventTypes ?? before.eventTypes,
      deliverySchema: patch.deliverySchema ?? before.deliverySchema,
      enabled: patch.enabled ?? before.enabled,
      hasSecret: secret === undefined ? before.hasSecret : secret !== null,
      lastModified: now(),
    };
    if (row.url !== before.url || row.deliverySchema !== before.deliverySchema) {
      await check(row);
    }
    return await save(row, secret);
  }

  async function check(row: StoredWebhook): Promise<void> {
    if (!URL.canParse(row.url)) {
      throw new AppError('request/invalid', 'url is no address.', { details: { field: 'url' } });
    }
    if (row.deliverySchema === 'EventGrid') {
      await validate(row);
    }
  }

  async function remove(name: string): Promise<void> {
    const { hasSecret } = stored(name);
    if (hasSecret) {
      await secrets.delete(keyName(name));
    }
    rows.delete(name);
    const delivery = deliveries.get(name);
    deliveries.delete(name);
    await delivery?.[Symbol.asyncDispose]();
    options.waiting.of(name).clear();
    events.publish('Lectern.WebhookDeleted', `webhook/${name}`, { name });
  }

  return {
    list: () => rows.list().map(shown),
    get: (name) => shown(stored(name)),
    put: (name, request) => changes.run(() => put(name, request)),
    update: (name, patch) => changes.run(() => update(name, patch)),
    delete: (name) => changes.run(() => remove(name)),
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      closing.abort();
      await Promise.all([...deliveries.values()].map((delivery) => delivery[Symbol.asyncDispose]()));
    },
  };
}

function wants({ eventTypes }: StoredWebhook, type: string): boolean {
  return eventTypes.length === 0
    ? !NOISY_EVENT_TYPES.includes(type)
    : eventTypes.some((wanted) => wanted === type);
}

function givesBack(text: string, code: string): boolean {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && Reflect.get(answer, 'validationResponse') === code;
  } catch {
    return false;
  }
}

function keyName(name: string): string {
  return `webhook/${name}`;
}
