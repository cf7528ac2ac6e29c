import { Anchor } from "@mantine/core";
import { Link } from "wouter";

import { plain, shortened } from "../pure/words";

/** What a message can be about, and where that is shown. */
const PLACES: Readonly<Record<string, string>> = { ticket: "/tickets/", incident: "/incidents/" };

/** What a message is about: `ticket:ID` and `incident:ID` lead to their pages, other topics are words. */
export function Topic({ topic }: { topic: string }) {
  const colon = topic.indexOf(":");
  const [kind, id] = [topic.slice(0, colon), topic.slice(colon + 1)];
  const place = PLACES[kind];
  if (kind === "test") return "a sample";
  if (place === undefined) return plain(topic);
  return (
    <Anchor component={Link} href={`${place}${encodeURIComponent(id)}`} inherit underline="always" title={id}>
      {kind} {shortened(id)}
    </Anchor>
  );
}
