import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
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
  /** What is seen instead of the text that is copied, when a part of it is nobody's business who looks over a shoulder. */
  readonly shown?: string | undefined;
  readonly label: string;
}): ReactNode {
  const { t } = useTranslation();
  const { copied, copy } = useCopied();
  const shown = props.shown ?? props.text;
  return (
    <div className="copy-field">
      <span className="copy-field__label">{props.label}</span>
      <code className="copy-field__text" title={shown}>
        {shown}
      </code>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? t('common.copied') : `${t('common.copy')}: ${props.label}`}
        onPress={() => copy(props.text)}
      />
      <span className="visually-hidden" role="status">
        {copied ? t('common.copied') : ''}
      </span>
    </div>
  );
}

/** A command or more, to be pasted somewhere. */
export function CopyBlock(props: {
  readonly text: string;
  readonly shown?: string | undefined;
  readonly label: string;
}): ReactNode {
  const { t } = useTranslation();
  const { copied, copy } = useCopied();
  return (
    <figure className="copy-block">
      <figcaption className="copy-block__head">
        <span>{props.label}</span>
        <IconButton
          icon={copied ? 'check' : 'copy'}
          label={copied ? t('common.copied') : `${t('common.copy')}: ${props.label}`}
          onPress={() => copy(props.text)}
        />
        <span className="visually-hidden" role="status">
          {copied ? t('common.copied') : ''}
        </span>
      </figcaption>
      <pre className="copy-block__text">
        <code>{props.shown ?? props.text}</code>
      </pre>
    </figure>
  );
}
