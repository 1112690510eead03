import { useTranslation } from "react-i18next";

import type { EnterpriseProjects, Members } from "../api/people";
import { useGet } from "../api/queries";

/** The enterprise projects that can be named, to be chosen from. */
export function useProjectChoice(): { value: string; label: string }[] {
  const projects = useGet<EnterpriseProjects>("/v1/enterprise-projects");
  const enabled = (projects.data?.enterprise_projects ?? []).filter((one) => one.enabled);
  return enabled.map((one) => ({ value: one.id, label: one.name }));
}

/** What an enterprise project is called, by its id: the books name ids alone. A member's calls stand under its account. */
export function useProjectName(base = "/v1"): (id: string | null) => string | null {
  const { t } = useTranslation();
  const projects = useGet<EnterpriseProjects>(`${base}/enterprise-projects`);
  const members = useGet<Members>(`${base}/members`);
  return (id) => {
    if (id === null) return null;
    const project = projects.data?.enterprise_projects.find((one) => one.id === id);
    if (project !== undefined) return project.name;
    const member = members.data?.members.find((one) => one.account_id === id);
    return member === undefined ? id : t("members.named", { name: member.member });
  };
}
