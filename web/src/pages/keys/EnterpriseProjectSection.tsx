import { Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post } from "../../api/client";
import type { EnterpriseProjects } from "../../api/people";
import { useChange, useGet } from "../../api/queries";
import { Badge, Copyable, Loaded, Section } from "../../components/basics";
import { DataTable } from "../../components/DataTable";
import { Form } from "../../components/Form";

const PATH = "/v1/enterprise-projects";
/** The one that nobody makes. */
const DEFAULT = "0";

/** What calls can be put down to, and by which id they name it. */
export function EnterpriseProjectSection() {
  const { t } = useTranslation();
  const projects = useGet<EnterpriseProjects>(PATH);
  const [name, setName] = useState("");
  const add = useChange(
    () => post(PATH, { name }),
    t("enterprise.added"),
    () => setName(""),
  );
  return (
    <Section title={t("enterprise.title")} lead={t("enterprise.lead")}>
      <Stack gap="lg">
        <Loaded query={projects}>
          {({ enterprise_projects: all }) => (
            <DataTable
              caption={t("enterprise.title")}
              rows={all}
              id={(row) => row.id}
              columns={[
                {
                  label: t("enterprise.name"),
                  cell: (row) => (
                    <Group gap="xs">
                      <Text className="wrap">{row.id === DEFAULT ? t("enterprise.default") : row.name}</Text>
                      {!row.enabled && <Badge tone="plain">{t("enterprise.off")}</Badge>}
                    </Group>
                  ),
                },
                { label: t("enterprise.id"), cell: (row) => <Copyable text={row.id} label={row.name} /> },
              ]}
            />
          )}
        </Loaded>
        <Form submit={() => add.mutate(undefined)} change={add} label={t("enterprise.add")} isQuiet>
          <TextInput
            label={t("enterprise.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={64}
            maw={360}
            required
          />
        </Form>
      </Stack>
    </Section>
  );
}
