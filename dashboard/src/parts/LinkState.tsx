import { Text, Tooltip } from "@mantine/core";

import { useLink } from "../live/Live";
import classes from "./Shell.module.css";

const WORDS = { open: "Live", connecting: "Connecting", lost: "Connection lost" } as const;
const TELLS = {
  open: "What is shown changes as it happens",
  connecting: "Connecting to the server",
  lost: "Trying again; what happened meanwhile comes then, and nothing is missed",
} as const;

/** Whether the page is told of what happens; on every page, in its header. */
export function LinkState() {
  const link = useLink();
  return (
    <Tooltip label={TELLS[link]}>
      <Text size="xs" component="span" className={classes.live ?? ""} data-link={link} role="status">
        {WORDS[link]}
      </Text>
    </Tooltip>
  );
}
