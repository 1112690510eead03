/** What a call cost, as its answer's headers say it. */
export interface Receipt {
  charge: string;
  pocket: "lot" | "pay_per_use";
  amount: string;
  left: string;
  available: string;
}

export function receiptOf(headers: Headers): Receipt {
  const text = (name: string) => headers.get(`x-inkmeter-${name}`) ?? "";
  return {
    charge: text("charge-id"),
    pocket: text("pocket") === "lot" ? "lot" : "pay_per_use",
    amount: text("amount"),
    left: text("package-left"),
    available: text("available"),
  };
}
