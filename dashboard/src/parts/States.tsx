/** What stands where there is nothing to show: no data, or none to be had. */

import { Button, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";

import { Refused } from "../api/client";
import { Icon, type IconName } from "../icons/icons";

interface Said {
  icon?: IconName;
  /** Within a panel, where a whole page's air would be too much. */
  small?: boolean;
  title: string;
  children?: ReactNode;
  action?: { label: string; run: () => void };
}

export function Empty({ icon = "empty", small = false, title, children, action }: Said) {
  return (
    <Stack align="center" gap={small ? 4 : "xs"} py={small ? 12 : 64} px="md" ta="center">
      <Text c="var(--ss-quiet)" component="span">
        <Icon name={icon} size={small ? 28 : 40} />
      </Text>
      <Title order={small ? 3 : 2} size={small ? "h6" : "h4"}>
        {title}
      </Title>
      {children !== undefined && (
        <Text c="var(--ss-quiet)" size="sm" maw={440} component="div">
          {children}
        </Text>
      )}
      {action !== undefined && (
        <Button mt="xs" variant="default" onClick={action.run}>
          {action.label}
        </Button>
      )}
    </Stack>
  );
}

export function Failed({ error, again }: { error: Error; again?: () => void }) {
  const lost = error instanceof Refused && error.status === 0;
  return (
    <div role="alert">
      <Empty
        icon="broken"
        title={lost ? "No connection" : "This did not work"}
        {...(again === undefined ? {} : { action: { label: "Try again", run: again } })}
      >
        {error.message}
      </Empty>
    </div>
  );
}

/** Around a page: an error in it leaves the navigation standing. */
export class Guard extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <Failed error={this.state.error} again={() => this.setState({ error: null })} />;
  }
}
