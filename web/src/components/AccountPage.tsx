import type { ReactNode } from "react";

import { useAccount } from "../api/queries";
import type { Account } from "../api/types";
import { Loaded, Page } from "./basics";

interface Props {
  title: string;
  lead: string;
  actions?: ReactNode;
  children: (account: Account) => ReactNode;
}

/** A page about the account of whoever is signed in. */
export function AccountPage({ children, ...page }: Props) {
  const account = useAccount();
  return (
    <Page {...page}>
      <Loaded query={account} height={240}>
        {children}
      </Loaded>
    </Page>
  );
}
