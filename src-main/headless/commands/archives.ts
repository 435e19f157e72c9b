import type { ControlClient } from '../../core/control/client/control-client.ts';
import type { Asset } from '../../shared/api/assets.ts';
import { defineCommand } from '../command.ts';
import { connect } from '../connect.ts';
import { EXIT } from '../host.ts';
import { flag } from '../options.ts';
import { DATA_OPTIONS } from '../service-options.ts';
import { clockWords, printable, sizeWords } from '../words.ts';

export const archivesCommand = defineCommand({
  name: 'archives',
  usage: '[options]',
  summary: 'Lists the recordings, newest first. Works with and without a running service.',
  options: { json: flag('Prints one JSON document instead of a table.'), ...DATA_OPTIONS },
  async run(host, { options }) {
    await using connection = await connect(host, options, 'any');
    const value = await allAssets(connection.client);
    if (options.json) {
      host.out.write(`${JSON.stringify({ value }, undefined, 2)}\n`);
    } else {
      host.out.write(value.length === 0 ? 'There are no recordings yet.\n' : table(value));
    }
    return EXIT.ok;
  },
});

async function allAssets(client: ControlClient): Promise<readonly Asset[]> {
  const assets: Asset[] = [];
  let query: Readonly<Record<string, string>> = {};
  for (;;) {
    const page = await client.call('listAssets', { query });
    assets.push(...page.value);
    const token = page.nextLink === undefined ? null : new URL(page.nextLink).searchParams.get('$skiptoken');
    if (token === null) {
      return assets;
    }
    query = { $skiptoken: token };
  }
}

function table(assets: readonly Asset[]): string {
  const rows = [
    ['NAME', 'TITLE', 'STATE', 'RECORDED', 'DURATION', 'SIZE'],
    ...assets.map((asset) => [
      asset.name,
      asset.title,
      asset.state,
      localTime(asset.recordedAt ?? asset.created),
      clockWords(asset.duration),
      sizeWords(asset.size),
    ]),
  ].map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** `2030-01-31 18:05` as the clock on the wall had it. */
function localTime(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}
