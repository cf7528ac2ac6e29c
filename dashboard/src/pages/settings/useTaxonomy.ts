import { useQuery } from "@tanstack/react-query";

import { heldKey, READ, type Taxonomy } from "./documents";

/** The categories that hold. */
export function useTaxonomy() {
  return useQuery({
    queryKey: heldKey("taxonomy"),
    queryFn: READ.taxonomy,
    select: ({ content }) => (content as unknown as Taxonomy).category,
  });
}
