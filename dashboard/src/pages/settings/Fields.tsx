import { SimpleGrid } from "@mantine/core";
import type { ReactNode } from "react";

/** Fields of a form, two beside each other where there is room. */
export function Fields({ children }: { children: ReactNode }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="xs">
      {children}
    </SimpleGrid>
  );
}
