/** Who may use an account: its users, their groups, and the accounts it pays for. Groups and keys are in IAM's words. */
import { get } from "./client";
import { useGet } from "./queries";
import type { Amount, Instant } from "./types";

export type Access = "default" | "programmatic" | "console";
export type Ocr = "full" | "read_only" | "none";

export interface User {
  user: string;
  user_id: string;
  /** The account's own user. */
  owner: boolean;
  administrator: boolean;
  /** What the user was granted; not what groups give. */
  ocr: Ocr;
  access: Access;
  enabled: boolean;
  created_at: Instant | null;
  signed_in_at: Instant | null;
}

export interface Users {
  limit: number;
  users: User[];
}

export type UserWithPassword = User & { password: string | null };

export interface Group {
  id: string;
  name: string;
  description: string;
}

export interface LoginPolicy {
  account_validity_period: number;
  custom_info_for_login: string;
  lockout_duration: number;
  login_failed_times: number;
  period_with_login_failures: number;
  session_timeout: number;
  show_recent_login_info: boolean;
}

export interface Credential {
  access: string;
  status: "active" | "inactive";
  create_time: Instant;
}

export interface Member {
  member: string;
  account_id: string;
  month: string;
  quota: { amount: Amount | null; calls: number | null };
  used: { amount: Amount; calls: number };
}

export interface Members {
  members: Member[];
}

export interface Membership {
  master: string | null;
  membership: Member | null;
}

export interface EnterpriseProjects {
  limit: number;
  enterprise_projects: { id: string; name: string; description: string; enabled: boolean }[];
}

interface Role {
  id: string;
  name: string;
}

/** The groups of an account, the policies there are, who is in which group, and what each may do in all projects. */
export interface Groups {
  roles: { full: string; read_only: string };
  groups: (Group & { users: string[]; ocr: Ocr })[];
}

/** Where IAM has what a group is granted in all projects of its account. */
export const grantPath = (account: string, group: string, role?: string): string => {
  const roles = `/v3/OS-INHERIT/domains/${account}/groups/${group}/roles`;
  return role === undefined ? `${roles}/inherited_to_projects` : `${roles}/${role}/inherited_to_projects`;
};

export const useGroups = (account: string) =>
  useGet<Groups>("/v3/groups", ["account", "groups"], async () => {
    const [{ groups }, { roles }] = await Promise.all([
      get<{ groups: Group[] }>("/v3/groups"),
      get<{ roles: Role[] }>("/v3/roles"),
    ]);
    const id = (name: string) => roles.find((role) => role.name === name)?.id ?? "";
    const known = { full: id("ocr_full_access"), read_only: id("ocr_read_only_access") };
    const whole = groups.map(async (group) => {
      const [{ users }, granted] = await Promise.all([
        get<{ users: { id: string }[] }>(`/v3/groups/${group.id}/users`),
        get<{ roles: Role[] }>(grantPath(account, group.id)),
      ]);
      const has = (role: string) => granted.roles.some((one) => one.id === role);
      const ocr: Ocr = has(known.full) ? "full" : has(known.read_only) ? "read_only" : "none";
      return { ...group, users: users.map((user) => user.id), ocr };
    });
    return { roles: known, groups: await Promise.all(whole) };
  });
