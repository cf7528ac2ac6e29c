import { Alert, List } from "@mantine/core";

import { Refused } from "../api/client";

/** Why something was refused, in the server's words, with each field that was; nothing where nothing was. */
export function Refusal({ error, title }: { error: Error | null; title?: string }) {
  if (error === null) return null;
  const fields = error instanceof Refused ? error.fields : [];
  return (
    <Alert color="red" variant="outline" role="alert" title={title ?? "Refused"}>
      {error.message}
      {fields.length > 0 && (
        <List size="sm" mt="xs">
          {fields.map((one) => (
            <List.Item key={`${one.field}\n${one.message}`}>
              <b>{one.field}</b>: {one.message}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
