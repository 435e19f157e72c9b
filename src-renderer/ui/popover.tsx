import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Popover as AriaPopover,
  Dialog,
  DialogTrigger,
  Menu,
  MenuItem,
  MenuTrigger,
} from 'react-aria-components';
import { Icon, type IconName } from './icon.tsx';

/** A button that unfolds more about itself. */
export function Popover(props: {
  readonly trigger: ReactNode;
  readonly triggerClass: string;
  readonly label: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <DialogTrigger>
      <AriaButton className={props.triggerClass}>{props.trigger}</AriaButton>
      <AriaPopover className="popover" offset={6}>
        <Dialog className="popover__dialog" aria-label={props.label}>
          {props.children}
        </Dialog>
      </AriaPopover>
    </DialogTrigger>
  );
}

export type MenuEntry = {
  readonly id: string;
  readonly label: string;
  readonly icon: IconName;
  readonly onAction: () => void;
  readonly isDestructive?: boolean;
};

export function MoreMenu(props: { readonly label: string; readonly entries: readonly MenuEntry[] }): ReactNode {
  return (
    <MenuTrigger>
      <AriaButton className="icon-button icon-button--quiet" aria-label={props.label}>
        <Icon name="more" />
      </AriaButton>
      <AriaPopover className="popover popover--list" offset={4}>
        <Menu className="list" onAction={(key) => props.entries.find((entry) => entry.id === key)?.onAction()}>
          {props.entries.map((entry) => (
            <MenuItem
              key={entry.id}
              id={entry.id}
              className={`list__item list__item--icon${entry.isDestructive === true ? ' list__item--danger' : ''}`}
              textValue={entry.label}
            >
              <Icon name={entry.icon} size={18} />
              {entry.label}
            </MenuItem>
          ))}
        </Menu>
      </AriaPopover>
    </MenuTrigger>
  );
}
