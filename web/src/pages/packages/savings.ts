import type { Offer, PriceTier } from "../../api/types";

/** What so many calls cost one by one, if they are the first of a month. */
export function priceByCall(tiers: PriceTier[], calls: number): number {
  return tiers.reduce((sum, { from_units, unit_price }, index) => {
    const end = Math.min(calls, tiers[index + 1]?.from_units ?? calls);
    return sum + Math.max(0, end - from_units) * Number(unit_price);
  }, 0);
}

/** The share that a package saves against its calls one by one: in whole percents, never more than it is. */
export function savedShare(tiers: PriceTier[], offer: Offer): number {
  const byCall = priceByCall(tiers, offer.calls);
  if (byCall === 0) return 0;
  // A binary fraction may lie just below a whole percent.
  return Math.max(0, Math.floor((1 - Number(offer.price) / byCall) * 100 + 1e-6) / 100);
}
