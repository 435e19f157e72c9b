import { type ReactNode, useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';

const SHOWN_MS = 1600;

/** Copies text; says so for a moment, also to a screen reader. */
function useCopied(): { readonly copied: boolean; readonly copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) {
      return undefined;
    }
    const handle = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(handle);
  }, [copied]);
  return {
    copied,
    copy: (text) => {
      void writeText(text, () => setCopied(true));
    },
  };
}

async function writeText(text: string, done: () => void): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    done();
  } catch {
    // A page that is no secure context has no clipboard; the text stands beside the button and can be selected.
  }
}

export function CopyButton(props: {
  readonly text: string;
  readonly label: string;
  readonly copiedLabel: string;
}): ReactNode {
  const { copied, copy } = useCopied();
  return (
    <>
      <Button size="small" icon={copied ? 'check' : 'copy'} onPress={() => copy(props.text)}>
        {copied ? props.copiedLabel : props.label}
      </Button>
      <span className="visually-hidden" role="status">
        {copied ? props.copiedLabel : ''}
      </span>
    </>
  );
}

/** An address in full, with its copy button. */
export function CopyField(props: {
  readonly text: string;
  readonly label: string;
  readonly copyLabel: string;
  readonly copiedLabel: string;
}): ReactNode {
  const { copied, copy } = useCopied();
  return (
    <div className="copy-field">
      <span className="copy-field__label">{props.label}</span>
      <code className="copy-field__text" title={props.text}>
        {props.text}
      </code>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? props.copiedLabel : `${props.copyLabel}: ${props.label}`}
        onPress={() => copy(props.text)}
      />
      <span className="visually-hidden" role="status">
        {copied ? props.copiedLabel : ''}
      </span>
    </div>
  );
}
