import { Table } from "@mantine/core";
import type { ReactNode } from "react";

export interface Column<T> {
  label: string;
  /** Right-aligned, as numbers are. */
  isNumber?: boolean;
  /** True for a column of buttons: its label is for screen readers only. */
  isAction?: boolean;
  cell: (row: T) => ReactNode;
}

/** A table with a caption. On a narrow screen each row is a card; the roles keep it a table for those who hear it. */
export function DataTable<T>(props: {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string;
}) {
  const { caption, columns, rows, id } = props;
  return (
    <Table className="cards" role="table">
      <caption className="mantine-visually-hidden" style={HIDDEN}>
        {caption}
      </caption>
      <Table.Thead role="rowgroup">
        <Table.Tr role="row">
          {columns.map((column) => (
            <Table.Th key={column.label} role="columnheader" className={column.isNumber ? "num" : ""}>
              {column.isAction ? <span style={HIDDEN}>{column.label}</span> : column.label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody role="rowgroup">
        {rows.map((row) => (
          <Table.Tr key={id(row)} role="row">
            {columns.map((column) => (
              <Table.Td
                key={column.label}
                role="cell"
                className={column.isNumber ? "num" : ""}
                {...(column.isAction ? {} : { "data-label": column.label })}
              >
                {column.cell(row)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const HIDDEN = {
  position: "absolute",
  width: 1,
  height: 1,
  overflow: "hidden",
  clipPath: "inset(50%)",
  whiteSpace: "nowrap",
} as const;
