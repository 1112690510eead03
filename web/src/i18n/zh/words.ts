import type { words as en } from "../en/words";
import type { Words } from "../words";

export const words: Words<typeof en> = {
  standing: { good: "正常", grace: "宽限期", frozen: "已冻结", released: "已释放" },
  mode: { pay_per_use: "按需计费", package_only: "仅用套餐包" },
  pocket: { lot: "套餐包", pay_per_use: "按需计费" },
  source: { free: "免费额度", promotion: "活动赠送", package: "套餐包" },
  lotState: { in_effect: "生效中", used_up: "已用完", expired: "已到期", not_yet_effective: "未生效" },
  category: {
    arrears: "欠费",
    balance: "余额",
    package: "套餐包",
    bill: "账单",
    budget: "预算",
    renewal: "续费",
    protection: "保护",
  },
  channel: { email: "邮件", sms: "短信", webhook: "Webhook" },
  delivery: {
    pending: "等待中",
    held: "免打扰时段后发送",
    sending: "发送中",
    sent: "已发送",
    failed: "失败，将重试",
    given_up: "已放弃",
    capped: "超出每日上限",
  },
  couponKind: { cash: "现金券", discount: "折扣券" },
  billLine: { pay_per_use: "按需计费", package: "套餐包" },
  verdict: {
    drawn: "用于本次调用。",
    not_needed: "不需要：前面的已足够。",
    held_by_other_calls: "已为进行中的其他调用保留。",
    other_api: "属于其他 API。",
    other_region: "属于其他区域。",
    other_enterprise_project: "专用于其他项目。",
    used_up: "已用完。",
    expired: "已到期。",
    not_yet_effective: "尚未生效。",
  },
};
