import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button, IconButton } from './button.tsx';

export function Dialog(props: {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly closeLabel: string;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly width?: 'small' | 'medium' | 'large';
  /** Nothing in it takes the focus. Then it does itself, so that keys scroll it. */
  readonly isText?: boolean;
}): ReactNode {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={props.isOpen}
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) {
          props.onClose();
        }
      }}
    >
      <Modal className={`modal modal--${props.width ?? 'medium'}`}>
        <AriaDialog className="dialog">
          <header className="dialog__head">
            <Heading slot="title" className="dialog__title">
              {props.title}
            </Heading>
            <IconButton icon="close" label={props.closeLabel} onPress={props.onClose} />
          </header>
          <div
            className="dialog__body"
            {...(props.isText === true ? { role: 'region', 'aria-label': props.title, tabIndex: 0 } : {})}
          >
            {props.children}
          </div>
          {props.footer !== undefined && <footer className="dialog__foot">{props.footer}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks by name before something that cannot be taken back by itself. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
  readonly closeLabel: string;
  readonly cancelLabel: string;
  readonly confirmLabel: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={props.isOpen}
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) {
          props.onClose();
        }
      }}
    >
      <Modal className="modal modal--small">
        <AriaDialog className="dialog" role="alertdialog">
          <header className="dialog__head">
            <Heading slot="title" className="dialog__title">
              {props.title}
            </Heading>
          </header>
          <div className="dialog__body">{props.children}</div>
          <footer className="dialog__foot">
            <Button onPress={props.onClose} autoFocus>
              {props.cancelLabel}
            </Button>
            <Button
              tone="danger"
              onPress={() => {
                props.onConfirm();
                props.onClose();
              }}
            >
              {props.confirmLabel}
            </Button>
          </footer>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
