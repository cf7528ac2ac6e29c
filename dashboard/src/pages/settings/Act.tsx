import { ActionIcon, Tooltip } from "@mantine/core";

import { Icon, type IconName } from "../../icons/icons";

interface Props {
  label: string;
  icon: IconName;
  disabled?: boolean;
  run: () => void;
}

/** A small button with an icon alone, for what is done to one of many. */
export function Act({ label, icon, disabled = false, run }: Props) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} disabled={disabled} onClick={run}>
        <Icon name={icon} size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
