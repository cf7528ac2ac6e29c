import { Center, Loader } from "@mantine/core";

import { Empty, Failed } from "../../parts/States";

interface Props {
  loading: boolean;
  error: Error | null;
  /** Whether filters leave some out. */
  narrowed: boolean;
  again: () => void;
  clear: () => void;
}

/** Why there is no row, and what to do about it. */
export function Nothing({ loading, error, narrowed, again, clear }: Props) {
  if (error !== null) return <Failed error={error} again={again} />;
  if (loading) {
    return (
      <Center h={240}>
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (narrowed) {
    return (
      <Empty icon="search" title="No ticket fits" action={{ label: "Clear the filters", run: clear }}>
        Try fewer filters, or another word.
      </Empty>
    );
  }
  return (
    <Empty title="No tickets yet">
      They appear here the moment they arrive. <code>smart-support simulate day</code> sends some.
    </Empty>
  );
}
