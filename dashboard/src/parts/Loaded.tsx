import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";

import { Failed } from "./States";

/** As much of a query as is needed to show it. */
export interface Read<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

interface Props<Data> {
  query: Read<Data>;
  /** Of what stands there until the first answer, in pixels. */
  height: number;
  children: (data: Data) => ReactNode;
}

/** What a query found, also while it is asked again; else why there is nothing, with a way to try again. */
export function Loaded<Data>({ query: { data, error, refetch }, height, children }: Props<Data>) {
  if (data !== undefined) return children(data);
  if (error !== null) return <Failed error={error} again={() => void refetch()} />;
  return <Skeleton h={height} radius="md" role="status" aria-label="Loading" />;
}
