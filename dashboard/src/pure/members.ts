/** Which of the tickets of an incident are shown. */

import type { components } from "../api/schema";

type Member = components["schemas"]["LinkOut"];

export const WHICH = [
  { value: "all", label: "All" },
  { value: "exact", label: "Exact copies" },
  { value: "semantic", label: "Same cause" },
  { value: "manual", label: "Linked by hand" },
  { value: "released", label: "Routed on their own" },
  { value: "recurrence", label: "After the end" },
] as const;
export type Which = (typeof WHICH)[number]["value"];

export function narrowed(members: readonly Member[], which: Which): readonly Member[] {
  switch (which) {
    case "all":
      return members;
    case "released":
      return members.filter((one) => one.exception !== null);
    case "recurrence":
      return members.filter((one) => one.recurrence);
    default:
      return members.filter((one) => one.kind === which);
  }
}
