import type { keys as en } from "../en/keys";
import type { Words } from "../words";

export const keys: Words<typeof en> = {
  keys: {
    title: "访问密钥",
    lead: "供程序使用：用密钥为调用签名。",
    list: "您的密钥",
    listOf: "用户 {{user}} 的访问密钥",
    limit: "最多同时 {{count}} 个。",
    make: "新建密钥",
    key: "访问密钥 AK",
    secret: "私有密钥 SK",
    made: "创建时间",
    none: "没有密钥",
    noneWhy: "新建一个，以便从程序调用 API。",
    goneWhat: "使用此密钥签名的程序将立即被拒绝。",
    gone: "密钥已删除。",
    madeTitle: "新密钥",
    once: "请立即复制私有密钥：仅显示这一次。",
    kept: "我已保存",
    projects: "项目",
    projectsLead: "项目 ID 用在调用地址中。",
    project: "项目 ID",
  },
};
