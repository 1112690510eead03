/** Where one can go, and under which names. */
import {
  type Icon,
  IconAdjustments,
  IconBell,
  IconBoxMultiple,
  IconBuilding,
  IconCalendarStats,
  IconChartBar,
  IconClock,
  IconCoins,
  IconFileInvoice,
  IconHelpCircle,
  IconHistory,
  IconHome,
  IconKey,
  IconListDetails,
  IconMailForward,
  IconPhotoScan,
  IconPlugConnected,
  IconTags,
  IconToggleRight,
  IconUsers,
  IconBuildingCommunity,
} from "@tabler/icons-react";

import type { en } from "../i18n/en";

type Name = keyof typeof en.nav;

/** A group of the menu: its name, and its ways with address, name and picture. */
export type Ways = readonly [name: Name, ways: readonly (readonly [to: string, name: Name, icon: Icon])[]];

export const CUSTOMER: readonly Ways[] = [
  [
    "start",
    [
      ["/", "overview", IconHome],
      ["/playground", "playground", IconPhotoScan],
      ["/services", "services", IconToggleRight],
      ["/packages", "packages", IconBoxMultiple],
    ],
  ],
  [
    "money",
    [
      ["/top-up", "topUp", IconCoins],
      ["/usage", "usage", IconChartBar],
      ["/charges", "charges", IconListDetails],
      ["/bills", "bills", IconFileInvoice],
    ],
  ],
  [
    "understand",
    [
      ["/why", "why", IconHelpCircle],
      ["/ahead", "ahead", IconCalendarStats],
      ["/notices", "notices", IconBell],
    ],
  ],
  [
    "settings",
    [
      ["/limits", "limits", IconAdjustments],
      ["/recipients", "recipients", IconMailForward],
      ["/users", "users", IconUsers],
      ["/members", "members", IconBuildingCommunity],
      ["/keys", "keys", IconKey],
    ],
  ],
];

/** For users who are no administrators of their account. */
export const USER: readonly Ways[] = [
  [
    "start",
    [
      ["/playground", "playground", IconPhotoScan],
      ["/keys", "keys", IconKey],
    ],
  ],
];

export const OPERATOR: readonly Ways[] = [
  [
    "operator",
    [
      ["/operator/accounts", "accounts", IconBuilding],
      ["/operator/catalog", "catalog", IconTags],
      ["/operator/outbox", "outbox", IconMailForward],
      ["/operator/gateways", "gateways", IconPlugConnected],
      ["/operator/audit", "audit", IconHistory],
      ["/operator/clock", "clock", IconClock],
    ],
  ],
];
