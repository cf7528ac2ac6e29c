import { useQuery } from "@tanstack/react-query";

import { bodyOf, client } from "../../../api/client";

/** The names of where alerts can go. */
export function useDestinations() {
  return useQuery({
    queryKey: ["destinations"],
    queryFn: async () => bodyOf(await client.GET("/alerts/destinations")),
  });
}
