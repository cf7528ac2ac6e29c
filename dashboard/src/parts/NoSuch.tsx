import { Anchor } from "@mantine/core";
import { Link } from "wouter";

import { PageHead } from "./PageHead";

interface Props {
  what: string;
  id: string;
  /** The list that it would stand in, and what that holds. */
  back: string;
  all: string;
  className: string | undefined;
}

/** Instead of the page of something that is not there. */
export function NoSuch({ what, id, back, all, className }: Props) {
  return (
    <div className={className}>
      <PageHead
        title={`There is no such ${what}`}
        said={
          <>
            Nothing is known of <code>{id}</code>.
          </>
        }
      />
      <Anchor component={Link} href={back} size="sm">
        Back to the {all}
      </Anchor>
    </div>
  );
}
