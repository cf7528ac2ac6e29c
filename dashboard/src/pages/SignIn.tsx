import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useForgetting, useSignIn } from "../api/session";

/** The way in; `ended` where a session just came to its end. */
export function SignIn({ ended }: { ended: boolean }) {
  useForgetting();
  const [key, setKey] = useState("");
  const signIn = useSignIn();
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (key.trim() !== "") signIn.mutate(key.trim());
  }
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder shadow="sm" p="xl" w={400} maw="100%" bg="var(--ss-panel)">
        <form onSubmit={submit}>
          <Stack>
            <img src="/ui/icon.svg" alt="" width={40} height={40} />
            <Title order={1} size="h3">
              Sign in to Smart-Support
            </Title>
            {ended && !signIn.isError && (
              <Alert color="orange" variant="outline" role="alert" title="You are no longer signed in">
                The key was revoked, its time is over, or you signed out in another tab. Sign in again to go on.
              </Alert>
            )}
            {signIn.isError && (
              <Alert color="red" variant="outline" role="alert" title="That did not work">
                {signIn.error.message}
              </Alert>
            )}
            <PasswordInput
              label="API key"
              placeholder="ss_…"
              autoComplete="current-password"
              data-autofocus
              autoFocus
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
            />
            <Button type="submit" loading={signIn.isPending} disabled={key.trim() === ""}>
              Sign in
            </Button>
            <Text size="sm" c="var(--ss-quiet)">
              <Code>smart-support keys create</Code> makes a key. It is exchanged for a cookie and not kept in the
              browser.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
