import { Anchor, Text } from "@mantine/core";
import { Link } from "wouter";

import { Destinations } from "./Destinations";
import { Messages } from "./Messages";

/** Where alerts go, whether they arrive, and what became of the last ones. */
export function AlertsTab() {
  return (
    <>
      <Destinations />
      <Messages />
      <Text size="sm" c="var(--ss-quiet)">
        Which alert goes where, quiet hours and silences are{" "}
        <Anchor component={Link} size="sm" underline="always" href="/settings/rules">
          rules
        </Anchor>
        .
      </Text>
    </>
  );
}
