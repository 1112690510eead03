import { useTranslation } from "react-i18next";

import type { EnterpriseProjects, Members } from "../api/people";
import { useGet } from "../api/queries";

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
