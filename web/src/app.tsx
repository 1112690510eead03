import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { Navigate, Route, Routes } from "react-router";

import { onSignedOut, operatorSession, session } from "./api/client";
import type { Session } from "./api/types";
import { Failed, WholePage } from "./components/basics";
import { NotFound } from "./pages/NotFound";
import { SignIn } from "./pages/SignIn";
import { CustomerShell, OperatorShell, UserShell } from "./shell/Shell";
import { OperatorSignIn } from "./operator/OperatorSignIn";

const page = <K extends string>(load: () => Promise<Record<K, React.ComponentType>>, name: K) =>
  lazy(async () => ({ default: (await load())[name] }));

const Overview = page(() => import("./pages/Overview"), "Overview");
const Playground = page(() => import("./pages/Playground"), "Playground");
const Packages = page(() => import("./pages/Packages"), "Packages");
const Services = page(() => import("./pages/Services"), "Services");
const Usage = page(() => import("./pages/Usage"), "Usage");
const Charges = page(() => import("./pages/Charges"), "Charges");
const Bills = page(() => import("./pages/Bills"), "Bills");
const Why = page(() => import("./pages/Why"), "Why");
const Ahead = page(() => import("./pages/Ahead"), "Ahead");
const TopUp = page(() => import("./pages/TopUp"), "TopUp");
const Limits = page(() => import("./pages/Limits"), "Limits");
const Notices = page(() => import("./pages/Notices"), "Notices");
const Recipients = page(() => import("./pages/Recipients"), "Recipients");
const Users = page(() => import("./pages/Users"), "Users");
const Members = page(() => import("./pages/Members"), "Members");
const Keys = page(() => import("./pages/Keys"), "Keys");
const Accounts = page(() => import("./operator/Accounts"), "Accounts");
const AccountDetail = page(() => import("./operator/AccountDetail"), "AccountDetail");
const Catalog = page(() => import("./operator/Catalog"), "Catalog");
const Outbox = page(() => import("./operator/Outbox"), "Outbox");
const Gateways = page(() => import("./operator/Gateways"), "Gateways");
const Audit = page(() => import("./operator/Audit"), "Audit");
const Clock = page(() => import("./operator/Clock"), "Clock");

export function App() {
  return (
    <Routes>
      <Route path="/operator/*" element={<OperatorSide />} />
      <Route path="/*" element={<CustomerSide />} />
    </Routes>
  );
}

function CustomerSide() {
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["session", "customer"], queryFn: session.show, staleTime: Infinity });
  useEffect(
    () => onSignedOut("customer", () => client.setQueryData(["session", "customer"], { session: null })),
    [client],
  );
  if (found.isPending) return <WholePage />;
  if (found.error !== null) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (found.data.session === null) return <SignIn />;
  if (!found.data.session.administrator) return <UserSide session={found.data.session} />;
  return (
    <CustomerShell session={found.data.session}>
      <Suspense fallback={<WholePage />}>
        <Routes>
          <Route index element={<Overview />} />
          <Route path="playground" element={<Playground />} />
          <Route path="packages" element={<Packages />} />
          <Route path="services" element={<Services />} />
          <Route path="usage" element={<Usage />} />
          <Route path="charges" element={<Charges />} />
          <Route path="bills" element={<Bills />} />
          <Route path="why" element={<Why />} />
          <Route path="ahead" element={<Ahead />} />
          <Route path="top-up" element={<TopUp />} />
          <Route path="limits" element={<Limits />} />
          <Route path="notices" element={<Notices />} />
          <Route path="recipients" element={<Recipients />} />
          <Route path="users" element={<Users />} />
          <Route path="members" element={<Members />} />
          <Route path="keys" element={<Keys />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </CustomerShell>
  );
}

/** What is there for users who are no administrators: bills and money are not. */
function UserSide({ session: own }: { session: Session }) {
  return (
    <UserShell session={own}>
      <Suspense fallback={<WholePage />}>
        <Routes>
          <Route index element={<Navigate to="playground" replace />} />
          <Route path="playground" element={<Playground />} />
          <Route path="keys" element={<Keys />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </UserShell>
  );
}

function OperatorSide() {
  const client = useQueryClient();
  const found = useQuery({
    queryKey: ["session", "operator"],
    queryFn: operatorSession.show,
    staleTime: Infinity,
  });
  useEffect(
    () => onSignedOut("operator", () => client.setQueryData(["session", "operator"], null)),
    [client],
  );
  if (found.isPending) return <WholePage />;
  if (found.error !== null) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (found.data === null) return <OperatorSignIn />;
  return (
    <OperatorShell>
      <Suspense fallback={<WholePage />}>
        <Routes>
          <Route index element={<Navigate to="accounts" replace />} />
          <Route path="accounts" element={<Accounts />} />
          <Route path="accounts/:name" element={<AccountDetail />} />
          <Route path="catalog" element={<Catalog />} />
          <Route path="outbox" element={<Outbox />} />
          <Route path="gateways" element={<Gateways />} />
          <Route path="audit" element={<Audit />} />
          <Route path="clock" element={<Clock />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </OperatorShell>
  );
}
