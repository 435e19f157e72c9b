/** The Markdown that the help is written in: headings, paragraphs, lists, tables, code, images, links, strong and code. */
export type Inline =
  | { readonly kind: 'text' | 'strong' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: 'image'; readonly alt: string; readonly src: string };

const HEADING = /^(#{1,3}) (.+)$/;
const ITEM = /^(?:([-*])|\d+\.) (.+)$/;
const ROW = /^\|(.+)\|$/;
const IMAGE = /^!\[([^\]]*)\]\(([^)]+)\)$/;

export function parseMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = source.replace(/\r\n/g, '\n').split('\n');
  let at = 0;

  /** The lines from here on that belong together, joined. */
  function take(belongs: (line: string) => boolean): readonly string[] {
    const from = at;
    while (at < lines.length && belongs(lines[at] ?? '')) {
      at += 1;
    }
    return lines.slice(from, at);
  }

  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = HEADING.exec(line);
    const image = IMAGE.exec(line);
    if (line.trim() === '') {
      at += 1;
    } else if (line.startsWith('```')) {
      at += 1;
      blocks.push({ kind: 'code', text: take((next) => !next.startsWith('```')).join('\n') });
      at += 1;
    } else if (heading !== null) {
      at += 1;
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
    } else if (image !== null) {
      at += 1;
      blocks.push({ kind: 'image', alt: image[1] ?? '', src: image[2] ?? '' });
    } else if (ROW.test(line)) {
      blocks.push(tableOf(take((next) => ROW.test(next))));
    } else if (ITEM.test(line)) {
      blocks.push(listOf(take((next) => ITEM.test(next) || /^ {2,}\S/.test(next))));
    } else {
      const text = take(
        (next) => next.trim() !== '' && !ITEM.test(next) && !HEADING.test(next) && !ROW.test(next),
      ).join(' ');
      blocks.push({ kind: 'paragraph', inlines: parseInlines(text) });
    }
  }
  return blocks;
}

function listOf(lines: readonly string[]): Block {
  const items: string[] = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match === null) {
      items[items.length - 1] = `${items.at(-1) ?? ''} ${line.trim()}`;
    } else {
      items.push(match[2] ?? '');
    }
  }
  return { kind: 'list', isOrdered: /^\d/.test(lines[0] ?? ''), items: items.map(parseInlines) };
}

/** The second line is the rule below the head. */
function tableOf(lines: readonly string[]): Block {
  const [head = [], , ...rows] = lines.map((line) =>
    (ROW.exec(line)?.[1] ?? '').split('|').map((cell) => parseInlines(cell.trim())),
  );
  return { kind: 'table', head, rows };
}

export function parseInlines(text: string): readonly Inline[] {
  const inlines: Inline[] = [];
  const pattern = /\*\*([^*]+)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)/g;
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) {
      inlines.push({ kind: 'text', text: text.slice(from, match.index) });
    }
    const [whole, strong, code, link, href] = match;
    if (strong !== undefined) {
      inlines.push({ kind: 'strong', text: strong });
    } else if (code !== undefined) {
      inlines.push({ kind: 'code', text: code });
    } else {
      inlines.push({ kind: 'link', text: link ?? '', href: href ?? '' });
    }
    from = match.index + whole.length;
  }
  if (from < text.length) {
    inlines.push({ kind: 'text', text: text.slice(from) });
  }
  return inlines;
}
