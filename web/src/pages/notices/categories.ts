/** What notices are about; recipients choose among these. */
export const CATEGORIES = [
  "arrears",
  "balance",
  "package",
  "bill",
  "budget",
  "renewal",
  "protection",
] as const;
