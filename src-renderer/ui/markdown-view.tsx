import type { ReactNode } from 'react';
import { type Block, type Inline, parseMarkdown } from './markdown.ts';

export function Markdown(props: {
  readonly source: string;
  /** The address of an image that the text names. */
  readonly imageUrl: (src: string) => string | undefined;
  /** Follows a link to another page of the help; other links open outside. */
  readonly onPage: (page: string) => void;
}): ReactNode {
  return (
    <div className="markdown">
      {parseMarkdown(props.source).map((block, index) => (
        // Blocks of a text that does not change have nothing but their place.
        <BlockView key={index} block={block} imageUrl={props.imageUrl} onPage={props.onPage} />
      ))}
    </div>
  );
}

function BlockView(props: {
  readonly block: Block;
  readonly imageUrl: (src: string) => string | undefined;
  readonly onPage: (page: string) => void;
}): ReactNode {
  const { block, onPage } = props;
  switch (block.kind) {
    case 'heading':
      return block.level === 1 ? <h2>{block.text}</h2> : <h3>{block.text}</h3>;
    case 'paragraph':
      return (
        <p>
          <Inlines inlines={block.inlines} onPage={onPage} />
        </p>
      );
    case 'list': {
      const items = block.items.map((inlines, index) => (
        <li key={index}>
          <Inlines inlines={inlines} onPage={onPage} />
        </li>
      ));
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case 'table': {
      const cells = (row: readonly (readonly Inline[])[], Cell: 'th' | 'td'): ReactNode =>
        row.map((inlines, index) => (
          <Cell key={index} {...(Cell === 'th' ? { scope: 'col' } : {})}>
            <Inlines inlines={inlines} onPage={onPage} />
          </Cell>
        ));
      return (
        <table className="table">
          <thead>
            <tr>{cells(block.head, 'th')}</tr>
          </thead>
          <tbody>
            {block.rows.map((row, index) => (
              <tr key={index}>{cells(row, 'td')}</tr>
            ))}
          </tbody>
        </table>
      );
    }
    case 'image': {
      const url = props.imageUrl(block.src);
      return url === undefined ? undefined : <img src={url} alt={block.alt} loading="lazy" />;
    }
  }
}

function Inlines(props: {
  readonly inlines: readonly Inline[];
  readonly onPage: (page: string) => void;
}): ReactNode {
  return props.inlines.map((inline, index) => {
    switch (inline.kind) {
      case 'text':
        return inline.text;
      case 'strong':
        return <strong key={index}>{inline.text}</strong>;
      case 'code':
        return <code key={index}>{inline.text}</code>;
      case 'link': {
        const page = /^([\w-]+)\.md$/.exec(inline.href)?.[1];
        return page === undefined ? (
          <a key={index} className="link" href={inline.href} target="_blank" rel="noreferrer">
            {inline.text}
          </a>
        ) : (
          <button key={index} type="button" className="link" onClick={() => props.onPage(page)}>
            {inline.text}
          </button>
        );
      }
    }
  });
}
